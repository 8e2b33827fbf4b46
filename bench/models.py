"""What the door to the models costs: time above the bare client, also where the answer is known, and a task's tokens.

    python -m bench.models [--asks 300]

Both ask a local server that answers at once, in OpenAI's format, from the same event loop: once through LangChain's
client alone, once through `ModelRouter.ask`, with the ledger of use on the embedded database. Rounds alternate, so that
a change of the machine's speed meets both. `ask` has no cache; `miss` asks what the cache does not know, and `hit` what
it does: in PostgreSQL, and in Redis where `redis-server` is installed. Tokens are those of `prompts.tokens`, counted in
what arrives at the server.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from intelligent_office.contracts import Flaws
from intelligent_office.database.pool import Database
from intelligent_office.models.forms import form_of
from intelligent_office.services import Services, make_services
from intelligent_office.settings import Settings, load_settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.telemetry.logs import configure
from intelligent_office.telemetry.scope import Scope, working_for
from intelligent_office.workers.worker import Worker
from prompts import render
from prompts.tokens import tokens
from tests.models.cache.redis_servers import redis_server
from tests.models.wire import Reply, Request, Server, serve

FLAGSHIP = (
    "Analyze the Python files in . and create a call sequence where the start function is A and the end function is B"
)
SOURCE = "def A():\n    middle()\n\n\ndef middle():\n    B()\n\n\ndef B():\n    pass\n"
MODEL = "gpt-4o"
ROUNDS = 6
AT_ONCE = (1, 8)

ANSWERS: dict[str, dict[str, Any]] = {
    "analyst": {"subtasks": [{"subtask_id": "t1", "objective": FLAGSHIP, "tools": ["code_analyzer"]}]},
    "planner": {
        "steps": [{"step_id": "s1", "action": "code_analyzer", "inputs": {"folder": ".", "start": "A", "end": "B"}}],
        "confidence": 0.9,
    },
    "validator": {"flaws": []},
    "reviewer": {"verdict": "APPROVED", "finding": ""},
}
"""What a good model says to the flagship task, in the order in which it is asked."""

TARGETS = {"planner": 1500, "reviewer": 1000, "whole task": 6000}

Work = Callable[[], Awaitable[object]]


def settings_for(server: Server, known: Settings) -> Settings:
    return known.model_copy(
        update={"openai_base_url": server.url, "openai_api_key": None, "openai_model": MODEL, "model": None}
    )


async def round_of(work: Work, asks: int, at_once: int) -> tuple[list[float], float]:
    """How long each question took, and the time of all of them by their number, in milliseconds."""
    slots = asyncio.Semaphore(at_once)

    async def one() -> float:
        async with slots:
            start = time.perf_counter()
            await work()
            return (time.perf_counter() - start) * 1000

    start = time.perf_counter()
    times = await asyncio.gather(*(one() for _ in range(asks)))
    return times, (time.perf_counter() - start) * 1000 / asks


def questions() -> Iterator[dict[str, Any]]:
    """Never the same twice, as in life."""
    for number in count():
        yield {"objective": f"{FLAGSHIP} ({number})", "steps": [], "tools": [], "given": {}}


@asynccontextmanager
async def known_and_unknown(
    server: Server, settings: Settings, database: Database, name: str
) -> AsyncIterator[dict[str, Work]]:
    """Questions that have been asked before, and others."""
    values = questions()
    known = next(values)
    scope = Scope(task_id=f"bench-{name}", tenant="bench")
    async with services_at(server, settings, database) as services:

        async def miss() -> object:
            with working_for(scope):
                return await services.models.ask("validator", Flaws, **next(values))

        async def hit() -> object:
            with working_for(scope):
                return await services.models.ask("validator", Flaws, **known)

        await hit()
        yield {f"miss {name}": miss, f"hit {name}": hit}


async def overhead(settings: Settings, database: Database, asks: int) -> None:
    """The same question, through the bare client and through the door."""
    from langchain_core.messages import HumanMessage
    from langchain_openai import ChatOpenAI

    values = questions()
    prompts = cycle([render("validator", **asked) for asked in islice(questions(), 100)])
    schema = {"name": "Flaws", "schema": form_of(Flaws).schema, "strict": False}
    uncached = settings.model_copy(update={"cache_seconds": 0.0})
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serve("openai", Reply('{"flaws": []}')))
        services = await stack.enter_async_context(services_at(server, uncached, database))
        works = await stack.enter_async_context(known_and_unknown(server, settings, database, "pg"))
        program = shutil.which("redis-server")
        if program:
            url = SecretStr(stack.enter_context(redis_server(program)).url)
            with_redis = settings.model_copy(update={"redis_url": url})
            works |= await stack.enter_async_context(known_and_unknown(server, with_redis, database, "redis"))
        client = ChatOpenAI(model=MODEL, base_url=server.url, api_key=SecretStr("none"), max_retries=0)
        task = await Tasks(database, settings).submit(TaskRequest(description=FLAGSHIP), tenant="bench", origin="bench")

        async def bare() -> object:
            form = {"type": "json_schema", "json_schema": schema}
            return (await client.ainvoke([HumanMessage(next(prompts))], response_format=form)).text

        async def door() -> object:
            with working_for(Scope(task_id=task.task_id, tenant="bench")):
                return await services.models.ask("validator", Flaws, **next(values))

        print(f"{'':<12}{'at once':>8}{'p50 ms':>10}{'p95 ms':>10}{'ms a question':>16}{'above bare':>12}")
        for at_once in AT_ONCE:
            await compare({"bare": bare, "ask": door, **works}, asks, at_once)
        await client.root_async_client.close()


async def compare(works: dict[str, Work], asks: int, at_once: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in works}
    each: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(ROUNDS + 1):
        for name, work in works.items():
            milliseconds, a_question = await round_of(work, max(at_once, asks // ROUNDS), at_once)
            if turn:  # the first warms up
                times[name] += milliseconds
                each[name].append(a_question)
    for name, milliseconds in times.items():
        p50, p95 = statistics.median(milliseconds), statistics.quantiles(milliseconds, n=20)[-1]
        above = statistics.median(one - bare for one, bare in zip(each[name], each["bare"], strict=True))
        over = f"{above:.2f}" if name != "bare" else ""
        print(f"{name:<12}{at_once:>8}{p50:>10.2f}{p95:>10.2f}{statistics.median(each[name]):>16.2f}{over:>12}")


@asynccontextmanager
async def services_at(server: Server, settings: Settings, database: Database) -> AsyncIterator[Services]:
    services = make_services(settings_for(server, settings), database)
    try:
        yield services
    finally:
        await services.close()


async def flagship(settings: Settings, database: Database, folder: Path) -> list[Request]:
    """All that a model is sent for the flagship task."""
    (folder / "program.py").write_text(SOURCE, encoding="utf-8")
    replies = [Reply(json.dumps(answer)) for answer in ANSWERS.values()]
    async with serve("openai", *replies) as server, services_at(server, settings, database) as services:
        tasks = Tasks(database, settings)
        task = await tasks.submit(TaskRequest(description=FLAGSHIP, folder=str(folder)), tenant="bench", origin="bench")
        worker = Worker(settings_for(server, settings), database, services)
        ended = await worker.work_on(await worker.take(task))
        if ended != "completed":
            raise RuntimeError(f"the task ended {ended}: {(await tasks.get(task.task_id, 'bench')).outcome}")
        return server.requests


def counted(requests: list[Request]) -> dict[str, tuple[int, int]]:
    """The tokens of each question, by role, and of the whole task: of the prompt, and of the schema beside it."""
    words = [(tokens(request.prompt), tokens(json.dumps(request.body.get("response_format")))) for request in requests]
    whole = sum(prompt for prompt, _ in words), sum(schema for _, schema in words)
    return {**dict(zip(ANSWERS, words, strict=True)), "whole task": whole}


def sizes(requests: list[Request]) -> None:
    """A row a question: the words, and the schema that the provider may count as well."""
    print(f"\n{'flagship task':<14}{'prompt':>8}{'schema':>8}{'tokens':>8}{'target':>8}")
    for name, (prompt, schema) in counted(requests).items():
        print(f"{name:<14}{prompt:>8}{schema:>8}{prompt + schema:>8}{TARGETS.get(name, ''):>8}")
    print(f"{len(requests)} questions to models")


async def bench(asks: int) -> None:
    configure("warning", "text")
    with tempfile.TemporaryDirectory(prefix="office-bench-") as folder:
        Path(folder).chmod(0o755)  # the embedded server of root runs as a user of its own
        settings = load_settings(home=Path(folder), pool_size=20)
        database = Database(settings)
        await database.open()
        try:
            await overhead(settings, database, asks)
            work = Path(folder) / "work"
            work.mkdir()
            sizes(await flagship(settings, database, work))
        finally:
            await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--asks", type=int, default=300, help="questions per row of the first table")
    asyncio.run(bench(parser.parse_args().asks))
