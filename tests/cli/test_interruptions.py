"""Tasks that are killed, left, cancelled and gone on with, from several processes.

A task is held in the middle by a row of the todo list that the test has locked: whoever completes that entry waits.
"""

import json
import signal
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.cli.conftest import SECONDS, Done, Running, one_line, story
from tests.cli.news import await_event

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


@pytest.fixture(autouse=True)
def _long_leases(office):
    """Nobody loses a task because he was not scheduled for a while; what is to run out says the test."""
    office.environment |= {"OFFICE_LEASE_SECONDS": "600", "OFFICE_GRACE_SECONDS": "600"}


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
    try:
        await_event(database_url, task_id, kind="step.started", subtask="t2")
    except AssertionError:
        running.kill()
        print(story(running.end()))
        raise
    return running, task_id


def events(office, task_id):
    return json.loads(office("logs", task_id, "--json").stdout)


@pytest.fixture
def leases(database_url):
    """Set how many seconds the lease of the running task lasts, so that nobody has to wait for its end or renewal."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield lambda seconds: connection.execute(
            "UPDATE tasks SET lease_until = now() + make_interval(secs => %s) WHERE status = 'running'", (seconds,)
        )


def refused(resuming: Running, leases: Callable[[float], object]) -> bool:
    """Whether a command leaves the task alone when it sees a lease renewed."""
    resuming.read_error_until("waiting up to")
    leases(7200)
    done = resuming.end()
    return done.returncode == 1 and "is being worked on by" in done.stderr.splitlines()[-1]


def test_a_killed_task_is_finished_without_repeating_what_was_done(office, held, middle, leases):
    running, task_id = middle
    running.kill()
    running.end()
    held.release()
    resuming = office.start("resume", task_id)
    resuming.read_error_until("waiting up to")
    leases(0)
    done = resuming.end()
    assert done.returncode == 0, story(done)
    assert done.stdout.splitlines()[-1].startswith("completed in ")
    assert held.todos() == [(1, "old", True), (2, "buy milk", False)]
    finished = [event["subtask"] for event in events(office, task_id) if event["kind"] == "step.finished"]
    assert finished == ["t1", "t2"]


def test_a_killed_task_goes_on_with_a_larger_budget(office, held, middle, leases):
    running, task_id = middle
    assert refused(office.start("resume", task_id, "--budget", "2"), leases)
    running.kill()
    running.end()
    held.release()
    leases(0)
    done = office("resume", task_id, "--budget", "2")
    assert done.returncode == 0, story(done)
    assert json.loads(office("status", task_id, "--json").stdout)["context"]["max_cost_usd"] == 2


def test_a_server_that_is_told_to_stop_lets_go_of_a_long_step(office, held, database_url):
    task_id = office("run", "--detach", LONG).stdout.strip()
    serving = office.start("serve", "--port", "0", OFFICE_GRACE_SECONDS="0.2")
    await_event(database_url, task_id, kind="step.started", subtask="t2")
    serving.signal(signal.SIGTERM)
    stopped = serving.end()
    assert "Traceback" not in stopped.stderr, story(stopped)
    assert json.loads(office("status", task_id, "--json").stdout)["status"] == "queued"


def test_a_server_that_is_told_to_stop_lets_a_step_come_to_its_end(office, held, database_url):
    task_id = office("run", "--detach", LONG).stdout.strip()
    serving = office.start("serve", "--port", "0", OFFICE_LOG_LEVEL="info", OFFICE_LOG_FORMAT="json")
    await_event(database_url, task_id, kind="step.started", subtask="t2")
    serving.signal(signal.SIGTERM)
    serving.read_error_until("Waiting for application shutdown")
    held.release()
    stopped = serving.end()
    assert "Traceback" not in stopped.stderr, story(stopped)
    finished = [event["subtask"] for event in events(office, task_id) if event["kind"] == "step.finished"]
    assert finished == ["t1", "t2"], story(stopped)


def test_a_server_that_is_told_to_stop_twice_lets_go_at_once(office, held, database_url):
    task_id = office("run", "--detach", LONG).stdout.strip()
    serving = office.start("serve", "--port", "0", OFFICE_LOG_LEVEL="info")
    await_event(database_url, task_id, kind="step.started", subtask="t2")
    serving.signal(signal.SIGTERM)
    serving.read_error_until("Waiting for application shutdown")
    serving.signal(signal.SIGTERM)
    stopped = serving.end()
    assert "Traceback" not in stopped.stderr, story(stopped)
    assert json.loads(office("status", task_id, "--json").stdout)["status"] == "queued"


def test_of_two_processes_that_resume_one_task_one_is_refused(office, held, middle, leases):
    running, task_id = middle
    running.kill()
    running.end()
    both = [office.start("resume", task_id), office.start("resume", task_id)]
    for resuming in both:
        resuming.read_error_until("waiting up to")
    leases(0)
    endings: list[Done] = []
    threads = [threading.Thread(target=lambda one=one: endings.append(one.end())) for one in both]
    for thread in threads:
        thread.start()
    while not endings:
        for thread in threads:
            thread.join(0.05)
    held.release()
    for thread in threads:
        thread.join()
    assert endings[0].returncode == 1, story(endings[0])
    assert "is being worked on by" in endings[0].stderr.splitlines()[-1]
    assert endings[1].returncode == 0, story(endings[1])
    assert held.todos() == [(1, "old", True), (2, "buy milk", False)]


def test_a_task_that_is_being_worked_on_is_left_alone(office, held, middle, leases):
    running, task_id = middle
    assert refused(office.start("resume", task_id), leases)
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
    assert json.loads(office("status", task_id, "--json").stdout)["status"] == "queued", "others need not wait"
    held.release()
    resumed = office("resume", task_id)
    assert (resumed.returncode, "waiting up to" in resumed.stderr) == (0, False), story(resumed)


@pytest.mark.parametrize(("grace", "signals"), [("0.2", 1), ("600", 2)])
def test_a_worker_that_is_told_to_stop_lets_go_of_a_long_step_and_says_so(office, held, database_url, grace, signals):
    task_id = office("run", "--detach", LONG).stdout.strip()
    working = office.start("worker", OFFICE_GRACE_SECONDS=grace)
    await_event(database_url, task_id, kind="step.started", subtask="t2")
    for _ in range(signals):
        working.signal(signal.SIGTERM)
        working.read_error_until("letting")
    stopped = working.end()
    assert stopped.returncode == 0, story(stopped)
    assert stopped.stderr.splitlines()[-1].endswith("has stopped")
    left = json.loads(office("status", task_id, "--json").stdout)
    assert left["status"] == "queued"
    held.release()
    assert office("resume", task_id).returncode == 0
    assert held.todos() == [(1, "old", True), (2, "buy milk", False)]


def test_a_dead_workers_task_can_be_cancelled(office, held, middle, leases):
    running, task_id = middle
    running.kill()
    running.end()
    held.release()
    leases(1)
    done = office("cancel", task_id, OFFICE_LEASE_SECONDS="1")
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


def test_a_step_whose_effect_is_in_doubt_after_a_crash_is_put_to_a_human(office, database_url, leases):
    with psycopg.connect(database_url) as locking:
        locking.execute("INSERT INTO todo_numbers (tenant, last) VALUES ('default', 7)")
        locking.commit()
        locking.execute("SELECT * FROM todo_numbers FOR UPDATE")
        running = office.start("run", 'add "buy milk" to my todo list')
        task_id = running.read_until("task ").split()[1]
        await_event(database_url, task_id, kind="step.started", subtask="t1")
        running.kill()
        running.end()
    leases(0)
    done = office("resume", task_id)
    assert done.returncode == 3, story(done)
    assert "whether it took effect is not known" in done.stdout
    assert 'Nobody knows whether this call took effect: `todo_store` {"' in done.stdout
    again = office("approve", task_id, "--again", "it is not on the list")
    assert again.returncode == 0, story(again)
    assert "buy milk" in office("run", "show my todos").stdout
