"""Processes that must not outlive the office, and that the kernel does not end with it.

`PR_SET_PDEATHSIG` asks for a word of the child itself, and is tied to the thread that started it, which is not ours to
keep where a library starts the process. The end of a pipe is noticed by everybody, however the office dies.
"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_WATCH = 'read -r _; kill -9 "$1"'
"""Nothing is ever written into the pipe: what is read is its end."""


@asynccontextmanager
async def dies_with_us(pid: int) -> AsyncIterator[None]:
    """While this lasts, a process that we have started is killed when we end, also by SIGKILL.

    A shell waits for the end of a pipe whose other end only we hold. It is gone before the process may be: the number
    that it knows is never that of another one.

    Raises:
        OSError: there is no shell to watch.
    """
    if os.name != "posix":  # no such shell: there, the process goes on until its own limit
        yield
        return
    watch = await asyncio.to_thread(_started, pid)
    try:
        yield
    finally:
        watch.kill()
        assert watch.stdin
        watch.stdin.close()
        await asyncio.shield(asyncio.to_thread(watch.wait))


def _started(pid: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  # the command is ours
        ["/bin/sh", "-c", _WATCH, "sh", str(pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # the key that interrupts the office is not meant for it
    )
