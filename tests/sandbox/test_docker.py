"""What a run in a container gives, and that none stays. Skipped where there is no Docker daemon with the image."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from intelligent_office.sandbox.choice import IMAGE
from intelligent_office.sandbox.docker import LABEL, Docker
from intelligent_office.sandbox.runs import Job

FOREVER = Job(code="while True: pass")


async def test_files_go_in_and_what_is_wanted_comes_out(docker):
    code = "import os\nos.mkdir('out')\nopen('out/b', 'wb').write(open('in/a', 'rb').read()[::-1])\nprint('said')"
    ended = await docker.run(Job(code=code, files={"in/a": b"\0\xff"}, wanted=["out/b", "missing"]))
    assert (ended.exit_code, ended.stdout, ended.files) == (0, b"said\n", {"out/b": b"\xff\0"})
    assert ended.withheld == {"missing": "was not written"}
    assert ended.usage.peak_memory_bytes > 1_000_000


async def test_a_cancelled_run_leaves_no_container(docker):
    run = asyncio.create_task(docker.run(FOREVER))
    await _until(lambda: len(_running()) == 1)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert _running() == []


async def test_no_container_outlives_a_worker_that_is_killed(docker):
    code = "import asyncio\nfrom tests.sandbox.test_docker import *\nasyncio.run(Docker(IMAGE).run(FOREVER))\n"
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=Path(__file__).parents[2])
    await _until(lambda: len(_running()) == 1)
    worker.kill()
    await worker.wait()
    await _until(lambda: _running() == [])


async def test_what_an_office_that_is_gone_has_left_is_removed_and_nobody_elses(docker):
    mine = docker.owner
    gone = f"{mine.rpartition('/')[0]}/4194303-1"
    elsewhere = "another-machine/4194303-1"
    names = [_created(owner) for owner in (mine, gone, elsewhere)]
    try:
        assert docker.fault() == ""
        assert [name in _all() for name in names] == [True, False, True]
    finally:
        subprocess.run(["docker", "rm", "--force", *names], capture_output=True, check=False)


def test_without_its_image_it_says_how_to_fetch_it(docker):
    assert "docker pull office-has-no-such-image" in Docker("office-has-no-such-image").fault()


def test_without_its_program_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Docker(IMAGE).fault() == "the program docker is not installed"


def test_without_its_daemon_it_says_so(monkeypatch, tmp_path):
    (tmp_path / "docker").write_text("#!/bin/sh\necho Cannot connect to the Docker daemon >&2\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Docker(IMAGE).fault() == "Cannot connect to the Docker daemon"


def _created(owner):
    command = ["docker", "create", "--label", f"{LABEL}={owner}", "--entrypoint", "python3", IMAGE]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _running():
    return _listed("--filter", f"label={LABEL}")


def _all():
    return _listed("--all")


def _listed(*arguments):
    command = ["docker", "ps", "--no-trunc", "--quiet", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


async def _until(holds):
    while not await asyncio.to_thread(holds):
        pass
