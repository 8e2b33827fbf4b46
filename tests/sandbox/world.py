"""What stands outside of a sandbox while programs try to get at it, and how it is after they have tried."""

import secrets
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from intelligent_office.sandbox.seccomp import NUMBERS

KNOWN_PLACES = ("/", "/proc", "/sys", "/dev", "/etc", "/usr", "/tmp", "/work")
"""Where attempts mount and unmount. Elsewhere others may do so meanwhile: a container starts, a disk is put in."""


@dataclass
class World:
    """Secrets, a process, listeners and a folder."""

    folder: Path
    secret: str = field(default_factory=lambda: f"secret-{secrets.token_hex(16)}")

    def __post_init__(self) -> None:
        self.folder.chmod(0o777)
        for name, mode in {"private": 0o600, "public": 0o644}.items():
            (self.folder / name).write_text(self.secret)
            (self.folder / name).chmod(mode)
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()", self.secret], stdin=subprocess.PIPE
        )
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(self.folder / "socket"))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0{self.secret}-socket")
        for listener in (self.tcp, self.unix, self.abstract):
            listener.listen()
        for listener in (self.tcp, self.udp, self.unix, self.abstract):
            listener.setblocking(False)
        self.before = self._look()

    @property
    def names(self) -> dict[str, object]:
        """What the codes of attempts are filled in with."""
        return {
            "secret": self.secret,
            "secret_file": self.folder / "private",
            "public_file": self.folder / "public",
            "outside": self.folder,
            "process": self.process.pid,
            "tcp_port": self.tcp.getsockname()[1],
            "udp_port": self.udp.getsockname()[1],
            "unix_socket": self.folder / "socket",
            "abstract_socket": f"{self.secret}-socket",
            **NUMBERS,
        }

    def harm(self) -> list[str]:
        """What is no longer as it was; connections that came in."""
        found = [f"{name} is not as it was" for name, was in self.before.items() if self._look()[name] != was]
        for listener in (self.tcp, self.unix, self.abstract):
            with suppress(BlockingIOError):
                listener.accept()[0].close()
                found.append(f"a connection to {listener.getsockname()!r}")
        with suppress(BlockingIOError):
            found.append(f"a message {self.udp.recv(100)!r}")
        return found

    def close(self) -> None:
        for listener in (self.tcp, self.udp, self.unix, self.abstract):
            listener.close()
        self.process.communicate()

    def _look(self) -> dict[str, object]:
        return {
            "the process": self.process.poll(),
            "the folder": {path.name: path.stat().st_mode for path in self.folder.iterdir()},
            "the secret": (self.folder / "private").read_text() == (self.folder / "public").read_text() == self.secret,
            "the host's name": socket.gethostname(),
            "the system": [
                Path(name, "harm").exists() for name in ("/", "/usr", "/etc", "/dev", "/dev/shm", "/var/tmp")
            ],
            "mounts": [
                line for line in Path("/proc/self/mounts").read_text().splitlines() if line.split()[1] in KNOWN_PLACES
            ],
            "core files": Path("/proc/sys/kernel/core_pattern").read_text(),
        }


def processes_below(parent: int) -> dict[int, str]:
    """The command lines of all processes that descend from one, itself not among them, by number."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    below = {parent}
    while found := {pid for pid, its in parents.items() if its in below} - below:
        below |= found
    return {pid: told for pid in below - {parent} if (told := _command(pid))}


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:1000]
    except OSError:
        return ""
