"""The application: every route of the office, and the life of what stands behind them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog
from fastapi import Depends, FastAPI

from intelligent_office.access.keys import Keys
from intelligent_office.access.tenants import Tenants
from intelligent_office.api import (
    admin,
    approvals,
    artifacts,
    attachments,
    audit,
    dead_letters,
    events,
    health,
    keys,
    langserve,
    models,
    permits,
    queue,
    runs,
    schemas,
    tasks,
    tools,
    usage,
    webhooks,
)
from intelligent_office.api.authentication import admit
from intelligent_office.api.bodies import INLINE_BYTES, SPARE_BYTES
from intelligent_office.api.layers import wrap
from intelligent_office.api.openapi import describe, route_to_document
from intelligent_office.api.parts import Parts
from intelligent_office.api.problems import install
from intelligent_office.api.queries import heed_query
from intelligent_office.api.rates import Rates
from intelligent_office.api.welcome import welcome, welcome_later
from intelligent_office.database.pool import Database
from intelligent_office.errors import Unavailable
from intelligent_office.folders import Folders
from intelligent_office.services import Services, make_services
from intelligent_office.settings import Settings
from intelligent_office.tasks import Tasks
from intelligent_office.telemetry.requests import RequestCounts
from intelligent_office.workers.worker import Worker

if TYPE_CHECKING:
    from intelligent_office.workers.shift import Shift

log = structlog.get_logger()

DESCRIPTION = """
An office of agents takes a task in plain words, plans it, has the plan checked, asks before anything risky, carries it
out and reviews the result. Errors are `application/problem+json`.
"""
BYTES_PER_CHARACTER = 12
"""The most that a character takes in JSON: two escapes."""


def create_app(
    settings: Settings,
    *,
    worker: bool = True,
    database: Database | None = None,
    services: Services | None = None,
    hosts: Sequence[str] = (),
) -> FastAPI:
    """Put the door together; nothing is started before the app is.

    Args:
        settings: of this process.
        worker: whether tasks are also worked on in this process.
        database: the process's own, if it has one already.
        services: the process's own, if it has them already.
        hosts: names by which callers from elsewhere may know it; LangGraph's server, whose own routes need no key,
            gives it none.
    """
    database = database or Database(settings)
    services = services or make_services(settings, database)
    office = Parts(
        settings,
        database,
        Tasks(database, settings),
        services.toolbox,
        services.models,
        Keys(database),
        Tenants(database),
        Rates(settings.requests_per_minute, settings.redis_url.get_secret_value() if settings.redis_url else None),
        Folders(settings),
        has_worker=worker,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        waiting = None
        try:
            try:
                await database.open()
                await welcome(office)
            except Unavailable as error:  # the doors say so until it is back
                log.warning("database.unavailable", reason=str(error))
                waiting = asyncio.create_task(welcome_later(office), name="welcome")
            if worker:
                async with _working(office, await asyncio.to_thread(_make_shift, settings, database, services)):
                    yield
            else:
                yield
        finally:
            if waiting:
                waiting.cancel()
            await office.rates.close()
            await services.close()
            await database.close()

    app = FastAPI(
        title="Intelligent Office",
        version=version("intelligent-office"),
        description=DESCRIPTION,
        lifespan=lifespan,
        dependencies=[Depends(admit), Depends(heed_query)],
    )
    app.state.parts = office
    app.state.body_bytes = settings.max_request_characters * BYTES_PER_CHARACTER + SPARE_BYTES + INLINE_BYTES
    app.state.body_seconds = settings.body_seconds
    for resource in (
        tasks,
        runs,
        events,
        approvals,
        permits,
        artifacts,
        attachments,
        audit,
        tools,
        models,
        usage,
        dead_letters,
        webhooks,
        keys,
        admin,
        queue,
        schemas,
        health,
    ):
        app.include_router(resource.router)
    app.include_router(langserve.routes(office))
    app.openapi = describe(app)  # type: ignore[method-assign]  # FastAPI's own way to change the document
    app.router.routes.insert(0, route_to_document(app))
    install(app)
    app.state.request_counts = RequestCounts()
    wrap(app, cors_origins=settings.cors_origins, counts=app.state.request_counts, hosts=hosts)
    return app


@asynccontextmanager
async def _working(office: Parts, shift: "Shift") -> AsyncIterator[None]:
    """A worker beside the routes; at the end it brings running tasks to the end of their step."""
    office.shift = shift
    office.worker = asyncio.create_task(shift.run(), name="worker")
    office.worker.add_done_callback(_tell_of_death)
    try:
        yield
    finally:
        if not shift.stopping:  # being told twice means to hurry
            shift.stop()
        await asyncio.wait([office.worker])


def _make_shift(settings: Settings, database: Database, services: Services) -> "Shift":
    """Off the event loop and not before it is needed: importing the queue takes a while, and starts a program."""
    from intelligent_office.workers.shift import Shift

    return Shift(settings, database, Worker(settings, database, services))


def _tell_of_death(worker: asyncio.Task[None]) -> None:
    if not worker.cancelled() and worker.exception():
        log.error("worker.died", exc_info=worker.exception())
