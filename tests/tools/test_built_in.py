"""All built-in tools together: what a planner is shown."""

import gc
import json
import re
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx
from jsonschema import Draft202012Validator

from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.workshop import Workshop
from tests.fakes import ScriptedModels
from tools.built_in import built_in
from tools.python_exec import Sandboxed

PAGE = Path(__file__).parents[2] / "docs" / "tools.md"


@pytest.fixture
async def workshop(database, settings):
    known = {
        "sandbox": "monty",
        "searxng_url": "http://searx.corp",
    }  # the sandbox that every machine has, and an engine
    settings = settings.model_copy(update=known)
    made = Workshop(built_in(ScriptedModels(), database, settings), database, settings, sources=[Sandboxed(settings)])
    await made.refresh()
    yield made
    await made.close()


def test_every_built_in_tool_is_there(workshop):
    assert [card["name"] for card in workshop.cards()] == [
        "ai_tool",
        "calculator",
        "code_analyzer",
        "echo",
        "file_operations",
        "http_client",
        "math_calculator",
        "python_exec",
        "read_attachment",
        "todo_store",
        "web_search",
    ]


def test_only_what_reaches_out_of_the_office_can_need_permission(workshop):
    risks = {card["name"]: card["risk"] for card in workshop.cards() if card["risk"] != "safe"}
    assert risks == {"file_operations": "guarded", "http_client": "dangerous", "python_exec": "guarded"}


def test_every_built_in_tool_declares_what_it_reaches(workshop):
    terms = {card["name"]: card["policy"] for card in workshop.cards()}
    assert {name for name, one in terms.items() if one["network"] == "internet"} == {"http_client"}
    assert {name for name, one in terms.items() if one["files"] == "write"} == {"file_operations", "python_exec"}
    assert {name for name, one in terms.items() if one["sandbox"]} == {"python_exec"}
    assert {name for name, one in terms.items() if one["cost"] == "model"} == {"ai_tool"}
    assert terms["file_operations"]["idempotent"] == "sometimes"


def test_every_built_in_tool_has_examples_of_calls_that_make_sense(workshop):
    for card in workshop.cards():
        assert card["examples"], card["name"]
        for inputs in card["examples"]:
            assert workshop.faults(card["name"], inputs) == []


@pytest.mark.parametrize(
    ("tool", "inputs", "reach"),
    [
        ("file_operations", {"operation": "read", "path": "a"}, {"files": "read", "reads": ["a"]}),
        ("file_operations", {"operation": "write", "path": "a"}, {"files": "write", "reads": [], "writes": ["a"]}),
        ("file_operations", {}, {"files": "write"}),
        ("code_analyzer", {"folder": "src"}, {"files": "read", "reads": ["src"]}),
        ("http_client", {"method": "GET"}, {"network": "internet", "files": "none"}),
        ("python_exec", {"code": "1"}, {"files": "none", "seconds": 60, "megabytes": 512, "processes": 32}),
        ("python_exec", {"code": "1", "seconds": 5}, {"seconds": 5, "cpu_seconds": 5}),
        ("python_exec", {"code": "1", "seconds": "${s1.output.n}"}, {"seconds": 300}),
        ("python_exec", {"code": "1", "outputs": ["o"]}, {"files": "write", "reads": [], "writes": ["o"]}),
    ],
)
def test_a_call_may_reach_what_its_policy_and_its_inputs_say(workshop, tool, inputs, reach):
    assert reach.items() <= workshop.bounds(tool, inputs).items()


def test_every_card_is_plain_complete_and_keeps_the_circumstances_to_itself(workshop):
    for card in workshop.cards():
        assert json.loads(json.dumps(card)) == card
        Draft202012Validator.check_schema(card["parameters"])
        assert "scope" not in json.dumps(card["parameters"]["properties"])
        assert card["description"]
        assert all(prop.get("description") for prop in card["parameters"]["properties"].values()), card["name"]


def test_the_page_on_tools_has_a_section_for_each_with_all_its_inputs(workshop):
    sections = dict(
        re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
    assert sorted(sections) == [card["name"] for card in workshop.cards()]
    for card in workshop.cards():
        assert [name for name in card["parameters"]["properties"] if f"`{name}`" not in sections[card["name"]]] == []


def test_the_page_on_tools_knows_their_risks_and_time_limits(workshop):
    rows = re.findall(
        r"^\| `(\w+)` \| (.*?) \| .*? \| .*? \| .*? \| (\d+) \| .*? \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [name for name, _, _ in rows] == [card["name"] for card in workshop.cards()]
    for (name, risk, seconds), card in zip(rows, workshop.cards(), strict=True):
        policy = workshop._registry.named(name).tool.policy
        assert card["risk"] in risk
        assert float(seconds) == policy.seconds


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        ("math_calculator", {"expression": "15 * 23"}),
        ("math_calculator", {"expression": "${s1} * 2"}),
        ("calculator", {"operation": "add", "a": "${s1.output.value}", "b": 2.5}),
        ("todo_store", {"operation": "add", "text": "${s1}"}),
        ("todo_store", {"operation": "list"}),
        ("todo_store", {"operation": "complete", "number": 2}),
        ("file_operations", {"operation": "read", "path": "a.txt", "first_line": 1, "lines": 20}),
        ("file_operations", {"operation": "write", "path": "a.txt", "content": "${t1}"}),
        ("file_operations", {"operation": "list", "path": ".", "pattern": "*.py"}),
        ("file_operations", {"operation": "search", "path": "src", "query": "TODO"}),
        ("python_exec", {"code": "print(${s1})", "files": ["a.csv"], "outputs": ["b.csv"], "seconds": 10}),
        ("echo", {"text": "hello"}),
        ("ai_tool", {"instruction": "Shorten.", "text": "${s1}"}),
        ("ai_tool", {"instruction": "Write a haiku."}),
    ],
)
def test_the_calls_that_planners_make_have_no_faults(workshop, action, inputs):
    assert workshop.faults(action, inputs) == []


async def test_no_tool_holds_up_the_event_loop(workshop, tmp_path):
    """The development server of LangGraph refuses calls that do."""
    (tmp_path / "a.py").write_text("def main():\n    end()\n\n\ndef end():\n    pass\n")
    Path(tmp_path / "link").symlink_to("a.py")
    scope = ToolScope(task_id="t", folder=tmp_path)
    calls = [
        ("file_operations", {"operation": "read", "path": "link"}),
        ("file_operations", {"operation": "write", "path": "sub/b.txt", "content": "x"}),
        ("file_operations", {"operation": "append", "path": "sub/b.txt", "content": "x"}),
        ("file_operations", {"operation": "list", "path": "."}),
        ("file_operations", {"operation": "search", "path": ".", "query": "end"}),
        ("code_analyzer", {"folder": ".", "start": "main", "end": "end"}),
        ("code_analyzer", {"folder": ".", "function": "main"}),
        ("todo_store", {"operation": "add", "text": "x"}),
        ("math_calculator", {"expression": "1 + 1"}),
        ("python_exec", {"code": "open('c.txt', 'w').write('c')", "files": ["a.py"], "outputs": ["c.txt"]}),
    ]
    gc.collect()  # what earlier tests have left ends here, and not in the midst of a call
    with blockbuster_ctx():
        for number, (action, inputs) in enumerate(calls):
            step = {"step_id": "s", "action": action, "inputs": inputs, "idempotency_key": str(number)}
            result = await workshop.invoke(step, {}, scope)
            assert (result["status"], result["error"]) == ("succeeded", None)


@pytest.mark.parametrize(
    ("action", "inputs", "told"),
    [
        (
            "file_operations",
            {"operation": "write", "path": "../a.txt", "content": "x"},
            "leads out of the working folder",
        ),
        (
            "file_operations",
            {"operation": "append", "path": "/etc/hosts", "content": "${s1}"},
            "files are written there only",
        ),
        ("file_operations", {"operation": "read", "path": "link"}, "leads out of the working folder"),
        ("file_operations", {"operation": "list", "path": " "}, "The path is empty"),
        ("code_analyzer", {"folder": "/usr", "start": "a", "end": "b"}, "leads out of the working folder"),
        ("python_exec", {"code": "1", "files": ["a.txt", "../b.txt"]}, "leads out of the working folder"),
        ("python_exec", {"code": "1", "outputs": ["/etc/hosts"]}, "no path below the working folder"),
        ("python_exec", {"code": "1", "outputs": ["link"]}, "files are written there only"),
    ],
)
async def test_a_path_that_leads_out_is_told_before_anybody_is_asked(workshop, tmp_path, action, inputs, told):
    (tmp_path / "link").symlink_to("/etc/passwd")
    [refusal] = await workshop.refusals(action, inputs, ToolScope(task_id="t", folder=tmp_path))
    assert told in refusal


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        ("file_operations", {"operation": "write", "path": "new/a.txt", "content": "x"}),
        ("file_operations", {"operation": "write", "path": "${s1}", "content": "x"}),
        ("file_operations", {"operation": "${s1}", "path": "/etc/passwd"}),
        ("file_operations", {"operation": "read", "path": "made-by-an-earlier-step.txt"}),
        ("file_operations", {}),
        ("file_operations", {"operation": "read", "path": 5}),
        ("code_analyzer", {"folder": "."}),
        ("python_exec", {"code": "1", "files": ["made-by-an-earlier-step.txt"], "outputs": ["new/a.txt"]}),
        ("echo", {"text": "x"}),
        ("nobody", {}),
    ],
)
async def test_what_may_yet_turn_out_well_is_not_refused_beforehand(workshop, tmp_path, action, inputs):
    assert await workshop.refusals(action, inputs, ToolScope(task_id="t", folder=tmp_path)) == []


async def test_other_folders_that_may_be_read_are_not_refused_beforehand(database, settings, tmp_path):
    settings = settings.model_copy(update={"roots": [tmp_path / "other"]})
    workshop = Workshop(built_in(ScriptedModels(), database, settings), database, settings)
    for folder in ("own", "other"):
        (tmp_path / folder).mkdir()
    inputs = {"operation": "list", "path": str(tmp_path / "other")}
    assert await workshop.refusals("file_operations", inputs, ToolScope(task_id="t", folder=tmp_path / "own")) == []
