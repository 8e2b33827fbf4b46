"""What the queue costs: tasks that a shift is woken for, against the same tasks claimed by name and worked on at once.

    python -m bench.queue [--tasks 100] [--queued 10000]

One embedded PostgreSQL, built-in rules, "what is 15 * 23?", one task after another; rounds alternate, so that a change
of the machine's speed meets both. Then: how long a claim takes with many tasks in the queue.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.overhead import Office, StatementCount, written
from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings, load_settings
from intelligent_office.telemetry.logs import configure
from intelligent_office.workers.claims import Claims
from intelligent_office.workers.shift import Shift

ROUNDS = 5
TENANTS = 20


class Costs:
    def __init__(self, name: str) -> None:
        self.name = name
        self.milliseconds: list[float] = []
        self.statements = self.kilobytes = 0.0

    def told(self, tasks: int) -> str:
        median = statistics.median(self.milliseconds)
        return f"{self.name:<12}{median:>10.1f}{self.statements / tasks:>12.1f}{self.kilobytes / tasks:>12.1f}"


async def measure(
    costs: Costs, database: Database, counter: StatementCount, tasks: int, do: Callable[[], Awaitable[object]]
) -> None:
    before, (wal, _) = counter.count, await written(database)
    for _ in range(tasks):
        start = time.perf_counter()
        await do()
        costs.milliseconds.append((time.perf_counter() - start) * 1000)
    costs.statements += counter.count - before
    costs.kilobytes += ((await written(database))[0] - wal) / 1024


async def compare(settings: Settings, database: Database, tasks: int) -> None:
    office, counter = Office(settings, database), StatementCount()

    async def wait_for_it() -> None:
        task = await office.tasks.submit(office.request, tenant="bench", origin="bench")
        async for _ in office.tasks.watch(task.task_id, "bench"):
            pass

    for number in range(10):
        await office(f"warm-{number}")
    named, woken = Costs("by name"), Costs("by a shift")
    for _ in range(ROUNDS):
        await measure(named, database, counter, tasks // ROUNDS, lambda: office(""))
        shift = Shift(settings, database, office.worker)
        working = asyncio.create_task(shift.run())
        await wait_for_it()
        await measure(woken, database, counter, tasks // ROUNDS, wait_for_it)
        shift.stop()
        await working
        office.worker._draining = False  # noqa: SLF001 - the same worker comes again
    print(f"{'':<12}{'p50 ms':>10}{'statements':>12}{'WAL KB':>12}")
    for costs in (named, woken):
        print(costs.told(tasks))


async def claim_among(settings: Settings, database: Database, queued: int) -> None:
    claims = Claims(database, settings)
    async with database.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO tasks (task_id, tenant, origin, description, context, priority) SELECT gen_random_uuid(),"
            " 'tenant ' || n %% %s, 'bench', '', '{}', 5 FROM generate_series(1, %s) AS n",
            (TENANTS, queued),
        )
        await connection.execute("SELECT wake_worker(task_id, priority) FROM tasks WHERE status = 'queued'")
        await connection.execute("ANALYZE tasks")
    took = []
    for _ in range(100):
        start = time.perf_counter()
        if await claims.next("bench") is None:
            raise RuntimeError("nothing to claim")
        took.append((time.perf_counter() - start) * 1000)
    print(f"\na claim among {queued} tasks of {TENANTS} tenants: p50 {statistics.median(took):.1f} ms")


async def bench(tasks: int, queued: int) -> None:
    configure("error", "text")
    with tempfile.TemporaryDirectory(prefix="office-bench-") as folder:
        Path(folder).chmod(0o755)  # the embedded server of root runs as a user of its own
        settings = load_settings(home=Path(folder), pool_size=20)
        async with Database(settings) as database:
            await compare(settings, database, tasks)
            for number in (100, queued):
                await claim_among(settings, database, number)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100, help="tasks per row of the table")
    parser.add_argument("--queued", type=int, default=10_000, help="tasks in the queue when a claim is measured")
    arguments = parser.parse_args()
    asyncio.run(bench(arguments.tasks, arguments.queued))
