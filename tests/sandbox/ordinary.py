"""Bubblewrap as people without rights have it, for tests that root runs: each run in a process of such a user.

python -m tests.sandbox.ordinary < a pickled job > the pickled end
"""

import asyncio
import os
import pickle
import subprocess
import sys
from pathlib import Path

from intelligent_office.sandbox.bubblewrap import Bubblewrap
from intelligent_office.sandbox.runs import Ended, Job

_ROOT = Path(__file__).parents[2]
_PYTHON = Path("/usr/bin/python3")
"""The one under root's home, if that is what runs the tests, is closed to others."""
_NOBODY = 65534


class OrdinaryUser:
    """The sandbox, seen from outside."""

    name = "bubblewrap"
    language = "Python"

    def fault(self) -> str:
        if not _PYTHON.exists():
            return f"there is no {_PYTHON}"
        done = self._process(b"")
        return done.stderr.decode() or done.stdout.decode()

    async def run(self, job: Job) -> Ended:
        done = await asyncio.to_thread(self._process, pickle.dumps(job))
        assert done.returncode == 0, done.stderr.decode()
        ended: Ended = pickle.loads(done.stdout)
        return ended

    async def close(self) -> None:
        """Nothing is kept ready."""

    def _process(self, given: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [_PYTHON, "-B", "-m", "tests.sandbox.ordinary"],
            input=given,
            capture_output=True,
            cwd=_ROOT,
            user=_NOBODY,
            group=_NOBODY,
            extra_groups=[],
            check=False,
        )


if __name__ == "__main__":
    assert os.geteuid() != 0
    sandbox = Bubblewrap()
    if given := sys.stdin.buffer.read():
        sys.stdout.buffer.write(pickle.dumps(asyncio.run(sandbox.run(pickle.loads(given)))))
    else:
        print(end=sandbox.fault())
