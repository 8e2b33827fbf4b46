"""The `office` program as people start it: a process of its own, on a database that is fresh for each test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

OFFICE = Path(sys.executable).parent / "office"
SECONDS = 60
"""A command that takes longer has hung."""


@dataclass
class Office:
    """Runs `office` in a folder, with nothing in its environment but what the test says."""

    folder: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(
        self, *arguments: object, given: str | bytes = "", folder: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; `given` is its standard input."""
        words = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            [OFFICE, *map(str, arguments)],
            input=words,
            capture_output=True,
            cwd=folder or self.folder,
            env=self.environment | variables,
            timeout=SECONDS,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[str]:
        """Start a command and let it run; the test's end ends it."""
        process = subprocess.Popen(
            [OFFICE, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment | variables,
            text=True,
        )
        self.started.append(process)
        return process

    def stop(self) -> None:
        for process in self.started:
            process.kill()
            process.communicate(timeout=SECONDS)


def bare_environment(**variables: str) -> dict[str, str]:
    """No settings of whoever runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}  # noqa: TID251
    return kept | {"PYTHONUTF8": "1"} | variables


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """The program, on a database of its own and in a folder of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    program = Office(folder, bare_environment(OFFICE_DATABASE_URL=database_url, OFFICE_LEASE_SECONDS="1.5"))
    yield program
    program.stop()


@pytest.fixture
def offline(tmp_path: Path) -> Office:
    """The program without a database: for what needs none, or must do without."""
    return Office(tmp_path, bare_environment(OFFICE_DATABASE_URL="postgresql://office:sesame@127.0.0.1:1/office"))


def one_line(text: str) -> str:
    """The only line of a message to a person, which never is a traceback."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("office: "), text
    return lines[0]


def story(done: subprocess.CompletedProcess[Any]) -> str:
    """Everything a command said, for messages of failed tests."""
    return f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
