"""What handlers ask for by the type of an argument: who calls, and the parts of the office that answer."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from intelligent_office.access.keys import Keys, Scope
from intelligent_office.access.tenants import Tenants
from intelligent_office.api.listeners import Listeners
from intelligent_office.api.rates import Rates
from intelligent_office.database.pool import Database
from intelligent_office.errors import Forbidden
from intelligent_office.folders import Folders
from intelligent_office.seams import Models, Toolbox
from intelligent_office.settings import Settings
from intelligent_office.tasks import Tasks

if TYPE_CHECKING:
    from intelligent_office.workers.shift import Shift


@dataclass(frozen=True)
class Caller:
    """Who makes a request."""

    tenant: str
    name: str
    """Signs the answers to questions."""
    scopes: frozenset[Scope]
    key_id: str
    tasks_per_day: int | None
    """How many tasks the tenant may hand in from midnight to midnight (UTC); None means no limit."""
    operates: bool = False
    """Whether it looks after all tenants: an administrator of the office's own one (OFFICE_TENANT)."""

    @property
    def reach(self) -> str | None:
        """The one tenant that an administrator looks after; None means all of them."""
        return None if self.operates else self.tenant

    def need_to_operate(self) -> None:
        """See to it that the caller looks after all tenants.

        Raises:
            Forbidden: it does not.
        """
        if not self.operates:
            reason = "This needs a key with the scope `admin` of the office's own tenant; this one reaches"
            raise Forbidden(reason=f"{reason} the tenant {self.tenant}", scopes=["admin"])

    def need(self, *scopes: Scope) -> None:
        """See to it that the caller has one of these scopes.

        Raises:
            Forbidden: it has none of them.
        """
        if self.scopes.isdisjoint(scopes):
            wanted = " or ".join(f"`{scope}`" for scope in scopes)
            had = ", ".join(f"`{scope}`" for scope in sorted(self.scopes))
            raise Forbidden(reason=f"This needs a key with the scope {wanted}; this one has {had}", scopes=list(scopes))


@dataclass
class Parts:
    """The parts of the office that this door leads to."""

    settings: Settings
    database: Database
    tasks: Tasks
    toolbox: Toolbox
    models: Models
    keys: Keys
    tenants: Tenants
    rates: Rates
    folders: Folders
    worker: asyncio.Task[None] | None = None
    """The worker that runs in this process; None if there is none, or not yet."""
    shift: "Shift | None" = None
    """What keeps it busy."""
    has_worker: bool = True
    listeners: Listeners = field(default_factory=Listeners)
    asking: asyncio.Task[dict[str, str]] | None = None
    """The last question to the database how it is, and how workers elsewhere are."""


async def caller(request: Request) -> Caller:
    """Say who makes a request: `authentication.admit` has found it out."""
    found: Caller = request.state.caller
    return found


async def parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


Who = Annotated[Caller, Depends(caller)]
Office = Annotated[Parts, Depends(parts)]
