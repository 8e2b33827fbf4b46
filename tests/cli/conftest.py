"""The `office` program, on a database that is fresh for each test.

Called, it works in this process, where everything is imported already; started, it is a process of its own.
"""

import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog

from intelligent_office.cli.program import carry_out

OFFICE = Path(sys.executable).parent / "office"
SECONDS = 300
"""A command that takes longer has hung."""

Done = subprocess.CompletedProcess[str]


class Running:
    """A command in a process of its own. One that hangs is killed, so that whoever reads its output comes to an end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._patience = threading.Timer(SECONDS, process.kill)
        self._patience.start()

    def read_until(self, text: str) -> str:
        """The next line of its standard output that holds the text."""
        assert self.process.stdout
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"it never said {text!r}, but:\n{''.join(seen)}{self.process.communicate()[1]}")

    def read_error_until(self, text: str) -> str:
        """The next line of its standard error that holds the text."""
        assert self.process.stderr
        return next(line for line in self.process.stderr if text in line)

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it as a power failure would."""
        self.process.kill()

    def end(self) -> Done:
        """Wait for it; what it said since it was last read."""
        said, told = self.process.communicate()
        self._patience.cancel()
        return subprocess.CompletedProcess(self.process.args, self.process.returncode, said, told)


@dataclass
class Office:
    """The program in a folder, with nothing in its environment but what the test says."""

    folder: Path
    environment: dict[str, str]
    monkeypatch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[str]
    started: list[Running] = field(default_factory=list)

    def __call__(self, *arguments: object, given: str | bytes = "", **variables: str) -> Done:
        """Carry out one command; `given` is its standard input."""
        words = given.encode() if isinstance(given, str) else given
        self.captured.readouterr()
        with self.monkeypatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(words), encoding="utf-8"))
            for name, value in (self.environment | variables).items():
                patch.setenv(name, value)
            code = carry_out([str(argument) for argument in arguments])
        said, told = self.captured.readouterr()
        return subprocess.CompletedProcess([str(argument) for argument in arguments], code, said, told)

    def start(self, *arguments: object, **variables: str) -> Running:
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
        self.started.append(Running(process))
        return self.started[-1]

    def stop(self) -> None:
        for running in self.started:
            running.kill()
            running.end()


@pytest.fixture
def _as_they_were() -> Iterator[None]:
    """A command configures the logs of its process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def office(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    _as_they_were: None,
) -> Iterator[Office]:
    """The program, on a database of its own and in a folder of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    variables = bare_environment(OFFICE_DATABASE_URL=database_url)
    program = Office(folder, variables, monkeypatch, capfd)
    yield program
    program.stop()


@pytest.fixture
def offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], _as_they_were: None
) -> Iterator[Office]:
    """The program without a database: for what needs none, or must do without."""
    variables = bare_environment(OFFICE_DATABASE_URL="postgresql://office:sesame@127.0.0.1:1/office")
    program = Office(tmp_path, variables, monkeypatch, capfd)
    yield program
    program.stop()


def bare_environment(**variables: str) -> dict[str, str]:
    """No settings of whoever runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "OFFICE_HOME") if name in os.environ}  # noqa: TID251
    return kept | {"PYTHONUTF8": "1"} | variables


def one_line(text: str) -> str:
    """The only line of a message to a person, which never is a traceback."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("office: "), text
    return lines[0]


def story(done: Done) -> str:
    """Everything a command said, for messages of failed tests."""
    return f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
