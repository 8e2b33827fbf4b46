"""Kills a worker at random moments of steps of every kind, lets another go on, and counts the effects."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from psycopg.conninfo import make_conninfo

from intelligent_office.database.audit import read_trail
from intelligent_office.database.pool import Database
from intelligent_office.records import Task
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from tests.examples.processes import ROOT, running

COUNTING = ROOT / "tests/kills/counting_service.py"
LISTENING = ROOT / "tests/toolbox/remote/odd_service.py"
TENANT = "ordeal"
REPEATABLE = ("note", "write", "python")
ONCE = ("press", "append", "stdio", "http")
KINDS = (*REPEATABLE, *ONCE)
LONGEST_SECONDS = {"python": 0.25}
"""After the beginning of a step its worker is killed within so long."""
USUAL_SECONDS = 0.05
MORTAL = "mortal"
"""What the workers are called in the database."""
LAST_WORDS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
"""What the dead have asked for goes on until it is done, which may be to begin a lease anew."""
PATIENT = "seconds = 300\nconnect_seconds = 100"
"""Only deaths are to interrupt a call, and not a machine that is busy elsewhere."""


def step(kind: str, name: str) -> dict[str, Any]:
    """The only step of a task."""
    written = {"path": f"{name}.txt", "content": name}
    match kind:
        case "write":
            return {"action": "file_operations", "inputs": {"operation": "write", **written}}
        case "append":
            line = {"path": "append", "content": f"{name}\n"}
            return {"action": "file_operations", "inputs": {"operation": "append", **line}}
        case "python":
            code = f"with open('{name}.txt', 'w') as file: file.write('{name}')"
            return {"action": "python_exec", "inputs": {"code": code, "outputs": [f"{name}.txt"]}}
        case "stdio" | "http":
            return {"action": f"{kind}__press", "inputs": {"text": name}}
    return {"action": kind, "inputs": {"text": name}}


class Ordeal:
    """Tasks of every kind, and workers that do not live long."""

    def __init__(self, tasks: Tasks, database: Database, lives: Process, folder: Path, seed: int) -> None:
        self.kills = 0
        """Of a worker that was in the middle of at least one step."""
        self.interrupted: Counter[str] = Counter()
        """Steps that were under way at a kill, by kind."""
        self._tasks = tasks
        self._database = database
        self._lives = lives
        self._folder = folder
        self._random = Random(seed)
        self._vouched: set[str] = set()
        """Tasks of which a human has said how they went."""
        self._known: dict[str, tuple[str, str]] = {}
        """Kind and name of every task, by its id."""

    async def storm(self, kills: int) -> None:
        """Kill workers in the middle of steps: so often at least, and until every kind was hit and a task waits."""
        while (
            (spared := [kind for kind in KINDS if not self.interrupted[kind]])
            or self.kills < kills
            or not await self._waiting()
        ):
            for kind in set(KINDS) - await self._open_kinds():
                await self._submit(kind)
            under_way = await self._life(self._random.choice(spared or KINDS))
            self.kills += bool(under_way)
            self.interrupted.update(under_way)

    async def rest(self) -> list[Task]:
        """Let a last worker finish what can be finished; every task as it is then."""
        await self._life("")
        return [await self._tasks.get(task_id, TENANT) for task_id in self._known]

    async def answer(self, kind: str) -> int:
        """Answer every open question with this decision; how many there were."""
        waiting = await self._waiting()
        for task_id in waiting:
            await self._tasks.answer(task_id, TENANT, {"decisions": [{"type": kind}]}, by="tester")
        self._vouched.update(waiting)
        return len(waiting)

    async def faults(self, task: Task) -> list[str]:
        """What happened to a task that must not happen."""
        kind, name = self._known[task.task_id]
        count, found = self._effects(kind, name), []
        if task.status not in ("completed", "waiting"):
            found.append(f"it is {task.status}: {task.outcome}")
        if task.status == "completed" and count != 1 and task.task_id not in self._vouched:
            found.append(f"it is completed, and its effect was seen {count} times")
        if kind in ONCE and count > 1:
            found.append(f"its effect happened {count} times")
        if kind in REPEATABLE and task.status == "waiting":
            found.append("a human was asked about what may be repeated")
        if task.status == "waiting":
            asked = [one.request for one in await self._tasks.approvals(task.task_id, TENANT)]
            if len(asked) != 1 or "whether it took effect is not known" not in json.dumps(asked):
                found.append(f"the question does not say what is known: {asked}")
        trail = await read_trail(self._database, task.task_id)
        found += trail.flaws
        numbers = [event.number for event in await self._tasks.events(task.task_id, TENANT)]
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"its events are numbered {numbers}")
        return [f"{name} ({task.task_id}): {fault}" for fault in found]

    def drafts(self) -> list[str]:
        """Files that nobody asked for."""
        return [path.name for path in self._folder.iterdir() if path.name.endswith(".tmp")]

    async def _waiting(self) -> list[str]:
        """Tasks that nobody knows the effect of but a human."""
        return [task_id for task_id in self._known if (await self._tasks.get(task_id, TENANT)).status == "waiting"]

    async def _life(self, target: str) -> list[str]:
        """Let a worker live until a moment after it began a step of that kind; the kinds of the steps it was in.

        Without a kind it lives as long as it likes.
        """
        under_way = await self._lived(target)
        async with self._database.pool.connection() as connection:
            while await (await connection.execute(LAST_WORDS, [MORTAL])).fetchone():
                pass
            await connection.execute("UPDATE tasks SET lease_until = now() WHERE status = 'running'")
        return under_way

    async def _lived(self, target: str) -> list[str]:
        assert self._lives.stdin
        self._lives.stdin.write(b"live\n")
        moment = self._random.uniform(0, LONGEST_SECONDS.get(target, USUAL_SECONDS))
        loop, under_way, life, end = asyncio.get_running_loop(), list[str](), 0, None
        while True:
            try:
                async with asyncio.timeout_at(end):
                    word, *facts = await self._heard()
            except TimeoutError:
                with suppress(ProcessLookupError):  # it had nothing more to do at this very moment
                    os.kill(life, signal.SIGKILL)
                break
            if word == "gone":
                return []
            if word == "born":
                life = int(facts[0])
            elif self._told(under_way, word, *facts) == f"begins {target}":
                end = end or loop.time() + moment
        while (words := await self._heard()) != ["gone"]:  # what it said before it died
            self._told(under_way, *words)
        return under_way

    def _told(self, under_way: list[str], word: str, task_id: str) -> str:
        """Keep in mind that a step has begun or ended; which, in words."""
        kind = self._known[task_id][0]
        if word == "begins":
            under_way.append(kind)
        else:
            under_way.remove(kind)
        return f"{word} {kind}"

    async def _heard(self) -> list[str]:
        assert self._lives.stdout
        line = await self._lives.stdout.readline()
        assert line, "the process that gives birth has died"
        return line.decode().split()

    async def _open_kinds(self) -> set[str]:
        async with self._database.pool.connection() as connection:
            rows = await connection.execute("SELECT task_id FROM tasks WHERE status IN ('queued', 'running')")
            return {self._known[row["task_id"]][0] async for row in rows}

    async def _submit(self, kind: str) -> None:
        name = f"{kind}-{len(self._known)}"
        request = TaskRequest(description=json.dumps(step(kind, name)), folder=str(self._folder), approval="always")
        task = await self._tasks.submit(request, tenant=TENANT, origin="test")
        self._known[task.task_id] = (kind, name)

    def _effects(self, kind: str, name: str) -> int:
        """How often it was seen; what may be repeated, by the keys that it was seen under."""
        if kind in ("write", "python"):
            path = self._folder / f"{name}.txt"
            return int(path.exists() and path.read_text() == name)
        traces = {"stdio": "by-stdio", "http": "pressed"}.get(kind, kind)
        path = self._folder / traces
        lines = path.read_text().splitlines() if path.exists() else []
        if kind == "note":
            return len({line for line in lines if line.split()[0] == name})
        return lines.count(name)


@asynccontextmanager
async def ordeal(settings: Settings, database: Database, folder: Path, seed: int) -> AsyncIterator[Ordeal]:
    """An ordeal in this folder, on an open database that is empty."""
    assert settings.database_url
    with running(LISTENING, folder, 0) as listening:
        command = json.dumps([sys.executable, "-S", str(COUNTING), str(folder / "by-stdio")])
        (folder / "services.toml").write_text(
            f'[services.http]\nurl = "{listening.url}"\n{PATIENT}\n[services.http.tools.press]\nrisk = "safe"\n'
            f'[services.stdio]\ncommand = {command}\n{PATIENT}\n[services.stdio.tools.press]\nrisk = "safe"\n'
        )
        address = make_conninfo(settings.database_url.get_secret_value(), application_name=MORTAL)
        lives = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.kills.lives", address, folder),
            stdin=PIPE,
            stdout=PIPE,
            cwd=ROOT,
        )
        try:
            yield Ordeal(Tasks(database, settings), database, lives, folder, seed)
        finally:
            assert lives.stdin
            lives.stdin.close()
            await lives.wait()
