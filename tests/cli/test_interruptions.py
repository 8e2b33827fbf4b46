"""Tasks that are killed, left, cancelled, asked about and answered, from several processes.

A task is held in the middle by a row of the todo list that the test has locked: whoever completes that entry waits.
"""

import fcntl
import json
import os
import pty
import signal
import subprocess
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import OFFICE, SECONDS, one_line, story

LONG = 'add "buy milk" to my todo list, then complete todo 1'


class Held:
    """A todo list whose first entry nobody can complete."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def release(self) -> None:
        self.connection.rollback()

    def todos(self) -> list[tuple[int, str, bool]]:
        """Number, text and state of every entry."""
        self.connection.rollback()
        rows = self.connection.execute("SELECT number, text, done FROM todos ORDER BY number").fetchall()
        return [(number, text, done) for number, text, done in rows]


@pytest.fixture
def held(office, database_url) -> Iterator[Held]:
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO todos (tenant, number, text) VALUES ('default', 1, 'old')")
        connection.execute("INSERT INTO todo_numbers (tenant, last) VALUES ('default', 1)")
        connection.commit()
        connection.execute("SELECT * FROM todos WHERE number = 1 FOR UPDATE")
        yield Held(connection)


@pytest.fixture
def middle(office, held, database_url):
    """A running `office run` that has added one entry and hangs in completing another, and its task's id."""
    running = office.start("run", LONG)
    task_id = running.read_until("task ").split()[1]
    await_event(database_url, task_id, kind="step.started", subtask="t2")
    return running, task_id


def await_event(database_url, task_id, *, kind, subtask=""):
    """Wait until something has happened to a task."""
    asked = "SELECT 1 FROM events WHERE task_id = %s AND kind = %s AND subtask = %s"
    # Two connections: news that arrive together with the answer to a query would be heard late.
    with psycopg.connect(database_url, autocommit=True) as listening, psycopg.connect(database_url) as reading:
        listening.execute("LISTEN office_events")
        reading.autocommit = True
        while not reading.execute(asked, (task_id, kind, subtask)).fetchone():
            assert list(listening.notifies(timeout=SECONDS, stop_after=1)), f"{kind} never happened"


def events(office, task_id):
    return json.loads(office("logs", task_id, "--json").stdout)


def test_a_killed_task_is_finished_without_repeating_what_was_done(office, held, middle):
    running, task_id = middle
    running.kill()
    running.end()
    held.release()
    done = office("resume", task_id)
    assert done.returncode == 0, story(done)
    assert "waiting up to" in done.stderr, "the lease of the dead worker"
    assert done.stdout.splitlines()[-1].startswith("completed in ")
    assert held.todos() == [(1, "old", True), (2, "buy milk", False)]
    finished = [event["subtask"] for event in events(office, task_id) if event["kind"] == "step.finished"]
    assert finished == ["t1", "t2"]


def test_of_two_processes_that_resume_one_task_one_is_refused(office, held, middle):
    running, task_id = middle
    running.kill()
    running.end()
    both = [office.start("resume", task_id), office.start("resume", task_id)]
    endings: list[subprocess.CompletedProcess[str]] = []
    threads = [threading.Thread(target=lambda one=one: endings.append(one.end())) for one in both]
    for thread in threads:
        thread.start()
    while not endings:
        for thread in threads:
            thread.join(0.05)
    refused = endings[0]
    held.release()
    for thread in threads:
        thread.join()
    assert refused.returncode == 1, story(refused)
    assert "is being worked on by" in refused.stderr.splitlines()[-1]
    assert endings[1].returncode == 0, story(endings[1])
    assert held.todos() == [(1, "old", True), (2, "buy milk", False)]


def test_a_task_that_is_being_worked_on_is_left_alone(office, held, middle):
    running, task_id = middle
    done = office("resume", task_id)
    assert done.returncode == 1, story(done)
    assert "is being worked on by" in done.stderr.splitlines()[-1]
    held.release()
    assert running.end().returncode == 0


def test_a_running_task_is_cancelled_from_another_process(office, held, middle):
    running, task_id = middle
    done = office("cancel", task_id)
    assert done.returncode == 0, story(done)
    assert f"{task_id} is cancelled" in done.stdout
    stopped = running.end()
    assert stopped.returncode == 1, story(stopped)
    assert "cancelled" in stopped.stdout.splitlines()[-1]
    held.release()
    assert held.todos()[0] == (1, "old", False), "what was cancelled has not happened"
    assert "already ended: cancelled" in one_line(office("cancel", task_id).stderr)


def test_ctrl_c_stops_the_task(office, held, middle):
    running, task_id = middle
    running.signal(signal.SIGINT)
    stopped = running.end()
    assert stopped.returncode == 1, story(stopped)
    assert "stopping the task" in stopped.stderr
    assert json.loads(office("status", task_id, "--json").stdout)["status"] == "cancelled"


def test_a_terminated_run_leaves_the_task_and_says_how_to_go_on(office, held, middle):
    running, task_id = middle
    running.signal(signal.SIGTERM)
    left = running.end()
    assert left.returncode == 130, story(left)
    assert f"office resume {task_id}" in left.stderr
    held.release()
    assert office("resume", task_id).returncode == 0


def test_a_dead_workers_task_can_be_cancelled(office, held, middle):
    running, task_id = middle
    running.kill()
    running.end()
    held.release()
    done = office("cancel", task_id)
    assert done.returncode == 0, story(done)
    assert json.loads(office("status", task_id, "--json").stdout)["status"] == "cancelled"


def test_logs_follow_a_running_task_to_its_end(office, held, middle):
    running, task_id = middle
    following = office.start("logs", task_id, "--follow")
    following.read_until("s1 action=todo_store")
    held.release()
    told = following.end()
    assert (told.returncode, told.stderr) == (0, "")
    assert "task.finished status=completed" in told.stdout.splitlines()[-1]
    assert running.end().returncode == 0


def test_a_reader_who_leaves_early_does_not_stop_the_task(office, held, middle):
    running, task_id = middle
    running.process.stdout.close()
    held.release()
    running.process.wait(SECONDS)
    assert running.process.returncode == 0
    assert running.process.stderr.read() == ""
    assert json.loads(office("status", task_id, "--json").stdout)["status"] == "completed"
    running.process.stdout = None


def test_a_step_whose_effect_is_in_doubt_after_a_crash_is_put_to_a_human(office, database_url):
    with psycopg.connect(database_url) as locking:
        locking.execute("INSERT INTO todo_numbers (tenant, last) VALUES ('default', 7)")
        locking.commit()
        locking.execute("SELECT * FROM todo_numbers FOR UPDATE")
        running = office.start("run", 'add "buy milk" to my todo list')
        task_id = running.read_until("task ").split()[1]
        await_event(database_url, task_id, kind="step.started", subtask="t1")
        running.kill()
        running.end()
    done = office("resume", task_id)
    assert done.returncode == 3, story(done)
    assert "whether it took effect is not known" in done.stdout
    refused = office("approve", task_id, "--reject", "it is not on the list")
    assert refused.returncode == 1, story(refused)
    assert "it is not on the list" in refused.stdout


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
    done = office("approve", task_id)
    assert done.returncode == 0, story(done)
    assert (office.folder / "note.txt").exists()
    told = json.loads(office("status", task_id, "--json").stdout)
    assert told["worker"].endswith(f":{worker.process.pid}")
    worker.signal(signal.SIGTERM)
    stopped = worker.end()
    assert (stopped.returncode, stopped.stdout) == (0, "")
    assert "is ready" in one_line(stopped.stderr)


@contextmanager
def terminal(office, *arguments: str, **variables: str):
    """A command on a terminal of its own: `read_until(text)`, `type(text)`, `end()` -> exit code and the rest."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [OFFICE, *arguments],
        stdin=child,
        stdout=child,
        stderr=child,
        cwd=office.folder,
        env=office.environment | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"} | variables,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(child)
    patience = threading.Timer(SECONDS, process.kill)
    patience.start()
    try:
        yield Terminal(parent, process)
    finally:
        process.kill()
        process.wait()
        patience.cancel()
        os.close(parent)


class Terminal:
    """What a person at a terminal sees and types."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self.descriptor = descriptor
        self.process = process
        self.seen = ""

    def _read(self) -> bool:
        try:
            said = os.read(self.descriptor, 4096)
        except OSError:  # the other side has hung up
            return False
        self.seen += said.decode(errors="replace")
        return bool(said)

    def read_until(self, text: str) -> None:
        while text not in self.seen:
            assert self._read(), f"it never said {text!r}, but {self.seen!r}"

    def await_rest(self) -> None:
        """Wait until the command waits for the person."""
        while Path("/proc/self/stat").exists() and self._state() != "S":
            os.sched_yield()

    def _state(self) -> str:
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())

    def end(self) -> int:
        while self._read():
            pass
        return self.process.wait(SECONDS)


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
