"""The back end for machines where Docker is at hand and bubblewrap is not: a hardened container for each run.

Its process 1 and its filter of system calls are the ones of bubblewrap, beside Docker's own profile. A container bears
the label of the office process that started it; those of processes that are gone are removed before the first run.
"""

import os
import platform
import shutil
import subprocess
import sys
import time
import uuid

from intelligent_office.sandbox.driving import Driven, Hands, drive, started
from intelligent_office.sandbox.owners import is_gone, owner
from intelligent_office.sandbox.reports import SUPERVISOR, cap_of, deadline_of, ended, feed_of
from intelligent_office.sandbox.runs import MEGABYTE, Ended, Job
from intelligent_office.sandbox.seccomp import program

LABEL = "intelligent-office.owner"
_NOBODY = "65534:65534"
_OVERHEAD_BYTES = 64 * MEGABYTE
_GRACE_SECONDS = 30.0
"""For the daemon to make a container and to take it away."""
_ANSWER_SECONDS = 30.0


class Docker:
    """Runs each program in a container of its own."""

    name = "docker"

    def __init__(self, image: str, at_once: int | None = None) -> None:
        self.language = f"Python with its standard library, and what else is installed in the image {image}"
        self._image = image
        self._hands = Hands(at_once or max(2, os.cpu_count() or 2))
        self._text = SUPERVISOR.read_text(encoding="utf-8")

    @property
    def owner(self) -> str:
        """Names this process, on its containers."""
        return owner()

    def fault(self) -> str:
        """Why it cannot be used here; empty if it can. Removes what offices that were killed have left."""
        if sys.platform != "linux":
            return "this back end has been tried on Linux only"
        if shutil.which("docker") is None:
            return "the program docker is not installed"
        if program(platform.machine()) is None:
            return f"its filter of system calls does not know the processor {platform.machine()}"
        try:
            found = _docker("image", "inspect", "--format", "{{.Id}}", self._image)
        except subprocess.TimeoutExpired:
            return "the Docker daemon does not answer"
        if found.returncode:
            told = found.stderr.strip().splitlines()
            missing = f"; fetch the image with `docker pull {self._image}`" if "No such image" in found.stderr else ""
            return f"{told[-1] if told else 'the Docker daemon does not answer'}{missing}"
        self._sweep()
        return ""

    async def run(self, job: Job) -> Ended:
        """Run the program; see `Sandbox`."""
        began = time.perf_counter()
        container = f"office-sandbox-{uuid.uuid4().hex[:16]}"
        command = self._command(job, container)
        feed = feed_of(job, seccomp=program(platform.machine()) or b"")

        def work(stop: int) -> Driven:
            driven = drive(
                started(command, environment=None),
                feed=feed,
                seconds=deadline_of(job.limits, _GRACE_SECONDS),
                cap=cap_of(job.limits),
                stop=stop,
            )
            if driven.overran:
                _docker("rm", "--force", container)
            return driven

        return ended(await self._hands.do(work), job, time.perf_counter() - began, self.name)

    async def close(self) -> None:
        """Nothing is kept ready."""

    def _command(self, job: Job, container: str) -> list[str]:
        most = job.limits
        memory = most.memory_bytes + most.disk_bytes + _OVERHEAD_BYTES
        folder = f"/work:rw,nosuid,nodev,noexec,mode=1777,size={most.disk_bytes},nr_inodes={most.inodes}"
        return [
            *("docker", "run", "--rm", "--interactive", "--pull", "never", "--log-driver", "none"),
            *("--name", container, "--label", f"{LABEL}={self.owner}", "--hostname", "sandbox"),
            *("--network", "none", "--ipc", "none", "--read-only", "--tmpfs", folder),
            *("--user", _NOBODY, "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--memory", str(memory), "--memory-swap", str(memory), "--pids-limit", str(most.processes + 8)),
            *("--cpus", "2", "--ulimit", "core=1"),
            *("--env", "HOME=/work", "--env", "TMPDIR=/work", "--env", "LANG=C.UTF-8"),
            *("--entrypoint", "python3", self._image, "-I", "-S", "-B", "-X", "utf8", "-c", self._text),
        ]

    def _sweep(self) -> None:
        """Remove the containers of offices on this machine whose process is gone."""
        listed = _docker(
            "ps", "--all", "--filter", f"label={LABEL}", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}'
        )
        for line in listed.stdout.splitlines():
            container, _, whose = line.partition(" ")
            if is_gone(whose):
                _docker("rm", "--force", container)


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # the arguments are ours
        ["docker", *arguments],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=_ANSWER_SECONDS,
    )
