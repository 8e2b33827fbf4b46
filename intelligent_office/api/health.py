"""Health: whether the process lives, and whether every part of the office can do its work."""

import asyncio

import structlog
from fastapi import APIRouter

from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Parts
from intelligent_office.api.views import Health, Readiness
from intelligent_office.database.pool import Database
from intelligent_office.errors import OfficeError, Unavailable
from intelligent_office.workers.queue import left_undone, workers_alive

ANSWER_SECONDS = 5.0
"""How long the database may take to say that it is there."""

log = structlog.get_logger()

router = APIRouter(tags=["health"])


class NotReady(OfficeError):
    """The office is not ready: {reason}."""

    status_code = 503


@router.get("/healthz")
async def healthz() -> Health:
    """Whether the process answers at all."""
    return Health()


@router.get("/readyz", responses=problems(503))
async def readyz(office: Office) -> Readiness:
    """Whether tasks can be accepted; says which part stands in the way.

    Of a process without a worker it says whether there is one elsewhere. It is ready also if there is none: tasks wait,
    and what has waited for long stands in `overdue`.
    """
    database = await _database(office)
    parts = {"database": database, "worker": await _worker(office, can_ask=database == "ok")}
    missing = [f"{part}: {how}" for part, how in parts.items() if how not in ("ok", "elsewhere", "nowhere")]
    if missing:
        raise NotReady(reason="; ".join(missing), parts=parts)
    if parts["worker"] == "nowhere" and (overdue := await left_undone(office.database)):
        parts["overdue"] = overdue
    return Readiness(parts=parts)


async def _database(office: Parts) -> str:
    """Ask it, but never twice at a time: a server that has frozen answers nothing, and no question is taken back."""
    if office.asking is None or office.asking.done():
        office.asking = asyncio.create_task(_ask(office.database), name="readiness")
    await asyncio.wait([office.asking], timeout=ANSWER_SECONDS)
    return office.asking.result() if office.asking.done() else f"no answer in {ANSWER_SECONDS:g} seconds"


async def _ask(database: Database) -> str:
    try:
        await database.one("answer")
    except Unavailable as error:
        log.warning("database.unavailable", reason=error.facts["reason"])
        return "away"  # anybody may ask; the database's own words name its host and its user
    return "ok"


async def _worker(office: Parts, *, can_ask: bool) -> str:
    if not office.has_worker:
        try:
            return "elsewhere" if can_ask and await workers_alive(office.database) else "nowhere"
        except Unavailable:
            return "nowhere"  # that can be seen; what is wrong, the other part says
    if office.worker is None:
        return "it has not started"
    return "it has stopped" if office.worker.done() else "ok"
