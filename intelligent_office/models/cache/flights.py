"""Concurrent identical questions of one process: one is asked, and the others wait for its answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Work under way, by what it is about."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[asyncio.AbstractEventLoop, str], asyncio.Future[T | None]] = {}

    async def once(self, key: str, work: Callable[[], Awaitable[T]]) -> tuple[T | None, bool]:
        """Do the work, or wait for somebody who does.

        Who only waits may be cancelled without anybody else noticing; when the one who works is, the next takes over.

        Returns:
            what came of it, and whether it was done here. None if it was tried elsewhere, and broke off.
        """
        loop = asyncio.get_running_loop()
        while (flight := self._under_way.get((loop, key))) is not None:
            await asyncio.wait([flight])
            if not flight.cancelled():
                return flight.result(), False
        flight = self._under_way[loop, key] = loop.create_future()
        try:
            result = await work()
        except Exception:
            flight.set_result(None)
            raise
        else:
            flight.set_result(result)
            return result, True
        finally:
            flight.cancel()  # unless it has come to its end
            del self._under_way[loop, key]
