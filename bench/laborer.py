"""A worker to be killed: its tasks have effects, each a line of a file that holds the key of its step.

    python -m bench.laborer ADDRESS EFFECTS NAME SECONDS

A task's words are the number of its steps and its name, as in "4 errands a". All but the last step may be repeated; the
last one must not be. A step takes up to SECONDS before and after its effect, so that death comes at any moment.
"""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

from langchain_core.tools import InjectedToolArg, tool

from intelligent_office.database.pool import Database
from intelligent_office.seams import ToolScope
from intelligent_office.services import Services
from intelligent_office.settings import load_settings
from intelligent_office.telemetry.logs import configure
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.workshop import Workshop
from intelligent_office.workers.shift import Shift
from intelligent_office.workers.worker import Worker
from tests.fakes import ListArchive, ScriptedModels

READY = "ready"


class Clerk(ScriptedModels):
    """Answers by what it is asked, whichever process asks."""

    async def ask(self, role: str, schema: type[Any], /, **values: Any) -> Any:  # noqa: ARG002
        match role:
            case "analyst":
                return {"subtasks": [{"subtask_id": "t1", "objective": values["request"]}]}
            case "planner":
                return {"steps": errands(values["objective"])}
            case "validator":
                return {"flaws": []}
        return {"verdict": "APPROVED"}


def errands(objective: str) -> list[dict[str, Any]]:
    """One after the other; the last must not be run twice."""
    number = int(objective.split()[0])
    return [
        {
            "step_id": f"s{place}",
            "action": "stamp" if place < number else "press",
            "inputs": {"text": f"{objective} {place}"},
            "dependencies": [f"s{place - 1}"] if place > 1 else [],
        }
        for place in range(1, number + 1)
    ]


def services(settings: Any, database: Database, effects: Path, longest: float) -> Services:
    async def done(text: str, scope: ToolScope) -> str:
        await asyncio.sleep(random.uniform(0, longest))
        line = f"{scope.idempotency_key} {text}\n".encode()
        handle = os.open(effects, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(handle, line)  # at once: whoever reads the file sees whole lines
        finally:
            os.close(handle)
        await asyncio.sleep(random.uniform(0, longest))
        return text

    @tool("stamp", parse_docstring=True)
    async def stamp(text: str, scope: Annotated[ToolScope, InjectedToolArg]) -> str:
        """Write a line that may be written again.

        Args:
            text: the line
        """
        return await done(text, scope)

    @tool("press", parse_docstring=True)
    async def press(text: str, scope: Annotated[ToolScope, InjectedToolArg]) -> str:
        """Write a line that must not be written twice.

        Args:
            text: the line
        """
        return await done(text, scope)

    tools = [
        Tool(definition=stamp, policy=ToolPolicy(risk="safe", idempotent=True)),
        Tool(definition=press, policy=ToolPolicy(risk="safe", idempotent=False)),
    ]
    return Services(Clerk(), Workshop(tools, database, settings), ListArchive())


async def main(address: str, effects: Path, name: str, longest: float) -> None:
    settings = load_settings(database_url=address)
    configure(settings.log_level, settings.log_format)
    database = Database(settings)
    await database.open()
    known = services(settings, database, effects, longest)
    shift = Shift(settings, database, Worker(settings, database, known, name=name))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, shift.stop)
    print(READY, flush=True)
    try:
        await shift.run()
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
