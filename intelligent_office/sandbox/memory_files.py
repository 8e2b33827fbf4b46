"""The folder of a program in monty: files in memory that grow no further than a quota."""

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from pydantic_monty import MemoryFile, MontyFileHandle, OSAccess
from pydantic_monty.os_access import OsFunction

Path = PurePosixPath | MontyFileHandle

_LONGEST_PATH, _DEEPEST = 1_100, 100
"""Characters, and names within each other: each of them is in the office's own memory."""


class MemoryFolder(OSAccess):
    """A folder; the quota counts all bytes that are ever written, for each is copied in the office's own process."""

    def __init__(
        self,
        folder: PurePosixPath,
        files: Mapping[str, bytes],
        quota: int,
        folders: int,
        sleep: Callable[[float], None],
    ) -> None:
        """Args:
        folder: where the program works.
        files: what it finds there, by relative path.
        quota: how many bytes it may write.
        folders: how many it may make.
        sleep: lets so many seconds pass.
        """
        super().__init__([MemoryFile(folder / path, content) for path, content in files.items()])
        self._quota = quota
        self._folders = folders
        self._sleep = sleep
        self.written = 0
        """Bytes."""
        self.path_mkdir(folder, parents=True, exist_ok=True)

    def dispatch(
        self, function_name: OsFunction, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None, **names: Any
    ) -> Any:
        """Refuse what is too long for a path before anything is done with it."""
        for path in args:
            if isinstance(path, PurePosixPath) and (len(path.parts) > _DEEPEST or len(str(path)) > _LONGEST_PATH):
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        return super().dispatch(function_name, args, kwargs, **names)

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds)

    def path_mkdir(self, path: PurePosixPath, parents: bool, exist_ok: bool) -> None:
        self._folders -= sum(not self.path_exists(each) for each in (path, *path.parents))
        if self._folders < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().path_mkdir(path, parents, exist_ok)

    def path_write_text(self, path: Path, data: str) -> int:
        self._count(len(data.encode("utf-8", "surrogatepass")))
        return super().path_write_text(path, data)

    def path_write_bytes(self, path: Path, data: bytes) -> int:
        self._count(len(data))
        return super().path_write_bytes(path, data)

    def path_append_text(self, path: Path, data: str) -> int:
        self._count(len(data.encode("utf-8", "surrogatepass")))
        return super().path_append_text(path, data)

    def path_append_bytes(self, path: Path, data: bytes) -> int:
        self._count(len(data))
        return super().path_append_bytes(path, data)

    def _count(self, size: int) -> None:
        self.written += size
        if self.written > self._quota:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
