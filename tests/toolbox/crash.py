"""A process to be killed: it starts a call that may not be repeated, says so, and never comes to its end."""

import asyncio
import sys
from typing import Any

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from intelligent_office.toolbox.workshop import Workshop
from tests.toolbox.bench import SCOPE, Effects, a_step, pressing


async def main(address: str) -> None:
    settings = Settings(database_url=address, _env_file=None)

    def hang() -> Any:
        print("the effect has happened", flush=True)
        sys.stdin.read()

    await Workshop(pressing(Effects(hang), idempotent=False), Database(settings), settings).invoke(a_step(), {}, SCOPE)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
