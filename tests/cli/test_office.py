"""The commands that show the office itself: `tools`, `doctor`, `draw`; and the HTTP door's own command."""

import json
import re
import signal
import socket
import urllib.request
from pathlib import Path

from intelligent_office.cli.drawing import mermaid, picture_in
from intelligent_office.cli.screen import Screen
from intelligent_office.cli.tools import _in_full
from intelligent_office.settings import Settings
from tests.cli.conftest import one_line, story
from tests.cli.screens import terminal

README = Path(__file__).parent.parent.parent / "README.md"


def test_the_picture_in_the_readme_is_what_the_code_says():
    assert picture_in(README.read_text(encoding="utf-8")) == mermaid(Settings(_env_file=None)), "run `make draw`"


def test_the_picture_shows_every_role(offline):
    done = offline("draw")
    assert done.returncode == 0, story(done)
    roles = [path.stem for path in (README.parent / "nodes").glob("[a-z]*.py")]
    assert [role for role in roles if f"{role}({role})" not in done.stdout] == []


def test_a_picture_is_renewed_in_place_and_nowhere_else(offline):
    page = offline.folder / "page.md"
    page.write_text("before\n\n```mermaid\nold\n```\n\n```mermaid\nother\n```\nafter\n")
    assert offline("draw", "--into", page).returncode == 0
    text = page.read_text()
    assert picture_in(text) == offline("draw").stdout
    assert text.startswith("before\n\n```mermaid\n---\n")
    assert text.endswith("```\n\n```mermaid\nother\n```\nafter\n")
    page.write_text("nothing to renew\n")
    done = offline("draw", "--into", page)
    assert (done.returncode, page.read_text()) == (2, "nothing to renew\n")
    assert "mermaid" in one_line(done.stderr)


def test_the_tools_are_listed_with_inputs_and_risk(offline):
    text = offline("tools").stdout
    assert re.search(r"^code_analyzer  folder \[start\]", text, re.MULTILINE)
    cards = {card["name"]: card for card in json.loads(offline("tools", "--json").stdout)}
    assert cards["file_operations"]["risk"] == "guarded"
    assert cards["math_calculator"]["parameters"]["required"] == ["expression"]
    assert cards["http_client"]["policy"]["network"] == "internet"


def test_one_tool_is_shown_in_full(offline):
    text = offline("tools", "file_operations").stdout
    for words in (
        "operation (read | write | append | list | search)",
        "writes files of the working folder",
        "skip (integer from 0 to 100000, 0)",
        '"notes.txt"',
    ):
        assert words in text
    assert json.loads(offline("tools", "echo", "--json").stdout)["examples"] == [{"text": "hello"}]
    done = offline("tools", "ecko")
    assert (done.returncode, "did you mean `echo`" in done.stderr) == (2, True)


def test_the_doctor_finds_the_database_and_tells_no_secret(office, offline):
    done = office("doctor", "--json", OPENAI_API_KEY="sk-sesame")
    assert done.returncode == 0, story(done)
    found = json.loads(done.stdout)
    assert found["database"]["usable"] is True
    assert (found["models"]["planner"], found["settings"]["OPENAI_API_KEY"]) == (True, "(set)")
    assert "sk-sesame" not in done.stdout + office("doctor", OPENAI_API_KEY="sk-sesame").stdout
    assert "the built-in rules" in office("doctor").stdout


def test_inputs_of_strangers_are_shown_however_odd_their_schema_is(capsys):
    inputs = {
        "any": True,
        "many": {"type": "array", "items": True},
        "rate": {"type": "number", "exclusiveMinimum": 0, "maximum": 1e12},
        "either": {"anyOf": [True, {"type": "null"}]},
    }
    _in_full(
        {"name": "x", "description": "X.", "parameters": {"properties": inputs}, "risk": "safe", "source": "y"},
        Screen(),
    )
    told = capsys.readouterr().out
    for words in ("any (anything,", "list of anything", "number above 0 to 1000000000000,", "anything | null"):
        assert words in told


def test_the_doctor_says_where_programs_run_and_why_not_elsewhere(offline, tmp_path):
    found = json.loads(offline("doctor", "--json", PATH=str(tmp_path)).stdout)["sandbox"]
    assert (found["used"], found["why"]) == ("monty", "the strongest that works here")
    assert "bwrap is not installed" in found["not_used"]["bubblewrap"]
    told = offline("doctor", PATH=str(tmp_path), OFFICE_SANDBOX="bubblewrap").stdout
    assert "none: programs cannot be run" in told
    assert "  monty: as OFFICE_SANDBOX says" in offline("doctor", OFFICE_SANDBOX="monty").stdout


def test_the_doctor_says_whose_tools_there_are_and_which_engines_search(offline):
    told = offline("doctor", OFFICE_SEARXNG_URL="http://searx.corp", TAVILY_API_KEY="tvly-x").stdout
    assert "  built-in: ai_tool, calculator, " in told
    assert "  web_search asks SearXNG, then Tavily" in told


def test_the_doctor_names_a_database_that_is_not_there(offline):
    done = offline("doctor")
    assert done.returncode == 1
    assert "database is not available" in done.stdout
    assert "sesame" not in done.stdout


def test_a_task_submitted_over_http_is_seen_on_the_command_line(office, tmp_path):
    """Two doors, one house."""
    office.environment["OFFICE_HOME"] = str(tmp_path / "home")
    server = office.start("serve", "--port", "0")
    assert server.process.stderr
    line = next(line for line in server.process.stderr if "opening http" in line)
    address = re.search(r"http://[\d.:]+", line)
    assert address
    body = json.dumps({"description": "what is 15 * 23?"}).encode()
    key = office("keys", "show").stdout.strip()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    with urllib.request.urlopen(urllib.request.Request(f"{address[0]}/tasks", body, headers)) as answer:
        task_id = json.load(answer)["task_id"]
    assert "task.finished" in office("logs", task_id, "--follow").stdout
    assert "345" in office("status", task_id).stdout.splitlines()
    server.signal(signal.SIGINT)
    assert server.end().returncode == 0


def test_a_server_whose_port_is_taken_has_failed_and_waits_for_nobody(office):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = office.start("serve", "--port", taken.getsockname()[1])
        done = server.end()
    assert done.returncode == 1, story(done)
    assert "in use" in one_line(done.stderr)


def test_a_server_with_a_setting_that_is_not_usable_says_so_in_one_line(office):
    server = office.start("serve", "--port", "0", OFFICE_DATABASE_URL="nonsense")
    done = server.end()
    assert done.returncode == 2, story(done)
    assert "OFFICE_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_words_of_a_stranger_command_the_terminal_that_lists_them(office):
    office("run", 'say "\x07\x1b[2J\x9b1m\u202e"')
    with terminal(office, "list") as screen:
        screen.read_until("\n")
        assert "say" in screen.seen
        assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(screen.seen)
