"""The code analyzer as a tool: folders, answers, and errors a planner can act on."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from intelligent_office.analyzer import analyze
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.registry import Registry
from tests.tools.calling import call
from tools.code_analyzer import POLICY, code_analyzer

ANALYZER = code_analyzer()
SOURCE = {
    "src/app.py": "from pipeline import load\n\n\ndef main():\n    rows = load('x')\n    return rows\n\n\n"
    "def other():\n    pass\n",
    "src/pipeline.py": "class Loader:\n    def run(self, name):\n        return process_data(name)\n\n\n"
    "def load(name):\n    return Loader().run(name)\n\n\ndef process_data(name):\n    return name\n",
    "src/twin.py": "def other():\n    return 1\n",
    "src/broken.py": "def oops(:\n",
    "notes.txt": "no source",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    for name, content in SOURCE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "empty").mkdir()
    return folder


@pytest.fixture
def scope(folder: Path) -> ToolScope:
    return ToolScope(task_id="t", folder=folder)


async def refusal(scope: ToolScope, **inputs: Any) -> str:
    with pytest.raises(ToolError) as failure:
        await call(ANALYZER, scope, **inputs)
    return str(failure.value)


async def test_a_chain_is_told_with_every_call_and_definition(scope):
    text, data = await call(ANALYZER, scope, folder="./src", start="main", end="process_data")

    for part in ("app.main  (app.py:4)", "pipeline.load  (pipeline.py:6)", "called at app.py:5: rows = load('x')"):
        assert part in text
    assert data["path"] == ["app.main", "pipeline.load", "pipeline.Loader.run", "pipeline.process_data"]
    assert [(hop["file"], hop["line"]) for hop in data["hops"]] == [
        ("app.py", 5),
        ("pipeline.py", 7),
        ("pipeline.py", 3),
    ]
    assert data["hops"][0]["definition"] == {"file": "pipeline.py", "line": 6}
    assert (data["status"], data["folder"], data["alternatives"]) == ("success", "src", [])
    assert json.loads(json.dumps(data)) == data


async def test_a_file_that_could_not_be_analysed_is_named(scope):
    text, data = await call(ANALYZER, scope, folder="src", start="main", end="process_data")

    assert "(Not or not wholly analysed: broken.py (" in text
    assert [skipped["file"] for skipped in data["skipped"]] == ["broken.py"]


async def test_of_many_skipped_files_a_few_are_named_and_the_rest_counted(folder, scope):
    for number in range(10):
        (folder / "src" / f"bad{number}.py").write_text("def (")
    text, _ = await call(ANALYZER, scope, folder="src", start="main", end="load")

    assert text.count("bad") == 5
    assert "and 6 more.)" in text


async def test_a_single_file_is_analysed(scope):
    _, data = await call(ANALYZER, scope, folder="src/pipeline.py", start="load", end="process_data")

    assert data["path"] == ["pipeline.load", "pipeline.Loader.run", "pipeline.process_data"]


@pytest.mark.parametrize(
    ("direction", "depth", "names"),
    [
        ("callers", 1, ["pipeline.Loader.run"]),
        ("callers", 3, ["pipeline.Loader.run", "pipeline.load", "app.main"]),
    ],
)
async def test_callers_are_told(scope, direction, depth, names):
    text, data = await call(ANALYZER, scope, folder="src", function="process_data", direction=direction, depth=depth)

    assert [function["name"] for function in data["functions"]] == names
    assert text.startswith("pipeline.process_data (pipeline.py:10) is called by:\npipeline.Loader.run  (pipeline.py:2)")
    assert "pipeline.py:3]" in text


async def test_callees_are_told(scope):
    text, data = await call(ANALYZER, scope, folder="src", function="main", direction="callees")

    assert [function["name"] for function in data["functions"]] == ["pipeline.load"]
    assert data["functions"][0]["hop"]["line"] == 5
    assert text.startswith("app.main (app.py:4) calls:")


async def test_a_function_without_callers_is_an_answer(scope):
    text, data = await call(ANALYZER, scope, folder="src", function="main", direction="callers")

    assert "app.main (app.py:4) is called by no function of this source." in text
    assert data["functions"] == []


@pytest.mark.parametrize(
    ("start", "end", "told_as"),
    [
        ("mian", "process_data", ["There is no function called mian.", "app.main"]),
        ("main", "xyzzy", ["There is no function called xyzzy."]),
        ("other", "load", ["`other` may be any of app.other (app.py:9), twin.other (twin.py:1). Say which one."]),
        (
            "process_data",
            "main",
            ["No chain of calls leads from process_data to main.", "main comes to call process_data after"],
        ),
        ("main", "app.other", ["No chain", "main reaches 3 functions: pipeline.load"]),
    ],
)
async def test_why_there_is_no_chain_is_told(scope, start, end, told_as):
    told = await refusal(scope, folder="src", start=start, end=end)

    for part in told_as:
        assert part in told


@pytest.mark.parametrize(
    ("name", "told_as"),
    [("mian", "There is no function called mian. Did you mean app.main"), ("other", "`other` may be any of app.other")],
)
async def test_an_unclear_function_is_told(scope, name, told_as):
    assert told_as in await refusal(scope, folder="src", function=name)


@pytest.mark.parametrize(
    ("folder_input", "told_as"),
    [
        ("srcs", "`srcs` does not exist; near it is `src`."),
        ("empty", "There is no source code that it reads in `empty`."),
        ("notes.txt", "`notes.txt` is neither a folder nor a file with source code that it reads."),
        ("..", "leads out of the working folder"),
        ("/etc", "leads out of the working folder"),
        ("", "The path is empty."),
    ],
)
async def test_a_folder_of_no_use_is_told(scope, folder_input, told_as):
    assert told_as in await refusal(scope, folder=folder_input, start="main", end="load")


async def test_a_refused_folder_says_how_to_allow_it(scope):
    told = await refusal(scope, folder="/etc", start="main", end="load")

    assert "--folder" in told
    assert "OFFICE_ROOTS" in told


async def test_configured_roots_may_be_analysed(folder, tmp_path):
    scope = ToolScope(task_id="t", folder=tmp_path, roots=(folder,))
    _, data = await call(ANALYZER, scope, folder=str(folder / "src"), start="main", end="load")

    assert data["path"] == ["app.main", "pipeline.load"]


async def test_the_event_loop_goes_on_while_a_program_is_analysed(scope, monkeypatch):
    begun, seen = threading.Event(), threading.Event()

    def watched(*arguments: Any, **names: Any) -> Any:
        begun.set()
        assert seen.wait(60), "the loop has not gone on"
        return analyze(*arguments, **names)

    monkeypatch.setattr("tools.code_analyzer.analyze", watched)
    analysis = asyncio.ensure_future(call(ANALYZER, scope, folder="src", start="main", end="load"))
    while not begun.is_set():
        await asyncio.sleep(0)
    seen.set()

    assert (await analysis)[1]["status"] == "success"


@pytest.mark.parametrize(
    ("inputs", "told_as"),
    [
        ({"folder": "."}, "needs `start` (or `function`, for callers and callees)"),
        ({"folder": ".", "start": "main"}, "needs `end`"),
        ({"folder": ".", "start": "a", "end": " "}, "needs `end`"),
        ({"folder": ".", "start": "a", "function": "b"}, "either `function` or `start` and `end`"),
        ({"start": "a", "end": "b"}, "needs the input `folder`"),
        ({"folder": ".", "start": "a", "end": "b", "limit": 0}, "less than the minimum of 1"),
        ({"folder": ".", "function": "a", "direction": "up"}, "must be one of `callers`, `callees`"),
    ],
)
def test_a_plan_with_a_call_that_misses_something_is_told_before_it_runs(inputs, told_as):
    registry = Registry([Tool(definition=code_analyzer(), policy=POLICY)])

    assert told_as in " ".join(registry.faults("code_analyzer", inputs))


@pytest.mark.parametrize(
    "inputs",
    [
        {"folder": "./src", "start": "main", "end": "process_data"},
        {"folder": "./src", "start": "main", "end": "process_data", "limit": 3},
        {"folder": "src", "function": "main", "direction": "callers", "depth": 2},
        {"folder": "${s1}", "function": "${s2.output.name}", "direction": "callees"},
    ],
)
def test_the_calls_that_planners_make_have_no_faults(inputs):
    registry = Registry([Tool(definition=code_analyzer(), policy=POLICY)])

    assert registry.faults("code_analyzer", inputs) == []
    assert registry.risk("code_analyzer", inputs) == "safe"
    assert registry.idempotent("code_analyzer", inputs)


async def test_what_was_found_is_kept_for_the_next_time(scope, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    first = await call(ANALYZER, scope, folder="./src", start="main", end="process_data")

    assert len(list((tmp_path / "caches").rglob("*.bin"))) == 1
    assert await call(ANALYZER, scope, folder="./src", start="main", end="process_data") == first


async def test_a_link_out_of_the_working_folder_is_named_and_not_read(scope, folder, tmp_path):
    (tmp_path / "secret.py").write_text("def secret():\n    pass\n")
    (folder / "src" / "linked.py").symlink_to(tmp_path / "secret.py")

    text, _ = await call(ANALYZER, scope, folder="./src", start="main", end="process_data")

    assert "linked.py (link that leads out of the folder)" in text
    assert "no function called secret" in await refusal(scope, folder="./src", start="main", end="secret")
