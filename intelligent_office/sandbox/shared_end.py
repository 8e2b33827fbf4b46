"""Processes that must not outlive the office, and that the kernel does not end with it.

`PR_SET_PDEATHSIG` asks for a word of the child itself, and is tied to the thread that started it, which is not ours to
keep where a library starts the process. The end of a pipe is noticed by everybody, however the office dies.
"""

import os
import subprocess
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

_WATCH = 'while read -r line; do held=$line; done; [ -z "$held" ] || kill -9 $held'
"""Each line is all that is held. One that is cut off, because the office ended while it wrote, is not taken."""


class SharedEnd:
    """A shell that waits for the end of a pipe whose other end only we hold, and then kills what is left to it.

    It is started for the first process and serves all that follow: to start one for each takes longer than a run. One
    that somebody has killed is noticed by the next process, and replaced.
    """

    def __init__(self) -> None:
        self._alone = threading.Lock()
        self._held: set[int] = set()
        self._shell: subprocess.Popen[bytes] | None = None
        self._at_the_end: weakref.finalize[..., SharedEnd] | None = None

    @contextmanager
    def over(self, pid: int) -> Iterator[None]:
        """While this lasts, a process that we have started is killed when we end, also by SIGKILL.

        It must last no longer than the process, whose number may be another's then.

        Raises:
            OSError: there is no shell to watch.
        """
        if os.name != "posix":  # no such shell: there, the process goes on until its own limit
            yield
            return
        try:
            with self._alone:
                self._held.add(pid)
                self._see_to_a_shell()
            yield
        finally:
            with self._alone:
                self._held.discard(pid)
                self._told()

    def close(self) -> None:
        """End the shell, and with it what it still watches over."""
        if self._at_the_end:
            self._at_the_end()

    def _see_to_a_shell(self) -> None:
        if not self._told():
            self.close()
            self._shell = _started()
            self._at_the_end = weakref.finalize(self, _ended, self._shell)
            self._told()

    def _told(self) -> bool:
        """Whether there is a shell, which knows now who is held."""
        if self._shell is None or self._shell.stdin is None or self._shell.stdin.closed:
            return False
        try:
            self._shell.stdin.write(f"{' '.join(map(str, self._held))}\n".encode())
        except OSError:
            return False
        return True


def _started() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  # the command is ours
        ["/bin/sh", "-c", _WATCH],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where it says that a process was gone already
        bufsize=0,
        start_new_session=True,  # the key that interrupts the office is not meant for it
    )


def _ended(shell: "subprocess.Popen[bytes]") -> None:
    assert shell.stdin
    shell.stdin.close()
    shell.wait()
