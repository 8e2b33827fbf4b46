"""Where groups may be made, that runs are held by theirs, and that none stays. With the groups of the real kernel."""

import asyncio
import errno
import os
import subprocess
from pathlib import Path

import pytest

from intelligent_office.sandbox.bubblewrap import Bubblewrap
from intelligent_office.sandbox.cgroups import Cgroups, place
from intelligent_office.sandbox.owners import owner
from intelligent_office.sandbox.runs import MEGABYTE, Job, Limits
from tests.sandbox.test_bubblewrap import _sandboxed


@pytest.fixture
def base():
    """A group of our own, below the one at the root of version 2, for tests that root runs where there is one."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    mount = next((line.split()[4] for line in mounts if " - cgroup2 " in line), None)
    if os.geteuid() != 0 or mount is None or "0::/\n" not in Path("/proc/self/cgroup").read_text():
        pytest.skip("no place where these tests may make control groups of version 2")
    folder = Path(mount, f"office-tests-{os.getpid()}")
    try:
        folder.mkdir()
    except OSError as refused:
        pytest.skip(f"no control groups can be made here: {refused}")
    yield folder
    for name in _groups(folder):
        _remove(folder / name)
    _remove(folder)


@pytest.fixture
def limiting(base):
    """One whose groups have limits."""
    offered = (base / "cgroup.controllers").read_text().split()
    if not {"memory", "pids"} <= set(offered):
        pytest.skip("this kernel has given the limits of memory and processes to version 1")
    (base / "cgroup.subtree_control").write_text("+memory +pids")
    return base


@pytest.fixture
def grouped(base, bubblewrap):
    """Bubblewrap, as it is where the office has been given that place."""
    sandbox = Bubblewrap()
    sandbox.__dict__["_groups"] = Cgroups(base)
    return sandbox


def _remove(group):
    while True:
        try:
            return group.rmdir()
        except OSError as failure:  # the kernel may be busy with its last processes
            if failure.errno != errno.EBUSY:
                raise


def _tidied(groups, base):
    """Whether those that were left go, as soon as the kernel lets them and another run has come and gone."""
    while _groups(base):
        groups.end(groups.new())
    return True


def _groups(base):
    return [each.name for each in base.iterdir() if each.is_dir()]


async def test_all_processes_of_a_run_are_in_its_group_and_it_goes_with_them(grouped, base):
    code = "import os\nif not os.fork(): print(open('/proc/self/cgroup').read()); os._exit(0)\nos.wait()"
    ended = await grouped.run(Job(code=code))
    assert b"0::/\n" in ended.stdout, "the group is the root of all that a run can see"
    assert ended.exit_code == 0
    assert _tidied(grouped._groups, base)


async def test_what_is_left_in_a_group_ends_with_it(base):
    groups = Cgroups(base)
    group = groups.new()
    command = group.entering(["/bin/sh", "-c", "echo started; read forever"])
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"started\n"
    assert (base / _groups(base)[0] / "cgroup.procs").read_text().split() == [str(process.pid)]
    groups.end(group)
    process.communicate()
    assert process.returncode == -9
    assert _tidied(groups, base)


async def test_a_run_that_cannot_enter_its_group_is_not_run(grouped, base, monkeypatch):
    monkeypatch.setattr("intelligent_office.sandbox.cgroups.Cgroup.entering", _into_none)
    with pytest.raises(Exception, match="The sandbox bubblewrap"):
        await grouped.run(Job(code="print(1)"))
    assert _sandboxed(os.getpid()) == []


async def test_a_run_that_cannot_be_started_or_limited_leaves_neither_a_group_nor_a_process(grouped, base, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("intelligent_office.sandbox.bubblewrap._started", _refuse)
        with pytest.raises(Exception, match="The sandbox bubblewrap"):
            await grouped.run(Job(code="print(1)"))
    assert _groups(base) == []
    monkeypatch.setattr("intelligent_office.sandbox.cgroups.Cgroup.limit", _refuse)
    with pytest.raises(Exception, match="The sandbox bubblewrap"):
        await grouped.run(Job(code="print(1)"))
    assert _sandboxed(os.getpid()) == []
    assert _tidied(grouped._groups, base)


def _refuse(*_):
    raise OSError("no more of them")


async def test_groups_of_one_process_get_in_each_others_way_neither_by_name_nor_by_number(base):
    """Several parts of it may look for a place at the same time."""
    several = [Cgroups(base) for _ in range(3)]
    made = await asyncio.gather(*(asyncio.to_thread(groups.new) for groups in several * 4))
    assert len(_groups(base)) == 12
    for group in made:
        several[0].end(group)
    assert _tidied(several[0], base)


def _into_none(group, command):
    return ["/bin/sh", "-c", 'echo 0 > /sys/none && exec "$@"', "sh", *command]


async def test_what_an_office_that_is_gone_has_left_is_removed_and_nobody_elses(base):
    gone = f"{owner().rpartition('/')[0]}/4194303-1"
    names = [f"office-sandbox_{whose.replace('/', '_')}_7" for whose in (owner(), gone, "another-machine.1/4194303-1")]
    for name in [*names, "somebody-elses"]:
        (base / name).mkdir()
    Cgroups(base).sweep()
    assert set(_groups(base)) == {names[0], names[2], "somebody-elses"}


async def test_a_run_has_no_more_memory_than_its_group(grouped, limiting):
    code = "import os\nfor _ in range(4): os.fork()\nheld = bytearray(b'x') * (60 << 20)\nwhile True: pass"
    ended = await grouped.run(Job(code=code, limits=Limits(memory_bytes=128 * MEGABYTE)))
    assert ended.stopped == "memory"
    ended = await grouped.run(Job(code="held = bytearray(b'x') * (100 << 20)"))
    assert ended.usage.peak_memory_bytes > 100 * MEGABYTE


def _proc(folder, group, mount="/sys/fs/cgroup"):
    (folder / "cgroup").write_text(f"0::{group}\n")
    (folder / "mountinfo").write_text(f"30 20 0:26 / {mount} rw,nosuid - cgroup2 cgroup2 rw\n")
    return folder


def test_a_group_that_nobody_has_given_is_not_used(tmp_path):
    (tmp_path / "service").mkdir()
    assert "has been given none" in place(_proc(tmp_path, "/"))[1]
    assert "has been given none" in place(_proc(tmp_path, "/service/office", str(tmp_path)))[1]


def test_without_version_2_it_says_so(tmp_path):
    (tmp_path / "cgroup").write_text("4:memory:/\n")
    assert place(tmp_path) == (None, "this machine has no control groups of version 2")


def test_a_group_that_was_given_is_used_if_it_limits_what_counts(base, tmp_path):
    """As systemd does it: the gift is written on the group, and the office stands in one below."""
    (base / "office").mkdir()
    os.setxattr(base, "user.delegate", b"1")
    found, reason = place(_proc(tmp_path, f"/{base.name}/office", base.parent))
    missing = {"memory", "pids"} - set((base / "cgroup.controllers").read_text().split())
    if missing:
        assert (found, reason) == (None, f"its control group has no limit of {' and '.join(sorted(missing))}")
    else:
        assert (found, reason) == (base, "")
