"""What a run in a sandbox costs, beside a bare subprocess of the same Python, in one run.

    python -m bench.sandbox [--runs 200]

Rounds alternate, so that a change of the machine's speed meets all. Runs are timed one after another; `rested` is the
median where a tenth of a second lies before each, as between the steps of a task: the processor's caches are cold then.
`one kept ready` is bubblewrap with `OFFICE_SANDBOX_READY=1`. At the end, the memory of this process before and after
500 runs of each.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from intelligent_office.sandbox.choice import back_ends
from intelligent_office.sandbox.runs import Job, Sandbox

ROUNDS = 5
AT_ONCE = 4
FLAT_RUNS = 500
PAUSE_SECONDS = 0.1
JOB = Job(code="print(6 * 7)", files={"given.txt": b"x" * 1000}, wanted=["given.txt"])

Run = Callable[[], Awaitable[None]]


async def bare() -> None:
    """The yardstick: no protection at all."""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-I", "-S", "-c", JOB.code], capture_output=True, check=True
    )
    assert done.stdout == b"42\n"


def in_sandbox(sandbox: Sandbox) -> Run:
    async def run() -> None:
        ended = await sandbox.run(JOB)
        assert (ended.stdout, len(ended.files)) == (b"42\n", 1), ended

    return run


async def latencies(run: Run, runs: int, pause: float = 0.0) -> list[float]:
    found = []
    for _ in range(runs):
        await asyncio.sleep(pause)
        start = time.perf_counter()
        await run()
        found.append((time.perf_counter() - start) * 1000)
    return found


async def throughput(run: Run, runs: int) -> float:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with slots:
            await run()

    start = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(runs)))
    return runs / (time.perf_counter() - start)


def resident() -> float:
    """Megabytes of memory of this process."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


async def bench(runs: int) -> None:
    usable: dict[str, Run] = {"bare": bare}
    kept: list[Sandbox] = []
    for name, make in {**back_ends(), "one kept ready": back_ends(ready=1)["bubblewrap"]}.items():
        sandbox = make()
        if fault := sandbox.fault():
            print(f"{name} is left out: {fault}")
        else:
            usable[name] = in_sandbox(sandbox)
            kept.append(sandbox)
    alone: dict[str, list[float]] = {name: [] for name in usable}
    rested: dict[str, list[float]] = {name: [] for name in usable}
    together: dict[str, list[float]] = {name: [] for name in usable}
    for run in usable.values():
        await latencies(run, 3)
    for _ in range(ROUNDS):
        for name, run in usable.items():
            alone[name] += await latencies(run, runs // ROUNDS)
            rested[name] += await latencies(run, runs // ROUNDS, PAUSE_SECONDS)
            together[name].append(await throughput(run, runs // ROUNDS))
    print(f"{'':<16}{'p50 ms':>8}{'p95 ms':>8}{'p50 / bare':>12}{'rested':>8}{f'per second, {AT_ONCE} at once':>24}")
    yardstick = statistics.median(alone["bare"])
    for name, found in alone.items():
        found.sort()
        p50, p95 = statistics.median(found), found[int(len(found) * 0.95)]
        rate, idle = statistics.median(together[name]), statistics.median(rested[name])
        print(f"{name:<16}{p50:>8.1f}{p95:>8.1f}{p50 / yardstick:>12.2f}{idle:>8.1f}{rate:>24.1f}")
    print()
    for name, run in usable.items():
        before = resident()
        await latencies(run, FLAT_RUNS)
        print(f"{name:<16}{before:>8.1f} MB before {FLAT_RUNS} runs, {resident():.1f} MB after")
    for each in kept:
        await each.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200, help="runs per row of the table")
    asyncio.run(bench(parser.parse_args().runs))
