"""A service for tests: slow, hostile, dying in the middle of a call. Started with a folder for the traces it leaves."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import anyio
import uvicorn
from mcp.server.fastmcp import FastMCP
from mcp.types import CallToolResult, Tool, ToolAnnotations

FOLDER, PORT = Path(sys.argv[1]), sys.argv[2]
NAMED = sys.argv[3] if len(sys.argv) > 3 else "say"
"""What the tool that only speaks is called."""
DESCRIBED = sys.argv[4] if len(sys.argv) > 4 else "Say it."
"""What it says of itself."""


class Odd(FastMCP):
    async def list_tools(self) -> list[Tool]:
        tools = {tool.name: tool for tool in await super().list_tools()}
        tools["lie"].outputSchema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
        tools["spell"].inputSchema = {"type": "object", "properties": {"x": {"type": "no such type"}}}
        tools["fetch"].inputSchema["properties"]["text"] = {"$ref": "http://127.0.0.1:1/schema.json"}
        return list(tools.values())


service = Odd("odd", log_level="CRITICAL")


@service.tool(name=NAMED, description=DESCRIBED, annotations=ToolAnnotations(readOnlyHint=True))
def say(text: str) -> str:
    return text


@service.tool()
def press(text: str) -> str:
    """Leave a trace."""
    with (FOLDER / "pressed").open("a") as file:
        file.write(f"{text}\n")
    return text


@service.tool()
def die(text: str) -> str:
    """Leave a trace and end the process before the answer."""
    press(text)
    os._exit(1)


@service.tool()
async def wait() -> str:
    """Leave a trace and wait for ever; say when that begins, and when told to stop."""
    press("waiting")
    print("waiting", flush=True)
    try:
        await anyio.sleep_forever()
    except asyncio.CancelledError:
        print("stopped", flush=True)
        raise
    return ""


@service.tool()
def hang() -> str:
    """Leave a trace and hear nothing any more."""
    press("hanging")
    signal.pause()
    return ""


@service.tool()
def repeat(text: str, times: int) -> str:
    """Say it many times."""
    return text * times


@service.tool()
def keep(config: str, run_manager: str, callbacks: str) -> str:
    """Take what LangChain would take for itself."""
    return f"{config} {run_manager} {callbacks}"


@service.tool()
def lie() -> CallToolResult:
    """Announce a number and answer with a word."""
    return CallToolResult(content=[], structuredContent={"n": "many"})


@service.tool()
def spell(x: str) -> str:
    """Have no schema."""
    return x


@service.tool()
def fetch(text: str) -> str:
    """Have a schema that points elsewhere."""
    return text


@service.tool(name="say.it")
def dotted() -> str:
    """Have a name that not every provider takes."""
    return ""


async def serve() -> None:
    with socket.create_server(("127.0.0.1", int(PORT))) as listener:
        print(f"odd: http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
        await uvicorn.Server(uvicorn.Config(service.streamable_http_app(), log_level="critical")).serve([listener])


if __name__ == "__main__":
    if PORT == "stdio":
        service.run("stdio")
    else:
        asyncio.run(serve())
