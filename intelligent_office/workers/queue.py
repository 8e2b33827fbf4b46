"""The queue at a glance: for people, and for whatever decides how many workers there should be."""

from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from intelligent_office.database.pool import Database
from intelligent_office.records import Record
from intelligent_office.settings import Settings

SILENCE_SECONDS = 30.0
"""A worker that has not been heard of for so long is dead: its jobs are anybody's, and nobody counts on it. What has
been due for so long, nobody does."""


@dataclass(frozen=True, kw_only=True)
class Line(Record):
    """What waits and what is done for one tenant, at one priority."""

    tenant: str
    priority: int
    queued: int
    running: int
    oldest_seconds: float
    """How long the first of the queued ones has waited for a worker."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """All tasks that are to be worked on."""

    queued: int
    running: int
    oldest_seconds: float
    workers: int
    """Workers that were heard of lately, in whatever process."""
    places: int
    """How many tasks these can work on at once."""
    suggested_workers: int
    """So many workers of this process's size would have a place for every task that may be worked on now."""
    lines: list[Line]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def look_at_queue(database: Database, settings: Settings) -> Queue:
    """How things stand.

    Raises:
        Unavailable: the database is away.
    """
    lines = [Line.from_row(row) for row in await database.all("queue_lines")]
    row = await database.one("queue_total", silence_seconds=SILENCE_SECONDS, concurrency=settings.tenant_concurrency)
    assert row is not None, "an aggregate returns its row"
    return Queue(
        queued=sum(line.queued for line in lines),
        running=sum(line.running for line in lines),
        oldest_seconds=max((line.oldest_seconds for line in lines), default=0.0),
        workers=row["workers"],
        places=row["places"],
        suggested_workers=ceil(row["wanted"] / settings.concurrency),
        lines=lines,
    )


async def workers_alive(database: Database) -> int:
    """How many workers were heard of lately.

    Raises:
        Unavailable: the database is away.
    """
    row = await database.one("workers_alive", silence_seconds=SILENCE_SECONDS)
    assert row is not None, "an aggregate returns its row"
    return int(row["workers"])


async def left_undone(database: Database) -> str:
    """What has been due for a while and is not done because no worker lives; empty if one does, or nothing is.

    Raises:
        Unavailable: the database is away.
    """
    if await workers_alive(database):
        return ""
    row = await database.one("overdue", seconds=SILENCE_SECONDS)
    assert row is not None, "an aggregate returns its row"
    told = [
        f"{row[kind]} {one if row[kind] == 1 else many}"
        for kind, one, many in (
            ("tasks", "queued task", "queued tasks"),
            ("deliveries", "webhook delivery", "webhook deliveries"),
            ("questions", "question whose time is over", "questions whose time is over"),
        )
        if row[kind]
    ]
    return f"no worker lives, and there is work for one: {', '.join(told)}" if told else ""
