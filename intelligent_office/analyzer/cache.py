"""Summaries and solved programs kept between runs, one file a folder that was analysed.

A file is written whole and then moved into place, so that a crash or another run at the same time leaves either the old
one or the new one; what cannot be read is made anew. The oldest files go when all together grow too large.

The format is marshal's, which runs no code but trusts its input: nothing is taken from a file that anybody but the user
could have written, and the folder is the user's alone.
"""

import contextlib
import hashlib
import marshal
import os
import stat
import sys
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

LARGEST_CACHE = 512 * 1024 * 1024
"""Bytes of all files together."""
_CHECK = 20


def default_cache_folder() -> Path | None:
    """Where caches of this user belong; None for a user without a home."""
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))  # noqa: TID251 - the desktop's convention, no setting of ours
    try:
        caches = chosen if chosen.is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        return None
    return caches / "intelligent-office" / "analyzer"


@lru_cache(maxsize=1)
def version() -> bytes:
    """A mark of the code that makes summaries: with other code, or another Python, everything is made anew."""
    mark = hashlib.blake2b(sys.version.encode(), digest_size=8)
    for path in sorted([*Path(__file__).parent.rglob("*.py"), *Path(__file__).parent.rglob("*.scm")]):
        mark.update(path.read_bytes())
    return mark.digest()


class Cache:
    """What was kept of one folder."""

    def __init__(self, folder: Path, root: Path) -> None:
        name = hashlib.blake2b(os.fsencode(root), digest_size=16).hexdigest()
        self._path = folder / f"{name}.bin"
        self.summaries: dict[str, tuple[bytes, str]] = {}
        """Packed summary and remark by digest of the file."""
        self.program: tuple[dict[str, str], Any] | None = None
        """A solved program, with a mark for each of its files."""
        self._load()

    def _load(self) -> None:
        try:
            content = _read_own(self._path)
        except OSError:
            return
        mark, check, payload = content[:8], content[8 : 8 + _CHECK], content[8 + _CHECK :]
        if mark != version() or hashlib.blake2b(payload, digest_size=_CHECK).digest() != check:
            return
        with contextlib.suppress(ValueError, EOFError, TypeError, MemoryError):
            self.summaries, self.program = marshal.loads(payload)  # noqa: S302 - written by us, checked by digest

    def save(self, kept: Iterable[str]) -> None:
        """Write what is still of use; a cache that cannot be written is no reason to fail."""
        keep = set(kept)
        summaries = {digest: entry for digest, entry in self.summaries.items() if digest in keep}
        payload = marshal.dumps((summaries, self.program))
        content = version() + hashlib.blake2b(payload, digest_size=_CHECK).digest() + payload
        with contextlib.suppress(OSError):
            self._write(content)
            self._prune()

    def _write(self, content: bytes) -> None:
        _make_private(self._path.parent)
        descriptor, name = tempfile.mkstemp(dir=self._path.parent, suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _prune(self) -> None:
        files = sorted(
            ((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in os.scandir(self._path.parent)),
            reverse=True,
        )
        total = 0
        for _, size, path in files:
            total += size
            if total > LARGEST_CACHE and path != str(self._path):
                Path(path).unlink(missing_ok=True)


def _read_own(path: Path) -> bytes:
    """The content of a file that nobody but this user can have written; a link or a pipe is none."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        writable = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or writable:
            raise PermissionError
        return file.read()


def _make_private(folder: Path) -> None:
    """See to it that the folder exists, and that it is open to this user only."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=stat.S_IRWXU)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise PermissionError
    if stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
        folder.chmod(stat.S_IRWXU)
