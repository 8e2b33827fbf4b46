"""Reads that several ask for at the same moment, made once: a hundred listeners of a task cost as much as one."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedReads(Generic[T]):
    """Joins those who ask for the same before the question has gone out.

    Nobody joins a read that has begun: it may have seen what was there before the asker was told of something new.
    """

    def __init__(self, read: Callable[..., Awaitable[T]]) -> None:
        self._read = read
        self._coming: dict[Hashable, asyncio.Task[T]] = {}

    async def read(self, *what: Any) -> T:
        """What the read answers for these arguments."""
        reading = self._coming.get(what)
        if reading is None:
            # In a context of its own: it is not done for the one who happened to ask first.
            reading = asyncio.create_task(self._begin(what), context=Context())
            reading.add_done_callback(_hear)
            self._coming[what] = reading
        return await asyncio.shield(reading)

    async def _begin(self, what: tuple[Any, ...]) -> T:
        del self._coming[what]
        return await self._read(*what)


def _hear(reading: asyncio.Task[Any]) -> None:
    """An error is told to those who still wait; if nobody does, it is no mishap."""
    if not reading.cancelled():
        reading.exception()
