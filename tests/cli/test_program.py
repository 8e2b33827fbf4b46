"""The program itself: usage, exit codes, messages, quick starts, closed pipes."""

import os
import subprocess
import sys

import click
import pytest

from intelligent_office.cli.invocation import Invocation
from tests.cli.conftest import OFFICE, SECONDS, one_line

HEAVY = ["langgraph", "langchain_core", "chromadb", "fastapi", "langserve", "pydantic", "psycopg", "rich"]


def modules_after(code: str, environment: dict[str, str], *arguments: str) -> set[str]:
    """The top-level modules that are loaded when some code has run."""
    script = f"import sys\n{code}\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, env=environment, check=True
    )
    return set(done.stdout.split())


def test_help_lists_every_command_and_the_exit_codes(offline):
    done = offline("--help")
    assert done.returncode == 0
    for name in ("run", "status", "list", "logs", "approve", "cancel", "resume", "serve", "worker", "trace", "graph",
                 "tools", "doctor", "draw"):  # fmt: skip
        assert f"\n  {name} " in done.stdout
    assert "Exit codes" in done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith("  ") and line.endswith("...")]
    assert offline().stdout == done.stdout


@pytest.mark.parametrize("group", ["keys", "tenants", "webhooks", "dead"])
def test_a_group_without_a_command_lists_its_commands_in_full(offline, group):
    done = offline(group)
    assert done.returncode == 0
    assert done.stdout == offline(group, "--help").stdout
    commands = done.stdout.partition("Commands:\n")[2].splitlines()
    assert len(commands) > 2
    assert not [line for line in commands if line.endswith("...")]


def test_the_program_starts_without_anything_heavy(offline):
    loaded = modules_after("import intelligent_office.cli", offline.environment)
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_looking_at_a_task_needs_neither_langgraph_nor_chroma(office):
    code = "from intelligent_office.cli.program import carry_out\ncarry_out(['status', 'last'])"
    loaded = modules_after(code, office.environment)
    assert "psycopg" in loaded
    assert loaded.isdisjoint({"langgraph", "langchain_core", "chromadb", "fastapi", "langserve"})


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["run"],
        ["run", "x", "--colour"],
        ["run", "x", "--approval", "perhaps"],
        ["status"],
        ["list", "--status", "lost"],
        ["list", "--limit", "0"],
        ["serve", "--port", "70000"],
        ["serve", "--host", "0.0.0.0"],
        ["approve", "last", "--reject", "no", "--edit", "{}"],
        ["trace", "."],
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(offline, arguments):
    done = offline(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert one_line(done.stderr)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", ""], "TASK"),
        (["run", " \n "], "TASK"),
        (["run", "x", "--max-iterations", "0"], "--max-iterations"),
        (["run", "x", "--max-iterations", "21"], "--max-iterations"),
        (["run", "x", "--budget", "-1"], "--budget"),
        (["run", "x", "--budget", "nan"], "--budget"),
        (["run", "x", "--max-duration", "0"], "--max-duration"),
        (["run", "x", "--priority", "10"], "--priority"),
        (["run", "x", "--criteria", " "], "--criteria"),
        (["run", "x", "--tools", ","], "--tools"),
        (["run", "x", "--folder", "nowhere"], "nowhere does not exist"),
        (["run", "x", "--folder", "/dev/null"], "is not a folder"),
    ],
)
def test_bad_input_is_told_by_the_name_of_its_option(offline, arguments, told):
    done = offline(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in one_line(done.stderr)


def test_standard_input_that_is_no_text_is_told(offline):
    done = offline("run", "-", given=b"\xff\xfe\x00")
    assert done.returncode == 2
    assert "UTF-8" in one_line(done.stderr)


def test_an_unreachable_database_is_one_line_without_the_password(offline):
    for arguments in (["run", "what is 2 + 2?"], ["status", "last"], ["list"]):
        done = offline(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert "database" in one_line(done.stderr)
        assert "sesame" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OFFICE_PORT", "eighty"),
        ("OFFICE_LEASE_SECONDS", "soon"),
        ("OFFICE_DATABASE_URL", "mysql://127.0.0.1/office"),
        ("OFFICE_LOG_LEVLE", "debug"),
    ],
)
def test_a_broken_setting_is_one_line_with_its_name(offline, name, value):
    done = offline("list", **{name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert name in one_line(done.stderr)


def test_verbose_shows_where_an_error_came_from(offline):
    done = offline("list", "--verbose")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("office: ")


def test_a_reader_who_leaves_early_is_no_error(offline, tmp_path):
    (tmp_path / "many.py").write_text("".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(5000)))
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [OFFICE, "graph", tmp_path], stdout=writing, stderr=subprocess.PIPE, env=offline.environment, text=True
    )
    os.close(writing)
    assert os.read(reading, 100)
    os.close(reading)
    _, told = process.communicate(timeout=SECONDS)
    assert (process.returncode, told) == (0, "")


def test_a_folder_that_is_gone_is_told_as_such(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(click.ClickException, match="no longer there"):
        Invocation().settings()
