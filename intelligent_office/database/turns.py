"""Turns at the database: a crowd waits in line, and whoever keeps the office going never stands behind it.

Requests stand in line, and together have some of a process's connections; workers have whatever is free, and so at
least the rest. There is a line for each tenant, and they pass by turns, so that nobody waits for another's thousand.
Nobody stands in line for ever, and nobody at all when there is nothing to wait for.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from itertools import chain

from intelligent_office.errors import Unavailable

LONGEST_WAIT_SECONDS = 30.0
"""How long somebody stands in line. A line that moves is no outage: it is worth more patience than a database that is
away."""

_AT_ONCE = nullcontext()
_line: ContextVar[str | None] = ContextVar("office_line", default=None)


def stand_in_line(tenant: str = "") -> None:
    """From here on, the running coroutine and whatever it starts wait for their turns in a tenant's line.

    Args:
        tenant: whose; empty as long as nobody knows.
    """
    _line.set(tenant)


class Turns:
    """Lets some pass at once, and the others by turns: of one line after the other, in the order in which they came."""

    def __init__(self, at_once: int, *, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._free = at_once
        self._longest_wait_seconds = longest_wait_seconds
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}
        """None is empty, and the first one's turn is next."""

    def one(self) -> AbstractAsyncContextManager[None]:
        """Pass when it is one's turn, and keep it as long as the block runs; at once if one stands in no line.

        Raises:
            Unavailable: the line was too long, or was sent away.
        """
        tenant = _line.get()
        return _AT_ONCE if tenant is None else self._kept(tenant)

    @asynccontextmanager
    async def _kept(self, tenant: str) -> AsyncIterator[None]:
        await self._wait(tenant)
        try:
            yield
        finally:
            self._pass_on()

    def send_away(self, reason: str) -> None:
        """Tell everybody in line at once that there is nothing to wait for, and why."""
        for place in chain.from_iterable(self._lines.values()):
            if not place.done():
                place.set_exception(Unavailable(part="the database", reason=reason))
        self._lines.clear()

    async def _wait(self, tenant: str) -> None:
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(tenant, deque()).append(place)
        try:
            async with asyncio.timeout(self._longest_wait_seconds):
                await place
        except BaseException as departure:
            if place.done() and not place.cancelled() and not place.exception():
                self._pass_on()  # it came at the moment of leaving
            if isinstance(departure, TimeoutError):
                reason = f"so many requests wait for it that {self._longest_wait_seconds:g} seconds were not enough"
                raise Unavailable(part="a turn at the database", reason=reason) from None
            raise

    def _pass_on(self) -> None:
        while self._lines:
            tenant = next(iter(self._lines))
            line = self._lines.pop(tenant)
            place = line.popleft()
            if line:
                self._lines[tenant] = line  # behind all others
            if not place.done():  # else whoever had it has left
                place.set_result(None)
                return
        self._free += 1
