"""Service processes for tests: started, asked for their address, and ended with the test."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
IT = ROOT / "examples/services/it/server.py"
FINANCE = ROOT / "examples/services/finance/server.py"


class Process:
    """A service that listens; its first line says where."""

    def __init__(self, script: Path, *arguments: object) -> None:
        command = [sys.executable, str(script), *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip().rpartition(" ")[2]
        assert self.url.startswith("http://127.0.0.1:"), f"{script} did not start"

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    def read(self) -> str:
        """The next line that it says."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """End it as a power failure would."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def running(script: Path, *arguments: object) -> Iterator[Process]:
    """A service process, on a port of its own unless the arguments say otherwise."""
    process = Process(script, *(arguments or ("--port", 0)))
    try:
        yield process
    finally:
        process.end()
