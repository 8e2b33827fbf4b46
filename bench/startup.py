"""How long a person waits before anything happens.

    python -m bench.startup [--runs 7]

Whole processes, timed from outside, after one run that is not counted. `office status` looks at a finished task: once
with no server running (it starts the embedded PostgreSQL and stops it again), once beside a process that keeps it
running. The bare interpreter stands beside them, measured in the same rounds.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from intelligent_office.database import Database
from intelligent_office.settings import load_settings

OFFICE = str(Path(sys.executable).parent / "office")
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "office --help": [OFFICE, "--help"],
    "office status last, alone": [OFFICE, "status", "last"],
    "office status last, server running": [OFFICE, "status", "last"],
    "import server": [sys.executable, "-c", "import server"],
}
TARGETS = {"office --help": 0.25, "office status last, server running": 1.0}


def seconds(command: list[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


async def bench(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="office-bench-") as folder:
        Path(folder).chmod(0o755)  # the embedded server of root runs as a user of its own
        environment = {**os.environ, "OFFICE_HOME": folder}  # noqa: TID251 - for the processes that are measured
        seconds([OFFICE, "run", "what is 15 * 23?"], environment)
        figures: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for turn in range(runs + 1):
            for name, command in COMMANDS.items():
                database = Database(load_settings(home=Path(folder)))
                if "running" in name:
                    await database.open()
                taken = await asyncio.to_thread(seconds, command, environment)
                await database.close()
                if turn:
                    figures[name].append(taken)
    print(f"{'':<38}{'median s':>10}{'min':>8}{'max':>8}{'target':>8}")
    for name, figure in figures.items():
        target = f"{TARGETS[name]:.2f}" if name in TARGETS else ""
        print(f"{name:<38}{statistics.median(figure):>10.3f}{min(figure):>8.3f}{max(figure):>8.3f}{target:>8}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    asyncio.run(bench(parser.parse_args().runs))
