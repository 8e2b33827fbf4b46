"""A control group for each run, where the office has been given a place for them: see cgroups(7), version 2.

The kernel then counts what all processes of a run hold together, the files in their folder, their sockets and its own
memory for them included. A group that nobody has given to the office is left alone, also by root: version 1 knows no
such gift, and is not used.
"""

import os
import sys
import threading
from contextlib import suppress
from itertools import count
from pathlib import Path

from intelligent_office.sandbox.owners import is_gone, owner
from intelligent_office.sandbox.runs import MEGABYTE, Limits

_NAME = "office-sandbox_"
_CONTROLLERS = frozenset({"memory", "pids"})
_GIFTS = ("user.delegate", "trusted.delegate")
"""Attributes of a group that systemd has given away (`Delegate=`); the second is seen by root alone."""
_OWN_BYTES, _OWN_PROCESSES = 64 * MEGABYTE, 8
"""For bubblewrap and process 1, which are in the group, too."""
_numbers = count()
"""Of this process, whose groups may be made by several threads and for several reasons at once."""


class Cgroup:
    """The group of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entering(self, command: list[str]) -> list[str]:
        """The command, which goes into the group before it does anything: so do all that it starts."""
        return ["/bin/sh", "-c", 'echo 0 > "$0" && exec "$@"', str(self._folder / "cgroup.procs"), *command]

    def limit(self, limits: Limits) -> None:
        """What all processes of the run may have together. The folder of the run is memory, too."""
        memory = limits.memory_bytes + limits.disk_bytes + _OWN_BYTES
        most = {"memory.max": memory, "memory.swap.max": 0, "pids.max": limits.processes + _OWN_PROCESSES}
        for name, number in most.items():
            with suppress(FileNotFoundError):  # a machine without swap has no limit of it
                _write(self._folder / name, str(number))

    def peak(self) -> int:
        """Bytes that were held at once; 0 where the kernel does not tell (before Linux 5.19)."""
        try:
            return int((self._folder / "memory.peak").read_text(encoding="ascii"))
        except OSError:
            return 0

    def was_short_of_memory(self) -> bool:
        """Whether the kernel has ended a process for want of it."""
        try:
            told = (self._folder / "memory.events").read_text(encoding="ascii").split()
        except OSError:
            return False
        return dict(zip(told[::2], told[1::2], strict=False)).get("oom_kill", "0") != "0"

    def close(self) -> bool:
        """End what is in it, and remove it; False as long as the kernel is busy with ending."""
        with suppress(OSError):
            _write(self._folder / "cgroup.kill", "1")  # from Linux 5.14 on; before, process 1 has ended all by itself
        with suppress(OSError):
            self._folder.rmdir()
        return not self._folder.exists()


class Cgroups:
    """The groups of this process, in one place."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._alone = threading.Lock()
        self._left: list[Cgroup] = []
        self._name = f"{_NAME}{owner().replace('/', '_')}_"

    def new(self) -> Cgroup:
        """A group for one run.

        Raises:
            OSError: the place is not ours any more.
        """
        self._tidy()
        folder = self._base / f"{self._name}{next(_numbers)}"
        folder.mkdir()
        return Cgroup(folder)

    def end(self, group: Cgroup) -> None:
        """Remove it now or, if the kernel is not done with its processes yet, when the next one is made."""
        with self._alone:
            self._left.append(group)
        self._tidy()

    def sweep(self) -> None:
        """Remove what offices that are gone have left."""
        for folder in self._base.glob(f"{_NAME}*"):
            if is_gone(folder.name.removeprefix(_NAME).rpartition("_")[0].replace("_", "/")):
                Cgroup(folder).close()

    def _tidy(self) -> None:
        with self._alone:
            self._left = [group for group in self._left if not group.close()]


def place(proc: Path = Path("/proc/self")) -> tuple[Path | None, str]:
    """Where the office may make groups; or nowhere, and why.

    A service of systemd is given its group by `Delegate=memory pids`, and stands in a group below it by
    `DelegateSubgroup=`: one that holds processes itself cannot limit groups below it.
    """
    if sys.platform != "linux":
        return None, "control groups are there on Linux only"
    own = next((line[3:] for line in _lines(proc / "cgroup") if line.startswith("0::")), "")
    mount = next((line.split()[4] for line in _lines(proc / "mountinfo") if " - cgroup2 " in line), "")
    if not own or not mount:
        return None, "this machine has no control groups of version 2"
    base = Path(mount, own.lstrip("/")).parent
    if own == "/" or not any(_gift(base, name) for name in _GIFTS):
        return None, "the office has been given none (systemd: Delegate=memory pids, DelegateSubgroup=office)"
    try:
        offered = set((base / "cgroup.controllers").read_text(encoding="ascii").split())
        given = base / "cgroup.subtree_control"
        if missing := sorted(_CONTROLLERS - offered):
            return None, f"its control group has no limit of {' and '.join(missing)}"
        if not set(given.read_text(encoding="ascii").split()) >= _CONTROLLERS:
            _write(given, " ".join(f"+{name}" for name in sorted(_CONTROLLERS)))
        trial = Cgroups(base).new()
    except OSError as failure:
        return None, f"its control group cannot be used: {failure.strerror}"
    trial.close()
    return base, ""


def _gift(base: Path, name: str) -> bool:
    try:
        return os.getxattr(base, name) == b"1"
    except OSError:
        return False


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _write(path: Path, text: str) -> None:
    with path.open("r+", encoding="ascii") as file:  # never makes a file
        file.write(text)
