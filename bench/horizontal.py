"""How much more is done with more workers, where models take their time.

    python -m bench.horizontal [--tasks 60] [--workers 2]

A local server in OpenAI's format answers every question after 50 ms, so that a worker with two places waits most of the
time, as with real models. The same tasks are done by one `office worker` and by several, in alternating rounds, on one
embedded PostgreSQL; the time is from the first submission to the last ending.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from bench.serving import process
from intelligent_office.database.pool import Database
from intelligent_office.settings import load_settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks

ANSWER_SECONDS = 0.05
PLACES = 2
ROUNDS = 3
TARGET = 1.8

ANSWERS: dict[str, dict[str, Any]] = {
    "analyst": {"subtasks": [{"subtask_id": "t1", "objective": "praise the sea", "tools": ["ai_tool"]}]},
    "planner": {
        "steps": [{"step_id": "s1", "action": "ai_tool", "inputs": {"instruction": "Praise the sea.", "text": ""}}],
        "confidence": 0.9,
    },
    "validator": {"flaws": []},
    "ai_tool": {"text": "Deep and blue."},
    "reviewer": {"verdict": "APPROVED", "finding": ""},
}
SCHEMAS = {
    "Analysis": "analyst",
    "PlanDraft": "planner",
    "Flaws": "validator",
    "Answer": "ai_tool",
    "Judgement": "reviewer",
}


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection's questions by the form that is asked for."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next(int(line.split(":")[1]) for line in lines if line.startswith("content-length:"))
            question = json.loads(await reader.readexactly(length))
            name = question["response_format"]["json_schema"]["name"]
            await asyncio.sleep(ANSWER_SECONDS)
            writer.write(_reply(json.dumps(ANSWERS[SCHEMAS[name]])))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _reply(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    body = json.dumps(
        {"id": "1", "object": "chat.completion", "created": 0, "model": "any", "choices": [choice], "usage": usage}
    ).encode()
    head = f"HTTP/1.1 {HTTPStatus.OK} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@asynccontextmanager
async def models() -> AsyncIterator[str]:
    """The address of a provider."""
    listener = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=256)
    async with listener:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"


async def round_of(tasks: Tasks, number: int) -> float:
    """Submit so many tasks and wait for the last of them; tasks a second."""
    start = time.perf_counter()
    requests = [TaskRequest(description=f"Praise the sea ({start}, {turn}).") for turn in range(number)]
    accepted = [await tasks.submit(request, tenant="default", origin="bench") for request in requests]

    async def ended(task_id: str) -> None:
        async for _ in tasks.watch(task_id, "default"):
            pass
        task = await tasks.get(task_id, "default")
        if task.status != "completed":
            raise RuntimeError(f"{task_id} ended {task.status}: {task.outcome}")

    await asyncio.gather(*(ended(task.task_id) for task in accepted))
    return number / (time.perf_counter() - start)


async def bench(number: int, most: int) -> None:
    with tempfile.TemporaryDirectory(prefix="office-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # the embedded server of root runs as a user of its own
        settings = load_settings(home=home, pool_size=20)
        database = Database(settings)
        await database.open()
        tasks = Tasks(database, settings)
        figures: dict[int, list[float]] = {1: [], most: []}
        try:
            async with models() as url:
                for _ in range(ROUNDS):
                    for workers, rates in figures.items():
                        with ExitStack() as stack:
                            for _ in range(workers):
                                worker = process(
                                    "worker",
                                    home=home,
                                    until="is ready",
                                    OFFICE_CONCURRENCY=str(PLACES),
                                    OFFICE_OPENAI_BASE_URL=url,
                                    OFFICE_OPENAI_MODEL="gpt-4o",
                                )
                                await asyncio.to_thread(stack.enter_context, worker)
                            await round_of(tasks, 2 * PLACES * workers)  # connections are opened, modules imported
                            rates.append(await round_of(tasks, number))
        finally:
            await database.close()
    medians = {workers: statistics.median(rates) for workers, rates in figures.items()}
    print(f"{'workers':>8}{'tasks a second':>16}{'growth':>10}{'target':>10}")
    for workers, rate in medians.items():
        target = f"{TARGET:.1f}" if workers == 2 else ""
        print(f"{workers:>8}{rate:>16.1f}{rate / medians[1]:>10.2f}{target:>10}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=60, help="tasks per round")
    parser.add_argument("--workers", type=int, default=2, help="how many are compared with one")
    arguments = parser.parse_args()
    asyncio.run(bench(arguments.tasks, arguments.workers))
