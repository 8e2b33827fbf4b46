"""Runs the program that sets a sandbox up: feeds it, reads what it reports with a cap and a deadline, and ends it.

All of it happens in threads that live as long as the office: Linux ends a child whose parent *thread* is gone
(`PR_SET_PDEATHSIG`), which is what we want of a worker that is killed, and of nothing else.
"""

import asyncio
import errno
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

GRACE_SECONDS = 30.0
"""How long a sandbox may take to start and to report, beside its limit, before it is ended from outside."""
_DEATH_SECONDS = 30.0
_PIECE = 1 << 16
_COMPLAINTS = 4096


@dataclass(frozen=True)
class Driven:
    """What came out of a sandbox."""

    report: bytes
    complaints: str
    """What the program that sets it up wrote to its standard error."""
    overran: bool
    """It was ended from outside: too slow, or too much to say."""
    short_of_memory: bool = False
    """The kernel has ended one of its processes for want of it."""
    peak_bytes: int = 0
    """Of memory, as its control group has counted them; 0 without one."""


def started(
    command: Sequence[str], *, environment: Mapping[str, str] | None, inherited: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """A command that waits for what it is fed."""
    return subprocess.Popen(  # noqa: S603  # the command is ours
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env=None if environment is None else dict(environment),
        cwd="/",
        start_new_session=True,
        pass_fds=inherited,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """End what was started, and what it has started before it left its session.

    Bubblewrap's child asks to die with its parent only when that has told it to go on: alone, it would wait for ever.
    """
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def drive(process: subprocess.Popen[bytes], *, feed: bytes, seconds: float, cap: int, stop: int) -> Driven:
    """Run what was started to its end, its deadline, its cap, or until `stop` (a descriptor) can be read.

    Its standard input stays open until then: that it closes tells the sandbox that nobody waits any more.
    """
    deadline = time.monotonic() + seconds
    with process, selectors.DefaultSelector() as selector:
        exchange = _Exchange(process, selector, feed, cap)
        try:
            selector.register(stop, selectors.EVENT_READ, None)
            overran = not exchange.until(deadline)
        finally:
            kill(process)
            exchange.hang_up()
        exchange.until(time.monotonic() + _DEATH_SECONDS, heedless=True)
    complaints = bytes(exchange.complaints).decode("utf-8", "replace").strip()
    return Driven(bytes(exchange.report), complaints, overran)


class _Exchange:
    """The three pipes of a process, none of which can block."""

    def __init__(
        self, process: subprocess.Popen[bytes], selector: selectors.BaseSelector, feed: bytes, cap: int
    ) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self._selector = selector
        self._rest = memoryview(feed)
        self._cap = cap
        self._input = process.stdin
        self._output = process.stdout.fileno()
        self.report = bytearray()
        self.complaints = bytearray()
        for pipe, events, answer in (
            (process.stdin.fileno(), selectors.EVENT_WRITE, self._write),
            (self._output, selectors.EVENT_READ, self._read),
            (process.stderr.fileno(), selectors.EVENT_READ, self._hear),
        ):
            os.set_blocking(pipe, False)
            selector.register(pipe, events, answer)

    def until(self, deadline: float, *, heedless: bool = False) -> bool:
        """Whether the report ended by itself; `heedless` waits for that end and for nothing else."""
        while self._output in self._selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0 or (len(self.report) > self._cap and not heedless):
                return False
            for key, _ in self._selector.select(left):
                if key.data:
                    key.data(key.fd)
                elif heedless:
                    self._selector.unregister(key.fd)
                else:
                    return False
        return True

    def hang_up(self) -> None:
        """Let the sandbox know that nobody waits any more."""
        if self._input.fileno() in self._selector.get_map():
            self._selector.unregister(self._input)
        self._input.close()

    def _write(self, pipe: int) -> None:
        try:
            self._rest = self._rest[os.write(pipe, self._rest[: 1 << 20]) :]
        except BrokenPipeError:
            self._rest = memoryview(b"")
        if not self._rest:
            self._selector.unregister(pipe)

    def _read(self, pipe: int) -> None:
        piece = os.read(pipe, _PIECE)
        if not piece:
            self._selector.unregister(pipe)
        elif len(self.report) <= self._cap:
            self.report += piece

    def _hear(self, pipe: int) -> None:
        piece = os.read(pipe, _PIECE)
        if not piece:
            self._selector.unregister(pipe)
        self.complaints += piece[: _COMPLAINTS - len(self.complaints)]


class Hands:
    """The threads that drive sandboxes; a run beyond their number waits for its turn."""

    def __init__(self, at_once: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="sandbox")

    def later(self, work: Callable[[], None]) -> None:
        """Have it done when a thread is free; nobody waits for it."""
        with suppress(RuntimeError):  # no further thread can be started: one that is there does it
            self._threads.submit(work)

    async def do(self, work: Callable[[int], T], given_up: Callable[[], None] = lambda: None) -> T:
        """Do the work in a thread; it is given a descriptor that can be read once nobody waits for it any more.

        Args:
            work: what to do.
            given_up: tells, too, that nobody waits, for work that cannot look at a descriptor.

        Raises:
            OSError: no thread can be started.
        """
        seen, told = os.pipe()

        def and_tidy() -> T:
            try:
                return work(seen)
            finally:
                os.close(seen)

        try:
            begun = self._threads.submit(and_tidy)
        except RuntimeError as refused:  # it stays in line: the next thread finds that nobody waits, and tidies
            os.close(told)
            raise OSError(errno.EAGAIN, str(refused)) from None
        done = asyncio.wrap_future(begun)
        try:
            return await asyncio.shield(done)
        finally:
            os.close(told)
            if begun.cancel():
                os.close(seen)
            elif not done.done():
                given_up()
                await asyncio.wait([done])
