import pytest

from intelligent_office.errors import NoRuleCovers
from intelligent_office.services import make_services
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.worker import Worker
from tests.models.rules.words import cards, finished, plan, steps, subtasks

PAGE = "https://example.com/a?b=1,2;c=3"

FETCHED = [
    ("fetch https://example.com", "https://example.com"),
    ("please fetch the URL https://example.com.", "https://example.com"),
    (f"get the contents of the page at {PAGE}", PAGE),
    (f"download {PAGE}", PAGE),
    ("open www.example.com/index.html", "https://www.example.com/index.html"),
    ('fetch "https://example.com/a,b"', "https://example.com/a,b"),
    (f"could you retrieve the JSON from {PAGE}?", PAGE),
    ("read the web page http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
    (f"show me {PAGE}", PAGE),
    (f"make a GET request to {PAGE}", PAGE),
    (f"GET {PAGE}", PAGE),
    (f"what is at {PAGE}?", PAGE),
    (f"what does {PAGE} say?", PAGE),
    ("fetch https://example.com/${s1}", "https://example.com/$${s1}"),
]

HEADERS = f"show me the headers of {PAGE}"

SEARCHED = [
    ("search the web for cats", {"query": "cats"}),
    ("Search the internet for the weather in Berlin, please", {"query": "the weather in Berlin"}),
    ("search for cats and dogs on the web", {"query": "cats and dogs"}),
    ("look up PostgreSQL 18 online", {"query": "PostgreSQL 18"}),
    ("search online for tea", {"query": "tea"}),
    ("find the tallest tower on the internet", {"query": "the tallest tower"}),
    ('do a web search for "cats, then dogs"', {"query": "cats, then dogs"}),
    ("web search: release notes", {"query": "release notes"}),
    ("google for cheap tea", {"query": "cheap tea"}),
    ("find some web pages about tea", {"query": "tea"}),
    ("find three web pages about tea", {"query": "tea", "count": 3}),
    ("what does the web say about tea?", {"query": "tea"}),
]


@pytest.mark.parametrize(("wish", "url"), FETCHED)
def test_a_wish_to_fetch_an_address_becomes_a_request(wish, url):
    assert plan(wish) == [("http_client", {"method": "GET", "url": url})]


def test_headers_are_fetched_without_the_rest():
    assert plan(HEADERS) == [("http_client", {"method": "HEAD", "url": PAGE})]


@pytest.mark.parametrize(("wish", "inputs"), SEARCHED)
def test_a_wish_to_search_the_web_becomes_a_search(wish, inputs):
    assert plan(wish) == [("web_search", inputs)]


def test_what_was_fetched_is_saved_without_the_status_line():
    assert plan(f"fetch {PAGE} and save it to page.html") == [
        ("http_client", {"method": "GET", "url": PAGE}),
        ("file_operations", {"operation": "write", "path": "page.html", "content": "${s1.output.body}"}),
    ]
    given = finished(f"fetch {PAGE}", "200", {"status": 200, "url": PAGE, "body": "hello"})
    assert plan("count the words in the page", t1=given)[-1][1]["text"] == "${t1.output.body}"


def test_two_wishes_about_the_web_are_two():
    request = f"search the web for cats and dogs, then fetch {PAGE}"
    assert subtasks(request) == [("search the web for cats and dogs", []), (f"fetch {PAGE}", ["t1"])]
    assert [step["action"] for step in steps(f"fetch {PAGE} and list my todos")] == ["http_client", "todo_store"]


@pytest.mark.parametrize(
    "wish",
    [
        "fetch the newspaper",
        "fetch example",
        "open ftp://example.com/a",
        "fetch https://",
        f"delete {PAGE}",
        f"post hello to {PAGE}",
        f"summarize {PAGE}",
        f"is {PAGE} up?",
        "search the web",
        "search google for cats",
        "find 300 web pages about tea",
        "browse the shop for shoes",
    ],
)
def test_what_only_sounds_like_the_web_is_not_understood(wish):
    with pytest.raises(NoRuleCovers):
        plan(wish)


@pytest.mark.parametrize(("wish", "tool"), [("fetch https://example.com", "http_client"), ("google tea", "web_search")])
def test_a_task_that_may_not_use_the_web_is_told_so(wish, tool):
    with pytest.raises(NoRuleCovers, match=f"`{tool}`, which is not there now, or not for this task"):
        plan(wish, tools=cards("echo"))


async def test_nothing_is_fetched_before_a_human_has_said_so(settings, database):
    services, tasks = make_services(settings, database), Tasks(database, settings)
    request = TaskRequest(description="fetch https://example.com")
    task = await tasks.submit(request, tenant="default", origin="test")
    worker = Worker(settings, database, services)
    assert await worker.work_on(await worker.take(task)) == "waiting"
    [approval] = await tasks.approvals(task.task_id, "default")
    [asked] = approval.request["action_requests"]
    assert (asked["name"], asked["args"]) == ("http_client", {"method": "GET", "url": "https://example.com"})
    await services.close()
