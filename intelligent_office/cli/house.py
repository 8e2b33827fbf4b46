"""The house as the command line enters it: the database, the tasks in it, and a worker if one is needed."""

import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidRequest, Missing, Unavailable
from intelligent_office.records import Task
from intelligent_office.settings import Settings
from intelligent_office.tasks import Tasks

if TYPE_CHECKING:
    from intelligent_office.services import Services
    from intelligent_office.workers.shift import Shift
    from intelligent_office.workers.worker import Worker

_KNOWN = 200
"""How many of the latest tasks a mistyped id is compared with."""


@dataclass
class House:
    settings: Settings
    database: Database
    tasks: Tasks
    _services: "Services | None" = None

    @property
    def tenant(self) -> str:
        """Whose tasks whoever sits at the machine hands in and sees."""
        return self.settings.tenant

    async def find(self, name: str) -> Task:
        """The task that is meant.

        Raises:
            Missing, InvalidRequest: none is, with the nearest ones; or several are.
        """
        try:
            return await self.tasks.find(name, self.tenant)
        except Missing as missing:
            ids = [task.task_id for task in await self.tasks.list(self.tenant, limit=_KNOWN)]
            near = get_close_matches(name, ids, n=3, cutoff=0.7) if name != "last" else []
            if not near:
                raise
            raise InvalidRequest(reason=f"{missing} Did you mean {' or '.join(near)}?") from None

    async def worker(self) -> "Worker":
        """A worker in this process. Made off the event loop: importing LangGraph takes a second."""
        return await asyncio.to_thread(self._make_worker)

    def shift(self, worker: "Worker") -> "Shift":
        """What keeps a worker busy."""
        from intelligent_office.workers.shift import Shift

        return Shift(self.settings, self.database, worker)

    async def close(self) -> None:
        """Hang up, whatever was opened."""
        if self._services:
            await self._services.close()
        await self.database.close()

    def _make_worker(self) -> "Worker":
        from intelligent_office.services import make_services
        from intelligent_office.workers.worker import Worker

        self._services = self._services or make_services(self.settings, self.database)
        return Worker(self.settings, self.database, self._services)


@asynccontextmanager
async def open_house(settings: Settings, *, patient: bool = False) -> AsyncIterator[House]:
    """Open the database, and close it whatever happens.

    Args:
        settings: of this process.
        patient: a database that is away is opened when it is first needed and back again.

    Raises:
        InvalidSetting, Unavailable: it cannot be opened.
    """
    database = Database(settings)
    house = House(settings, database, Tasks(database, settings))
    try:
        try:
            await database.open()
        except Unavailable:
            if not patient:
                raise
        yield house
    finally:
        await house.close()


def person() -> str:
    """Who sits there, for the audit trail: as a person, for somebody may be called `policy`."""
    try:
        return f"user:{getpass.getuser()}"
    except (KeyError, OSError):  # a user without a name
        return "user"
