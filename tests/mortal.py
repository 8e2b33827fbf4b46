"""A process to be killed: a worker whose every task comes to a stop at the place that its description names.

The places are roles, and moments between them. The same services without a place to stop at belong to the survivor.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from langchain_core.tools import InjectedToolArg, tool

from intelligent_office.database.pool import Database
from intelligent_office.seams import ToolScope
from intelligent_office.services import Services
from intelligent_office.settings import Settings
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.workshop import Workshop
from intelligent_office.workers.claims import Claims
from intelligent_office.workers.worker import Worker
from tests.fakes import ListArchive, ScriptedModels

Stop = Callable[[str], Awaitable[None]]
"""Called with the name of every place that a task comes to."""

DESKS = "desks"
"""The task with two desks: one waits for a human, the other is in the middle of a step."""


async def go_on(place: str) -> None:
    """Stops nowhere."""


class Script(ScriptedModels):
    """Answers by what it is asked, so that it does not matter how often and in which process."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self._stop = stop

    def connected(self, role: str) -> bool:
        return True

    async def ask(self, role: str, schema: type[Any], /, **values: Any) -> Any:
        place = values["objective"] if role != "analyst" else values["request"]
        await self._stop(f"{role} of {place}")
        match role:
            case "analyst":
                objectives = [f"{DESKS} ask", f"{DESKS} step"] if place == DESKS else [place]
                return {"subtasks": [{"subtask_id": f"t{n}", "objective": one} for n, one in enumerate(objectives, 1)]}
            case "planner":
                return {"steps": _steps(place)}
            case "validator":
                return {"flaws": []}
            case "gatekeeper":
                return {"decision": "ask", "reason": "A machine cannot know."}
        return {"verdict": "APPROVED"}


class Memory(ListArchive):
    """Stops before it remembers."""

    def __init__(self, stop: Stop) -> None:
        super().__init__()
        self._stop = stop

    async def remember(self, **memory: Any) -> None:
        await self._stop(f"archivist of {memory['objective']}")
        await super().remember(**memory)


def services(settings: Settings, database: Database, effects: Path, stop: Stop = go_on) -> Services:
    """Tools whose effects are lines of a file, and roles that call `stop` on their way."""

    @tool("note", parse_docstring=True)
    async def note(text: str) -> str:
        """Write a line that may be written again.

        Args:
            text: the line
        """
        await stop(f"step {text}")
        return _written(effects, text)

    @tool("press", parse_docstring=True)
    async def press(text: str, scope: Annotated[ToolScope, InjectedToolArg]) -> str:
        """Write a line that must not be written twice.

        Args:
            text: the line
        """
        said = _written(effects, text)
        await stop(f"effect {text}")
        return said

    tools = [
        Tool(definition=note, policy=ToolPolicy(risk="safe", idempotent=True)),
        Tool(definition=press, policy=ToolPolicy(risk_of=_risk, idempotent=False)),
    ]
    return Services(Script(stop), Workshop(tools, database, settings), Memory(stop))


def _risk(inputs: dict[str, Any]) -> Any:
    return "guarded" if inputs["text"] == f"{DESKS} ask" else "safe"


def _steps(objective: str) -> list[dict[str, Any]]:
    if objective in ("effect", f"{DESKS} ask"):
        return [{"step_id": "s1", "action": "press", "inputs": {"text": objective}}]
    return [
        {"step_id": "s1", "action": "note", "inputs": {"text": f"{objective} one"}},
        {"step_id": "s2", "action": "note", "inputs": {"text": f"{objective} two"}, "dependencies": ["s1"]},
    ]


def _written(effects: Path, text: str) -> str:
    with effects.open("a") as lines:
        lines.write(f"{text}\n")
    return text


async def main(address: str, effects: Path, places: list[str]) -> None:
    settings = Settings(database_url=address, _env_file=None)
    database = Database(settings)
    left = {
        place
        if " of " in place
        else f"effect {place}"
        if place == "effect"
        else f"step {place} two"
        if "step" in place
        else f"{place} of {place}"
        for place in places
    }

    async def stop(place: str) -> None:
        if place not in left:
            return
        if DESKS in place:
            await _interrupted(database)
        left.remove(place)
        if not left:
            await _told(database)
            print("all have come to their places", flush=True)
        await asyncio.Event().wait()

    worker = Worker(settings, database, services(settings, database, effects, stop), name="mortal")
    claims = Claims(database, settings)
    async with asyncio.TaskGroup() as group:
        for _ in places:  # each once, also where a lease runs out before the last one is taken
            claim = await claims.next("mortal")
            assert claim
            if claim.task.description == "finish":
                claim.finish = lambda *_: stop("finish of finish")  # type: ignore[method-assign, assignment]
            group.create_task(worker.work_on(claim))


async def _interrupted(database: Database) -> None:
    """Wait until the other desk's question is in a checkpoint."""
    query = "SELECT FROM checkpoint_writes WHERE channel = '__interrupt__'"
    while True:
        async with database.pool.connection() as connection:
            if (await connection.execute(query)).rowcount:
                return


async def _told(database: Database) -> None:
    """Wait until what each task has come by is written down; some of it waits for company."""
    query = "SELECT FROM tasks WHERE status = 'running' AND progress = 0"
    while True:
        async with database.pool.connection() as connection:
            if not (await connection.execute(query)).rowcount:
                return


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
