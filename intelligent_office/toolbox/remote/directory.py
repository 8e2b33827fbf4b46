"""All remote services that the services file names."""

import asyncio
from itertools import chain

from intelligent_office.cards import ToolAbsence
from intelligent_office.settings import Settings
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.remote.pins import Pins
from intelligent_office.toolbox.remote.service import Service
from intelligent_office.toolbox.remote.services_file import read_services


class Directory:
    """Which remote tools there are now."""

    def __init__(self, settings: Settings, pins: Pins | None = None) -> None:
        """Read the file.

        Args:
            settings: Where it is, and the secrets.
            pins: What the tools were like; without them they are taken as they are.

        Raises:
            InvalidFile: something in it cannot be meant; with the line.
        """
        tables = read_services(settings.services_file)
        self.services = [Service(name, table, settings.secret, pins) for name, table in tables.items()]

    async def refresh(self) -> bool:
        """Ask every service that it is time to ask, all at once; whether anything changed."""
        return any(await asyncio.gather(*(service.refresh() for service in self.services)))

    def tools(self) -> list[Tool]:
        """What can be called."""
        return list(chain.from_iterable(service.tools for service in self.services))

    def absences(self) -> list[ToolAbsence]:
        """What cannot, and why."""
        return list(chain.from_iterable(service.absences for service in self.services))

    async def close(self) -> None:
        """End the processes of those that are programs of ours."""
        await asyncio.gather(*(service.close() for service in self.services))
