"""Talking to a service. Importing this takes a second, so `service.py` does it late.

Over HTTP each question has a connection of its own, which costs some tens of milliseconds. In return nothing is ever
half open: a service that was restarted is simply there again. A program on standard streams is kept: `program.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from anyio import ClosedResourceError
from langchain_mcp_adapters.sessions import Connection, create_session
from mcp import ClientSession, McpError
from mcp.types import (
    CONNECTION_CLOSED,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    CancelledNotification,
    CancelledNotificationParams,
    ClientNotification,
    ClientRequest,
    Tool,
)

from intelligent_office.errors import AnswerLost, OddAnswer, OfficeError, ToolError, Unreachable
from intelligent_office.toolbox.remote.line import Line
from intelligent_office.toolbox.remote.offers import Offer
from intelligent_office.toolbox.remote.program import Program

T = TypeVar("T")

MOST_BYTES = 4_000_000
"""The longest answer that is read."""
MOST_TOOLS = 200
"""Of one service; more would fill the prompts of planners."""
_TLS = httpx.create_ssl_context()
"""Made once, at import: reading the certificates takes longer than a call."""
GOODBYE_SECONDS = 5.0
"""How long a conversation that is broken off may take to tell the service so."""


@dataclass(frozen=True)
class Answer:
    """What a service answered to a call."""

    text: str
    data: Any
    refused: bool
    """Whether it says that it could not do it."""


async def offered(service: str, connection: Connection, seconds: float, program: Program) -> list[Offer]:
    """The tools that the service has now.

    Raises:
        Unreachable: it does not answer in time, or not as it should.
    """

    async def listed(line: Line) -> list[Offer]:
        tools: list[Tool] = []
        async with asyncio.timeout(seconds), _session(connection, line, program) as session:
            page = await line.answer(session.list_tools())
            tools += page.tools
            while page.nextCursor and len(tools) < MOST_TOOLS:
                page = await line.answer(session.list_tools(page.nextCursor))
                tools += page.tools
        return [_offer(tool) for tool in tools[:MOST_TOOLS]]

    return await _apart(service, listed)


async def called(
    service: str, connection: Connection, seconds: float, program: Program, tool: str, inputs: dict[str, Any]
) -> Answer:
    """What the tool answers to these inputs.

    Args:
        service: its name, for messages.
        connection: how it is reached.
        seconds: how long it may take to be ready; the call itself is bounded by whoever waits for it.
        program: the process, of a service on standard streams.
        tool: its name, as the service says it.
        inputs: as its schema wants them.

    Raises:
        Unreachable: nobody was there to be called, so the call had no effect.
        AnswerLost: the service was called, and no answer came.
        OddAnswer: the service was called, and what came cannot be used.
        ToolError: the service knows no such tool or refuses these inputs.
    """

    async def talk(line: Line) -> Answer:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(seconds):
                session = await stack.enter_async_context(_session(connection, line, program))
            line.asked = True
            return _read(await line.answer(_called(line, session, tool, inputs)))

    return await _apart(service, talk)


async def _called(line: Line, session: ClientSession, tool: str, inputs: dict[str, Any]) -> CallToolResult:
    """The answer as it comes; who breaks off tells the service to stop."""
    params = CallToolRequestParams(name=tool, arguments=inputs)
    number = session._request_id  # noqa: SLF001  # the number of the next request, which nothing public tells
    try:
        return await session.send_request(ClientRequest(CallToolRequest(params=params)), CallToolResult)
    except asyncio.CancelledError:
        if not line.broken.done():
            await _dismiss(session, number)
        raise


async def _dismiss(session: ClientSession, number: int) -> None:
    """Tell the service that nobody waits for the answer any more."""
    notice = CancelledNotificationParams(requestId=number, reason="nobody waits for the answer any more")
    with suppress(Exception):  # the call has ended for us, whatever becomes of the notice
        async with asyncio.timeout(GOODBYE_SECONDS / 2):
            await session.send_notification(ClientNotification(CancelledNotification(params=notice)))
            await session.send_ping()  # its answer says that the notice has arrived


@asynccontextmanager
async def _session(connection: Connection, line: Line, program: Program) -> AsyncIterator[ClientSession]:
    """A session that is ready for a question."""

    async def look(message: Any) -> None:
        if isinstance(message, Exception):
            line.breaks(message)

    if connection["transport"] == "stdio":
        async with program.session(connection, line) as session:
            yield session
    else:
        seams = {"session_kwargs": {"message_handler": look}, "httpx_client_factory": _clients(line)}
        watched: Any = {**connection, **seams}
        async with create_session(watched) as session:
            await line.answer(session.initialize())
            yield session


def _clients(line: Line) -> Callable[..., httpx.AsyncClient]:
    def client(
        headers: dict[str, str] | None = None, timeout: httpx.Timeout | None = None, auth: httpx.Auth | None = None
    ) -> httpx.AsyncClient:
        plainly = {**(headers or {}), "accept-encoding": "identity"}  # so that the bytes that are counted are all
        return httpx.AsyncClient(headers=plainly, timeout=timeout, auth=auth, transport=_Transport(line))

    return client


class _Transport(httpx.AsyncHTTPTransport):
    """Goes straight to the service, and watches how its answers end."""

    def __init__(self, line: Line) -> None:
        super().__init__(verify=_TLS)
        self._line = line

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if request.method == "POST":
            assert isinstance(response.stream, httpx.AsyncByteStream)
            streams = response.headers.get("content-type", "").startswith("text/event-stream")
            response.stream = _Watched(response.stream, self._line, streams=streams)
        return response


class _Watched(httpx.AsyncByteStream):
    """The body of an answer: not too long, and its end is noticed."""

    def __init__(self, body: httpx.AsyncByteStream, line: Line, *, streams: bool) -> None:
        self._body = body
        self._line = line
        self._streams = streams

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for chunk in self._body:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise OddAnswer(reason=f"the answer is longer than {MOST_BYTES} bytes")  # noqa: TRY301
                yield chunk
        except Exception as failure:
            self._line.breaks(failure)
            raise
        if self._streams:  # the client hangs up as soon as it has the answer, and so never reads the end
            self._line.breaks(ConnectionError("the stream ended before the answer"))

    async def aclose(self) -> None:
        await self._body.aclose()


async def _apart(service: str, talk: Callable[[Line], Coroutine[Any, Any, T]]) -> T:
    """Hold the conversation in a task of its own: what its scopes cancel stays there, and its failures get one name."""
    line = Line()
    talking = asyncio.create_task(talk(line))
    try:
        await asyncio.wait({talking})
    except asyncio.CancelledError:
        talking.cancel()
        await asyncio.wait({talking}, timeout=GOODBYE_SECONDS)
        raise
    try:
        return talking.result()
    except OddAnswer as fault:
        raise OddAnswer(reason=f"The service `{service}` cannot be understood: {fault}.") from None
    except OfficeError:
        raise
    except (Exception, asyncio.CancelledError) as failure:
        raise _named(service, _innermost(failure), asked=line.asked) from failure


def _named(service: str, failure: BaseException, *, asked: bool) -> OfficeError:
    """What went wrong, by what it says about an effect of the call."""
    if isinstance(failure, OddAnswer):
        return OddAnswer(reason=f"The service `{service}` cannot be understood: {failure}.")
    told = f"{type(failure).__name__}: {failure}".rstrip(": .")[:300]
    if isinstance(failure, McpError) and failure.error.code in (-32601, -32602):
        return ToolError(reason=f"The service `{service}` refuses the call: {failure.error.message[:300]}")
    never_sent = isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout | ClosedResourceError)
    if never_sent or not asked:
        told = "it does not answer in time" if isinstance(failure, TimeoutError | httpx.TimeoutException) else told
        return Unreachable(reason=f"The service `{service}` cannot be reached: {told}.")
    if isinstance(failure, McpError) and failure.error.code != CONNECTION_CLOSED:
        return OddAnswer(reason=f"The service `{service}` reports an error of its own: {failure.error.message[:300]}")
    return AnswerLost(reason=f"The service `{service}` was called, and its answer never came: {told}.")


def _innermost(failure: BaseException) -> BaseException:
    """The failure inside the groups that the scopes of a conversation wrap it in."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def _offer(tool: Tool) -> Offer:
    reads_only = bool(tool.annotations and tool.annotations.readOnlyHint and not tool.annotations.destructiveHint)
    annotations = tool.annotations.model_dump(mode="json", exclude_none=True) if tool.annotations else {}
    return Offer(tool.name, tool.description or "", tool.inputSchema, tool.outputSchema, reads_only, annotations)


def _read(result: CallToolResult) -> Answer:
    """The text of an answer, and its data; of pictures and the like only that they were there."""
    parts = [part.text if part.type == "text" else f"[{part.type}]" for part in result.content]
    text = "\n".join(parts)
    if len(text) > MOST_BYTES:
        raise OddAnswer(reason=f"the answer is longer than {MOST_BYTES} characters")
    return Answer(text, result.structuredContent, result.isError)
