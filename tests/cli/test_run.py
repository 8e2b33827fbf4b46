"""`office run` to its end, and the commands that look at what it did."""

import json
import os
import select
import textwrap
from contextlib import suppress

import pytest

from tests.cli.conftest import one_line, story


def test_arithmetic_is_answered_with_plan_verdict_and_cost(office):
    done = office("run", "what is 15 * 23?")
    assert done.returncode == 0, story(done)
    lines = done.stdout.splitlines()
    assert "345" in lines
    assert any("math_calculator" in line and "15 * 23" in line for line in lines), "the plan"
    assert any(line.startswith("✓ s1 math_calculator") and line.endswith("345") for line in lines), "the step"
    assert "reviewer: APPROVED (by rules)" in lines
    assert lines[-1].startswith("completed in ")
    assert lines[-1].endswith("1 iteration · 0 model calls · 0 tokens · $0.0000")
    assert "\x1b" not in done.stdout, "colours in a pipe"


def test_a_call_chain_is_printed_with_file_and_line_of_every_hop(office):
    source = """
        def main():
            load()

        def load():
            for row in [1, 2]:
                process_data(row)

        def process_data(row):
            return row
    """
    (office.folder / "src").mkdir()
    (office.folder / "src" / "app.py").write_text(textwrap.dedent(source).lstrip())
    done = office(
        "run",
        "Analyze the Python files in ./src and create a call sequence where the start function is main "
        "and the end function is process_data",
    )
    assert done.returncode == 0, story(done)
    assert [place for place in ("app.py:2", "app.py:6", "app.py:4", "app.py:8") if place not in done.stdout] == []


def test_parts_joined_by_then_hand_on_their_results(office):
    (office.folder / "notes.txt").write_text("alpha\nbeta\n")
    done = office("run", "--yes", "what is 6 * 7, then write the result to answer.txt, then read answer.txt")
    assert done.returncode == 0, story(done)
    assert (office.folder / "answer.txt").read_text().strip() == "42"
    assert "t3" in done.stdout
    done = office("run", "read notes.txt")
    assert "alpha\nbeta" in done.stdout, story(done)


def test_todos_outlive_the_process(office):
    assert office("run", 'add "buy milk" to my todo list').returncode == 0
    assert "buy milk" in office("run", "show my todo list").stdout


def test_the_task_may_come_from_standard_input(office):
    done = office("run", "-", given="what is 2 + 3?\n")
    assert done.returncode == 0, story(done)
    assert "5" in done.stdout.splitlines()


def test_json_is_one_object_and_nothing_else(office):
    done = office("run", "what is 15 * 23?", "--json", "--criteria", "is a number")
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (told["status"], told["answer"], told["progress"], told["iterations"]) == ("completed", "345", 1.0, 1)
    assert told["usage"]["cost_usd"] == 0
    assert told["context"]["success_criteria"] == ["is a number"]


def test_an_answer_too_large_for_the_state_is_printed_whole(office):
    text = "".join(f"line {number} äöü\n" for number in range(1500))
    (office.folder / "long.txt").write_text(text)
    done = office("run", "read long.txt", OFFICE_ARTIFACT_BYTES="1024")
    assert done.returncode == 0, story(done)
    assert text.strip() in done.stdout
    assert "kept as artifact" not in done.stdout.partition("reviewer:")[2]
    assert text.strip() in json.loads(office("status", "last", "--json").stdout)["answer"]


def test_a_task_no_rule_covers_fails_and_says_how_to_connect_a_model(office):
    done = office("run", "write me a poem about the sea")
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    told = json.loads(office("status", "last", "--json").stdout)
    assert (told["status"], told["outcome"]["error_class"]) == ("failed", "NoRuleCovers")


def test_an_unknown_function_fails_and_near_names_are_suggested(office):
    (office.folder / "app.py").write_text("def main():\n    pass\n\ndef process():\n    pass\n")
    done = office("run", "how does mian reach process in .?")
    assert done.returncode == 1
    assert "main" in done.stdout.partition("failed:")[2]


def test_only_the_allowed_tools_are_used(office):
    done = office("run", "what is 2 + 2?", "--tools", "echo")
    assert done.returncode == 1
    assert "math_calculator" in done.stdout


def test_a_million_characters_are_too_many_and_nothing_is_stored(office):
    done = office("run", "-", given="x" * 1_000_000)
    assert (done.returncode, done.stdout) == (2, "")
    assert "1000000 characters" in one_line(done.stderr)
    assert json.loads(office("list", "--json").stdout) == []


def test_status_list_and_logs_tell_of_a_finished_task(office):
    office("run", "what is 15 * 23?")
    [task] = json.loads(office("list", "--json").stdout)
    for name in (task["task_id"], task["task_id"][-6:], "last"):
        done = office("status", name)
        assert done.returncode == 0, story(done)
        assert "completed, 100%" in done.stdout
        assert "345" in done.stdout.splitlines()
    assert task["task_id"] in office("list", "--status", "completed").stdout
    assert "no such tasks" in office("list", "--status", "failed").stderr
    events = json.loads(office("logs", "last", "--json").stdout)
    assert [event["number"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["kind"], events[-1]["kind"]) == ("task.accepted", "task.finished")
    assert "math_calculator" in office("logs", "last").stdout


def test_an_unknown_task_is_told_with_the_nearest_one(office):
    assert "no task `last`" in one_line(office("status", "last").stderr)
    office("run", "--detach", "what is 1 + 1?")
    [task] = json.loads(office("list", "--json").stdout)
    typo = task["task_id"][:-2] + "zz"
    for command in ("status", "logs", "approve", "cancel", "resume"):
        done = office(command, typo)
        assert done.returncode == 2, story(done)
        assert task["task_id"] in one_line(done.stderr)


def test_a_detached_task_waits_for_a_worker_or_for_resume(office):
    task_id = office("run", "--detach", "what is 1 + 1?").stdout.strip()
    assert json.loads(office("status", task_id, "--json").stdout)["status"] == "queued"
    done = office("resume", task_id)
    assert done.returncode == 0, story(done)
    assert "2" in done.stdout.splitlines()
    again = office("resume", task_id)
    assert again.returncode == 1
    assert "already ended: completed" in one_line(again.stderr)


def test_verbose_logs_go_to_standard_error(office):
    done = office.start("run", "what is 1 + 1?", "--verbose", "--json", OFFICE_LOG_FORMAT="json").end()
    task_id = json.loads(done.stdout)["task_id"]
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    claimed = next(line for line in lines if line["event"] == "task.claimed")
    assert (claimed["task_id"], claimed["tenant"]) == (task_id, "default")


@pytest.mark.parametrize("columns", ["20", "200"])
def test_the_width_of_a_terminal_changes_nothing_in_a_pipe(office, columns):
    done = office("run", f"echo {'wide ' * 30}", COLUMNS=columns)
    assert done.returncode == 0, story(done)
    assert ("wide " * 30).strip() in done.stdout


def test_a_fresh_home_serves_a_task_and_leaves_no_process_behind(public_folder, office):
    home = public_folder / "home"
    variables = {"OFFICE_HOME": str(home), "OFFICE_DATABASE_URL": ""}
    done = office.start("run", "what is 15 * 23?", **variables).end()
    assert done.returncode == 0, story(done)
    assert "345" in done.stdout.splitlines()
    with suppress(FileNotFoundError, ProcessLookupError):  # a server that was told to stop may be slow to do so
        server = os.pidfd_open(int((home / "postgres" / "postmaster.pid").read_text().split()[0]))
        select.select([server], [], [])
        os.close(server)
    assert "345" in office("status", "last", **variables).stdout.splitlines()


def test_a_cache_with_an_address_that_is_none_is_told_before_there_is_a_task(office):
    done = office("run", "what is 2 + 2?", OFFICE_REDIS_URL="https://:hush@redis.example")
    assert done.returncode == 2
    assert "OFFICE_REDIS_URL is not usable" in done.stderr
    assert "hush" not in done.stderr
    assert json.loads(office("list", "--json").stdout) == []
