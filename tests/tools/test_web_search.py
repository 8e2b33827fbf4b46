"""`web_search` against servers that speak the engines' wire formats."""

import json
from typing import Any

import pytest

from intelligent_office.errors import ToolError, TransientToolError
from intelligent_office.outbound.exchange import Limits
from intelligent_office.seams import ToolScope
from intelligent_office.services import make_services
from intelligent_office.settings import Settings
from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.toolbox import search_engines as search_engines_module
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.registry import Registry
from intelligent_office.toolbox.search_engines import PublicEngines, SearXNG, Tavily, plain_line, search_engines
from intelligent_office.toolbox.workshop import Workshop
from tests.outbound.servers import Answer, raw, says, web
from tests.ports import own_port
from tests.requirements import require_module
from tests.tools.calling import call
from tools.web_search import policy, web_search

FOUND = [
    {"title": "Python <b>3</b>", "url": "https://python.org/", "content": "A   language &amp; more", "engine": "x"},
    {"title": "Docs", "url": "https://docs.python.org/", "content": "Pages", "score": 0.5},
]


def finds(*results: Any, **more: Any) -> Answer:
    return says(json.dumps({"query": "q", "results": results, **more}).encode(), content_type="application/json")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy this machine is, what an engine answers decides."""
    monkeypatch.setattr(search_engines_module, "_LIMITS", Limits(seconds=100, connect_seconds=100))


async def search(*engines: Any, query: str = "python", count: int = 5) -> tuple[str, Any]:
    return await call(web_search(list(engines), Redaction()), query=query, count=count)


async def test_searxng_is_asked_for_json_and_its_pages_are_told_as_text():
    async with web(finds(*FOUND)) as server:
        text, data = await search(SearXNG(f"{server.url}/"), query="what is python?")
    assert server.requests[0].target == "/search?q=what+is+python%3F&format=json"
    assert text.splitlines() == [
        "1. Python 3",
        "   https://python.org/",
        "   A language & more",
        "2. Docs",
        "   https://docs.python.org/",
        "   Pages",
    ]
    assert data == {
        "query": "what is python?",
        "engine": "SearXNG",
        "results": [
            {"title": "Python 3", "url": "https://python.org/", "snippet": "A language & more"},
            {"title": "Docs", "url": "https://docs.python.org/", "snippet": "Pages"},
        ],
    }


async def test_tavily_is_asked_with_its_key():
    async with web(finds(*FOUND)) as server:
        _, data = await search(Tavily("tvly-1", server.url), count=3)
    [request] = server.requests
    assert (request.method, request.target) == ("POST", "/search")
    assert request.headers["authorization"] == "Bearer tvly-1"
    assert json.loads(request.body) == {"query": "python", "max_results": 3}
    assert data["engine"] == "Tavily"
    assert [hit["title"] for hit in data["results"]] == ["Python 3", "Docs"]


async def test_a_search_engine_in_a_private_network_opens_nothing_else_there():
    """It may be called because the operator names it; where it redirects to is judged like everything else."""
    async with web(says(b"secret")) as other, web(says(status="302 Found", location=f"{other.url}/")) as server:
        with pytest.raises(ToolError, match="redirects to where the office does not call"):
            await search(SearXNG(server.url))
    assert other.connections == 0


async def test_the_first_engine_that_finds_something_answers():
    async with web(finds(*FOUND)) as first, web(finds(*FOUND)) as second:
        _, data = await search(SearXNG(first.url), Tavily("k", second.url))
        assert (data["engine"], second.requests) == ("SearXNG", [])
    async with web(finds()) as first, web(finds(*FOUND)) as second:
        _, data = await search(SearXNG(first.url), Tavily("k", second.url))
        assert data["engine"] == "Tavily"


@pytest.mark.parametrize(
    "answer",
    [
        says(status="500 Internal Server Error"),
        says(status="403 Forbidden"),
        says(b"<html>"),
        says(b"[]"),
        says(b'{"results": 5}'),
        says(b'{"results": ' + b"[" * 100_000),
        raw(b""),
    ],
)
async def test_the_next_engine_steps_in_for_one_that_cannot_search(answer):
    async with web(answer) as first, web(finds(*FOUND)) as second:
        _, data = await search(SearXNG(first.url), Tavily("k", second.url))
    assert data["engine"] == "Tavily"


async def test_why_nobody_could_search_is_told_of_each():
    async with (
        web(says(status="403 Forbidden")) as first,
        web(
            says(b'{"detail": {"error": "Unauthorized: missing or invalid API key."}}', status="401 Unauthorized")
        ) as two,
    ):
        with pytest.raises(ToolError) as failure:
            await search(SearXNG(first.url), Tavily("secret-key", two.url))
    told = str(failure.value)
    assert "SearXNG: it refuses JSON: add `json` to `search.formats`" in told
    assert "Tavily: status 401" in told
    assert "missing or invalid API key" in told
    assert "secret-key" not in told
    assert type(failure.value) is ToolError


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_an_engine_that_is_busy_may_be_asked_again(status):
    async with web(says(status=status)) as server:
        with pytest.raises(TransientToolError, match="SearXNG: status"):
            await search(SearXNG(server.url))


async def test_an_engine_that_is_away_may_be_asked_again():
    with own_port() as port, pytest.raises(TransientToolError, match="cannot be reached"):
        await search(SearXNG(f"http://127.0.0.1:{port}"))


async def test_nothing_found_is_an_answer():
    async with web(finds()) as server:
        text, data = await search(SearXNG(server.url))
    assert (text, data["results"]) == ("SearXNG found nothing for `python`.", [])


async def test_no_private_value_reaches_an_engine():
    async with web(finds(*FOUND)) as server:
        text, data = await search(SearXNG(server.url), query=" invoice of bob.miller@example.org and sesame-open-1 ")
    assert server.requests[0].target == "/search?q=invoice+of+%3CEMAIL%3E+and+sesame-open-1&format=json"
    assert data["query"] == "invoice of <EMAIL> and sesame-open-1"
    assert text.splitlines()[-1].startswith("(Searched for `invoice of <EMAIL> and sesame-open-1`: private values")


@pytest.fixture
def public(monkeypatch):
    """Has the package `ddgs` ask one engine, at an address of ours."""
    require_module("ddgs")
    from ddgs import ddgs
    from ddgs.engines.duckduckgo import Duckduckgo

    def at(url: str) -> PublicEngines:
        monkeypatch.setattr(Duckduckgo, "search_url", url)
        monkeypatch.setitem(ddgs.ENGINES, "text", {"duckduckgo": Duckduckgo})
        return PublicEngines()

    return at


async def test_the_package_for_public_engines_is_asked_and_its_pages_are_told(public):
    page = """<html><body><div class="result body"><h2>Python &amp; more</h2>
        <a href="https://python.org/">A <b>language</b></a></div></body></html>"""
    async with web(says(page.encode(), content_type="text/html")) as server:
        text, data = await search(public(server.url), query="python")
    assert b"q=python" in server.requests[0].body
    assert (data["engine"], [hit["url"] for hit in data["results"]]) == ("ddgs", ["https://python.org/"])
    assert "Python & more" in text


async def test_nothing_found_by_public_engines_is_an_answer(public):
    async with web(says(b"<html><body></body></html>", content_type="text/html")) as server:
        text, data = await search(public(server.url))
    assert (text, data["results"]) == ("ddgs found nothing for `python`.", [])


async def test_public_engines_that_are_away_may_be_asked_again(public):
    with own_port() as port, pytest.raises(TransientToolError, match="ddgs: DDGSException"):
        await search(public(f"http://127.0.0.1:{port}"))


async def test_only_pages_that_can_be_opened_are_told_and_each_once():
    odd = [
        {"url": "javascript:alert(1)", "title": "a"},
        {"url": "file:///etc/passwd", "title": "a"},
        {"url": "https://a.example/ b", "title": "a"},
        {"url": "https://a.example/" + "x" * 3_000, "title": "a"},
        {"url": None},
        {"url": ["https://a.example/"]},
        "no page",
        None,
        {"url": "https://a.example/"},
        {"url": "https://a.example/", "title": "again"},
    ]
    async with web(finds(*odd)) as server:
        _, data = await search(SearXNG(server.url))
    assert data["results"] == [{"title": "https://a.example/", "url": "https://a.example/", "snippet": ""}]


async def test_no_more_pages_are_told_than_were_asked_for():
    many = [{"title": str(number), "url": f"https://a.example/{number}", "content": "x"} for number in range(30)]
    async with web(finds(*many)) as server:
        _, data = await search(SearXNG(server.url), count=3)
    assert [hit["title"] for hit in data["results"]] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<p>Hello <b>world</b></p>", "Hello world"),
        ("a<br>b", "a b"),
        ("<script>alert(1)</script>after", "after"),
        ("<style>p {}</style>after", "after"),
        ("1 &lt; 2 &#x26; 3", "1 < 2 & 3"),
        ("a\u200bb\u202ec\ufeff\x00\x1b[31m", "abc[31m"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("  many\n\n lines\t ", "many lines"),
        ("x" * 600, "x" * 499 + "…"),
        (None, ""),
        (5, "5"),
        (["a"], "['a']"),
    ],
)
def test_a_snippet_is_one_line_of_what_people_would_see(text, line):
    assert plain_line(text, 500) == line


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<![CDATA[", "</", "&#", "<script>", "<a b='", "<!"])
def test_markup_that_never_ends_is_cut_in_no_time(piece):
    """Who looks for the end of each piece takes hours, and not only the limit of a test."""
    assert len(plain_line(piece * 1_000_000, 500)) <= 500


@pytest.mark.parametrize(
    ("choices", "names"),
    [
        ({}, []),
        ({"search_ddgs": True}, ["ddgs"]),
        ({"TAVILY_API_KEY": "k", "searxng_url": "http://searx.corp"}, ["SearXNG", "Tavily"]),
        (
            {"TAVILY_API_KEY": "k", "searxng_url": "http://searx.corp", "search_ddgs": True},
            ["SearXNG", "Tavily", "ddgs"],
        ),
    ],
)
def test_the_settings_say_who_is_asked_and_in_which_order(choices, names, monkeypatch):
    monkeypatch.setattr(PublicEngines, "fault", staticmethod(lambda: ""))
    assert [engine.name for engine in search_engines(Settings(_env_file=None, **choices))] == names


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({}, "no search engine is configured; set OFFICE_SEARXNG_URL"),
        ({"search_ddgs": True}, 'the package ddgs is not installed: pip install -e ".[search]"'),
    ],
)
def test_without_an_engine_the_tool_is_not_there_and_says_why(database, settings, monkeypatch, choices, told):
    monkeypatch.setattr(search_engines_module, "find_spec", lambda name: None)
    services = make_services(settings.model_copy(update=choices), database)
    assert "web_search" not in {card["name"] for card in services.toolbox.cards()}
    [absent] = [one for one in services.toolbox.absences() if one["name"] == "web_search"]
    assert absent["reason"].startswith(told)
    [fault] = services.toolbox.faults("web_search", {"query": "x"})
    assert fault.startswith(f"The tool `web_search` cannot be used now: {told}")


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, "needs the input `query`"),
        ({"query": "  "}, "`query` is empty"),
        ({"query": ""}, "`query`"),
        ({"query": "x" * 500}, "`query`"),
        ({"query": "x", "count": 0}, "`count`"),
        ({"query": "x", "count": 21}, "`count`"),
        ({"query": "x", "pages": 1}, "no input `pages`"),
    ],
)
def test_bad_input_is_told(inputs, told):
    engines = [PublicEngines()]
    registry = Registry([Tool(definition=web_search(engines, Redaction()), policy=policy(engines))])
    [fault] = registry.faults("web_search", inputs)
    assert told in fault
    assert len(fault) < 1_000


async def test_a_search_passes_through_the_workshop(database, settings):
    async with web(finds(*FOUND)) as server:
        engines = [SearXNG(server.url)]
        workshop = Workshop(
            [Tool(definition=web_search(engines, Redaction()), policy=policy(engines))], database, settings
        )
        step: Any = {"step_id": "s1", "action": "web_search", "inputs": {"query": "python"}, "idempotency_key": "k"}
        result = await workshop.invoke(step, {}, ToolScope(task_id="t"))
    assert (result["status"], result["output"]["engine"]) == ("succeeded", "SearXNG")
