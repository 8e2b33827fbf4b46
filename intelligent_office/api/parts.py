"""What handlers ask for by the type of an argument: who calls, and the parts of the office that answer."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from intelligent_office.database.pool import Database
from intelligent_office.seams import Models, Toolbox
from intelligent_office.settings import Settings
from intelligent_office.tasks import Tasks


@dataclass(frozen=True)
class Caller:
    """Who makes a request."""

    tenant: str = "default"
    name: str = "anonymous"
    """Signs the answers to questions."""


@dataclass
class Parts:
    """The parts of the office that this door leads to."""

    settings: Settings
    database: Database
    tasks: Tasks
    toolbox: Toolbox
    models: Models
    worker: asyncio.Task[None] | None = None
    """The worker that runs in this process; None if there is none, or not yet."""
    has_worker: bool = True


async def caller(_request: Request) -> Caller:
    """Say who makes a request. Whoever reaches the loopback address is at home."""
    return Caller()


async def parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


Who = Annotated[Caller, Depends(caller)]
Office = Annotated[Parts, Depends(parts)]
