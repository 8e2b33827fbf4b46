"""Health: whether the process lives, and whether every part of the office can do its work."""

import asyncio
from contextlib import suppress

import structlog
from fastapi import APIRouter

from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Parts
from intelligent_office.api.views import Health, Readiness
from intelligent_office.errors import OfficeError, Unavailable
from intelligent_office.workers.queue import left_undone, workers_alive

ANSWER_SECONDS = 5.0
"""How long the database may take to say that it is there."""

log = structlog.get_logger()

_FINE = ("ok", "elsewhere", "nowhere")

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
    parts = await _database(office) | _worker(office)
    missing = [f"{part}: {parts[part]}" for part in ("database", "worker") if parts[part] not in _FINE]
    if missing:
        raise NotReady(reason="; ".join(missing), parts=parts)
    return Readiness(parts=parts)


async def _database(office: Parts) -> dict[str, str]:
    """What the database says, also of workers elsewhere.

    It is never asked twice at a time: a server that has frozen answers nothing, no question is taken back, and anybody
    may ask any number of times.
    """
    if office.asking is None or office.asking.done():
        office.asking = asyncio.create_task(_ask(office), name="readiness")
    await asyncio.wait([office.asking], timeout=ANSWER_SECONDS)
    if office.asking.done():
        return office.asking.result()
    return {"database": f"no answer in {ANSWER_SECONDS:g} seconds", "worker": "nowhere"}


async def _ask(office: Parts) -> dict[str, str]:
    try:
        await office.database.one("answer")
    except Unavailable as error:
        log.warning("database.unavailable", reason=error.facts["reason"])
        return {"database": "away", "worker": "nowhere"}  # anybody may ask; its own words name its host and its user
    found = {"database": "ok", "worker": "nowhere"}
    if not office.has_worker:
        with suppress(Unavailable):  # the next who asks will hear of it
            if await workers_alive(office.database):
                found["worker"] = "elsewhere"
            elif overdue := await left_undone(office.database):
                found["overdue"] = overdue
    return found


def _worker(office: Parts) -> dict[str, str]:
    """How the worker of this process is, if it should have one."""
    if not office.has_worker:
        return {}
    if office.worker is None:
        return {"worker": "it has not started"}
    return {"worker": "it has stopped" if office.worker.done() else "ok"}
