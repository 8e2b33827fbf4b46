"""News from the database: one connection listens for everybody in the process who waits for something."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, get_args

import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow

from intelligent_office.errors import OfficeError

log = structlog.get_logger()

Channel = Literal["office_events", "office_cancel", "procrastinate_queue_v1#tasks", "procrastinate_queue_v1#chores"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
_RECONNECT_SECONDS = 0.5


class Bell:
    """Rings when there may be news. It may ring for nothing, and it is rung after every reconnection."""

    def __init__(self, channel: Channel, payload: str | None) -> None:
        self._channel = channel
        self._payload = payload
        self._rung = asyncio.Event()

    def hears(self, channel: str, payload: str) -> bool:
        return channel == self._channel and self._payload in (None, payload)

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for the next ring, at most so long; a ring since the last wait counts."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class Listener:
    """Keeps the listening connection, and all the bells."""

    def __init__(self, connect: Callable[[], Awaitable[AsyncConnection[DictRow]]]) -> None:
        self._connect = connect
        self._bells: set[Bell] = set()
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def bell(self, channel: Channel, payload: str | None = None) -> Iterator[Bell]:
        """A bell for one channel, and for one payload if it is given.

        Hang it up first, then look at the tables, then wait: so nothing falls in between.
        """
        bell = Bell(channel, payload)
        self._bells.add(bell)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="database-listener")
        try:
            yield bell
        finally:
            self._bells.discard(bell)

    async def close(self) -> None:
        if self._listening:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def _listen(self) -> None:
        while True:
            try:
                await self._ring_for_news()
            except (OperationalError, OfficeError):
                pass  # whoever asks for rows meanwhile is told
            except Exception:  # whatever it is, somebody still waits for news
                log.exception("listener.stumbled")
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _ring_for_news(self) -> None:
        async for channel, payload in self._news():
            for bell in self._bells:
                if channel is None or bell.hears(channel, payload):
                    bell.ring()

    async def _news(self) -> AsyncIterator[tuple[str | None, str]]:
        """Channel and payload of each notification; first None: whatever happened until now went unheard."""
        async with await self._connect() as connection:
            for channel in CHANNELS:
                await connection.execute(f'LISTEN "{channel}"'.encode())
            yield None, ""
            async for notification in connection.notifies():
                yield notification.channel, notification.payload
