"""Sandboxes that are set up and wait for a job: each serves one run, and a run that finds one waits for no start.

They hold nothing of any run: process 1 has been told nothing yet, its filter and its walls are in place, and its limits
of time begin when the job comes. They end with the office as those at work do, by the kernel and by their input.
"""

import subprocess
import threading
import weakref
from collections.abc import Callable

Process = subprocess.Popen[bytes]


class Waiting:
    """Up to so many of them, the first of them made when the first run has begun."""

    def __init__(self, most: int, start: Callable[[], Process]) -> None:
        self._most = most
        self._start = start
        self._open = False
        self._alone = threading.Lock()
        self._ready: list[Process] = []
        self._at_the_end = weakref.finalize(self, _ended, self._ready)

    def take(self) -> Process | None:
        """One that lives; those that somebody has ended meanwhile are cleared away."""
        with self._alone:
            self._open = self._most > 0
            while self._ready:
                process = self._ready.pop()
                if process.poll() is None:
                    return process
                _ended([process])
        return None

    def fill(self) -> None:
        """Have as many as are to be kept.

        To be called by a thread that stays: with it, the kernel ends what it has started.

        Raises:
            OSError: there is no such program any more.
        """
        with self._alone:
            while self._open and len(self._ready) < self._most:
                self._ready.append(self._start())

    def close(self) -> None:
        """End them; none is made before the next run."""
        with self._alone:
            self._open = False
            _ended(self._ready)


def _ended(processes: list[Process]) -> None:
    while processes:
        process = processes.pop()
        process.kill()
        process.communicate()  # to the end of its output, which process 1 holds open until it is gone
