"""What the office costs above LangGraph itself, on one embedded PostgreSQL, in one run.

    python -m bench.overhead [--tasks 200]

Beside the whole office (built-in rules, "what is 15 * 23?") runs a bare graph with the same number of supersteps, one
small key of state, and the same saver on the same pool. Each is measured at concurrency 1 and 8; rounds alternate, so
that a change of the machine's speed meets both.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from intelligent_office.database.pool import Database
from intelligent_office.services import make_services
from intelligent_office.settings import Settings, load_settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.telemetry.logs import configure
from intelligent_office.workers.claims import Claims
from intelligent_office.workers.worker import Worker

QUESTION = "what is 15 * 23?"
ROUNDS = 5

Work = Callable[[str], Awaitable[object]]
"""Does the task of that name."""


class Count(TypedDict, total=False):
    count: int


async def step(state: Count) -> Count:
    return {"count": state.get("count", 0) + 1}


def chain(supersteps: int) -> StateGraph[Any, Any, Any, Any]:
    graph = StateGraph(Count)
    previous = START
    for number in range(supersteps):
        graph.add_node(f"step{number}", step)
        graph.add_edge(previous, f"step{number}")
        previous = f"step{number}"
    return graph


class Bare:
    """The yardstick: nothing but supersteps."""

    def __init__(self, database: Database, supersteps: int) -> None:
        self.database = database
        self.graph: Any = chain(supersteps).compile()

    async def __call__(self, name: str) -> None:
        graph = self.graph.copy({"checkpointer": AsyncPostgresSaver(self.database.pool)})
        await graph.ainvoke({"count": 0}, {"configurable": {"thread_id": name}}, durability="sync")

    async def tidy(self) -> None:
        """It keeps everything."""


class Office:
    """Submit, claim, run, finish: what a user waits for. Pruning comes after, and counts in the throughput."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.tasks = Tasks(database, settings)
        self.claims = Claims(database, settings)
        self.worker = Worker(settings, database, make_services(settings, database))
        self.request = TaskRequest(description=QUESTION)

    async def __call__(self, name: str) -> str:
        task = await self.tasks.submit(self.request, tenant="bench", origin="bench")
        ended = await self.worker.work_on(await self.worker.take(task))
        if ended != "completed":
            raise RuntimeError(f"{name}: the task ended {ended}")
        return task.task_id

    async def tidy(self) -> None:
        while await self.worker.tidy():
            pass


@dataclass
class Figures:
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    def quantile(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(
    work: Work, name: str, tasks: int, at_once: int, into: Figures, tidy: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Do so many tasks, and have tidied up behind them; the time of both goes into the figures."""
    slots = asyncio.Semaphore(at_once)

    async def one(number: int) -> None:
        async with slots:
            start = time.perf_counter()
            await work(f"{name}-{number}")
            into.milliseconds.append((time.perf_counter() - start) * 1000)

    start = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(tasks)))
    if tidy:
        await tidy()
    into.seconds += time.perf_counter() - start


class StatementCount:
    """Counts what goes over the wire, by counting what psycopg is asked to do."""

    def __init__(self) -> None:
        self.count = 0
        for name in ("execute", "executemany"):
            setattr(psycopg.AsyncCursor, name, self._counted(getattr(psycopg.AsyncCursor, name)))

    def _counted(self, method: Any) -> Any:
        async def counted(*arguments: Any, **keywords: Any) -> Any:
            self.count += 1
            return await method(*arguments, **keywords)

        return counted


async def supersteps_of(tasks: Tasks, task_id: str, tenant: str = "bench") -> int:
    """One per role that was done with its work, and one more per desk: a subgraph is a superstep of the office."""
    events = await tasks.events(task_id, tenant)
    roles = [event.role for event in events if event.kind == "role.finished"]
    return len(roles) + roles.count("planner")


async def written(database: Database) -> tuple[int, int]:
    """Bytes of write-ahead log so far, and bytes of all tables with their indexes."""
    async with database.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS wal, "
            "sum(pg_total_relation_size(oid))::bigint AS tables FROM pg_class WHERE relkind = 'r' AND relnamespace = "
            "'public'::regnamespace"
        )
        row: Any = await cursor.fetchone()
    return int(row["wal"]), int(row["tables"])


async def costs(database: Database, work: Bare | Office, name: str, counter: StatementCount) -> str:
    tasks, (wal, tables), statements = 50, await written(database), counter.count
    for number in range(tasks):
        await work(f"{name}-cost-{number}")
    await work.tidy()
    wal_after, tables_after = await written(database)
    return (
        f"{name:<8}{(counter.count - statements) / tasks:>12.1f}{(wal_after - wal) / tasks / 1024:>14.1f}"
        f"{(tables_after - tables) / tasks / 1024:>16.1f}"
    )


async def bench(tasks: int) -> None:
    configure("warning", "text")
    with tempfile.TemporaryDirectory(prefix="office-bench-") as folder:
        Path(folder).chmod(0o755)  # the embedded server of root runs as a user of its own
        settings = load_settings(home=Path(folder), pool_size=20)
        database = Database(settings)
        await database.open()
        counter = StatementCount()
        try:
            office = Office(settings, database)
            supersteps = await supersteps_of(office.tasks, await office("count"))
            bare = Bare(database, supersteps)
            print(f"{supersteps} supersteps; {tasks} tasks in {ROUNDS} rounds, alternating\n")
            for number in range(10):
                await office(f"warm-{number}")
                await bare(f"warm-{number}")
            await compare(office, bare, tasks)
            print(f"\n{'per task':<8}{'statements':>12}{'WAL KB':>14}{'tables KB':>16}")
            print(await costs(database, bare, "bare", counter))
            print(await costs(database, office, "office", counter))
        finally:
            await database.close()


async def compare(office: Office, bare: Bare, tasks: int) -> None:
    print(f"{'':<8}{'at once':>8}{'per second':>12}{'p50 ms':>10}{'p95 ms':>10}{'p50 / bare':>12}")
    for at_once in (1, 8):
        figures = {"bare": Figures(), "office": Figures()}
        ratios = []
        for turn in range(ROUNDS):
            rounds = {}
            for name, work in (("bare", bare), ("office", office)):
                part = Figures()
                await measure(work, f"{name}-{at_once}-{turn}", tasks // ROUNDS, at_once, part, work.tidy)
                figures[name].milliseconds += part.milliseconds
                figures[name].seconds += part.seconds
                rounds[name] = part.quantile(0.5)
            ratios.append(rounds["office"] / rounds["bare"])
        for name, figure in figures.items():
            ratio = f"{statistics.median(ratios):.2f}" if name == "office" else ""
            print(
                f"{name:<8}{at_once:>8}{figure.per_second:>12.1f}{figure.quantile(0.5):>10.1f}"
                f"{figure.quantile(0.95):>10.1f}{ratio:>12}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=200, help="tasks per row of the table")
    asyncio.run(bench(parser.parse_args().tasks))
