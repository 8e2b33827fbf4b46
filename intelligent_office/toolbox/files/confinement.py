"""Where a path may lead, and opening it so that no link, swapped in at the last moment, leads elsewhere.

A path is first resolved, links and `..` included, and must end inside the working folder or, for reading, inside one
of the other allowed folders. What is then opened is the resolved path, one component after the other from the allowed
folder's own descriptor, following no link at all.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from intelligent_office.bounds import forbids
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope

ENVIRONMENT = ".env"
_OF_THE_KERNEL = ("/proc", "/sys")
"""They show the environments of processes, and some of them never end; a working folder may be `/`."""
_LONGEST = 4_096
_ELSEWHERE = re.compile(r"~(/|$)|[A-Za-z]:[\\/]|[A-Za-z][A-Za-z0-9+.-]+://")
"""A home, a drive or a server: as a path it would name a folder that is called `~`, `C:` or `https:`."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True)
class Place:
    """A resolved path inside an allowed folder."""

    root: Path
    """The allowed folder; it holds no links."""
    parts: tuple[str, ...]
    """The way from there; empty for the folder itself."""
    shown: str
    """The path as people should see it."""
    private: tuple[Path, ...] = ()
    """What no tool opens, resolved: files and folders of the office itself."""

    @property
    def path(self) -> Path:
        return self.root.joinpath(*self.parts)

    def inside(self, *parts: str) -> "Place":
        """The place further in; no part may be a link."""
        if not parts:
            return self
        shown = "/".join(parts) if self.shown == "." else "/".join((self.shown.rstrip("/"), *parts))
        return Place(self.root, (*self.parts, *parts), shown, self.private)


def locate(path: str, scope: ToolScope, *, writing: bool = False) -> Place:
    """Where the path leads.

    Raises:
        ToolError: outside of every folder that is allowed for this, or the office's own.
    """
    if fault := _fault(path):
        raise ToolError(reason=fault)
    if forbids(scope.bounds, path, writing=writing):
        raise ToolError(reason=f"`{path[:200]}` was not granted to this call, to {'write' if writing else 'read'}.")
    folder = Path(os.path.realpath(scope.folder))
    if not folder.is_dir():
        raise ToolError(reason=f"The working folder `{scope.folder}` does not exist; choose one with `--folder`.")
    try:
        target = Path(os.path.realpath(folder / path))
    except OSError as failure:
        raise ToolError(reason=f"`{path[:200]}` is no usable path: {failure.strerror}.") from None
    allowed = [folder] if writing else [folder, *(Path(os.path.realpath(root)) for root in scope.roots)]
    for root in allowed:
        if target.is_relative_to(root):
            shown = target.relative_to(folder) if target.is_relative_to(folder) else target
            private = tuple(Path(os.path.realpath(path)) for path in scope.private)
            place = Place(root, target.relative_to(root).parts, str(shown), private)
            refuse_private(place)
            return place
    how = "files are written there only" if writing else "OFFICE_ROOTS allows reading in other folders"
    raise ToolError(
        reason=f"`{path[:200]}` leads out of the working folder `{folder}`; {how}. Choose another one with `--folder`."
    )


def refuse_private(place: Place) -> None:
    """Let nothing pass that opens the office to whoever reads it: who may hand in tasks need not be its operator.

    A `.env` is refused wherever it lies: that of a server in another folder is not known here.

    Raises:
        ToolError: it is such a file or folder.
    """
    if ENVIRONMENT in place.path.parts[-1:]:
        raise ToolError(reason=f"`{place.shown}` is not opened: files of that name hold settings and secrets.")
    if any(place.path.is_relative_to(kernel) for kernel in _OF_THE_KERNEL):
        raise ToolError(reason=f"`{place.shown}` is not opened: it is no file but a word of the system about itself.")
    if any(place.path.is_relative_to(private) for private in place.private):
        raise ToolError(reason=f"`{place.shown}` is not opened: the office keeps its own things there.")


def _fault(path: str) -> str | None:
    if not path.strip():
        return "The path is empty."
    if "\0" in path:
        return "A path cannot hold a NUL character."
    if _ELSEWHERE.match(path.strip()):
        return (
            f"`{path[:200]}` is no path here, where no homes, drives and URLs are; name it from the working folder on."
        )
    return f"The path has {len(path)} characters; {_LONGEST} are the most." if len(path) > _LONGEST else None


@contextmanager
def opened_folder(root: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """A descriptor of the folder, reached without following a link."""
    descriptor = os.open(root, _FOLDER)
    try:
        for part in parts:
            inner = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def is_folder(place: Place) -> bool:
    """Whether a folder is there; anything else may still be missing or no regular file."""
    try:
        with opened_folder(place.root, place.parts):
            return True
    except NotADirectoryError:
        return False


@contextmanager
def opened_file(place: Place) -> Iterator[BinaryIO]:
    """The file, open for reading. Pipes, devices and sockets are refused and never waited for."""
    refuse_private(place)
    if not place.parts:
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    with opened_folder(place.root, place.parts[:-1]) as folder:
        refuse_irregular(os.stat(place.parts[-1], dir_fd=folder, follow_symlinks=False), place)
        descriptor = os.open(place.parts[-1], _FILE, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        refuse_irregular(os.fstat(descriptor), place)
        yield file


def refuse_irregular(status: os.stat_result, place: Place) -> None:
    """Let nothing but a regular file pass."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise ToolError(reason=f"`{place.shown}` is no regular file but {_kind(status.st_mode)}; it is not opened.")


@contextmanager
def told(place: Place) -> Iterator[None]:
    """Turn what the operating system says of a place into words."""
    try:
        yield
    except OSError as failure:
        raise ToolError(reason=f"`{place.shown}` {_reason(failure, place)}.") from None


def _reason(failure: OSError, place: Place) -> str:
    if isinstance(failure, FileNotFoundError):
        near = get_close_matches(place.path.name, _names(place), n=3)
        return "does not exist" + (f"; near it {_are(near)} {', '.join(f'`{name}`' for name in near)}" if near else "")
    reasons = {
        errno.EISDIR: "is a folder",
        errno.ENOTDIR: "is not a folder, or leads through something that is none",
        errno.ELOOP: "is a link that leads nowhere, or was changed while it was being opened",
        errno.EACCES: "is not accessible: permission denied",
        errno.EPERM: "is not accessible: permission denied",
        errno.EROFS: "cannot be written: the file system is read-only",
        errno.ENOSPC: "cannot be written: the disk is full; nothing was changed",
        errno.ENXIO: "is a pipe or a socket; it is not opened",
        errno.ENAMETOOLONG: "has too long a name",
    }
    return reasons.get(failure.errno or 0, f"cannot be used: {failure.strerror or failure}")


def _names(place: Place) -> list[str]:
    try:
        with opened_folder(place.root, place.parts[:-1]) as folder:
            return os.listdir(folder)  # noqa: PTH208  # pathlib takes no descriptor
    except OSError:
        return []


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFLNK: "a link",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")
