"""The back end that works everywhere: an interpreter of a part of Python, in Rust, that can do only what it is given.

Each run has an interpreter process of its own; its files are in this process's memory, within a quota. What protects
the machine is the interpreter alone, and not the operating system.
"""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from intelligent_office.errors import Unavailable
from intelligent_office.sandbox.driving import Hands
from intelligent_office.sandbox.runs import MEGABYTE, Ended, Job, Limits, Stopped, Usage
from intelligent_office.sandbox.shared_end import SharedEnd
from intelligent_office.sandbox.shown import shown

if TYPE_CHECKING:  # a large library: only who runs a program waits for it
    from pydantic_monty import MontyError

    from intelligent_office.sandbox.memory_files import MemoryFolder

_FOLDER = PurePosixPath("/work")
_WRITTEN_BYTES = 8 * MEGABYTE
_MEMORY_BYTES = 128 * MEGABYTE
"""What a program prints, writes or ends with passes through this process, which needs some times as much for it."""
_START_SECONDS = 30.0
_GRACE_SECONDS = 1.0
"""How long after its time a program is killed that the interpreter has not ended: it does not count its own waiting."""
_CALLS = 10_000
_KILL = 9
_looking = threading.Lock()
_REACHED: dict[str, Stopped] = {
    "TimeoutError: feed time limit exceeded": "time",
    "MemoryError: memory limit exceeded": "memory",
    "MemoryError: the worker exceeded its memory limit": "memory",
}
"""How the interpreter tells of a limit."""
_WORDS = {"<python-input-0>": "program.py", "suspension limit": "limit of reads and writes of files:"}


class Monty:
    """Runs each program in an interpreter of its own."""

    name = "monty"
    language = (
        "A part of Python, with at most 128 MB of memory and 10 000 reads and writes of files: functions, loops, "
        "comprehensions, exceptions, async, plain classes and dataclasses, but no inheritance, no generators, no "
        "sys.exit; of the standard library asyncio, base64, collections, csv, dataclasses, datetime, decimal, "
        "functools, hashlib, itertools, json, math, os, pathlib, random, re, sys, time and typing, each in part; "
        "nothing else is installed"
    )

    def __init__(self, at_once: int | None = None) -> None:
        """Args:
        at_once: how many may run at the same time; the others wait. As many as there are processors.
        """
        self._end = SharedEnd()
        self._hands = Hands(at_once or max(2, os.cpu_count() or 2))

    def fault(self) -> str:
        """Why it cannot be used here; empty if it can."""
        return "" if find_spec("pydantic_monty") else "there is no package pydantic-monty for this machine"

    async def run(self, job: Job) -> Ended:
        """Run the program; see `Sandbox`."""
        from intelligent_office.sandbox.memory_files import MemoryFolder

        began = time.perf_counter()
        most = job.limits
        interpreter = _Interpreter()
        quota = min(_WRITTEN_BYTES, most.disk_bytes)
        folder = MemoryFolder(_FOLDER, job.files, quota, folders=most.inodes, sleep=interpreter.sleep)
        said = _Said(job.limits, interpreter.end)
        cpu_seconds, peak = await self._hands.do(
            lambda _: _interpret(job, folder, said, self._end, interpreter), given_up=interpreter.end
        )
        files, withheld = _handed_out(folder, job)
        usage = Usage(
            wall_seconds=round(time.perf_counter() - began, 6),
            cpu_seconds=cpu_seconds,
            peak_memory_bytes=peak,
            disk_bytes=folder.written,
            output_bytes=said.size,
        )
        return Ended(
            exit_code=int(said.failed or bool(said.stopped)),
            stopped=said.stopped,
            stdout=bytes(said.streams["stdout"]),
            stderr=bytes(said.streams["stderr"]),
            usage=usage,
            files=files,
            withheld=withheld,
        )

    async def close(self) -> None:
        """No interpreter is kept ready; who watches over them goes."""
        await asyncio.to_thread(self._end.close)


class _Interpreter:
    """The process of one run, once there is one; it can be ended from another thread while its own waits for it."""

    def __init__(self) -> None:
        self.used = (0.0, 0)
        """By one that was ended, until then."""
        self.overran = False
        self._alone = threading.Lock()
        self._pid = 0
        self._unwanted = threading.Event()

    @contextmanager
    def running(self, pid: int, seconds: float) -> Iterator[None]:
        """While this lasts, it has that number; see `SharedEnd.over`. It is ended after so many seconds."""
        alarm = threading.Timer(seconds, self._overrun)
        alarm.daemon = True  # nobody who leaves waits for it
        alarm.start()
        try:
            with self._alone:
                self._pid = pid
                self._end()
            yield
        finally:
            alarm.cancel()
            with self._alone:
                self._pid = 0

    def end(self) -> None:
        """Kill it, now or as soon as it is there."""
        with self._alone:
            self._unwanted.set()
            self._end()

    def sleep(self, seconds: float) -> None:
        """Wait in its place until it is ended: the library would wait on, but for 10 s at most."""
        self._unwanted.wait(min(seconds, threading.TIMEOUT_MAX))

    def _overrun(self) -> None:
        self.overran = True
        self.end()

    def _end(self) -> None:
        if self._unwanted.is_set() and self._pid:
            self.used = _used(self._pid)
            with suppress(ProcessLookupError):
                os.kill(self._pid, _KILL)
            self._pid = 0


def _interpret(
    job: Job, folder: "MemoryFolder", said: "_Said", end: SharedEnd, interpreter: _Interpreter
) -> tuple[float, int]:
    """Run the program to its end, or ours; seconds of processor time and bytes of memory that it used.

    By calls that block: those that do not are answered by a thread of the library's own, which brings the whole process
    down if it is still about to say so when Python ends.
    """
    from pydantic_monty import Monty as Pool
    from pydantic_monty import MontyCrashedError, MontyError, ResourceLimits

    seconds = job.limits.wall_seconds
    limits = ResourceLimits(
        max_feed_duration_secs=seconds,
        max_memory=min(_MEMORY_BYTES, job.limits.memory_bytes),
        max_suspensions=_CALLS,
    )
    try:
        with (
            Pool(
                max_processes=1,
                binary_path=_program(),
                request_timeout=_START_SECONDS + seconds,
                feed_duration_limit_grace=None,
            ) as pool,
            pool.checkout(script_name="program.py", limits=limits, os_policy={"sleep": "call_host"}) as session,
        ):
            pid = session.worker_pid
            assert pid, "an interpreter that was handed out has been started"
            with interpreter.running(pid, seconds + _GRACE_SECONDS), end.over(pid):
                try:
                    said.show(session.feed_run(job.code, print_callback=said, os=folder, cwd=str(_FOLDER)))
                except MontyCrashedError as gone:
                    said.stopped = said.stopped or ("time" if interpreter.overran else "")
                    if not said.stopped:  # otherwise it was ended by us
                        said.fail(gone)
                except MontyError as failure:
                    said.fail(failure)
                return max(interpreter.used, _used(pid))
    except (OSError, RuntimeError, MontyError) as broken:  # a RuntimeError where no process can be started
        raise Unavailable(part="The sandbox monty", reason=str(broken)) from None


def _program() -> str:
    """Where the interpreter is."""
    with _looking:  # `sysconfig` tells several who ask it first nonsense (until Python 3.12)
        return _found()


@cache
def _found() -> str:
    from pydantic_monty._binary import find_monty_binary  # it is not offered otherwise

    return find_monty_binary()


class _Said:
    """What the program prints, as far as it may, and how it failed."""

    def __init__(self, limits: Limits, enough: Callable[[], None]) -> None:
        """Args:
        limits: how much it may print.
        enough: ends the program, which would go on for as long as it likes without being heard.
        """
        self._most = limits.output_bytes
        self._enough = enough
        self.streams = {"stdout": bytearray(), "stderr": bytearray()}
        self.stopped: Stopped = ""
        self.failed = False

    @property
    def size(self) -> int:
        return sum(map(len, self.streams.values()))

    def __call__(self, stream: Literal["stdout", "stderr"], text: str) -> None:
        piece = text.encode("utf-8", "backslashreplace")
        room = self._most - self.size
        self.streams[stream] += piece[:room]
        if len(piece) > room:
            self.stopped = "output"
            self._enough()

    def show(self, value: Any) -> None:
        """What a last line on its own stands for, as at Python's prompt."""
        if value is None:
            return
        try:
            text = shown(value, self._most - self.size)
        except (ValueError, RecursionError) as failure:  # numbers of more digits than Python writes, lists in lists
            self.failed = True
            self._add("stderr", f"{type(failure).__name__}: {failure}\n")
        else:
            self._add("stdout", f"{text}\n")

    def fail(self, failure: "MontyError") -> None:
        self.failed = True
        reached = (why for told, why in _REACHED.items() if str(failure).startswith(told))
        self.stopped = self.stopped or next(reached, "")
        text = failure.display() if hasattr(failure, "display") else str(failure)
        for its, ours in _WORDS.items():
            text = text.replace(its, ours)
        self._add("stderr", text)

    def _add(self, stream: str, text: str) -> None:
        self.streams[stream] += text.encode("utf-8", "backslashreplace")[: max(0, self._most - self.size)]


def _handed_out(folder: "MemoryFolder", job: Job) -> tuple[dict[str, bytes], dict[str, str]]:
    files: dict[str, bytes] = {}
    withheld: dict[str, str] = {}
    room = job.limits.produced_bytes
    for path in job.wanted:
        if not folder.path_is_file(_FOLDER / path):
            withheld[path] = "is no regular file" if folder.path_exists(_FOLDER / path) else "was not written"
            continue
        content = folder.path_read_bytes(_FOLDER / path)
        room -= len(content)
        if room < 0:
            withheld[path] = "is too large to be handed out"
        else:
            files[path] = content
    return files, withheld


def _used(pid: int) -> tuple[float, int]:
    """Seconds of processor time and bytes of memory of a process, where the system tells (see proc(5))."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0, 0
    peak = next((int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")), 0)
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK"), peak
