"""The program on a terminal of its own."""

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.conftest import OFFICE, SECONDS, Office

ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""In the new process, and not in a fork of this one, which has threads."""


@contextmanager
def terminal(office: Office, *arguments: str, **variables: str) -> Iterator["Terminal"]:
    """A command on a terminal of its own: `read_until(text)`, `type(text)`, `end()` -> exit code and the rest."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ON_ITS_TERMINAL, OFFICE, *arguments],
        stdin=child,
        stdout=child,
        stderr=child,
        cwd=office.folder,
        env=office.environment | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"} | variables,
        start_new_session=True,
    )
    os.close(child)
    patience = threading.Timer(SECONDS, process.kill)
    patience.start()
    try:
        yield Terminal(parent, process)
    finally:
        process.kill()
        process.wait()
        patience.cancel()
        os.close(parent)


class Terminal:
    """What a person at a terminal sees and types."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self.descriptor = descriptor
        self.process = process
        self.seen = ""

    def _read(self) -> bool:
        try:
            said = os.read(self.descriptor, 4096)
        except OSError:  # the other side has hung up
            return False
        self.seen += said.decode(errors="replace")
        return bool(said)

    def read_until(self, text: str) -> None:
        while text not in self.seen:
            assert self._read(), f"it never said {text!r}, but {self.seen!r}"

    def await_rest(self) -> None:
        """Wait until the command waits for the person."""
        while Path("/proc/self/stat").exists() and self._state() != "S":
            os.sched_yield()

    def _state(self) -> str:
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def type(self, text: str) -> None:
        os.write(self.descriptor, text.encode())

    def end(self) -> int:
        while self._read():
            pass
        return self.process.wait(SECONDS)
