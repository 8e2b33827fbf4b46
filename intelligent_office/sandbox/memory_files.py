"""The folder of a program in monty: files in memory that grow no further than a quota."""

import errno
import os
from collections.abc import Mapping
from pathlib import PurePosixPath

from pydantic_monty import MemoryFile, MontyFileHandle, OSAccess

Path = PurePosixPath | MontyFileHandle


class MemoryFolder(OSAccess):
    """A folder; the quota counts all bytes that are ever written, for each is copied in the office's own process."""

    def __init__(self, folder: PurePosixPath, files: Mapping[str, bytes], quota: int) -> None:
        super().__init__([MemoryFile(folder / path, content) for path, content in files.items()])
        self.path_mkdir(folder, parents=True, exist_ok=True)
        self._quota = quota
        self.written = 0
        """Bytes."""

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
