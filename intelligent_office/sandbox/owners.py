"""Which office process has made what outlives it, so that another can clear it away once that process is gone."""

import os
from pathlib import Path


def owner(pid: int | None = None) -> str:
    """The machine since it was started and the space of process numbers; then the process, with when it was started.

    Args:
        pid: of this process, if it is not said.
    """
    pid = pid or os.getpid()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    space = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    try:
        started = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19]
    except OSError:
        started = "gone"
    return f"{boot}.{space}/{pid}-{started}"


def is_gone(name: str) -> bool:
    """Whether it names a process that could be looked for here, and is not there any more."""
    place, _, process = name.rpartition("/")
    pid = process.partition("-")[0]
    return pid.isdigit() and place == owner().rpartition("/")[0] and owner(int(pid)) != name
