"""What is thrown away, and when: a few rows at a time, and only of tasks that have ended."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import structlog

from intelligent_office.database.pool import Database, Row
from intelligent_office.settings import Settings

log = structlog.get_logger()

TASKS_AT_ONCE = 100
"""In one transaction; their rows, their events … go together."""
ROWS_AT_ONCE = 1000
PAUSE_SECONDS = 0.05
"""Between two transactions, so that others get their turn."""

Kind = Literal["events", "artifacts"]
Batch = Callable[[], Awaitable[int | None]]


@dataclass(kw_only=True)
class Pruned:
    """How much was thrown away."""

    tasks: int = 0
    events: int = 0
    artifacts: int = 0
    attachments: int = 0
    usage: int = 0
    trails: int = 0
    """Audit trails, of tasks that were forgotten earlier."""

    @property
    def anything(self) -> bool:
        return self != Pruned()


class Retention:
    """Keeps things as long as the settings say."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def prune(self) -> Pruned:
        """Throw away what is older or more than is kept. Several processes may do this at the same time.

        Stopped in the middle, it has done a part; the rest is found the next time.
        """
        keep, pruned = self._settings, Pruned()
        if keep.keep_tasks_days:
            pruned.tasks += await _all(lambda: self._forget("tasks_past_age", days=keep.keep_tasks_days))
        if keep.keep_tasks_count:
            pruned.tasks += await _all(lambda: self._forget("tasks_past_count", count=keep.keep_tasks_count))
        if keep.keep_events_days:
            pruned.events = await _all(lambda: self._relieve("events", keep.keep_events_days))
        if keep.keep_artifacts_days:
            pruned.artifacts = await _all(lambda: self._relieve("artifacts", keep.keep_artifacts_days))
            pruned.attachments = await _all(lambda: self._delete("delete_attachments", keep.keep_artifacts_days))
        if keep.keep_usage_days:
            pruned.usage = await _all(lambda: self._delete("delete_usage", keep.keep_usage_days))
        if keep.keep_audit_days:
            pruned.trails = await _all(lambda: self._prune_trails(keep.keep_audit_days))
        await _all(self._clear_orphans)
        if pruned.anything:
            log.info("retention.pruned", **vars(pruned))
        return pruned

    async def preview(self) -> Pruned:
        """What `prune` would throw away now."""
        keep = self._settings
        row = await self._database.one(
            "count_prunable",
            task_days=keep.keep_tasks_days or None,
            task_count=keep.keep_tasks_count or None,
            letter_days=keep.keep_dead_letters_days or None,
            event_days=keep.keep_events_days or None,
            artifact_days=keep.keep_artifacts_days or None,
            usage_days=keep.keep_usage_days or None,
            trail_days=keep.keep_audit_days or None,
        )
        assert row is not None, "an aggregate has a row"
        return Pruned(**row)

    async def _forget(self, which: str, **limit: float) -> int | None:
        """Some tasks with all that belongs to them."""
        letter_days = self._settings.keep_dead_letters_days or None
        async with self._database.transaction() as statements:
            rows = await statements.all(which, letter_days=letter_days, limit=TASKS_AT_ONCE, **limit)
            if not rows:
                return None
            return await statements.run("forget_tasks", task_ids=_ids(rows))

    async def _relieve(self, kind: Kind, days: float) -> int | None:
        """Some tasks of a part of what belongs to them; not those whose dead letter somebody may still take up."""
        async with self._database.transaction() as statements:
            progress = await statements.one("lock_retention", kind=kind)
            if progress is None:  # another process is at it
                return None
            after = progress["done_until"]
            rows = await statements.all("tasks_past_moment", after=after, days=days, limit=TASKS_AT_ONCE)
            if not rows:
                return None
            done = await statements.run(f"delete_{kind}", task_ids=_ids(row for row in rows if not row["dead_letter"]))
            await statements.run("note_retention", kind=kind, done_until=rows[-1]["finished_at"])
            return done

    async def _delete(self, statement: str, days: float) -> int | None:
        return await self._database.run(statement, days=days, limit=ROWS_AT_ONCE) or None

    async def _prune_trails(self, days: float) -> int | None:
        """Some audit trails, but for a last entry that says so."""
        async with self._database.transaction() as statements:
            rows = await statements.all("trails_past_age", days=days, limit=TASKS_AT_ONCE)
            if not rows:
                return None
            task_ids = _ids(rows)
            await statements.run("end_trails", task_ids=task_ids)
            await statements.run("delete_trails", task_ids=task_ids)
            return await statements.run("note_pruned_trails", task_ids=task_ids)

    async def _clear_orphans(self) -> int | None:
        rows = await self._database.all("orphaned_checkpoints", limit=TASKS_AT_ONCE)
        if rows:
            await self._database.run("forget_tasks", task_ids=_ids(rows))
        return len(rows) or None


async def _all(batch: Batch) -> int:
    """One batch after the other until there is nothing more; how many rows that were."""
    total = 0
    while (done := await batch()) is not None:
        total += done
        await asyncio.sleep(PAUSE_SECONDS)
    return total


def _ids(rows: Iterable[Row]) -> tuple[str, ...]:
    return tuple(row["task_id"] for row in rows)
