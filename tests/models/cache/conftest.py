"""A real Redis of one's own, and the shelves on both kinds of servers."""

import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from redis.asyncio import Redis

from intelligent_office.database.pool import Database
from intelligent_office.models.cache.in_postgres import PostgresShelf
from intelligent_office.models.cache.in_redis import RedisShelf
from intelligent_office.models.cache.shelf import Shelf
from tests.requirements import require

HOUR = 3600.0


@dataclass
class RedisServer:
    """A server that listens on a socket in a folder of its own."""

    process: subprocess.Popen[str]
    url: str

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It is there and says nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Start one, and wait until it can be asked."""
    program = require("redis-server")
    with tempfile.TemporaryDirectory(prefix="office-redis-") as folder:
        socket = Path(folder) / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--dir", folder, "--save", "", "--appendonly", "no"]
        with subprocess.Popen([program, *options], stdout=subprocess.PIPE, text=True) as process:
            server = RedisServer(process, f"unix://{socket}")
            try:
                _await_readiness(process.stdout)
                yield server
            finally:
                server.end()


def _await_readiness(said: IO[str] | None) -> None:
    assert said is not None
    told = []
    for line in said:
        told.append(line)
        if "ready to accept connections" in line.lower():
            return
    raise AssertionError(f"redis-server did not start: {''.join(told)}")


@pytest.fixture(scope="session")
def _redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
async def in_postgres(database: Database) -> Shelf:
    return PostgresShelf(database, HOUR)


@pytest.fixture
async def in_redis(_redis: RedisServer) -> AsyncIterator[Shelf]:
    shelf = RedisShelf(_redis.url, HOUR)
    async with Redis.from_url(_redis.url) as client:
        await client.flushall()
    yield shelf
    await shelf.close()


@pytest.fixture(params=["in_postgres", "in_redis"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """A shelf on a real server, empty."""
    found: Shelf = request.getfixturevalue(request.param)
    return found
