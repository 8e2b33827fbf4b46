"""What a run in bubblewrap gives, what it is held to, and that nothing of it stays."""

import asyncio
import fcntl
import gc
import os
import select
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from intelligent_office.errors import Unavailable
from intelligent_office.sandbox.bubblewrap import Bubblewrap, sweep
from intelligent_office.sandbox.owners import owner
from intelligent_office.sandbox.runs import MEGABYTE, Job, Limits
from tests.sandbox.world import processes_below

FOREVER = Job(code="import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'while True: pass'])")


async def test_a_program_is_told_apart_by_its_output_its_errors_and_its_exit_code(strict_sandbox):
    ended = await strict_sandbox.run(Job(code="import sys\nprint('out')\nprint('err', file=sys.stderr)\nsys.exit(3)"))
    assert (ended.stdout, ended.stderr, ended.exit_code, ended.stopped) == (b"out\n", b"err\n", 3, "")


async def test_an_exception_is_told_with_the_lines_of_the_program_alone(strict_sandbox):
    ended = await strict_sandbox.run(Job(code="def half(n):\n    return n / 0\n\nhalf(1)"))
    assert ended.exit_code == 1
    assert ended.stderr.decode().splitlines()[:5] == [
        "Traceback (most recent call last):",
        '  File "program.py", line 4, in <module>',
        "    half(1)",
        '  File "program.py", line 2, in half',
        "    return n / 0",
    ]


async def test_a_last_line_on_its_own_is_shown(strict_sandbox):
    ended = await strict_sandbox.run(Job(code="x = 20\nx + 22"))
    assert ended.stdout == b"42\n"


async def test_files_go_in_and_what_is_wanted_comes_out(strict_sandbox):
    code = "import os\nos.mkdir('out')\nopen('out/b.bin', 'wb').write(open('in/a.bin', 'rb').read()[::-1])"
    ended = await strict_sandbox.run(
        Job(code=code, files={"in/a.bin": b"\0\xff1"}, wanted=["out/b.bin", "missing", "../etc", "out"])
    )
    assert ended.files == {"out/b.bin": b"1\xff\0"}
    assert ended.withheld["missing"] == "was not written"
    assert ended.withheld["out"] == "is no regular file"
    assert "../etc" in ended.withheld


async def test_whatever_bytes_a_program_writes_come_out_as_they_are(bubblewrap):
    ended = await bubblewrap.run(Job(code="import os\nos.write(1, bytes(range(256)))\n_ = os.write(2, b'\\xff\\0')"))
    assert (ended.stdout, ended.stderr) == (bytes(range(256)), b"\xff\0")


async def test_files_are_copied_with_their_rights_and_times(bubblewrap):
    """As on a file system that keeps no further attributes."""
    code = (
        "import os, shutil, subprocess\n"
        "shutil.copy2('given.txt', 'a')\nos.chmod('a', 0o640)\n"
        "subprocess.run(['cp', '-a', 'a', 'b'], check=True)\noct(os.stat('b').st_mode)"
    )
    ended = await bubblewrap.run(Job(code=code, files={"given.txt": b"given"}))
    assert (ended.stdout, ended.stderr) == (b"'0o100640'\n", b"")


async def test_a_program_may_close_its_output_and_go_on(bubblewrap):
    code = "import os\nos.close(1)\nos.close(2)\nopen('/work/done', 'w').write('yes')\nos._exit(0)"
    ended = await bubblewrap.run(Job(code=code, wanted=["done"]))
    assert (ended.exit_code, ended.files) == (0, {"done": b"yes"})


async def test_a_gigabyte_of_output_is_cut_and_ends_the_program(bubblewrap):
    ended = await bubblewrap.run(Job(code="import os\nfor _ in range(1024): os.write(1, bytes(1 << 20))"))
    assert (ended.stopped, len(ended.stdout)) == ("output", Limits().output_bytes)


async def test_a_program_uses_no_more_processor_time_than_it_may(bubblewrap):
    ended = await bubblewrap.run(Job(code="while True: pass", limits=Limits(cpu_seconds=1, wall_seconds=500)))
    assert ended.stopped == "cpu"
    assert 0.5 < ended.usage.cpu_seconds < ended.usage.wall_seconds + 1


async def test_limits_that_the_office_itself_is_under_are_kept(bubblewrap):
    """They cannot be raised again, and that is no reason to run nothing."""
    code = (
        "import asyncio\n"
        "from intelligent_office.sandbox.bubblewrap import Bubblewrap\n"
        "from intelligent_office.sandbox.runs import Job\n"
        "shown = 'import resource as r; print(r.getrlimit(r.RLIMIT_CPU), r.getrlimit(r.RLIMIT_CORE))'\n"
        "print(asyncio.run(Bubblewrap().run(Job(code=shown))).stdout.decode())\n"
    )
    narrow = ["sh", "-c", 'ulimit -t 50; ulimit -c 0; exec "$@"', "sh", sys.executable, "-c", code]
    process = await asyncio.create_subprocess_exec(*narrow, cwd=Path(__file__).parents[2], stdout=-1)
    assert (await process.communicate())[0].split(b"\n")[0] == b"(50, 50) (0, 0)"


async def test_what_was_said_before_the_time_was_up_is_not_lost(bubblewrap):
    code = "print('before')\nimport time\ntime.sleep(10**6)"
    for seconds in (0.5, 5, 50, 300):  # until that is enough to start and to say it
        ended = await bubblewrap.run(Job(code=code, limits=Limits(wall_seconds=seconds)))
        assert ended.stopped == "time"
        if ended.stdout:
            break
    assert ended.stdout == b"before\n"


@pytest.mark.parametrize(
    ("child", "before", "seen"),
    [
        ("os._exit(7)", "os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)", b"7 \n"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)", b"-24 cpu\n"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)", b"-9 cpu\n"),
        ("os._exit(len(os.read(0, 1)))", "os.write(out_end, b'too much')", b"None output\n"),
    ],
)
def test_what_came_before_the_time_was_up_counts_however_late_it_is_looked_at(child, before, seen):
    code = (
        "import os, signal\n"
        "from intelligent_office.sandbox.inside import Watch\n"
        "(out, out_end), (err, err_end) = os.pipe(), os.pipe()\n"
        "child = os.fork()\n"
        f"if not child: {child}\n"
        f"{before}\n"
        "watch = Watch(child, out, err, {'wall': 0, 'cpu': 0, 'output': 5})\n"
        "watch.until_the_end()\n"
        "print(watch.status, watch.stopped)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as ran:
        assert ran.stdout
        assert ran.stdout.readline() == seen


async def test_what_a_run_has_used_is_measured(bubblewrap):
    code = "import time\nheld = bytearray(b'x') * (100 << 20)\nopen('f', 'wb').write(bytes(3 << 20))\nprint('x' * 99)"
    usage = (await bubblewrap.run(Job(code=code))).usage
    assert 100 * MEGABYTE < usage.peak_memory_bytes < 200 * MEGABYTE
    assert 3 * MEGABYTE <= usage.disk_bytes < 4 * MEGABYTE
    assert usage.output_bytes == 100
    assert 0 < usage.cpu_seconds < usage.wall_seconds + 1


async def test_locks_of_other_programs_of_the_machine_are_nobodys_memory(bubblewrap, tmp_path):
    with (tmp_path / "held").open("wb") as file:
        for place in range(5_000):  # 80 MB, if they counted; the kernel shows them in every name space
            fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 2 * place, 1, 0))  # F_OFD_SETLK
        ended = await bubblewrap.run(
            Job(code="import time\ntime.sleep(0.3)\nprint('ended')", limits=Limits(memory_bytes=64 * MEGABYTE))
        )
    assert (ended.stdout, ended.stopped) == (b"ended\n", "")


async def test_two_runs_share_nothing(bubblewrap):
    await bubblewrap.run(Job(code="open('/work/left', 'w').write('x')"))
    ended = await bubblewrap.run(Job(code="import os\nprint(os.listdir('/work'), os.listdir('/tmp'))"))
    assert ended.stdout == b"[] []\n"


async def test_a_cancelled_run_is_gone_with_all_its_processes_before_the_caller_goes_on(bubblewrap):
    run = asyncio.create_task(bubblewrap.run(FOREVER))
    await _at_work(os.getpid())
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert _sandboxed(os.getpid()) == []


async def test_a_run_that_waits_for_its_turn_can_be_cancelled():
    sandbox = Bubblewrap(at_once=1)
    first, second = (asyncio.create_task(sandbox.run(FOREVER)) for _ in range(2))
    await _at_work(os.getpid())
    for run in (second, first):
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert _sandboxed(os.getpid()) == []


async def test_nothing_outlives_a_worker_that_is_killed(bubblewrap):
    code = (
        "import asyncio\n"
        "from intelligent_office.sandbox.bubblewrap import Bubblewrap\n"
        "from tests.sandbox.test_bubblewrap import FOREVER\n"
        "asyncio.run(Bubblewrap(ready=1).run(FOREVER))\n"
    )
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=Path(__file__).parents[2])
    await _at_work(worker.pid)
    await _waiting(worker.pid)
    pids = list(processes_below(worker.pid))
    descriptors = [os.pidfd_open(pid) for pid in pids]
    try:
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()
        for descriptor in descriptors:
            assert await asyncio.to_thread(select.select, [descriptor], [], [], 60) != ([], [], [])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


async def test_many_runs_leave_no_descriptor_thread_or_process(bubblewrap):
    await asyncio.gather(*(bubblewrap.run(Job(code="")) for _ in range(8)))
    descriptors, threads = _held()
    await asyncio.gather(*(bubblewrap.run(Job(code="")) for _ in range(40)))
    left, alive = _held()
    assert left <= descriptors, "those of earlier tests may have been closed meanwhile"
    assert alive < threads + 40 / 2, "one that stays for further runs may have been started only now"
    assert _sandboxed(os.getpid()) == []


async def test_one_that_is_kept_ready_serves_one_run_and_its_successor_the_next():
    sandbox = Bubblewrap(ready=1)
    code = "import os\nopen('left', 'w')\nprint(os.getuid(), os.listdir('/work'))"
    users = set()
    for _ in range(3):
        ended = await sandbox.run(Job(code=code))
        assert (ended.exit_code, ended.stopped) == (0, ""), ended.stderr
        assert b"['left']" in ended.stdout
        users.add(ended.stdout.split()[0])
        await _waiting(os.getpid())
    assert len(users) == (3 if os.geteuid() == 0 else 1)
    await sandbox.close()
    assert _sandboxed(os.getpid()) == []


async def test_one_that_was_kept_ready_and_killed_is_noticed():
    sandbox = Bubblewrap(ready=1)
    await sandbox.run(Job(code=""))
    for pid in await _waiting(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    with sandbox._waiting._alone:  # whoever has set it up has put it there
        (waits,) = sandbox._waiting._ready
    await asyncio.to_thread(waits.process.wait)
    assert (await sandbox.run(Job(code="print('still here')"))).stdout == b"still here\n"
    await sandbox.close()
    assert _sandboxed(os.getpid()) == []


async def test_one_of_another_size_is_made_for_the_run_that_asks_for_it():
    sandbox = Bubblewrap(ready=1)
    await sandbox.run(Job(code=""))
    (waits,) = await _waiting(os.getpid())
    shown = "import os\nfolder = os.statvfs('/work')\nprint(folder.f_blocks * folder.f_frsize)"
    ended = await sandbox.run(Job(code=shown, limits=Limits(disk_bytes=MEGABYTE)))
    assert ended.stdout == b"1048576\n"
    assert await _waiting(os.getpid()) == [waits]
    await sandbox.close()


async def test_those_that_nobody_closes_go_with_their_owner():
    sandbox = Bubblewrap(ready=2)
    await sandbox.run(Job(code=""))
    assert len(await _waiting(os.getpid(), 2)) == 2
    del sandbox
    while _sandboxed(os.getpid()):  # the thread that has made them lets go of it when it gets its turn
        gc.collect()
        await asyncio.sleep(0)


def test_without_its_program_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "the package bubblewrap" in Bubblewrap().fault()


def test_on_a_processor_it_does_not_know_it_is_not_used(bubblewrap, monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert "riscv64" in bubblewrap.fault()


def test_where_name_spaces_are_forbidden_it_says_so(monkeypatch, tmp_path):
    _refusing_bwrap(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Bubblewrap().fault() == "it does not start: bwrap: No permissions to create new namespace"


async def test_a_sandbox_that_cannot_be_set_up_runs_nothing(monkeypatch, tmp_path):
    _refusing_bwrap(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="No permissions to create new namespace"):
        await Bubblewrap().run(Job(code="print(1)"))


async def test_a_bwrap_that_cannot_be_started_any_more_is_told_as_unavailable(monkeypatch, tmp_path):
    (tmp_path / "bwrap").write_text("#!/no/such/interpreter\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="No such file"):
        await Bubblewrap().run(Job(code="print(1)"))


async def test_what_bubblewrap_has_begun_ends_with_it_also_before_it_is_a_sandbox(monkeypatch, tmp_path):
    """Its child waits for word of it, and dies with it by itself only from then on."""
    os.mkfifo(tmp_path / "never")
    (tmp_path / "bwrap").write_text(f"#!/bin/sh\n(read word < {tmp_path}/never) &\nwait\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    run = asyncio.create_task(Bubblewrap().run(Job(code="")))
    while len(pids := [pid for pid, line in processes_below(os.getpid()).items() if str(tmp_path) in line]) < 2:
        await asyncio.sleep(0)
    descriptors = [os.pidfd_open(pid) for pid in pids]
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    for descriptor in descriptors:
        assert await asyncio.to_thread(select.select, [descriptor], [], [], 60) != ([], [], [])
        os.close(descriptor)


def test_what_an_office_that_is_gone_has_left_of_a_set_up_is_ended_and_nobody_elses():
    gone = f"{owner().rpartition('/')[0]}/4194303-1"
    left, others, unmarked = [
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=marked)
        for marked in ({"OFFICE_SANDBOX_OF": gone}, {"OFFICE_SANDBOX_OF": owner()}, {})
    ]
    sweep()
    assert left.wait() == -signal.SIGKILL
    for process in (others, unmarked):
        assert process.poll() is None
        process.kill()
    for process in (left, others, unmarked):
        process.communicate()


async def test_no_program_sees_whose_sandbox_it_is_in(bubblewrap):
    ended = await bubblewrap.run(Job(code="import os\nprint(sorted(os.environ))"))
    assert b"HOME" in ended.stdout
    assert b"OFFICE" not in ended.stdout


async def test_where_no_thread_can_be_started_it_is_unavailable_and_nothing_is_left_when_one_can(monkeypatch):
    sandbox, before = Bubblewrap(at_once=1), _held()[0]
    with monkeypatch.context() as patched:
        patched.setattr("threading.Thread.start", _no_thread)
        with pytest.raises(Unavailable, match="can't start new thread"):
            await sandbox.run(Job(code="print(1)"))
    assert (await sandbox.run(Job(code="print('again')"))).stdout == b"again\n"
    assert _held()[0] <= before


def _no_thread(_):
    raise RuntimeError("can't start new thread")


def _refusing_bwrap(folder):
    (folder / "bwrap").write_text("#!/bin/sh\necho bwrap: No permissions to create new namespace >&2\nexit 1\n")
    (folder / "bwrap").chmod(0o755)


def _held():
    """Descriptors and threads of this process."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def _sandboxed(parent):
    return [line for line in processes_below(parent).values() if "bwrap" in line or "-c while True" in line]


async def _waiting(parent, number=1):
    """Those that are set up and below one, as soon as there are so many, without the processes that they hold."""
    while len(found := [pid for pid, line in processes_below(parent).items() if _is_idle(pid, line)]) < number:
        await asyncio.sleep(0)
    return found


def _is_idle(pid, line):
    """Whether it is a process 1 without children, and not yet the user that belongs to a run."""
    try:
        status, children = Path(f"/proc/{pid}/status").read_text(), Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return False
    space = next(each for each in status.splitlines() if each.startswith("NSpid:"))
    return " -I -S -B " in line and "bwrap" not in line and space.split()[-1] == "1" and not children


async def _at_work(parent):
    """The processes below one, as soon as the program that goes on for ever is among them."""
    while not any("-c while True" in line for line in _sandboxed(parent) if "bwrap" not in line):
        await asyncio.sleep(0)
    return list(processes_below(parent))
