"""Files written so that at every moment either the old content is there or the new one, whole."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from intelligent_office.errors import ToolError
from intelligent_office.toolbox.files.confinement import Place, refuse_irregular

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAMELESS = hasattr(os, "O_TMPFILE") and Path("/proc/self/fd").is_dir()
_END = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def write(place: Place, content: bytes) -> None:
    """Put the content in the file's place; what was there before stays until the new content is safe on disk."""
    with _parent(place) as folder:
        earlier = _earlier(folder, place)
        draft = f".{secrets.token_hex(8)}.tmp"
        descriptor, named = _begun(folder, draft)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                _take_after(descriptor, earlier)
                os.fsync(descriptor)
                if not named:
                    os.link(f"/proc/self/fd/{descriptor}", draft, dst_dir_fd=folder)
            os.replace(draft, place.parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft, dir_fd=folder)
            raise
        os.fsync(folder)


def append(place: Place, content: bytes) -> None:
    """Add the content at the end of the file; all of it or nothing."""
    with _parent(place) as folder:
        _earlier(folder, place)
        descriptor = os.open(place.parts[-1], _END, 0o666, dir_fd=folder)
        try:
            refuse_irregular(os.fstat(descriptor), place)
            end = os.fstat(descriptor).st_size
            try:
                _write_all(descriptor, content)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, end)
                raise
        finally:
            os.close(descriptor)


@contextmanager
def _parent(place: Place) -> Iterator[int]:
    """The folder that the file is in, made if it is missing."""
    if not place.parts:
        raise ToolError(reason=f"`{place.shown}` is a folder.")
    descriptor = os.open(place.root, _FOLDER & ~os.O_NOFOLLOW)
    try:
        for part in place.parts[:-1]:
            with suppress(FileExistsError):
                os.mkdir(part, dir_fd=descriptor)
            inner = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _begun(folder: int, draft: str) -> tuple[int, bool]:
    """A new file, and whether it has its name already.

    Where the system can, it gets one only when it is whole: of an office that is killed before, nothing stays.
    """
    if _NAMELESS:
        with suppress(OSError):  # not every file system can
            return os.open(".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o666, dir_fd=folder), False
    return os.open(draft, _NEW, 0o666, dir_fd=folder), True


def _earlier(folder: int, place: Place) -> os.stat_result | None:
    """What is in the file's place; only a regular file that may be written can be replaced."""
    try:
        status = os.stat(place.parts[-1], dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    refuse_irregular(status, place)
    if not os.access(place.parts[-1], os.W_OK, dir_fd=folder):
        raise ToolError(reason=f"`{place.shown}` is write-protected.")
    return status


def _take_after(descriptor: int, earlier: os.stat_result | None) -> None:
    """Give the new file the owner and the permissions of the old one."""
    if earlier is None:
        return
    with suppress(PermissionError):
        os.fchown(descriptor, earlier.st_uid, earlier.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(earlier.st_mode))


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
