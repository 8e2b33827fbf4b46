"""What every back end is asked for, and what it answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol

MEGABYTE = 1 << 20
_LONGEST_SECONDS = 1_000_000
_LARGEST = 1 << 50
"""Of all other limits: each is a number that the kernel can count with."""
_LONGEST_PATH, _LONGEST_NAME = 1_000, 255
"""Bytes; Linux takes four times as much of a path, but folders within folders are made one by one."""
Stopped = Literal["", "time", "cpu", "memory", "processes", "files", "output"]
"""The limit that ended a run early; empty if none did."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may use.

    Raises:
        ValueError: a limit is not above 0, not finite or no number.
    """

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    """Of one process."""
    memory_bytes: int = 512 * MEGABYTE
    """Of each process's address space, and of the memory of all processes together."""
    processes: int = 32
    """Threads count, too."""
    open_files: int = 128
    """Of one process."""
    disk_bytes: int = 64 * MEGABYTE
    inodes: int = 4096
    output_bytes: int = MEGABYTE
    """Of standard output and standard error together."""
    produced_bytes: int = 16 * MEGABYTE
    """Of all files that are handed out together."""

    def __post_init__(self) -> None:
        for name, most in asdict(self).items():
            kinds, kind = ((int, float), "number") if name == "wall_seconds" else ((int,), "whole number")
            largest = _LONGEST_SECONDS if name.endswith("seconds") else _LARGEST
            if isinstance(most, bool) or not isinstance(most, kinds) or not 0 < most <= largest:
                raise ValueError(f"the limit `{name}` must be a {kind} above 0, {largest} at most; it is {most!r:.80}")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A Python program, what it finds in its folder, and what is wanted of what it leaves there.

    Raises:
        ValueError: what is given has no place in the folder, or a path is none.
    """

    code: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    """By relative path."""
    wanted: Sequence[str] = ()
    """Relative paths."""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        for path in (*self.files, *self.wanted):
            written = path.encode("utf-8", "surrogateescape")
            if (
                b"\0" in written
                or len(written) > _LONGEST_PATH
                or any(len(n) > _LONGEST_NAME for n in written.split(b"/"))
            ):
                raise ValueError(f"{path!r:.200} is no path: it has a NUL, or is too long")
        for path in self.files:
            names = path.split("/")
            if {"", ".", ".."} & {*names}:
                raise ValueError(f"{path!r:.200} is no path inside the folder of a program, such as `in/a.txt`")
            for end in range(1, len(names)):
                if (folder := "/".join(names[:end])) in self.files:
                    raise ValueError(f"{folder!r:.200} cannot be a file and the folder of {path!r:.200}")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a run has used."""

    wall_seconds: float
    """From asking to answer, the start of the sandbox included."""
    cpu_seconds: float
    peak_memory_bytes: int
    disk_bytes: int
    output_bytes: int


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended."""

    exit_code: int
    """Negative: the number of the signal that ended it."""
    stopped: Stopped
    stdout: bytes
    stderr: bytes
    usage: Usage
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What was wanted and is there."""
    withheld: Mapping[str, str] = field(default_factory=dict)
    """What was wanted and is not handed out, with the reason."""


class Sandbox(Protocol):
    """Runs one program at a time where it can do no harm, in as many places as the machine has room for."""

    name: str
    """`bubblewrap`, `docker` or `monty`."""
    language: str
    """What programs may be, in a sentence for planners."""

    async def run(self, job: Job) -> Ended:
        """Run the program. When the caller is cancelled, nothing of it is left.

        Raises:
            Unavailable: the sandbox itself could not be set up; the program has not been run.
        """
        ...

    async def close(self) -> None:
        """Let go of what is kept ready; a later run makes it anew."""
        ...
