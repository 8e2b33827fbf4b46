"""The job as process 1 of a sandbox reads it, and its report as the host believes it: as data, and no further."""

from pathlib import Path

from intelligent_office.errors import Unavailable
from intelligent_office.sandbox.driving import GRACE_SECONDS, Driven
from intelligent_office.sandbox.frames import packed, unpacked
from intelligent_office.sandbox.runs import Ended, Job, Limits, Stopped, Usage

SUPERVISOR = Path(__file__).with_name("inside.py")
_KNOWN: tuple[Stopped, ...] = ("time", "cpu", "memory", "processes", "files", "output")
_KILLED = -9


def feed_of(job: Job, *, user: int = 0, seccomp: bytes = b"") -> bytes:
    """What process 1 reads: it becomes that user, unless it is 0, and puts the filter in place, unless it is empty."""
    most = job.limits
    numbers = (
        user,
        float(most.wall_seconds),
        most.cpu_seconds,
        most.memory_bytes,
        most.processes,
        most.open_files,
        most.disk_bytes,
        most.inodes,
        most.output_bytes,
        most.produced_bytes,
    )
    files = [piece for path, content in job.files.items() for piece in (_bytes(path), content)]
    return packed(
        [
            " ".join(map(str, numbers)).encode(),
            seccomp,
            job.code.encode("utf-8", "surrogatepass"),
            str(len(job.files)).encode(),
            *files,
            str(len(job.wanted)).encode(),
            *map(_bytes, job.wanted),
        ]
    )


def cap_of(limits: Limits) -> int:
    """The longest report that can be meant honestly."""
    return limits.output_bytes + limits.produced_bytes + (1 << 20)


def deadline_of(limits: Limits, grace: float = GRACE_SECONDS) -> float:
    """Seconds after which a sandbox that does not keep its own time is ended."""
    return limits.wall_seconds + grace


def ended(driven: Driven, job: Job, seconds: float, sandbox: str) -> Ended:
    """What the report says.

    Raises:
        Unavailable: there is none, and nothing that the program did can be the reason.
    """
    pieces = unpacked(driven.report)
    if len(pieces) < 3:  # status, standard output, standard error
        if driven.overran or driven.short_of_memory:
            return _unreported(job, seconds, "memory" if driven.short_of_memory else "time")
        reason = driven.complaints or "it ended without a word"
        raise Unavailable(part=f"The sandbox {sandbox}", reason=reason)
    status, stdout, stderr, *left = pieces
    exit_code, stopped, cpu, peak, disk = _status(status)
    if exit_code and driven.short_of_memory:
        stopped = stopped or "memory"
    usage = Usage(
        wall_seconds=round(seconds, 6),
        cpu_seconds=cpu / 1_000_000,
        peak_memory_bytes=max(peak, driven.peak_bytes),
        disk_bytes=disk,
        output_bytes=len(stdout) + len(stderr),
    )
    files: dict[str, bytes] = {}
    withheld: dict[str, str] = dict.fromkeys(job.wanted, "was not handed out")
    for path, note, content in zip(left[::3], left[1::3], left[2::3], strict=False):
        name = path.decode("utf-8", "surrogateescape")
        if name in withheld and note:
            withheld[name] = note.decode("utf-8", "replace")[:200]
        elif withheld.pop(name, None):
            files[name] = content
    return Ended(
        exit_code=exit_code, stopped=stopped, stdout=stdout, stderr=stderr, usage=usage, files=files, withheld=withheld
    )


def _unreported(job: Job, seconds: float, stopped: Stopped) -> Ended:
    """Process 1 never came to say anything: it was kept from it until the time was up, or killed for want of memory."""
    usage = Usage(wall_seconds=round(seconds, 6), cpu_seconds=0.0, peak_memory_bytes=0, disk_bytes=0, output_bytes=0)
    withheld = dict.fromkeys(job.wanted, "was not handed out in time")
    return Ended(exit_code=_KILLED, stopped=stopped, stdout=b"", stderr=b"", usage=usage, withheld=withheld)


def _status(line: bytes) -> tuple[int, Stopped, int, int, int]:
    exit_code, stopped, cpu, peak, disk = line.decode("ascii", "replace").split()
    why: Stopped = next((known for known in _KNOWN if known == stopped), "")
    return (_KILLED if exit_code == "None" else int(exit_code)), why, int(cpu), int(peak), int(disk)


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")
