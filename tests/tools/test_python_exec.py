"""`python_exec`: what goes into the sandbox, what comes out, and what a planner is told."""

from typing import Any

import pytest

from intelligent_office.bounds import Bounds
from intelligent_office.errors import ToolError
from intelligent_office.sandbox.choice import choose
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.workshop import Workshop
from tests.requirements import require
from tests.tools.calling import call
from tools.python_exec import POLICY, Sandboxed, python_exec


@pytest.fixture(scope="module")
def choice():
    require("bwrap")
    found = choose("bubblewrap")
    if found.sandbox is None:
        pytest.skip(found.reason)
    return found


@pytest.fixture
def run(choice, tmp_path):
    tool = python_exec(choice.sandbox)

    async def run(code, **inputs):
        return await call(tool, ToolScope(task_id="t", folder=tmp_path), code=code, **inputs)

    return run


async def test_what_a_program_prints_is_the_answer(run):
    text, output = await run("import statistics\nprint('mean')\nstatistics.mean([1, 2, 6])")
    assert text == "mean\n3"
    assert output["stdout"] == "mean\n3\n"


@pytest.mark.parametrize(
    ("granted", "code", "told"),
    [
        ({"seconds": 1}, "while True: pass", "after 1 s"),
        ({"megabytes": 64}, "x = bytearray(200 << 20)", "MemoryError|memory"),
        ({"processes": 1}, "import os\nos.fork()", "processes|BlockingIOError"),
        ({"output_bytes": 100}, "print('x' * 200)", "100 bytes"),
    ],
)
async def test_a_program_has_the_limits_of_its_grant_whatever_the_inputs_say(choice, tmp_path, granted, code, told):
    usual = Tool(definition=python_exec(choice.sandbox), policy=POLICY).bounds({"code": code})
    scope = ToolScope(task_id="t", folder=tmp_path, bounds={**usual, **granted})
    with pytest.raises(ToolError, match=told):
        await call(python_exec(choice.sandbox), scope, code=code, seconds=300, megabytes=4096)


@pytest.mark.parametrize(
    ("granted", "left"),
    [
        ({"seconds": 10, "cpu_seconds": 10}, {"megabytes": 64, "files": ["a", "b"], "outputs": ["c"]}),
        ({"seconds": 50, "megabytes": 63}, {"seconds": 50, "files": ["a", "b"], "outputs": ["c"]}),
        ({"reads": ["a"], "writes": []}, {"seconds": 50, "megabytes": 64, "files": ["a"], "outputs": []}),
    ],
)
def test_what_asks_for_more_than_is_granted_is_left_out_of_a_call(choice, granted, left):
    asked = {"code": "1", "seconds": 50, "megabytes": 64, "files": ["a", "b"], "outputs": ["c"]}
    tool = Tool(definition=python_exec(choice.sandbox), policy=POLICY)
    assert tool.lowered(asked, granted) == {"code": "1", **left}


async def test_a_program_gets_no_file_that_was_not_granted(choice, tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    tight: list[Bounds] = [{"files": "none"}, {"reads": ["other.txt"]}]
    for bounds in tight:
        scope = ToolScope(task_id="t", folder=tmp_path, bounds=bounds)
        with pytest.raises(ToolError, match="not granted to this call, to read"):
            await call(python_exec(choice.sandbox), scope, code="1", files=["secret.txt"])
    scope = ToolScope(task_id="t", folder=tmp_path, bounds={"writes": ["a.txt"]})
    with pytest.raises(ToolError, match="not granted to this call, to write"):
        await call(python_exec(choice.sandbox), scope, code="open('b.txt', 'w')", outputs=["b.txt"])


async def test_a_program_that_prints_nothing_says_so(run):
    assert (await run("x = 1"))[0] == "(The program printed nothing.)"


async def test_files_go_in_and_outputs_come_out(run, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "out.txt").write_text("earlier")
    code = (
        "import csv\nrows = list(csv.DictReader(open('data/in.csv')))\n"
        "open('out.txt', 'w').write(str(sum(int(r['b']) for r in rows)))\n"
        "import os\nos.mkdir('deep')\nopen('deep/er.bin', 'wb').write(b'\\0\\xff')\nopen('other.txt', 'w').close()"
    )
    text, output = await run(code, files=["data/in.csv"], outputs=["out.txt", "deep/er.bin"])
    assert (tmp_path / "out.txt").read_text() == "6"
    assert (tmp_path / "deep" / "er.bin").read_bytes() == b"\0\xff"
    assert not (tmp_path / "other.txt").exists()
    assert output["files"] == [{"path": "out.txt", "bytes": 1}, {"path": "deep/er.bin", "bytes": 2}]
    assert "(Wrote `out.txt`, 1 bytes.)" in text


async def test_a_program_sees_only_the_files_it_was_given(run, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    assert (await run("import os\nos.listdir('.')"))[0] == "[]"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("int('x')", "ValueError: invalid literal"),
        ("print('so far')\n1 / 0", "It had printed:\nso far"),
        ("def f(:", "SyntaxError"),
        ("import sys\nsys.exit(7)", "exit code 7"),
        ("import os\nos.abort()", "SIGABRT"),
        ("import pandas", "standard library"),
        ("import urllib.request\nurllib.request.urlopen('http://example.com')", "URLError"),
        ("input()", "EOFError"),
        ("while True: print('x' * 1000)", "printed more than 1048576 bytes"),
        ("held = [bytearray(1 << 20) for _ in range(10000)]", "MemoryError"),
    ],
)
async def test_a_failure_is_told_so_that_the_program_can_be_mended(run, code, told):
    with pytest.raises(ToolError) as caught:
        await run(code)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 6_000


async def test_a_program_that_takes_too_long_is_told_how_long_it_had(run):
    with pytest.raises(ToolError, match="stopped after 1 seconds; give it more `seconds`"):
        await run("import time\ntime.sleep(3600)", seconds=1)


async def test_a_program_that_computes_for_too_long_is_told_so_by_whichever_clock_is_first(run):
    with pytest.raises(ToolError, match=r"stopped after 1 seconds(?: of processor time)?; give it more `seconds`"):
        await run("while True: pass", seconds=1)


async def test_nothing_is_kept_of_a_program_that_failed(run, tmp_path):
    with pytest.raises(ToolError):
        await run("open('out.txt', 'w').write('half')\n1 / 0", outputs=["out.txt"])
    assert list(tmp_path.iterdir()) == []


async def test_an_output_that_was_not_written_is_a_failure_and_nothing_is_kept(run, tmp_path):
    with pytest.raises(ToolError, match=r"`b.txt` was not written"):
        await run("open('a.txt', 'w').close()", outputs=["a.txt", "b.txt"])
    assert list(tmp_path.iterdir()) == []


async def test_a_link_is_not_handed_out(run, tmp_path):
    with pytest.raises(ToolError, match=r"`a.txt` is a link"):
        await run("import os\nos.symlink('/etc/ld.so.cache', 'a.txt')", outputs=["a.txt"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", ".", "x\0y"])
async def test_an_output_outside_of_the_folder_is_refused_before_anything_runs(run, path):
    with pytest.raises(ToolError):
        await run("print('ran')", outputs=[path])


@pytest.mark.parametrize("inputs", [{"outputs": ["../x"]}, {"outputs": ["/tmp/x"]}, {"files": ["/etc/passwd"]}])
def test_a_path_that_leads_out_is_refused_before_anybody_is_asked(tmp_path, inputs):
    refuse = POLICY.refuses
    assert refuse
    refuse({"code": "1", "files": ["a.txt"], "outputs": ["b/c.txt"]}, ToolScope(task_id="t", folder=tmp_path))
    with pytest.raises(ToolError):
        refuse({"code": "1", **inputs}, ToolScope(task_id="t", folder=tmp_path))


async def test_an_output_behind_a_link_out_of_the_folder_is_refused(run, tmp_path, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (tmp_path / "link").symlink_to(elsewhere)
    with pytest.raises(ToolError, match="leads out of the working folder"):
        await run("import os\nos.mkdir('link')\nopen('link/x', 'w').close()", outputs=["link/x"])
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "told"), [("missing.txt", "does not exist"), ("/etc/passwd", "leads out"), (".", "is a folder")]
)
async def test_a_file_that_cannot_be_given_is_told(run, path, told):
    with pytest.raises(ToolError, match=told):
        await run("print('ran')", files=[path])


async def test_two_files_that_would_have_one_name_in_the_sandbox_are_not_mixed_up(choice, tmp_path):
    folder, root = tmp_path / "folder", tmp_path / "root"
    for place in (folder, root):
        place.mkdir()
        (place / "a.txt").write_text(place.name)
    scope = ToolScope(task_id="t", folder=folder, roots=(root,))
    tool = python_exec(choice.sandbox)
    with pytest.raises(ToolError, match=r"and another file would both be `a\.txt`"):
        await call(tool, scope, code="1", files=["a.txt", str(root / "a.txt")])
    text, _ = await call(tool, scope, code="open('a.txt').read()", files=["a.txt", "./a.txt"])
    assert text == "'folder'"


async def test_without_a_sandbox_a_plan_is_refused_with_the_reason(database, settings):
    lacking = settings.model_copy(update={"sandbox": "docker", "sandbox_image": "an-image-that-nobody-has"})
    workshop = Workshop([], database, lacking, sources=[Sandboxed(lacking)])
    await workshop.refresh()
    assert workshop.cards() == []
    assert [(one["name"], one["source"]) for one in workshop.absences()] == [("python_exec", "built-in")]
    fault = workshop.faults("python_exec", {"code": "print(1)"})[0]
    assert "needs a sandbox, and there is none: docker:" in fault


async def test_which_sandbox_there_is_shows_once_somebody_looks(database, settings):
    require("bwrap")
    workshop = Workshop([], database, settings, sources=[Sandboxed(settings)])
    assert workshop.cards() == []
    await workshop.refresh()
    assert "Python" in workshop.cards()[0]["description"]


async def test_the_step_says_what_the_program_has_used(choice, database, settings, tmp_path):
    workshop = Workshop([Tool(definition=python_exec(choice.sandbox), policy=POLICY)], database, settings)
    for number, (code, status) in enumerate([("print(1)", "succeeded"), ("1 / 0", "failed")]):
        step: Any = {"step_id": "s", "action": "python_exec", "inputs": {"code": code}, "idempotency_key": str(number)}
        result = await workshop.invoke(step, {}, ToolScope(task_id="t", folder=tmp_path))
        assert result["status"] == status
        used = result["metadata"]["resources"]
        assert used["sandbox"] == "bubblewrap"
        assert used["wall_seconds"] > 0 < used["cpu_seconds"]
        assert used["peak_memory_bytes"] > 1_000_000


def test_every_call_needs_permission_and_may_be_repeated(choice, database, settings):
    workshop = Workshop([Tool(definition=python_exec(choice.sandbox), policy=POLICY)], database, settings)
    assert workshop.risk("python_exec", {"code": "1"}) == "guarded"
    assert workshop.idempotent("python_exec", {"code": "1"})
    assert workshop.faults("python_exec", {"code": " "}) == ["`python_exec` needs `code`: the program."]
    assert "`seconds`" in workshop.faults("python_exec", {"code": "1", "seconds": 10_000})[0]


@pytest.mark.parametrize(
    "code", ["```python\nprint(1)\n```", "\n```\nprint(1)\n```\n", "python\nprint(1)", "python3 \n1"]
)
def test_a_program_in_marks_of_markdown_is_told_before_it_runs(code):
    assert POLICY.demands
    assert "must be the program alone" in POLICY.demands({"code": code})[0]


def test_a_program_that_speaks_of_python_is_none_in_marks():
    assert POLICY.demands
    assert POLICY.demands({"code": "python = 3\nprint('```')"}) == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("open('notes.txt')", "sees no files but those that `files` names"),
        ("input('Name?')", r"Nobody answers `input\(\)`"),
        ("import numpy", "There is Python 3.*nothing else is installed"),
        ("import urllib.request\nurllib.request.urlopen('http://example.com')", "has no network"),
        ("import socket\nsocket.socket()", "has no network"),
    ],
)
async def test_a_failure_that_a_planner_can_do_something_about_says_what(run, code, told):
    with pytest.raises(ToolError, match=told):
        await run(code)
