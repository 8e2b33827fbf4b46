"""Workers that live for a moment: forked from a process that has imported everything, and killed from outside.

    python -m tests.kills.lives ADDRESS FOLDER

One life for each line on standard input. It works on every task there is and says when a step begins and when it ends.
`gone` is said when it is dead and so is every process that it has started.
"""

import asyncio
import ctypes
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

from langchain_core.tools import BaseTool, InjectedToolArg, tool

from intelligent_office.contracts import Step, StepResult
from intelligent_office.database.pool import Database
from intelligent_office.seams import ToolScope
from intelligent_office.services import Services
from intelligent_office.settings import Settings
from intelligent_office.telemetry.logs import configure
from intelligent_office.toolbox.policy import Source, Tool, ToolPolicy
from intelligent_office.toolbox.remote.directory import Directory
from intelligent_office.toolbox.workshop import Workshop
from intelligent_office.workers.claims import Claims
from intelligent_office.workers.worker import Worker
from tests.fakes import ListArchive, ScriptedModels
from tools import file_operations
from tools.python_exec import Sandboxed

IMPORTED_LATE = ("intelligent_office.toolbox.remote.conversation", "graph.office", "pydantic_monty")
MANY = 1_000_000
"""Workers that may die over a task: all of these deaths are none of its fault."""
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER: processes whose parent was killed become ours, and are waited for


class Script(ScriptedModels):
    """Plans what the task's description says, as JSON."""

    def connected(self, role: str) -> bool:
        return True

    async def ask(self, role: str, schema: type[Any], /, **values: Any) -> Any:
        match role:
            case "analyst":
                return {"subtasks": [{"subtask_id": "t1", "objective": values["request"]}]}
            case "planner":
                return {"steps": [{"step_id": "s1", **json.loads(values["objective"])}]}
            case "validator":
                return {"flaws": []}
        return {"verdict": "APPROVED"}


class Announcing(Workshop):
    """Says when a step begins and ends."""

    async def invoke(self, step: Step, sources: dict[str, Any], scope: ToolScope) -> StepResult:
        _say("begins", scope.task_id)
        result = await super().invoke(step, sources, scope)
        _say("ends", scope.task_id)
        return result


def note(folder: Path) -> BaseTool:
    """An effect that may be repeated: it is known by its key."""

    @tool("note", parse_docstring=True)
    async def note(text: str, scope: Annotated[ToolScope, InjectedToolArg]) -> str:
        """Leave a trace under the key of the step.

        Args:
            text: the trace
        """
        _trace(folder / "note", f"{text} {scope.idempotency_key}")
        return text

    return note


def press(folder: Path) -> BaseTool:
    """An effect that must not be repeated."""

    @tool("press", parse_docstring=True)
    async def press(text: str) -> str:
        """Leave a trace.

        Args:
            text: the trace
        """
        _trace(folder / "press", text)
        return text

    return press


def services(settings: Settings, database: Database, folder: Path) -> Services:
    """The real tools and those whose effects can be counted, under a script."""
    tools = [
        Tool(definition=note(folder), policy=ToolPolicy(risk="safe", idempotent=True)),
        Tool(definition=press(folder), policy=ToolPolicy(risk="safe", idempotent=False)),
        Tool(definition=file_operations.file_operations(), policy=file_operations.POLICY),
    ]
    sources: list[Source] = [Sandboxed(settings), Directory(settings)]
    return Services(Script(), Announcing(tools, database, settings, sources=sources), ListArchive())


async def live(settings: Settings, folder: Path) -> None:
    """Work until nothing is left to do."""
    database = Database(settings)
    known = services(settings, database, folder)
    worker, claims = Worker(settings, database, known, name="mortal"), Claims(database, settings)
    async with database, asyncio.TaskGroup() as group:
        while claim := await claims.next("mortal"):
            group.create_task(worker.work_on(claim))
    await known.close()


def main(address: str, folder: Path) -> None:
    settings = Settings(
        database_url=address,
        services_file=folder / "services.toml",
        pool_size=4,
        crashes=MANY,
        lease_seconds=60,  # it ends sooner, by word of who has seen the death
        _env_file=None,
    )
    configure("error", "text")
    for name in IMPORTED_LATE:
        importlib.import_module(name)
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    for _ in sys.stdin:
        life = os.fork()
        if not life:
            asyncio.run(live(settings, folder))
            os._exit(0)
        _say("born", life)
        while True:
            try:
                os.wait()
            except ChildProcessError:
                break
        _say("gone")


def _say(*words: object) -> None:
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def _trace(path: Path, text: str) -> None:
    with path.open("a") as traces:
        traces.write(f"{text}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
