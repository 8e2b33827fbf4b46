"""A process to be killed: it calls a tool that never answers and may not be repeated."""

import asyncio
import sys
from pathlib import Path
from typing import Any

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from intelligent_office.toolbox.remote.directory import Directory
from intelligent_office.toolbox.workshop import Workshop
from tests.toolbox.bench import SCOPE


async def main(address: str, services: Path) -> None:
    settings = Settings(database_url=address, services_file=services, _env_file=None)
    workshop = Workshop([], Database(settings), settings, sources=[Directory(settings)])
    await workshop.refresh()
    step: Any = {"step_id": "s1", "action": "odd__wait", "inputs": {}, "idempotency_key": "k1"}
    await workshop.invoke(step, {}, SCOPE)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
