"""The standard streams of a program, as the protocol's client wants them; lines that are too long are never held.

The protocol's own transport puts a line together piece by piece, however long it gets.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import anyio
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from langchain_mcp_adapters.sessions import StdioConnection
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCMessage
from pydantic import ValidationError

from intelligent_office.errors import OddAnswer

LONGEST_LINE = 10_000_000
"""Bytes: an answer may stand in it twice, as text and as data."""
FAREWELL_SECONDS = 2.0
"""How long a program may take to go when its standard input is closed, and again when it is told to end."""

Heard: TypeAlias = "MemoryObjectReceiveStream[SessionMessage | Exception]"
Told: TypeAlias = "MemoryObjectSendStream[SessionMessage]"

log = structlog.get_logger()


@asynccontextmanager
async def pipes(connection: StdioConnection) -> AsyncIterator[tuple[Heard, Told]]:
    """Start a program, and end it with all that it has started.

    Raises:
        OSError: it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        connection["command"],
        *connection["args"],
        env={**get_default_environment(), **(connection["env"] or {})},
        stdin=PIPE,
        stdout=PIPE,
        stderr=sys.stderr,
        start_new_session=True,
        limit=LONGEST_LINE,
    )
    hears, heard = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    told, tells = anyio.create_memory_object_stream[SessionMessage](0)
    work = [asyncio.create_task(_hear(process, hears)), asyncio.create_task(_tell(process, tells))]
    try:
        yield heard, told
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        for stream in (hears, heard, told, tells):
            stream.close()
        await _farewell(process)


async def _hear(process: Process, hears: "MemoryObjectSendStream[SessionMessage | Exception]") -> None:
    """Hand on what it says, line by line, until it says no more; what it prints beside is no answer to anything."""
    assert process.stdout
    printed = False
    with hears:
        while True:
            try:
                line = await process.stdout.readuntil(b"\n")
                if not line.lstrip().startswith(b"{"):
                    if not printed:
                        log.warning("service.printed", process=process.pid, line=line[:200].decode(errors="replace"))
                    printed = True
                    continue
                await hears.send(SessionMessage(JSONRPCMessage.model_validate_json(line)))
            except asyncio.LimitOverrunError:
                with suppress(asyncio.IncompleteReadError):
                    await _skip_line(process.stdout)
                await hears.send(OddAnswer(reason=f"the answer is longer than {LONGEST_LINE} bytes"))
            except ValidationError as odd:
                await hears.send(odd)
            except asyncio.IncompleteReadError:
                return


async def _skip_line(stream: asyncio.StreamReader) -> None:
    """Read to the end of a line without keeping it."""
    while True:
        try:
            await stream.readuntil(b"\n")
        except asyncio.LimitOverrunError as longer:
            await stream.readexactly(longer.consumed)
        else:
            return


async def _tell(process: Process, tells: "MemoryObjectReceiveStream[SessionMessage]") -> None:
    """Hand it what it is told."""
    assert process.stdin
    async for message in tells:
        text = message.message.model_dump_json(by_alias=True, exclude_none=True)
        with suppress(ConnectionError):  # it has gone, which is noticed by its silence
            process.stdin.write(f"{text}\n".encode())
            await process.stdin.drain()


async def _farewell(process: Process) -> None:
    """Close its standard input, and see to it that it goes, and so do those that it has started."""
    assert process.stdin
    process.stdin.close()
    if process.returncode is not None:  # its number may be another's by now
        return
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await process.wait()
                break
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
    await process.wait()
    with suppress(ProcessLookupError):  # those that outlive it
        os.killpg(process.pid, signal.SIGKILL)
