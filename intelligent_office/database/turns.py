"""Turns at the database: a crowd waits in line, and whoever keeps the office going never stands behind it.

Requests stand in line, and together have some of a process's connections; workers have whatever is free, and so at
least the rest. Nobody stands in line for ever, and nobody at all when there is nothing to wait for.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar

from intelligent_office.errors import Unavailable

LONGEST_WAIT_SECONDS = 30.0
"""How long somebody stands in line. A line that moves is no outage: it is worth more patience than a database that is
away."""

_AT_ONCE = nullcontext()
_in_line: ContextVar[bool] = ContextVar("office_in_line", default=False)


def stand_in_line() -> None:
    """From here on, the running coroutine and whatever it starts wait for their turns, among all who do so."""
    _in_line.set(True)


class Turns:
    """Lets some of those in line pass at once, and the others in the order in which they came."""

    def __init__(self, at_once: int, *, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._free = at_once
        self._longest_wait_seconds = longest_wait_seconds
        self._line: deque[asyncio.Future[None]] = deque()

    def one(self) -> AbstractAsyncContextManager[None]:
        """Pass when it is one's turn, and keep it as long as the block runs; at once if one stands in no line.

        Raises:
            Unavailable: the line was too long, or was sent away.
        """
        return self._kept() if _in_line.get() else _AT_ONCE

    @asynccontextmanager
    async def _kept(self) -> AsyncIterator[None]:
        await self._wait()
        try:
            yield
        finally:
            self._pass_on()

    def send_away(self, reason: str) -> None:
        """Tell everybody in line at once that there is nothing to wait for, and why."""
        for place in self._line:
            if not place.done():
                place.set_exception(Unavailable(part="the database", reason=reason))
        self._line.clear()

    async def _wait(self) -> None:
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(place)
        try:
            async with asyncio.timeout(self._longest_wait_seconds):
                await place
        except BaseException as departure:
            if place.done() and not place.cancelled() and not place.exception():
                self._pass_on()  # it came at the moment of leaving
            if isinstance(departure, TimeoutError):
                reason = f"so many requests wait for it that {self._longest_wait_seconds:g} seconds were not enough"
                raise Unavailable(part="the database", reason=reason) from None
            raise

    def _pass_on(self) -> None:
        while self._line:
            place = self._line.popleft()
            if not place.done():  # else whoever had it has left
                place.set_result(None)
                return
        self._free += 1
