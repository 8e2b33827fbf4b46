"""Nothing gets out of a sandbox: each attempt fails inside, and outside all is as it was."""

import os
from dataclasses import replace
from textwrap import dedent

import pytest

from intelligent_office.sandbox.runs import MEGABYTE, Job, Limits
from tests.sandbox.attempts import ATTEMPTS, PRELUDE
from tests.sandbox.overlooked import OVERLOOKED
from tests.sandbox.world import processes_below

TIGHT = Limits(
    wall_seconds=60,
    cpu_seconds=60,
    memory_bytes=256 * MEGABYTE,
    processes=16,
    open_files=64,
    disk_bytes=8 * MEGABYTE,
    inodes=500,
    output_bytes=MEGABYTE // 4,
    produced_bytes=2 * MEGABYTE,
)

SHORT = replace(TIGHT, wall_seconds=1.5)
"""For attempts that only the time ends; any other has all the time that a busy machine may need."""
LATE_SECONDS = 300
"""So long a machine may take to start a sandbox and to end it."""
OF_THE_IMAGE = {"who is there", "home folders", "disks", "metadata of the machine", "shared memory of a device"} | {
    *("how the kernel was started", "when keys are struck")
}
"""What a container has of its own, or lets everybody see."""


@pytest.mark.parametrize("attempt", [*ATTEMPTS, *OVERLOOKED], ids=str)
async def test_an_attempt_fails_and_leaves_the_host_as_it_was(strict_sandbox, world, attempt, monkeypatch):
    if strict_sandbox.name == "docker" and attempt.name in OF_THE_IMAGE:
        pytest.skip("a container has that of its image")
    monkeypatch.setenv("OFFICE_SECRET_OF_A_TEST", world.secret)
    code = PRELUDE + dedent(attempt.code).format_map(world.names)
    limits = SHORT if "time" in attempt.stopped else TIGHT
    files = {"given.txt": b"given"}

    ended = await strict_sandbox.run(
        Job(code=code, files=files, wanted=["wanted.txt", "folder/etc/passwd"], limits=limits)
    )

    said = ended.stdout + ended.stderr
    assert b"escaped" not in said, said
    assert ended.stopped in attempt.stopped, said[-2000:]
    assert world.secret.encode() not in said
    assert ended.files == {}
    assert len(said) <= TIGHT.output_bytes
    assert ended.usage.wall_seconds < limits.wall_seconds + LATE_SECONDS
    assert world.harm() == []
    assert [line for line in processes_below(os.getpid()).values() if "bwrap" in line or "python3 -I" in line] == []
