"""A real Redis of one's own, on a socket of its own."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from redis.asyncio import Redis

from intelligent_office.models.cache import in_redis


@dataclass
class RedisServer:
    """A server that listens on a socket in a folder of its own."""

    process: subprocess.Popen[str]
    url: str

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """It is there and says nothing, and nobody waits for long."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(in_redis, "CONNECT_SECONDS", 0.05)
                patched.setattr(in_redis, "ANSWER_SECONDS", 0.05)
                yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def client(self) -> Redis:
        """A client that waits as long as a busy machine takes."""
        return Redis.from_url(self.url, socket_timeout=100, socket_connect_timeout=100)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def redis_server(program: str) -> Iterator[RedisServer]:
    """Start one, and wait until it can be asked."""
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
