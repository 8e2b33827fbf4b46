"""What listeners cost: statements per event, and how long an event takes to be heard, with many who follow tasks.

`python -m bench.listeners [listeners]`: first all of them follow one task, then each follows its own.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from intelligent_office.database.pool import Database, Row
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.workers.claims import Claim, Claims, EventDraft

EVENTS = 50
OUTCOME: Any = {"status": "completed", "answer": "", "reason": "", "error_class": "", "artifacts": []}


class Ears:
    """How long each event took to be heard."""

    def __init__(self, listeners: int) -> None:
        self.delays: list[float] = []
        self.filled = asyncio.Event()
        self._wanted = listeners  # each hears first that its task was accepted

    async def listen(self, office: Tasks, task_id: str) -> None:
        async for event in office.watch(task_id, "bench"):
            self.delays.append(time.time() - event.data.get("at", time.time()))
            if len(self.delays) == self._wanted:
                self.filled.set()

    def listen_anew(self, wanted: int) -> None:
        self.delays.clear()
        self.filled.clear()
        self._wanted = wanted


class Counting(Database):
    """Counts what listeners ask."""

    reads = 0

    async def all(self, name: str, /, **parameters: Any) -> list[Row]:
        self.reads += name == "follow_task"
        return await super().all(name, **parameters)


async def measure(listeners: int, tasks: int, settings: Settings) -> None:
    async with Counting(settings) as database:
        office, claims = Tasks(database, settings), Claims(database, settings)
        claimed = [await _claimed(office, claims) for _ in range(tasks)]
        ears = Ears(listeners)
        following = [
            asyncio.create_task(ears.listen(office, claimed[number % tasks].task.task_id))
            for number in range(listeners)
        ]
        await ears.filled.wait()
        before = database.reads
        heard = EVENTS * listeners // tasks
        ears.listen_anew(heard)
        began = time.perf_counter()
        for number in range(EVENTS):
            claim = claimed[number % tasks]
            await claim.record([EventDraft("step.finished", data={"at": time.time()})])
            await asyncio.sleep(0.02)
        await ears.filled.wait()
        took = time.perf_counter() - began
        reads = database.reads - before
        delays = sorted(ears.delays)
        for claim in claimed:
            await claim.finish("completed", OUTCOME)
        await asyncio.gather(*following)
        print(
            f"{listeners} listeners of {tasks} task(s): {reads / EVENTS:.2f} statements per event; heard after "
            f"{statistics.median(delays) * 1000:.1f} ms (median), {delays[int(0.95 * heard)] * 1000:.1f} ms (95 %); "
            f"{EVENTS} events in {took:.2f} s"
        )


async def _claimed(office: Tasks, claims: Claims) -> Claim:
    task = await office.submit(TaskRequest(description="measure"), tenant="bench", origin="bench")
    return await claims.take(task.task_id, "bench", "bench")


async def main() -> None:
    listeners = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings(home=Path(folder), lease_seconds=600, _env_file=None)
        for tasks in (1, listeners):
            await measure(listeners, tasks, settings)


if __name__ == "__main__":
    asyncio.run(main())
