"""Doors and workers as processes of their own, and a client that calls them as a user does."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

OFFICE = str(Path(sys.executable).parent / "office")
START_SECONDS = 60.0
_ADDRESS = re.compile(r"http://\S+?:\d+")


@contextmanager
def process(command: str, *arguments: str, home: Path, until: str, **environment: str) -> Iterator[tuple[int, str]]:
    """An `office` command that stays; its pid, and the line with which it said that it is ready.

    Its log goes to a file in its home: a pipe that nobody reads would stop it.
    """
    log = home / f"{command}-{time.monotonic_ns()}.log"
    known = {**os.environ, "OFFICE_HOME": str(home), **environment}  # noqa: TID251 - for the process that is measured
    with log.open("w") as out:
        running = subprocess.Popen([OFFICE, command, *arguments], env=known, stdout=out, stderr=out)
    try:
        yield running.pid, _line(running, log, until)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(START_SECONDS)


@asynccontextmanager
async def door(home: Path, *arguments: str, **environment: str) -> AsyncIterator[tuple[int, httpx.AsyncClient]]:
    """`office serve` on a free port, ready to answer: its pid, and a client with its first key."""
    environment = {"OFFICE_REQUESTS_PER_MINUTE": "1000000", **environment}
    with process("serve", "--port", "0", *arguments, home=home, until="opening", **environment) as (pid, line):
        address = _ADDRESS.search(line)
        assert address is not None, line
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(base_url=address[0], limits=limits, timeout=START_SECONDS) as client:
            await _ready(client)
            key = await asyncio.to_thread((home / "api-key").read_text)
            client.headers["Authorization"] = f"Bearer {key.strip()}"
            yield pid, client


async def submit(client: httpx.AsyncClient, description: str, **fields: Any) -> str:
    """Hand in a task; its id."""
    answer = await client.post("/tasks", json={"description": description, **fields})
    answer.raise_for_status()
    task_id: str = answer.json()["task_id"]
    return task_id


async def finished(client: httpx.AsyncClient, task_id: str) -> str:
    """Follow a task until it has ended; how."""
    async with client.stream("GET", f"/tasks/{task_id}/events") as events:
        events.raise_for_status()
        ending = False
        async for line in events.aiter_lines():
            if ending and line.startswith("data:"):
                status: str = json.loads(line.removeprefix("data:"))["data"]["status"]
                return status
            ending = ending or line == "event: task.finished"
    raise RuntimeError(f"the events of {task_id} ended before the task")


def memory(pid: int) -> float:
    """Megabytes that a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processors, with the children that it has waited for."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_of_postgres(home: Path) -> float:
    """The same of the embedded PostgreSQL of a home, all of its processes together."""
    first = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    total = cpu_seconds(first)
    for child in Path(f"/proc/{first}/task/{first}/children").read_text().split():
        with suppress(OSError):  # it has just ended, and is counted with those waited for
            total += cpu_seconds(int(child))
    return total


async def _ready(client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if (await client.get("/readyz")).is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError("the door does not become ready")
        await asyncio.sleep(0.05)


def _line(running: "subprocess.Popen[bytes]", log: Path, until: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and running.poll() is None:
        for line in log.read_text().splitlines():
            if until in line:
                return line
        time.sleep(0.05)
    raise RuntimeError(f"the process did not become ready: {log.read_text()}")
