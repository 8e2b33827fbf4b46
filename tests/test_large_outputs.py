"""What a task leaves in the database that reads something large and passes it on."""

from typing import Any

from langchain_core.tools import tool

from intelligent_office.database.pool import Database
from intelligent_office.services import Services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.workshop import Workshop
from intelligent_office.workers.worker import Worker
from tests.fakes import ListArchive, ScriptedModels

SIZE = 5_000_000


@tool("fetch", parse_docstring=True)
async def fetch(letter: str) -> str:
    """Say a letter very often.

    Args:
        letter: the letter
    """
    return letter * SIZE


@tool("join", parse_docstring=True)
async def join(first: str, second: str) -> str:
    """Put two texts together.

    Args:
        first: one text
        second: the other
    """
    return f"{second}{first}"


@tool("measure", parse_docstring=True)
async def measure(text: str) -> int:
    """Count characters.

    Args:
        text: the text
    """
    return len(text)


async def test_large_outputs_pass_between_steps_and_desks_whole_and_stay_out_of_the_state(
    settings: Settings, database: Database
):
    tools = [Tool(definition=one, policy=ToolPolicy(risk="safe", idempotent=True)) for one in (fetch, join, measure)]
    models = ScriptedModels(
        analyst=[
            {
                "subtasks": [
                    {"subtask_id": "t1", "objective": "fetch"},
                    {"subtask_id": "t2", "objective": "measure", "dependencies": ["t1"]},
                ]
            }
        ],
        planner=[
            {
                "steps": [
                    {"step_id": "s1", "action": "fetch", "inputs": {"letter": "a"}},
                    {"step_id": "s2", "action": "join", "inputs": {"first": "${s1}", "second": "${s1.output}"}},
                    {"step_id": "s3", "action": "measure", "inputs": {"text": "and a short one"}},
                ]
            },
            {"steps": [{"step_id": "s1", "action": "measure", "inputs": {"text": "${t1}"}}]},
        ],
        reviewer=[{"verdict": "APPROVED"}] * 2,
    )
    worker = Worker(settings, database, Services(models, Workshop(tools, database, settings), ListArchive()))
    tasks = Tasks(database, settings)
    task = await tasks.submit(TaskRequest(description="do it"), tenant="default", origin="test")
    assert await worker.work_on(await worker.take(task)) == "completed"

    done = await tasks.get(task.task_id, "default")
    assert done.outcome is not None
    assert done.outcome["answer"].endswith(f"measure\n{2 * SIZE + 3}")
    for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes", "events", "tasks", "executions"):
        assert await size_of(database, table) < 250_000, table


async def size_of(database: Database, table: str) -> int:
    """Bytes of a table's rows, before PostgreSQL compresses them."""
    query: Any = f"SELECT coalesce(sum(octet_length(t::text)), 0) AS bytes FROM {table} AS t"
    async with database.pool.connection() as connection:
        row: Any = await (await connection.execute(query)).fetchone()
    return int(row["bytes"])
