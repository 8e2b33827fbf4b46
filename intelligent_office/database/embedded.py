"""The embedded PostgreSQL: started by the first process that needs it, stopped by the last one that leaves.

Every process that uses the server shares a lock on `holders.lock`. Whoever leaves and can have that lock alone is the
last one. The system drops the lock of a killed process, so that nobody is waited for in vain.
"""

import atexit
import hashlib
import math
import os
import shlex
import shutil
import socket
import tempfile
import threading
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from psycopg.conninfo import make_conninfo

from intelligent_office.database.locks import FileLock
from intelligent_office.database.programs import Programs, closed_to, find_programs
from intelligent_office.errors import InvalidSetting, OfficeError, Unavailable

START_SECONDS = 60.0
"""Long enough for the recovery after a power failure."""
STOP_SECONDS = 60.0
CONNECT_SECONDS = 30
"""A server of the same machine that says that it is ready is no slower than the machine: worth some patience."""
_PAUSE = 0.005
_LAUNCHES = 2
_ORPHANED = "is still in use"
"""What it says as long as the workers of a server that was killed have not gone: worth another launch."""
_LAST_WORDS_SECONDS = 1.0
"""A launched server that has said something, and is not seen for so long, has failed."""
_SILENCE_SECONDS = 20.0
"""One that has said nothing may be slow; after so long it has failed, too."""
_SOCKET_PATH_BYTES = 103
"""The longest path of a socket on every system (104 with its end on macOS, 108 on Linux)."""

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "wal_level": "minimal",  # nobody replicates an embedded server
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "256MB",
    "io_method": "sync",  # the default keeps three processes for reading ahead in large tables
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # statements hold what users wrote
    "log_checkpoints": "off",
}
"""Durability stays as PostgreSQL has it: `fsync`, `full_page_writes`, `synchronous_commit` are on."""


class EmbeddedServer:
    """One process's hold on the server of a home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().absolute()
        self.data = self.home / "postgres"
        self._log = self.data / "server.log"
        self._holders = FileLock(self.home / "holders.lock")
        self._busy = threading.RLock()

    def start(self) -> str:
        """Start the server unless it runs, and hold it; calling again only looks whether it still runs.

        Returns:
            the connection string of its database.

        Raises:
            InvalidSetting: the home folder cannot be used.
            Unavailable: the server does not start.
        """
        with self._busy:
            try:
                return self._hold()
            except OSError as failure:
                self._leave()
                reason = f"{failure.strerror}: {failure.filename}"
                raise InvalidSetting(name="OFFICE_HOME", reason=reason) from None
            except OfficeError:
                self._leave()
                raise

    def stop(self) -> None:
        """Let go of the server; the last one to do so stops it."""
        with self._busy:
            if not self._holders.held:
                return
            atexit.unregister(self._leave)
            try:
                with self._change():
                    if self._holders.seize():
                        self._shut_down()
            finally:
                self._holders.release()

    def _hold(self) -> str:
        if not self._holders.held:
            self._make_home()
            self._holders.share(seconds=STOP_SECONDS)
            atexit.register(self._leave)
        if address := self._address():
            return address
        with self._change():
            return self._address() or self._launch()

    def _change(self) -> AbstractContextManager[None]:
        """Only one process at a time starts or stops the server."""
        return FileLock(self.home / "change.lock").alone(seconds=START_SECONDS)

    def _leave(self) -> None:
        with suppress(OfficeError, OSError):  # nobody is left to be told
            self.stop()

    def _make_home(self) -> None:
        """Make the home folder; as root, so that the server's own user can enter it."""
        mode = 0o755 if os.geteuid() == 0 else 0o700
        missing = [folder for folder in (self.home, *self.home.parents) if not folder.exists()]
        for folder in reversed(missing):
            with suppress(FileExistsError):
                folder.mkdir()
                folder.chmod(mode)

    def _address(self) -> str | None:
        """The connection string of the running server; None if it does not accept connections."""
        lines = self._state_file_lines()
        if len(lines) < 8 or lines[7].strip() != "ready" or not self._serves(int(lines[0])):
            return None  # the socket of a server that was just killed answers a moment longer than it lives
        folder, port = lines[4], lines[3]
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(f"{folder}/.s.PGSQL.{port}")
            except OSError:
                return None
        return make_conninfo(
            host=folder, port=port, user="postgres", dbname="postgres", connect_timeout=CONNECT_SECONDS
        )

    def _launch(self) -> str:
        programs = find_programs(self.home)
        if programs.user and (folder := closed_to(programs.user, self.home)):
            reason = (
                f"the embedded PostgreSQL does not run as root but as the user {programs.user.pw_name}, who may not "
                f"enter {folder}. Choose another folder, such as /var/lib/intelligent-office, or open this one"
            )
            raise InvalidSetting(name="OFFICE_HOME", reason=reason)
        if not self.data.exists():
            self._initialise(programs)
        self._check_version(programs)
        return self._await_address(programs)

    def _initialise(self, programs: Programs) -> None:
        """Make the data folder, all of it or nothing."""
        unfinished = self.data.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        programs.give(unfinished)
        settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
        programs.run(
            "initdb", "--username=postgres", "--auth=trust", *locale, *settings, data=unfinished, seconds=START_SECONDS
        )
        unfinished.rename(self.data)

    def _check_version(self, programs: Programs) -> None:
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != programs.version:
            reason = (
                f"{self.data} was made by PostgreSQL {version}, and this installation brings {programs.version}: "
                "move the folder away, or install the version of the office that made it"
            )
            raise Unavailable(part="the embedded database", reason=reason)

    def _await_address(self, programs: Programs) -> str:
        """Launch the server unless it is on its way up, and wait until it accepts connections."""
        deadline, launches, launched_at, said = time.monotonic() + START_SECONDS, 0, -math.inf, 0
        while time.monotonic() < deadline:
            if address := self._address():
                return address
            patience = _LAST_WORDS_SECONDS if self._said() > said else _SILENCE_SECONDS
            if not self._runs() and time.monotonic() > launched_at + patience:
                if launches >= _LAUNCHES and _ORPHANED not in self._last_words():
                    break
                said = self._start_program(programs)
                launches, launched_at = launches + 1, time.monotonic()
            time.sleep(_PAUSE)
        raise Unavailable(part="the embedded database", reason=f"it does not start: {self._last_words()}")

    def _start_program(self, programs: Programs) -> int:
        """Launch the server; how much had been said before."""
        self._remove_stale_state()
        said = self._said()
        if said > 1_000_000:
            self._log.replace(self._log.with_suffix(".old.log"))
            said = 0
        # The server reads this option as a list of quoted names, and it passes through a shell.
        sockets = '"' + str(self._socket_folder(programs)).replace('"', '""') + '"'
        options = f"-k {shlex.quote(sockets)}"
        programs.run(
            "pg_ctl", "start", "-W", "-l", self._log.name, "-o", options, data=self.data, seconds=START_SECONDS
        )
        return said

    def _shut_down(self) -> None:
        if not self._runs():
            return
        lines = self._state_file_lines()
        pid, sockets = int(lines[0]), self._sockets(lines)
        programs = find_programs(self.home)
        programs.run("pg_ctl", "stop", "-W", "-m", "fast", data=self.data, seconds=STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while self._serves(pid) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        if sockets != self.data:
            with suppress(OSError):
                sockets.rmdir()

    def _runs(self) -> bool:
        """Whether a server works on the data folder, be it on its way up or down."""
        lines = self._state_file_lines()
        return bool(lines) and self._serves(int(lines[0]))

    def _serves(self, pid: int) -> bool:
        """Whether that process is our server, and not one that was given the number of a dead server."""
        if Path("/proc/self/cwd").exists():
            with suppress(OSError):
                return Path(f"/proc/{pid}/cwd").samefile(self.data)
            return False
        return _exists(pid)

    def _remove_stale_state(self) -> None:
        """Remove the state file of a dead server whose number belongs to another process by now.

        PostgreSQL would take that process for a server; the same numbers come again when a container starts again.
        """
        lines = self._state_file_lines()
        if lines and _exists(int(lines[0])) and not self._serves(int(lines[0])):
            for folder in {self.data, self._sockets(lines)}:
                for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
                    (folder / name).unlink(missing_ok=True)

    def _socket_folder(self, programs: Programs) -> Path:
        """The data folder, which is private, or another private folder if its path does not do."""
        if _takes_socket(self.data):
            return self.data
        name = f"office-{programs.uid}-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]}"
        for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - the folder in it is ours alone, or refused
            folder = parent / name
            if _takes_socket(folder):
                with suppress(FileExistsError):
                    folder.mkdir(0o700)
                    programs.give(folder)
                status = folder.lstat()
                if status.st_uid == programs.uid and status.st_mode & 0o077 == 0:
                    return folder
        raise InvalidSetting(name="OFFICE_HOME", reason=f"there is no place for the socket of {self.home}")

    def _state_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _sockets(self, lines: list[str]) -> Path:
        return Path(lines[4]) if len(lines) > 4 and lines[4] else self.data

    def _said(self) -> int:
        """How much servers of this folder have said so far, in bytes."""
        with suppress(OSError):
            return self._log.stat().st_size
        return 0

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = self._log.read_text(errors="replace").splitlines()
            told = [line for line in lines if "FATAL:" in line or "PANIC:" in line] or lines
            if told:
                return told[-1]
        return f"it said nothing within {START_SECONDS:g} seconds"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _takes_socket(folder: Path) -> bool:
    """Whether the path is short enough; a client would take a comma in it for the end of a host."""
    return len(os.fsencode(folder / ".s.PGSQL.5432")) <= _SOCKET_PATH_BYTES and "," not in str(folder)
