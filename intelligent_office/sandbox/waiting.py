"""Sandboxes that are set up and wait for a job: each serves one run, and a run that finds one waits for no start.

They hold nothing of any run: process 1 has been told nothing yet, its filter and its walls are in place, and its limits
of time begin when the job comes. They end with the office as those at work do, by the kernel and by their input.
"""

import subprocess
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from intelligent_office.sandbox.cgroups import Cgroup
from intelligent_office.sandbox.driving import kill


@dataclass(frozen=True)
class SetUp:
    """A sandbox that knows of no job yet."""

    process: subprocess.Popen[bytes]
    group: Cgroup | None
    """Where its processes are counted, if they are."""

    def end(self) -> None:
        """Nothing is left of it."""
        kill(self.process)
        self.process.communicate()  # to the end of its output, which process 1 holds open until it is gone
        if self.group:
            self.group.close()


class Waiting:
    """Up to so many of them, the first of them made when the first run has begun."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = False
        self._alone = threading.Lock()
        self._ready: list[SetUp] = []
        self._at_the_end = weakref.finalize(self, _ended, self._ready)

    def take(self) -> SetUp | None:
        """One that lives; those that somebody has ended meanwhile are cleared away."""
        with self._alone:
            self._open = self._most > 0
            while self._ready:
                ready = self._ready.pop()
                if ready.process.poll() is None:
                    return ready
                ready.end()
        return None

    def fill(self, set_up: Callable[[], SetUp]) -> None:
        """Have as many as are to be kept.

        To be called by a thread that stays: with it, the kernel ends what it has started.

        Raises:
            OSError: there is no such program any more.
        """
        with self._alone:
            while self._open and len(self._ready) < self._most:
                self._ready.append(set_up())

    def close(self) -> None:
        """End them; none is made before the next run."""
        with self._alone:
            self._open = False
            _ended(self._ready)


def _ended(ready: list[SetUp]) -> None:
    while ready:
        ready.pop().end()
