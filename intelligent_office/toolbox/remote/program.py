"""A service that is a program on standard streams: one process for all questions, started again when it has died.

The process belongs to a task of its own, because the protocol's client must be closed where it was opened. It ends with
the office's event loop, or when it is told to; when the office is killed, its standard input closes.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context

import structlog
from langchain_mcp_adapters.sessions import StdioConnection
from mcp import ClientSession, McpError
from mcp.types import CONNECTION_CLOSED

from intelligent_office.toolbox.remote.line import Line
from intelligent_office.toolbox.remote.pipes import pipes

PING_SECONDS = 2.0
"""How long a program that has nothing to do may take to say that it is there; perhaps it still is at a call that was
given up."""

log = structlog.get_logger()


class Program:
    """Starts the process when it is first asked."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._life: _Life | None = None
        self._turn: asyncio.Lock | None = None

    @asynccontextmanager
    async def session(self, connection: StdioConnection, line: Line) -> AsyncIterator[ClientSession]:
        """A session that answers now; whoever waits for it bounds how long that may take.

        Raises:
            OSError: the program cannot be started.
        """
        life = await self._alive(connection)
        life.lines.add(line)
        try:
            yield life.session
        finally:
            life.lines.discard(line)

    async def close(self) -> None:
        """End the process; a later question starts it again."""
        life, self._life = self._life, None
        if life:
            await life.end()

    async def _alive(self, connection: StdioConnection) -> "_Life":
        """The process that runs, if it still answers; else a new one."""
        life = self._life
        if life is None or not life.here:  # those of an event loop that is closed have ended with it
            self._life, self._turn = None, asyncio.Lock()
        assert self._turn
        async with self._turn:
            life = self._life
            if life and life.connection == connection and (life.lines or await life.answers()):
                return life
            if life:
                log.info("service.restarted", service=self._service)
            await self.close()
            started = _Life(connection)
            try:
                await asyncio.shield(started.ready)
            except BaseException:
                await started.end()
                raise
            self._life = started
            return started


class _Life:
    """A process from its start to its end."""

    def __init__(self, connection: StdioConnection) -> None:
        self.connection = connection
        self.lines: set[Line] = set()
        """Questions that wait for their answer."""
        self.session: ClientSession
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()
        self._living = asyncio.create_task(self._live(), context=Context())  # of no question, and so of no task

    @property
    def here(self) -> bool:
        """Whether it belongs to the event loop that is running."""
        return self._living.get_loop() is asyncio.get_running_loop()

    async def answers(self) -> bool:
        """Whether it is there. Asked only while it has nothing to do: a program may do one thing at a time."""
        line = Line()
        self.lines.add(line)
        try:
            async with asyncio.timeout(PING_SECONDS):
                await line.answer(self.session.send_ping())
        except McpError as refusal:  # who says that it knows no such question is there
            return refusal.error.code != CONNECTION_CLOSED
        except Exception:  # noqa: BLE001  # however it is gone, another one is started
            return False
        finally:
            self.lines.discard(line)
        return not self._living.done()

    async def end(self) -> None:
        """Close its standard input, and wait until it has gone; the protocol's client ends one that does not go."""
        self._over.set()
        if not self.ready.done():
            self._living.cancel()
        await asyncio.wait({self._living})

    async def _live(self) -> None:
        try:
            async with (
                pipes(self.connection) as (heard, told),
                ClientSession(heard, told, message_handler=self._look) as session,
            ):
                await session.initialize()
                self.session = session
                self.ready.set_result(None)
                await self._over.wait()
        except (Exception, asyncio.CancelledError) as failure:  # noqa: BLE001  # told to whoever waits
            self._tell(failure)
        finally:
            self._tell(ConnectionError("the program has ended"))

    def _tell(self, failure: BaseException) -> None:
        if not self.ready.done():
            self.ready.set_exception(failure)
            self.ready.exception()  # seen: whoever asked may have gone
        for line in self.lines:
            line.breaks(failure)

    async def _look(self, message: object) -> None:
        if isinstance(message, Exception):
            for line in self.lines:
                line.breaks(message)
