"""What a run in monty gives, what it is held to, and what it cannot do."""

import asyncio
import os
import select
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from intelligent_office.errors import Unavailable
from intelligent_office.sandbox.monty import Monty, _found, _Interpreter, _program
from intelligent_office.sandbox.runs import MEGABYTE, Job, Limits
from tests.sandbox.attempts import ATTEMPTS, PRELUDE
from tests.sandbox.overlooked import OVERLOOKED
from tests.sandbox.world import processes_below


@pytest.fixture
def monty():
    sandbox = Monty()
    assert sandbox.fault() == ""
    return sandbox


async def test_what_is_printed_and_the_last_line_come_out(monty):
    ended = await monty.run(Job(code="import json, sys\nprint('a')\nprint('b', file=sys.stderr)\njson.dumps({'x': 1})"))
    assert (ended.stdout, ended.stderr, ended.exit_code) == (b"a\n'{\"x\": 1}'\n", b"b\n", 0)


async def test_an_exception_is_told_with_its_line(monty):
    ended = await monty.run(Job(code="print('before')\ndef half(n):\n    return n / 0\nhalf(1)"))
    assert (ended.exit_code, ended.stdout) == (1, b"before\n")
    assert b'File "program.py", line 3, in half' in ended.stderr
    assert ended.stderr.splitlines()[-1] == b"ZeroDivisionError: division by zero"


async def test_files_go_in_and_what_is_wanted_comes_out(monty):
    code = (
        "import os\nos.mkdir('out')\nopen('out/b.bin', 'wb').write(open('in/a.bin', 'rb').read()[::-1])\n"
        "open('c.txt', 'w').write('ä')\n"
    )
    job = Job(code=code, files={"in/a.bin": b"\0\xff1"}, wanted=["out/b.bin", "c.txt", "missing", "out", "../x"])
    ended = await monty.run(job)
    assert ended.files == {"out/b.bin": b"1\xff\0", "c.txt": "ä".encode()}
    assert ended.withheld == {"missing": "was not written", "out": "is no regular file", "../x": "was not written"}


async def test_a_file_of_thousands_of_lines_is_written_line_by_line(monty):
    code = "with open('f.csv', 'w') as file:\n    for n in range(3000): file.write(f'{n},{n}\\n')\n"
    ended = await monty.run(Job(code=code, wanted=["f.csv"]))
    assert (ended.stderr, len(ended.files["f.csv"].splitlines())) == (b"", 3000)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("open('x' * 2_000_000, 'w')", b"name too long"),
        ("import os\nos.makedirs('a/' * 200)", b"name too long"),
        ("import os\nos.rename('given', 'x' * 2_000)", b"name too long"),
        ("import os\nfor n in range(2): os.makedirs(f'{n}/' + 'a/' * 90)", b"No space left"),
        ("import os\nfor n in range(10**6): os.mkdir(f'{n}')", b"No space left"),
    ],
)
async def test_names_and_folders_take_no_memory_of_the_office_beyond_a_measure(monty, code, told):
    ended = await monty.run(Job(code=code, files={"given": b""}, limits=Limits(inodes=100)))
    assert (ended.exit_code, ended.stopped) == (1, "")
    assert told in ended.stderr.splitlines()[-1]


async def test_a_folder_that_is_there_already_is_not_counted_again(monty):
    code = "import os\nfor n in range(50): os.makedirs('a/b', exist_ok=True)\nos.listdir('a')"
    ended = await monty.run(Job(code=code, limits=Limits(inodes=10)))
    assert (ended.stdout, ended.stderr) == (b"['b']\n", b"")


async def test_more_reads_and_writes_than_there_may_be_are_told_as_such(monty, monkeypatch):
    monkeypatch.setattr("intelligent_office.sandbox.monty._CALLS", 10)
    ended = await monty.run(Job(code="for n in range(11): open(f'{n}', 'w').close()"))
    assert ended.exit_code == 1
    assert ended.stderr.splitlines()[-1] == b"RuntimeError: limit of reads and writes of files: 10 exceeded"


@pytest.mark.parametrize(
    ("code", "stopped"),
    [
        ("while True: pass", "time"),
        ("import time\nwhile True: time.sleep(1)", "time"),
        ("held = []\nwhile True: held.append('x' * 1000)", "memory"),
        ("x = 'a' * 10**10", "memory"),
        ("while True: print('x' * 1000)", "output"),
        ("print('x' * 10**7)", "output"),
        ("raise Exception('x' * 6 * 10**7)", "memory"),
        ("def f(): f()\nf()", ""),
        ("for n in range(10**6): open(f'{n}', 'w').close()", ""),
        ("with open('big', 'w') as f:\n    while True: f.write('x' * 10**6)", ""),
    ],
)
async def test_what_uses_too_much_is_ended(monty, code, stopped):
    seconds = 1 if stopped == "time" else 300
    limits = Limits(wall_seconds=seconds, memory_bytes=64 * MEGABYTE, output_bytes=100_000, disk_bytes=MEGABYTE)
    ended = await monty.run(Job(code=code, limits=limits))
    assert (ended.exit_code, ended.stopped) == (1, stopped), ended.stderr
    assert stopped == "time" or ended.usage.wall_seconds < limits.wall_seconds
    assert len(ended.stdout + ended.stderr) <= limits.output_bytes
    assert ended.usage.disk_bytes < 2 * MEGABYTE + MEGABYTE


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("2**20000", b"ValueError: Exceeds the limit"),
        ("x = []\nfor _ in range(10**5): x = [x]\nx", b"RecursionError: "),
    ],
)
async def test_a_last_line_that_cannot_be_shown_is_told_as_the_failure_of_the_program(monty, code, told):
    ended = await monty.run(Job(code=code))
    assert (ended.exit_code, ended.stdout) == (1, b"")
    assert ended.stderr.startswith(told)


async def test_a_last_value_without_end_is_shown_as_far_as_there_is_room(monty):
    """A list that holds one many times takes little memory there, and would take all of it here, as text."""
    code = "x = [0] * 100\nfor _ in range(19): x = [x] * 100\nx"
    ended = await monty.run(Job(code=code, limits=Limits(output_bytes=1000)))
    assert (ended.exit_code, len(ended.stdout)) == (0, 1000)
    assert ended.stdout.startswith(b"[[[[")


async def test_no_program_takes_more_memory_than_the_office_can_hold_several_times(monty):
    """What it ends with is in this process, too."""
    ended = await monty.run(Job(code="'x' * (200 << 20)", limits=Limits(memory_bytes=4096 * MEGABYTE)))
    assert (ended.exit_code, ended.stopped) == (1, "memory")


async def test_no_attempt_to_get_out_succeeds(monty, world):
    """Most cannot even be written in its language."""
    limits = Limits(wall_seconds=0.5, memory_bytes=64 * MEGABYTE)
    for attempt in [*ATTEMPTS, *OVERLOOKED]:
        if attempt.kind == "bombs":
            continue
        for prelude in (PRELUDE, "import os, sys\ndef tried(work):\n    work()\n    print('escaped')\n"):
            ended = await monty.run(Job(code=prelude + attempt.code.format_map(world.names), limits=limits))
            assert world.secret.encode() not in ended.stdout, attempt
            if attempt.kind in ("secrets", "kernel", "processes", "network"):
                assert b"escaped" not in ended.stdout, attempt
    assert world.harm() == []


async def test_a_cancelled_run_is_gone_before_the_caller_goes_on(monty):
    run = asyncio.create_task(monty.run(Job(code="while True: pass")))
    while not _interpreters():
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert _interpreters() == []


async def test_a_run_that_is_cancelled_while_it_sleeps_wakes_up(monty, monkeypatch):
    asleep, sleep = threading.Event(), _Interpreter.sleep

    def slept(interpreter, seconds):
        asleep.set()
        sleep(interpreter, seconds)

    monkeypatch.setattr(_Interpreter, "sleep", slept)
    limits = Limits(wall_seconds=10_000)
    run = asyncio.create_task(monty.run(Job(code="import time\ntime.sleep(9000)", limits=limits)))
    assert await asyncio.to_thread(asleep.wait, 60)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


@pytest.mark.parametrize("module", ["time", "asyncio"])
async def test_a_program_sleeps_as_long_as_it_wants(monty, monkeypatch, module):
    slept = []
    monkeypatch.setattr(_Interpreter, "sleep", lambda _, seconds: slept.append(seconds))
    call = {"time": "time.sleep(11.5)", "asyncio": "await asyncio.sleep(11.5)"}[module]
    ended = await monty.run(Job(code=f"import {module}\n{call}\nprint('awake')"))
    assert (ended.stdout, slept) == (b"awake\n", [11.5])


async def test_no_interpreter_outlives_a_worker_that_is_killed(monty):
    code = (
        "import asyncio\n"
        "from intelligent_office.sandbox.monty import Monty\n"
        "from intelligent_office.sandbox.runs import Job\n"
        "asyncio.run(Monty().run(Job(code='while True: pass')))\n"
    )
    worker = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=Path(__file__).parents[2])
    while len(below := processes_below(worker.pid)) < 2:  # the interpreter, and who watches over it
        await asyncio.sleep(0)
    descriptors = [os.pidfd_open(pid) for pid in below]
    try:
        worker.kill()
        await worker.wait()
        for descriptor in descriptors:
            assert await asyncio.to_thread(select.select, [descriptor], [], [], 60) != ([], [], [])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


async def test_an_interpreter_that_does_not_keep_its_own_time_is_ended(monty, monkeypatch):
    @contextmanager
    def stopped(pid):
        os.kill(pid, signal.SIGSTOP)
        yield

    monkeypatch.setattr(monty._end, "over", stopped)
    monkeypatch.setattr("intelligent_office.sandbox.monty._GRACE_SECONDS", 0.1)
    ended = await monty.run(Job(code="while True: pass", limits=Limits(wall_seconds=0.1)))
    assert (ended.exit_code, ended.stopped) == (1, "time")


async def test_no_thread_of_the_library_speaks_to_the_event_loop(monty, monkeypatch):
    """One that does so while Python ends brings the process down, with an exit code of its own."""
    loop, speakers = asyncio.get_running_loop(), set()
    call = loop.call_soon_threadsafe

    def heard(*arguments, **names):
        speakers.add(type(threading.current_thread()))
        return call(*arguments, **names)

    monkeypatch.setattr(loop, "call_soon_threadsafe", heard)
    assert (await monty.run(Job(code="print(1)"))).stdout == b"1\n"
    assert speakers
    assert threading._DummyThread not in speakers, "one that Python has not started"


async def test_runs_share_nothing_and_leave_nothing(monty):
    first, second = await asyncio.gather(
        monty.run(Job(code="x = 1\nopen('left', 'w').write('x')")), monty.run(Job(code="import os\nos.listdir('.')"))
    )
    third = await monty.run(Job(code="x"))
    assert (first.exit_code, second.stdout, third.exit_code) == (0, b"[]\n", 1)
    assert _interpreters() == []
    shell = monty._end._shell
    assert shell
    await monty.close()
    assert shell.poll() == 0


async def test_what_a_run_has_used_is_measured(monty):
    code = "x = [n for n in range(10**6)]\nfor n in range(10**7): pass\nopen('f', 'w').write('abc')"
    usage = (await monty.run(Job(code=code))).usage
    assert usage.peak_memory_bytes > 10 * MEGABYTE
    assert usage.disk_bytes == 3
    assert 0 < usage.cpu_seconds < usage.wall_seconds + 1


def _interpreters():
    return [pid for pid, line in processes_below(os.getpid()).items() if "monty subprocess" in line]


async def test_however_many_runs_begin_together_one_looks_for_the_interpreter(monkeypatch):
    alone = threading.Barrier(2)

    def find():
        with suppress(threading.BrokenBarrierError):  # nobody comes: that much time they have had
            alone.wait(0.2)
            pytest.fail("two are looking")
        return "monty"

    monkeypatch.setattr("pydantic_monty._binary.find_monty_binary", find)
    _found.cache_clear()
    try:
        assert await asyncio.gather(*(asyncio.to_thread(_program) for _ in range(4))) == ["monty"] * 4
    finally:
        _found.cache_clear()


async def test_an_interpreter_that_is_gone_is_told_as_unavailable(monty, monkeypatch):
    """Its package may be there without its program, which comes in a package of its own."""

    def lost():
        raise FileNotFoundError("could not locate the `monty` binary")

    monkeypatch.setattr("intelligent_office.sandbox.monty._program", lost)
    with pytest.raises(Unavailable, match="could not locate"):
        await monty.run(Job(code="print(1)"))
    monkeypatch.setattr("intelligent_office.sandbox.monty._program", lambda: "/no/such/monty")
    with pytest.raises(Unavailable, match="failed to spawn"):
        await monty.run(Job(code="print(1)"))
