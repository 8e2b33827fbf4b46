"""Workers die while they work, the database too: is anything lost, done twice, or stuck?

    python -m bench.chaos [--tasks 200] [--workers 3] [--signal KILL|TERM|STOP] [--steps 10] [--cut] [--outage SECONDS]

Every second or two a random worker gets the signal and a new one takes its place; with STOP it is frozen for twice its
lease instead, and goes on as if nothing had happened. With `--cut` some connections to the database break each time. In
the middle PostgreSQL is stopped, and started again when `--outage` is over. Every step writes its key to a file. Where
a step that must not be repeated was cut off, the office asks a human: here a function that looks into the file, as a
human would look into the world, and not before everybody is awake who may still do something. In the end:

- lost: tasks that have not ended as completed; stuck: tasks that nobody works on, and nobody is asked about;
- twice: lines of steps that must not be repeated that are there more than once (with TERM alone: of any step);
- gaps: tasks whose events are not numbered one by one from the acceptance to the end, or whose audit trail is broken.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from psycopg import AsyncConnection, OperationalError

from bench.laborer import READY
from intelligent_office.database.audit import read_trail
from intelligent_office.database.embedded import EmbeddedServer
from intelligent_office.database.pool import Database
from intelligent_office.errors import OfficeError, Unavailable
from intelligent_office.records import ENDED, Selection, Task
from intelligent_office.settings import load_settings
from intelligent_office.task_requests import Constraints, TaskRequest
from intelligent_office.tasks import Tasks

TENANT = "default"
PAUSES = (1.0, 2.0)
"""Seconds between two blows."""
STUCK_SECONDS = 60.0
"""If nothing at all happens for so long, nothing will."""
ATTEMPTS = 20
MOST_HIRED = 1000


@dataclass
class Verdict:
    """What is left when it is over."""

    tasks: int = 0
    completed: int = 0
    stuck: int = 0
    twice: int = 0
    repeated: int = 0
    gaps: int = 0
    blows: int = 0
    questions: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return self.tasks - self.completed


class Chaos:
    """Some workers, and what is done to them."""

    def __init__(
        self,
        address: str,
        folder: Path,
        *,
        workers: int,
        number: signal.Signals,
        seed: int,
        longest: float,
        cut: bool = False,
        lease: float = 0.0,
    ) -> None:
        self._longest = longest
        self._cut = cut
        self._mourned = bool(lease)
        self._lease = str(lease or (LONG_LEASE_SECONDS if number == signal.SIGTERM else LEASE_SECONDS))
        self._address = address
        self._folder = folder
        self._effects = folder / "effects"
        self._number = number
        self._random = random.Random(seed)
        self._size = workers
        self._workers: list[Process] = []
        self._names: dict[int, str] = {}
        """By process id."""
        self._coming: set[asyncio.Task[None]] = set()
        self._going: list[Process] = []
        self._hired = 0
        self._frozen: set[asyncio.Task[None]] = set()
        self.blows = 0

    async def __aenter__(self) -> Self:
        await asyncio.gather(*(self._hire() for _ in range(self._size)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._coming, *self._frozen)
        for worker in [*self._workers, *self._going]:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()

    async def strike(self) -> None:
        """Hit somebody; a new one comes, which takes a while. The last one is spared."""
        await asyncio.sleep(self._random.uniform(*PAUSES))
        if self._cut:
            await self._break_connections()
        if len(self._workers) == 1:
            return
        if self._number == signal.SIGSTOP:
            if self._frozen:  # one at a time, or nobody would ever be asked
                return
            self._freeze(self._workers[self._random.randrange(len(self._workers))])
            return
        victim = self._workers.pop(self._random.randrange(len(self._workers)))
        with suppress(ProcessLookupError):
            victim.send_signal(self._number)
        self.blows += 1
        self._going.append(victim)
        coming = asyncio.create_task(self._replace(victim))
        self._coming.add(coming)
        coming.add_done_callback(self._coming.discard)

    @property
    def asleep(self) -> bool:
        """Whether a frozen worker may still do what it was about to do: who looks for it now sees nothing yet."""
        return bool(self._frozen)

    def effects(self) -> Counter[str]:
        """How often each step took effect, by its text: the task's words and the step's number."""
        lines = self._effects.read_text().splitlines() if self._effects.exists() else []
        return Counter(line.partition(" ")[2] for line in lines)

    def _freeze(self, victim: Process) -> None:
        async def freeze() -> None:
            victim.send_signal(signal.SIGSTOP)
            await asyncio.sleep(2 * LEASE_SECONDS)
            victim.send_signal(signal.SIGCONT)
            await asyncio.sleep(2 * self._longest + 1.0)

        self.blows += 1
        freezing = asyncio.create_task(freeze())
        self._frozen.add(freezing)
        freezing.add_done_callback(self._frozen.discard)

    async def _break_connections(self) -> None:
        with suppress(OperationalError):
            async with await AsyncConnection.connect(self._address, autocommit=True) as connection:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.3"
                )

    async def _replace(self, victim: Process) -> None:
        if self._mourned:
            await victim.wait()
            await self._end_leases(self._names[victim.pid])
        await self._hire()

    async def _end_leases(self, name: str) -> None:
        """Those of a worker that is dead; as soon as the database is there."""
        while True:
            with suppress(OperationalError):
                async with await AsyncConnection.connect(self._address, autocommit=True) as connection:
                    query = "UPDATE tasks SET lease_until = now() WHERE worker = %s AND status = 'running'"
                    await connection.execute(query, (name,))
                    return
            await asyncio.sleep(0.2)

    async def _hire(self) -> None:
        self._hired += 1
        name = f"worker-{self._hired}"
        log = (self._folder / f"{name}.log").open("w")
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.laborer",
            self._address,
            str(self._effects),
            name,
            str(self._longest),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**os.environ, **ENVIRONMENT, "OFFICE_LEASE_SECONDS": self._lease},  # noqa: TID251 - of who is struck
        )
        log.close()
        assert worker.stdout is not None
        self._names[worker.pid] = name
        if (await worker.stdout.readline()).decode().strip() == READY:
            self._workers.append(worker)
        elif self._hired > MOST_HIRED:
            raise RuntimeError(f"workers do not start: {(self._folder / f'{name}.log').read_text()}")
        else:  # it came while the database was away
            await self._hire()


LEASE_SECONDS = 3
"""Short, so that a run of some minutes sees many recoveries."""
LONG_LEASE_SECONDS = 60
"""Of those who are told to stop: they give back what they have, and must not lose it because the machine is busy."""
ENVIRONMENT = {"OFFICE_CONCURRENCY": "4", "OFFICE_POOL_SIZE": "8"}


async def run(
    home: Path,
    *,
    tasks: int,
    workers: int,
    number: signal.Signals,
    seed: int,
    steps: int,
    longest: float,
    cut: bool = False,
    outage: float = 0.0,
    lease: float = 0.0,
) -> Verdict:
    """Submit the tasks, let chaos reign until all have ended, and count.

    Args:
        home: for the database and the workers' logs.
        tasks: how many.
        workers: how many at once.
        number: what they are struck with.
        seed: of the pauses and the victims.
        steps: of each task.
        longest: a step takes up to twice so many seconds.
        cut: break connections, too.
        outage: seconds that PostgreSQL stays away.
        lease: seconds; those of who was killed run out with the death. Unset, short ones that run out by themselves: on
            a machine that stands still for longer, a step may then really happen twice.
    """
    server = EmbeddedServer(home)
    address = server.start()
    settings = load_settings(database_url=address, pool_size=8)
    database = Database(settings)
    await database.open()
    office = Tasks(database, settings)
    verdict = Verdict(tasks=tasks)
    start = time.monotonic()
    try:
        async with Chaos(
            address, home, workers=workers, number=number, seed=seed, longest=longest, cut=cut, lease=lease
        ) as chaos:
            requests = [
                TaskRequest(description=f"{steps} errands {turn}", constraints=Constraints(max_iterations=ATTEMPTS))
                for turn in range(tasks)
            ]
            task_ids = [(await office.submit(request, tenant=TENANT, origin="bench")).task_id for request in requests]
            human = asyncio.create_task(_human(office, database, chaos, verdict))
            may_restart, half = True, False
            while not human.done():
                await chaos.strike()
                with suppress(Unavailable, OperationalError):
                    half = (await _states(database))["completed"] >= tasks // 2
                if may_restart and half:
                    may_restart = False
                    await asyncio.to_thread(server.stop)
                    await asyncio.sleep(outage)
                    await asyncio.to_thread(server.start)
            await human
            verdict.blows = chaos.blows
            verdict.seconds = time.monotonic() - start
            await _count(office, database, task_ids, chaos, verdict)
    finally:
        await database.close()
        await asyncio.to_thread(server.stop)
    return verdict


async def _human(office: Tasks, database: Database, chaos: Chaos, verdict: Verdict) -> None:
    """Answer what the office asks, until all tasks have ended or nothing has happened for long."""
    known, changed = "", time.monotonic()
    while time.monotonic() < changed + STUCK_SECONDS:
        with suppress(Unavailable, OperationalError):
            states = await _states(database)
            if not set(states) - ENDED:
                return
            if str(states) != known:
                known, changed = str(states), time.monotonic()
            if chaos.asleep:
                await asyncio.sleep(0.2)
                continue
            for task in await office.list(TENANT, Selection(statuses=frozenset({"waiting"})), limit=500):
                verdict.questions += await _answered(office, task, chaos)
        await asyncio.sleep(0.2)


async def _answered(office: Tasks, task: Task, chaos: Chaos) -> int:
    """Say of a step in doubt what the file says; how many questions that were."""
    asked = await office.approvals(task.task_id, TENANT)
    for question in asked:
        [action] = question.request["action_requests"]
        last = f"{task.description} {task.description.split()[0]}"
        decision: dict[str, Any] = {"type": "approve"}
        if not chaos.effects()[last]:
            arguments = {**action["args"], "feedback": "It has not happened: do it."}
            decision = {"type": "edit", "edited_action": {"name": action["name"], "args": arguments}}
        with suppress(OfficeError):  # it may have been withdrawn, or the database is away: there is a next time
            await office.answer(
                task.task_id, TENANT, {"decisions": [decision]}, approval_id=question.approval_id, by="bench"
            )
    return len(asked)


async def _states(database: Database) -> Counter[str]:
    async with database.pool.connection() as connection:
        cursor = await connection.execute("SELECT status, count(*) AS tasks FROM tasks GROUP BY status")
        return Counter({row["status"]: row["tasks"] for row in await cursor.fetchall()})


async def _count(office: Tasks, database: Database, task_ids: list[str], chaos: Chaos, verdict: Verdict) -> None:
    effects = chaos.effects()
    for task_id in task_ids:
        task = await office.get(task_id, TENANT)
        last = f"{task.description} {task.description.split()[0]}"
        verdict.completed += task.status == "completed"
        verdict.stuck += task.status not in ENDED
        verdict.twice += effects[last] > 1
        if task.status != "completed":
            verdict.faults.append(f"{task_id} is {task.status}: {task.outcome and task.outcome['reason']}")
        elif effects[last] != 1:
            verdict.faults.append(f"{task_id} took effect {effects[last]} times")
        if gap := await _gap(office, database, task):
            verdict.gaps += 1
            verdict.faults.append(f"{task_id}: {gap}")
    verdict.repeated = sum(times > 1 for times in effects.values())


async def _gap(office: Tasks, database: Database, task: Task) -> str:
    """What is missing in a task's trace; empty if nothing is."""
    events = await office.events(task.task_id, TENANT)
    if [event.number for event in events] != list(range(1, len(events) + 1)):
        return "its events are not numbered one by one"
    if task.status in ENDED and (events[0].kind, events[-1].kind) != ("task.accepted", "task.finished"):
        return f"its events go from {events[0].kind} to {events[-1].kind}"
    return "; ".join((await read_trail(database, task.task_id)).flaws)


def told(verdict: Verdict, number: signal.Signals) -> str:
    """The verdict as a table, with what is wrong below."""
    names = ("tasks", "blows", "questions", "lost", "stuck", "twice", "repeated", "gaps")
    head = "".join(f"{name:>11}" for name in ("signal", *names, "seconds"))
    values = "".join(f"{getattr(verdict, name):>11}" for name in names)
    return "\n".join([head, f"{number.name:>11}{values}{verdict.seconds:>11.0f}", *verdict.faults])


async def bench(**given: Any) -> int:
    with tempfile.TemporaryDirectory(prefix="office-chaos-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # the embedded server of root runs as a user of its own
        verdict = await run(home, **given)
    print(told(verdict, given["number"]))
    wrong = verdict.lost or verdict.stuck or verdict.twice or verdict.gaps
    return int(bool(wrong or (given["number"] == signal.SIGTERM and not given["cut"] and verdict.repeated)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--signal", choices=["KILL", "TERM", "STOP"], default="KILL")
    parser.add_argument("--seed", type=int, default=1, help="of the pauses and the victims")
    parser.add_argument("--steps", type=int, default=10, help="of each task")
    parser.add_argument("--longest", type=float, default=0.4, help="seconds of a step before its effect, and after it")
    parser.add_argument(
        "--outage", type=float, default=0.0, help="seconds that PostgreSQL stays away, beside its restart"
    )
    parser.add_argument("--cut", action="store_true", help="break connections to the database, too")
    given = vars(parser.parse_args())
    sys.exit(asyncio.run(bench(number=signal.Signals[f"SIG{given.pop('signal')}"], **given)))
