"""What the office costs as a service: over HTTP, from the submission to the last event.

    python -m bench.service [--tasks 200] [--apart] [--endurance 10000]

`office serve` runs as a process of its own, with its worker on an embedded PostgreSQL (with `--apart`, the worker is a
second process); this process is the user. The task is trivial and no model is asked ("what is 15 * 23?"), so what is
measured is the office. In the same rounds, on the same server, runs the bare graph of `bench.overhead` in this process,
without HTTP, queue or users. Submission alone is measured on a door without a worker. With `--endurance`, so many tasks
more are done, and the memory of each process, transactions and write-ahead log are told on the way, and in the end what
each table holds of a task.

CPU is told in milliseconds for each task, as the system counts it for the office's process (the bare graph's is this
one), for all processes of PostgreSQL, and for the user: more than time does, it stays the same on a busy machine.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.overhead import QUESTION, Bare, Figures, Work, measure, supersteps_of
from bench.serving import cpu_seconds, cpu_seconds_of_postgres, door, finished, memory, process, submit
from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings, load_settings
from intelligent_office.tasks import Tasks

AT_ONCE = (1, 8, 32, 128)
ROUNDS = 3
ENDURANCE_AT_ONCE = 8
TARGETS = {
    "share": "throughput at 8 / bare >= 0.4",
    "p50": "p50 at 1 <= 120 ms",
    "submit": "submit p50 <= 15 ms",
    "bytes": "<= 60 KB a task",
}

LARGEST = 12
"""So many tables are told of."""


@dataclass(frozen=True)
class Cpu:
    """Seconds of the processors, since some moment."""

    office: float = 0.0
    postgres: float = 0.0
    user: float = 0.0

    @classmethod
    def now(cls, pids: Sequence[int], home: Path) -> "Cpu":
        user = 0.0 if os.getpid() in pids else time.process_time()
        return cls(sum(map(cpu_seconds, pids)), cpu_seconds_of_postgres(home), user)

    def __add__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.office + other.office, self.postgres + other.postgres, self.user + other.user)

    def __sub__(self, other: "Cpu") -> "Cpu":
        return Cpu(self.office - other.office, self.postgres - other.postgres, self.user - other.user)

    def of_one(self, tasks: int) -> str:
        return "".join(f"{seconds / tasks * 1000:>8.1f}" for seconds in (self.office, self.postgres, self.user))


def through(client: httpx.AsyncClient) -> Work:
    async def work(_: str) -> None:
        task_id = await submit(client, QUESTION)
        status = await finished(client, task_id)
        if status != "completed":
            raise RuntimeError(f"{task_id} ended {status}")

    return work


async def compare(service: Work, bare: Bare, tasks: int, pids: Sequence[int], home: Path) -> None:
    print(
        f"{'':<10}{'at once':>8}{'per second':>12}{'p50 ms':>10}{'p95 ms':>10}{'/ bare':>8}"
        f"{'CPU ms: office':>16}{'postgres':>10}{'user':>6}"
    )
    for at_once in AT_ONCE:
        figures = {"bare": Figures(), "service": Figures()}
        cpu = {"bare": Cpu(), "service": Cpu()}
        works: dict[str, tuple[Work, Sequence[int]]] = {"bare": (bare, [os.getpid()]), "service": (service, pids)}
        shares = []
        for turn in range(ROUNDS):
            parts = {"bare": Figures(), "service": Figures()}
            for name, (work, worker) in works.items():
                part, before = parts[name], Cpu.now(worker, home)
                await measure(work, f"{name}-{at_once}-{turn}", max(tasks // ROUNDS, 2 * at_once), at_once, part)
                cpu[name] += Cpu.now(worker, home) - before
                figures[name].milliseconds += part.milliseconds
                figures[name].seconds += part.seconds
            shares.append(parts["service"].per_second / parts["bare"].per_second)
        for name, figure in figures.items():
            share = f"{statistics.median(shares):.2f}" if name == "service" else ""
            print(
                f"{name:<10}{at_once:>8}{figure.per_second:>12.1f}{figure.quantile(0.5):>10.1f}"
                f"{figure.quantile(0.95):>10.1f}{share:>8}{cpu[name].of_one(len(figure.milliseconds)):>32}",
                flush=True,
            )


async def submission(client: httpx.AsyncClient, tasks: int) -> None:
    async def work(_: str) -> None:
        await submit(client, QUESTION)

    print(f"\n{'submit alone':<14}{'at once':>8}{'per second':>12}{'p50 ms':>10}{'p95 ms':>10}")
    for at_once in (1, 8):
        figures = Figures()
        await measure(work, f"submit-{at_once}", tasks, at_once, figures)
        print(
            f"{'':<14}{at_once:>8}{figures.per_second:>12.1f}{figures.quantile(0.5):>10.1f}{figures.quantile(0.95):>10.1f}"
        )


async def tables(database: Database) -> dict[str, int]:
    """Bytes of each table with its indexes, without what was left free between rows."""
    async with database.pool.connection() as connection:
        await connection.execute("VACUUM FULL")
        cursor = await connection.execute(
            "SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {row["name"]: row["bytes"] for row in await cursor.fetchall()}


async def written(database: Database) -> tuple[int, int]:
    """Transactions so far, and bytes of write-ahead log."""
    async with database.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT sum(xact_commit)::bigint AS transactions, "
            "pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS wal FROM pg_stat_database"
        )
        row: Any = await cursor.fetchone()
    return row["transactions"], row["wal"]


async def pruned(database: Database) -> None:
    """Wait until the worker has tidied up behind every task."""
    while True:
        async with database.pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT count(*) AS left FROM tasks WHERE finished_at IS NOT NULL AND NOT pruned"
            )
            row = await cursor.fetchone()
        if row and not row["left"]:
            return
        await asyncio.sleep(0.5)


async def endurance(client: httpx.AsyncClient, pids: Sequence[int], database: Database, tasks: int) -> None:
    service = through(client)
    await pruned(database)
    before = await tables(database)
    print(f"\n{'tasks':>8}{'memory MB':>12}{'per second':>12}{'transactions':>14}{'WAL KB':>10}  a task")
    parts = max(5, tasks // 1000)
    for part in range(1, parts + 1):
        figures, (transactions, wal) = Figures(), await written(database)
        await measure(service, f"endurance-{part}", tasks // parts, ENDURANCE_AT_ONCE, figures)
        transactions_after, wal_after = await written(database)
        held = " + ".join(f"{memory(pid):.0f}" for pid in pids)
        print(
            f"{part * tasks // parts:>8}{held:>12}{figures.per_second:>12.1f}"
            f"{(transactions_after - transactions) / tasks * parts:>14.1f}"
            f"{(wal_after - wal) / tasks * parts / 1024:>10.1f}",
            flush=True,
        )
    await pruned(database)
    after = await tables(database)
    grown = {name: (size - before.get(name, 0)) / tasks / 1024 for name, size in after.items()}
    largest = sorted(grown, key=grown.__getitem__, reverse=True)[:LARGEST]
    print(f"\nKB of a task that has ended: {sum(grown.values()):.1f}")
    print("".join(f"  {name:<24}{grown[name]:>8.2f}\n" for name in largest), end="", flush=True)


@asynccontextmanager
async def office(home: Path, *, apart: bool) -> AsyncIterator[tuple[Sequence[int], httpx.AsyncClient]]:
    """Places for eight tasks behind a door: the processes, and a user at the door."""
    if not apart:
        async with door(home, OFFICE_CONCURRENCY="8") as (pid, client):
            yield [pid], client
        return
    async with door(home, "--no-worker") as (pid, client):
        with process("worker", home=home, until="is ready", OFFICE_CONCURRENCY="8") as (worker, _):
            yield [pid, worker], client


async def bench(tasks: int, long: int, *, apart: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="office-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # the embedded server of root runs as a user of its own
        settings: Settings = load_settings(home=home, pool_size=20)
        database = Database(settings)
        await database.open()
        try:
            async with office(home, apart=apart) as (pids, client):
                service = through(client)
                for number in range(10):
                    await service(f"warm-{number}")
                newest = (await Tasks(database, settings).list("default", limit=1))[0]
                bare = Bare(database, await supersteps_of(Tasks(database, settings), newest.task_id, "default"))
                await bare("warm")
                print(f"{tasks} tasks in {ROUNDS} rounds, alternating; {len(pids)} process(es) for 8 tasks at once\n")
                await compare(service, bare, tasks, pids, home)
                if long:
                    await endurance(client, pids, database, long)
            async with door(home, "--no-worker") as (_, client):
                await submission(client, tasks)
        finally:
            await database.close()
    print("\nTargets: " + "; ".join(TARGETS.values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=200, help="tasks per row of the table")
    parser.add_argument("--endurance", type=int, default=0, metavar="N", help="then so many tasks more")
    parser.add_argument("--apart", action="store_true", help="the worker as a process of its own")
    arguments = parser.parse_args()
    asyncio.run(bench(arguments.tasks, arguments.endurance, apart=arguments.apart))
