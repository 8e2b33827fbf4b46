"""Locks between processes, on files: the system lets go of them when a process ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from intelligent_office.errors import Unavailable

_PAUSE = 0.01


class FileLock:
    """A lock that one process holds alone, or several share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    @property
    def held(self) -> bool:
        return self._file >= 0

    def share(self, *, seconds: float) -> None:
        """Hold the lock together with others.

        Raises:
            Unavailable: somebody held it alone all the time.
        """
        self._wait(fcntl.LOCK_SH, seconds)

    def seize(self) -> bool:
        """Hold a shared lock alone from now on; False, and no longer hold it for sure, if others share it."""
        return self._try(fcntl.LOCK_EX)

    @contextmanager
    def alone(self, *, seconds: float) -> Iterator[None]:
        """Hold the lock, and nobody else does."""
        self._wait(fcntl.LOCK_EX, seconds)
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        if self.held:
            os.close(self._file)
            self._file = -1

    def _wait(self, kind: int, seconds: float) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + seconds
        while not self._try(kind):
            if time.monotonic() > deadline:
                self.release()
                raise Unavailable(
                    part="the embedded database", reason=f"another process held {self._path} for {seconds:g} seconds"
                )
            time.sleep(_PAUSE)

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
