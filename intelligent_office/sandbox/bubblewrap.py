"""The default back end on Linux: name spaces by bubblewrap, a filter of system calls, nothing of the host to write to.

Set up by root, process 1 gives up every right and becomes a user nobody else is, of a number that belongs to this run;
set up by anybody else, it runs in a user name space of its own.
"""

import asyncio
import binascii
import marshal
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from itertools import count
from pathlib import Path

from intelligent_office.errors import Unavailable
from intelligent_office.sandbox.cgroups import Cgroup, Cgroups, place
from intelligent_office.sandbox.driving import Driven, Hands, drive, kill, started
from intelligent_office.sandbox.owners import is_gone, owner
from intelligent_office.sandbox.reports import SUPERVISOR, cap_of, deadline_of, ended, feed_of
from intelligent_office.sandbox.runs import MEGABYTE, Ended, Job, Limits
from intelligent_office.sandbox.seccomp import program
from intelligent_office.sandbox.waiting import SetUp, Waiting

_DEVICES = ("null", "full", "random", "urandom")
"""Without `zero`: to map it is to have shared memory that no limit counts."""
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64")
_HIDDEN = (
    "cmdline",
    "interrupts",
    "kallsyms",
    "kcore",
    "key-users",
    "keys",
    "latency_stats",
    "sched_debug",
    "timer_list",
)
"""What `/proc` tells of the machine, where it is set up carelessly, and of the keys of whoever started the office."""
_FIRST_USER, _USERS = 0x70000000, 1 << 16
"""Beyond the numbers that people, services and containers are given."""
_ENVIRONMENT = {"HOME": "/work", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "TMPDIR": "/work", "TZ": "UTC"}
_OWNER = "OFFICE_SANDBOX_OF"
"""Of bubblewrap's own environment: which office process has started it. No program sees it."""
_PROBE_SECONDS = 60.0


class Bubblewrap:
    """Runs each program in a bubblewrap of its own."""

    name = "bubblewrap"
    language = f"Python {platform.python_version()} with its standard library; nothing else is installed"

    def __init__(self, at_once: int | None = None, ready: int = 0) -> None:
        """Args:
        at_once: how many may run at the same time; the others wait. As many as there are processors.
        ready: how many to keep set up for runs to come, from the first run on.
        """
        self._hands = Hands(at_once or max(2, os.cpu_count() or 2))
        self._users = _user_numbers()
        self._supervisor = ("-c", _compiled(SUPERVISOR))
        self._waiting = Waiting(ready)

    def fault(self) -> str:
        """Why it cannot be used here; empty if it can. Starts one, which takes some hundredths of a second.

        Ends what an office has left that was killed while bubblewrap set a sandbox up.
        """
        if sys.platform != "linux":
            return "bubblewrap works on Linux only"
        sweep()
        if shutil.which("bwrap") is None:
            return "the program bwrap is not installed (Debian, Ubuntu, Fedora: the package bubblewrap)"
        if program(platform.machine()) is None:
            return f"its filter of system calls does not know the processor {platform.machine()}"
        idle, never = os.pipe()
        try:
            probe = _started(("-c", "print(end='started')"), Limits.disk_bytes)
            driven = drive(probe, feed=b"", seconds=_PROBE_SECONDS, cap=MEGABYTE, stop=idle)
        except OSError as failure:
            return f"it does not start: {failure.strerror}"
        finally:
            os.close(idle)
            os.close(never)
        if driven.report != b"started":
            return f"it does not start: {driven.complaints or 'no answer'}"
        return ""

    async def run(self, job: Job) -> Ended:
        """Run the program; see `Sandbox`."""
        began = time.perf_counter()
        feed = feed_of(job, user=next(self._users) if os.geteuid() == 0 else 0)
        limits = job.limits

        def work(stop: int) -> Driven:
            ready = self._waiting.take() if limits.disk_bytes == Limits.disk_bytes else None
            self._hands.later(lambda: self._waiting.fill(self._set_up))
            return self._driven(ready or self._set_up(limits.disk_bytes), limits, feed, stop)

        try:
            driven = await self._hands.do(work)
        except OSError as failure:
            raise Unavailable(part="The sandbox bubblewrap", reason=failure.strerror or str(failure)) from None
        return ended(driven, job, time.perf_counter() - began, self.name)

    async def close(self) -> None:
        """End what is kept ready."""
        await asyncio.to_thread(self._waiting.close)

    @cached_property
    def _groups(self) -> Cgroups | None:
        base, _ = place()
        groups = Cgroups(base) if base else None
        if groups:
            groups.sweep()
        return groups

    def _set_up(self, disk_bytes: int = Limits.disk_bytes) -> SetUp:
        group = self._groups.new() if self._groups else None
        try:
            return SetUp(_started(self._supervisor, disk_bytes, group), group)
        except OSError:
            if group:
                group.close()
            raise

    def _driven(self, walls: SetUp, limits: Limits, feed: bytes, stop: int) -> Driven:
        group = walls.group
        if group is None or self._groups is None:
            return _fed(walls, limits, feed, stop)
        with walls.process:
            try:
                group.limit(limits)
                driven = _fed(walls, limits, feed, stop)
                return replace(driven, short_of_memory=group.was_short_of_memory(), peak_bytes=group.peak())
            finally:
                kill(walls.process)
                self._groups.end(group)


def sweep() -> None:
    """End what offices that are gone have left: bubblewrap's child, if it waits for a parent that was killed just then.

    No program runs in it yet.
    """
    mark = f"{_OWNER}=".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or is another's
            told = next((each for each in environment.read_bytes().split(b"\0") if each.startswith(mark)), b"")
            if is_gone(told.removeprefix(mark).decode("utf-8", "replace")):
                os.kill(int(environment.parent.name), signal.SIGKILL)


def _fed(walls: SetUp, limits: Limits, feed: bytes, stop: int) -> Driven:
    return drive(walls.process, feed=feed, seconds=deadline_of(limits), cap=cap_of(limits), stop=stop)


def _started(arguments: Sequence[str], disk_bytes: int, group: Cgroup | None = None) -> "subprocess.Popen[bytes]":
    """Python in a sandbox of its own: the size of its folder is all that is settled before its job comes."""
    with _filter() as descriptor:
        python = (str(_python()), "-I", "-S", "-B", "-X", "utf8")
        command = [*_command(disk_bytes, descriptor), *python, *arguments]
        command = group.entering(command) if group else command
        return started(command, environment={**_ENVIRONMENT, _OWNER: owner()}, inherited=(descriptor,))


@contextmanager
def _filter() -> Iterator[int]:
    """A descriptor to read the filter of system calls from."""
    source, sink = os.pipe()
    with os.fdopen(sink, "wb") as pipe:
        pipe.write(program(platform.machine()) or b"")  # smaller than a pipe holds
    try:
        yield source
    finally:
        os.close(source)


def _command(disk_bytes: int, seccomp: int) -> list[str]:
    root = os.geteuid() == 0
    command = [
        shutil.which("bwrap") or "bwrap",
        "--die-with-parent",
        "--new-session",
        "--as-pid-1",
        "--seccomp",
        str(seccomp),
    ]
    command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    command += ["--unsetenv", _OWNER, "--hostname", "sandbox", "--cap-drop", "ALL"]
    command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else ["--unshare-user"]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    python = Path(sys.base_prefix)
    for folder in (Path("/etc"), Path("/dev"), *reversed(python.parents[:-1])):
        if not folder.is_relative_to("/usr"):
            command += ["--perms", "0755", "--dir", str(folder)]
    command += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    if not python.is_relative_to("/usr"):
        command += ["--ro-bind", str(python), str(python)]
    for device in _DEVICES:
        command += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    command += ["--proc", "/proc"]
    for name in _HIDDEN:
        if Path("/proc", name).exists():
            command += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    command += ["--perms", "1777", "--size", str(disk_bytes), "--tmpfs", "/work"]
    return [*command, "--symlink", "/work", "/tmp", "--chdir", "/work", "--remount-ro", "/", "--"]  # noqa: S108


def _compiled(file: Path) -> str:
    """The file as a program that this Python, which is the sandbox's, too, need not translate at each start."""
    code = marshal.dumps(compile(file.read_text(encoding="utf-8"), file.name, "exec", dont_inherit=True, optimize=2))
    return f"import marshal, binascii\nexec(marshal.loads(binascii.a2b_base64({binascii.b2a_base64(code)!r})))"


def _python() -> Path:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return Path(sys.base_prefix, "bin", version).resolve()


def _user_numbers() -> Iterator[int]:
    """Different for the runs of this process, and as likely as not to be different from those of another."""
    first = int.from_bytes(os.urandom(2))
    return (_FIRST_USER + (first + number) % _USERS for number in count())
