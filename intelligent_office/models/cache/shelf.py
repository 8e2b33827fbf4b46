"""Where answers are kept, and what happens while that place is away."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import structlog

from intelligent_office.errors import Unavailable
from intelligent_office.models.clock import Clock
from intelligent_office.telemetry.scope import Scope

T = TypeVar("T")
log = structlog.get_logger()

REST_SECONDS = 10.0
"""How long a shelf that is away is left alone."""


class Shelf(Protocol):
    """Keeps texts under keys for a limited time, and knows which task has used which."""

    async def find(self, key: str, scope: Scope) -> str | None:
        """What is kept under a key; from now on its task has used it.

        Raises:
            Unavailable: nobody can tell.
        """
        ...

    async def keep(self, key: str, text: str, scope: Scope) -> None:
        """Keep a text in place of what was there; its task has used it.

        Raises:
            Unavailable: it cannot be kept.
        """
        ...

    async def forget(self, scope: Scope) -> None:
        """Let go of all that the task has used.

        Raises:
            Unavailable: it may still be there.
        """
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


class SpareShelf:
    """A shelf that the office can do without: while it is away nothing is found, and nobody waits for it."""

    def __init__(self, shelf: Shelf, clock: Clock) -> None:
        self._shelf = shelf
        self._clock = clock
        self._away = False
        self._rests_until = 0.0
        self._owed: set[tuple[str, str]] = set()
        """Tenants and tasks whose answers were to be forgotten meanwhile."""

    async def find(self, key: str, scope: Scope) -> str | None:
        return await self._unless_away(lambda: self._shelf.find(key, scope))

    async def keep(self, key: str, text: str, scope: Scope) -> None:
        await self._unless_away(lambda: self._shelf.keep(key, text, scope))

    async def forget(self, scope: Scope) -> None:
        self._owed.add((scope.tenant, scope.task_id))
        await self._unless_away(self._settled)

    async def close(self) -> None:
        await self._shelf.close()

    async def _settled(self) -> None:
        for tenant, task_id in list(self._owed):
            await self._shelf.forget(Scope(task_id, tenant))
            self._owed.discard((tenant, task_id))

    async def _unless_away(self, work: Callable[[], Awaitable[T]]) -> T | None:
        if self._clock.now() < self._rests_until:
            return None
        try:
            if self._away:
                await self._settled()  # before anything is found that should be gone
            result = await work()
        except Unavailable as failure:
            self._rests_until = self._clock.now() + REST_SECONDS
            if not self._away:
                self._away = True
                log.warning("cache.lost", reason=str(failure))
            return None
        if self._away:
            self._away = False
            log.info("cache.found_again")
        return result
