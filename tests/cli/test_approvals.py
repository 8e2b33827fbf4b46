"""What is asked of people, and their answers: from another process, with a worker, on a terminal."""

import asyncio
import json
import signal

from intelligent_office.cli.house import open_house
from intelligent_office.services import Services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.workers.worker import Worker
from tests.cli.conftest import one_line, story
from tests.cli.news import await_event
from tests.cli.screens import terminal
from tests.fakes import ListArchive, ScriptedModels, ScriptedToolbox


def test_without_a_terminal_a_question_ends_the_run_with_exit_code_3(office):
    done = office("run", 'write "hello" to note.txt')
    assert done.returncode == 3, story(done)
    task_id = done.stdout.split()[1]
    assert f"office approve {task_id}" in one_line(done.stderr)
    assert "content: hello" in done.stdout
    assert not (office.folder / "note.txt").exists()
    assert office("resume", task_id).returncode == 3
    assert "content: hello" in office("approve", task_id, "--show").stdout
    done = office("approve", task_id)
    assert done.returncode == 0, story(done)
    assert (office.folder / "note.txt").read_text().strip() == "hello"
    again = office("approve", task_id)
    assert again.returncode == 1
    assert "already ended" in one_line(again.stderr)


def test_a_refused_call_is_not_made_and_the_task_fails_with_the_reason(office):
    office("run", 'write "hello" to note.txt')
    done = office("approve", "last", "--reject", "not today")
    assert done.returncode == 1, story(done)
    assert "not today" in done.stdout
    assert not (office.folder / "note.txt").exists()


def test_edited_arguments_are_the_ones_used(office):
    office("run", 'write "hello" to note.txt')
    for wrong, told in (("{", "JSON"), ("[]", "object")):
        refused = office("approve", "last", "--edit", wrong)
        assert refused.returncode == 2
        assert told in one_line(refused.stderr)
    edit = json.dumps({"operation": "write", "path": "other.txt", "content": "good day"})
    done = office("approve", "last", "--edit", edit)
    assert done.returncode == 0, story(done)
    assert (office.folder / "other.txt").read_text().strip() == "good day"
    assert not (office.folder / "note.txt").exists()


async def send(inputs: dict[str, object]) -> str:
    return f"sent to {inputs['to']}"


async def submit_two_risky_parts(database_url):
    """A task of two parts that wait for a human at the same time."""
    settings = Settings(database_url=database_url, _env_file=None)
    plan = {"steps": [{"step_id": "s1", "action": "send", "inputs": {"to": "ada"}}]}
    parts: list[dict[str, object]] = [
        {"subtask_id": name, "objective": "send", "dependencies": []} for name in ("t1", "t2")
    ]
    models = ScriptedModels(analyst=[{"subtasks": parts}], planner=[plan, plan])
    services = Services(models, ScriptedToolbox(risky=["send"], send=send), ListArchive())
    async with open_house(settings) as house:
        worker = Worker(settings, house.database, services)
        task = await house.tasks.submit(TaskRequest(description="send twice"), tenant=house.tenant, origin="test")
        assert await worker.work_on(await worker.take(task)) == "waiting"


def test_several_questions_are_answered_one_by_one_or_all_at_once(office, database_url):
    asyncio.run(submit_two_risky_parts(database_url))
    both = json.loads(office("approve", "last", "--show", "--json").stdout)
    assert len(both) == 2
    undecided = office("approve", "last", "--no-work")
    assert undecided.returncode == 2
    assert both[1]["approval_id"] in one_line(undecided.stderr)
    assert office("approve", "last", "--no-work", "--approval", both[0]["approval_id"]).returncode == 0
    assert "may it call send?" in office("approve", "last", "--show").stdout
    assert office("approve", "last", "--no-work").returncode == 0, "one question is left"
    asyncio.run(submit_two_risky_parts(database_url))
    assert office("approve", "last", "--no-work", "--all").returncode == 0
    assert "nothing is asked" in office("approve", "last", "--show").stdout
    missing = office("approve", "last", "--approval", "nonsense")
    assert missing.returncode == 2
    assert "no approval `nonsense`" in one_line(missing.stderr)


def test_an_answer_alone_leaves_the_task_to_a_worker(office):
    office("run", 'write "hello" to note.txt')
    done = office("approve", "last", "--no-work")
    assert (done.returncode, done.stdout) == (0, "answered; the task is queued\n")
    second = office("approve", "last")
    assert second.returncode == 1
    assert "already answered" in one_line(second.stderr)
    assert office("resume", "last").returncode == 0


def test_a_worker_takes_queued_tasks_and_stops_when_told(office, database_url):
    task_id = office("run", "--detach", 'write "hello" to note.txt').stdout.strip()
    worker = office.start("worker")
    await_event(database_url, task_id, kind="approval.asked")
    done = office("approve", task_id, "--no-work")  # or else this process does it, where the worker is slow to wake
    assert done.returncode == 0, story(done)
    assert "task.finished status=completed" in office("logs", task_id, "--follow").stdout
    assert (office.folder / "note.txt").exists()
    told = json.loads(office("status", task_id, "--json").stdout)
    assert told["worker"].endswith(f":{worker.process.pid}")
    worker.signal(signal.SIGTERM)
    stopped = worker.end()
    assert (stopped.returncode, stopped.stdout) == (0, "")
    assert "is ready" in stopped.stderr


def test_on_a_terminal_the_person_is_asked_at_once(office):
    (office.folder / "evil.txt").write_text("before\x1b]0;owned\x07\x1b[2Jafter\n")
    with terminal(office, "run", 'read evil.txt, then write "hello" to note.txt') as screen:
        screen.read_until("[a]pprove")
        assert not (office.folder / "note.txt").exists()
        screen.type("a\n")
        assert screen.end() == 0, screen.seen
    assert (office.folder / "note.txt").read_text().strip() == "hello"
    assert "\x1b[32m" in screen.seen, "colours"
    assert "after" in screen.seen
    assert "\x1b]0;" not in screen.seen, "a stranger's text commands the terminal"
    assert "\x1b[2J" not in screen.seen


def test_a_person_may_refuse_at_a_terminal_without_colours(office):
    with terminal(office, "run", 'write "hello" to note.txt', NO_COLOR="1") as screen:
        screen.read_until("[a]pprove")
        screen.type("r\n")
        screen.read_until("why")
        screen.type("too early\n")
        assert screen.end() == 1, screen.seen
    assert "too early" in screen.seen
    assert "\x1b[3" not in screen.seen, "colours"


def test_ctrl_c_at_a_question_leaves_it_for_later(office):
    with terminal(office, "run", 'write "hello" to note.txt') as screen:
        screen.read_until("[l]ater? ")
        screen.await_rest()
        screen.type("\x03")
        assert screen.end() == 3, screen.seen
    assert "office approve" in screen.seen


def test_a_yes_to_a_tool_is_not_asked_for_again_in_the_same_task(office):
    done = office("run", 'write "one" to a.txt, then write "two" to b.txt')
    assert done.returncode == 3, story(done)
    done = office("approve", "last", "--scope", "tool", "--minutes", "5")
    assert done.returncode == 0, story(done)
    assert "permitted for this tool in this task until" in done.stdout
    assert (office.folder / "b.txt").read_text().strip() == "two"
    assert office("run", 'write "three" to c.txt').returncode == 3


def test_a_scope_that_makes_no_sense_is_wrong_usage(office):
    office("run", 'write "hello" to note.txt')
    for options in (
        ["--scope", "world"],
        ["--scope", "same", "--reject", "no"],
        ["--scope", "tool", "--edit", "{}"],
        ["--minutes", "5"],
        ["--until", "2099-01-01"],
        ["--same"],
        ["--scope", "tenant"],
        ["--scope", "tenant", "--until", "soon"],
        ["--scope", "tenant", "--until", "2001-01-01"],
        ["--bounds", "[]"],
        ["--bounds", '{"seconds": 61}'],
        ["--bounds", '{"writes": ["other.txt"]}'],
    ):
        done = office("approve", "last", *options)
        assert done.returncode == 2, (options, story(done))
    assert office("approve", "last", "--scope", "same", "--minutes", "-1").returncode == 2


def test_where_nobody_looks_at_a_risky_call_the_story_says_so(office):
    done = office("run", "--yes", 'write "hello" to note.txt')
    assert done.returncode == 0, story(done)
    assert "nobody looked at this guarded call" in done.stdout
