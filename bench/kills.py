"""Workers killed again and again in the middle of steps, on the embedded server: does any effect happen twice?

    python -m bench.kills [--kills 500] [--seed 1]

Prints how many steps of each kind were under way at a kill, and every task that did not end as it must.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from intelligent_office.database.embedded import EmbeddedServer
from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from tests.kills.ordeal import ordeal


async def endure(settings: Settings, folder: Path, kills: int, seed: int) -> int:
    """Kill workers so many times; how many tasks did not end as they must."""
    began = time.monotonic()
    async with Database(settings) as database, ordeal(settings, database, folder, seed) as made:
        await made.storm(kills)
        seconds = time.monotonic() - began
        found = [fault for task in await made.rest() for fault in await made.faults(task)]
        asked = await made.answer("approve")
        tasks = await made.rest()
        found += [fault for task in tasks for fault in await made.faults(task)]
    print(f"{made.kills} kills in {seconds:.0f} s, seed {seed}; {len(tasks)} tasks, {asked} of them asked a human")
    for kind, times in sorted(made.interrupted.items()):
        print(f"  {times:>6} times in the middle of {kind}")
    print(f"  {len(made.drafts()):>6} drafts of files were left behind")
    print("\n".join(found) or "no effect happened twice, and every task ended or asked")
    return len(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="office-kills-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = EmbeddedServer(folder / "home")
        address = server.start()
        try:
            settings = Settings(database_url=address, home=folder / "home", _env_file=None)
            work = folder / "work"
            work.mkdir()
            return int(asyncio.run(endure(settings, work, chosen.kills, chosen.seed)) > 0)
        finally:
            server.stop()


if __name__ == "__main__":
    raise SystemExit(main())
