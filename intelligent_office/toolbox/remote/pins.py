"""Tools are pinned when they are first seen: one that is another afterwards is not used before somebody accepts it.

A service that was harmless when the operator looked at it may change its tools later, under the same names, so that
they do something else or tell planners something else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from intelligent_office.database.pool import Database
from intelligent_office.toolbox.remote.offers import Offer

MOST_PINNED = 1_000
"""Of one service. A tool beyond them counts as changed: whoever makes up names for ever gets no further tools used."""


@dataclass(frozen=True)
class Change:
    """How a tool differs from what is known of it."""

    parts: tuple[str, ...]
    """Of `description`, `inputs`, `output`, `annotations`; none if it could not be pinned."""
    description: str = ""
    """The one that is known, where it is another now."""

    def told(self, tool: str) -> str:
        """What an operator has to know, in a sentence without the service's own words."""
        if not self.parts:
            return f"the service has more than the {MOST_PINNED} tools that the office keeps in mind"
        how = ", ".join(self.parts)
        return f"it has changed since it was first seen ({how}); `office tools --accept {tool}` trusts it as it is"


class Pins:
    """What the tools of services were like when they were first seen or last accepted; all processes share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def changes(self, service: str, offers: Iterable[Offer]) -> dict[str, Change]:
        """The tools that are not as they are known, by name; those that nobody knows are pinned as they are.

        Raises:
            Unavailable: the database is away.
        """
        known = await self._known(service)
        new = [offer for offer in offers if offer.name not in known][: MOST_PINNED - len(known)]
        if new:
            rows = [{"tool": one.name, "digests": one.digests, "description": one.shown(service)} for one in new]
            await self._database.run("pin_tools", service=service, tools=rows)
            known = await self._known(service)  # another process may have seen them first
        changes = {}
        for offer in offers:
            digests, description = known.get(offer.name, ({}, ""))
            parts = tuple(part for part, digest in offer.digests.items() if digests.get(part) != digest)
            if parts:
                changes[offer.name] = Change(parts if digests else (), description if "description" in parts else "")
        return changes

    async def accept(self, service: str, offer: Offer, *, by: str) -> None:
        """Trust the tool from now on as it is."""
        await self._database.run(
            "accept_tool",
            service=service,
            tool=offer.name,
            digests=offer.digests,
            description=offer.shown(service),
            by=by,
        )

    async def _known(self, service: str) -> dict[str, tuple[dict[str, str], str]]:
        rows = await self._database.all("pinned_tools", service=service)
        return {row["tool"]: (row["digests"], row["description"]) for row in rows}
