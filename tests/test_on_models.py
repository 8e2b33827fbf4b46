"""The whole office on a real client library, against a local server that speaks a provider's wire format."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from intelligent_office.cli.story import Story
from intelligent_office.database.pool import Database
from intelligent_office.models.usage import DatabaseUsage, ModelCall
from intelligent_office.records import Task
from intelligent_office.services import make_services
from intelligent_office.settings import Settings
from intelligent_office.task_requests import Constraints, TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.telemetry.scope import Scope, working_for
from intelligent_office.workers.worker import Worker
from prompts import BUDGETS
from prompts.tokens import tokens
from tests.models.asking import HandClock
from tests.models.wire import Fault, Hang, Reply, Server, Speech, serve

ANALYSIS = {"subtasks": [{"subtask_id": "t1", "objective": "praise the sea", "dependencies": [], "tools": []}]}
PLAN: dict[str, Any] = {
    "steps": [{"step_id": "s1", "action": "ai_tool", "inputs": {"instruction": "Praise the sea.", "text": ""}}],
    "confidence": 0.8,
}
ANSWERS: tuple[dict[str, Any], ...] = (
    ANALYSIS,
    PLAN,
    {"flaws": []},
    {"text": "Deep and blue."},
    {"verdict": "APPROVED", "finding": ""},
)
"""What analyst, planner, validator, ai_tool and reviewer say, in this order."""


def settings_for(speech: Speech, url: str, settings: Settings) -> Settings:
    known: dict[str, Any] = {"ollama_url": url} if speech == "ollama" else {f"{speech}_base_url": url}
    if speech != "ollama":
        known[f"{speech}_api_key"] = "sk-secret-123456"
    model = {"google": "google:gemini-2.5-pro", "mistral": "mistral:mistral-small-latest"}.get(speech)
    return Settings(database_url=settings.database_url, home=settings.home, model=model, _env_file=None, **known)


@asynccontextmanager
async def worker(settings: Settings, database: Database) -> AsyncIterator[Worker]:
    services = make_services(settings, database, clock=HandClock())
    try:
        yield Worker(settings, database, services)
    finally:
        await services.close()


async def work(settings: Settings, database: Database, description: str) -> Task:
    tasks = Tasks(database, settings)
    task = await tasks.submit(TaskRequest(description=description), tenant="default", origin="test")
    async with worker(settings, database) as hands:
        await hands.work_on(await hands.take(task))
    return await tasks.get(task.task_id, "default")


@pytest.mark.parametrize("speech", ["openai", "google", "mistral", "ollama"])
async def test_a_task_no_rule_covers_is_done_by_models_from_analyst_to_reviewer(speech, settings, database):
    async with serve(speech, *(Reply(json.dumps(answer)) for answer in ANSWERS)) as server:
        done = await work(settings_for(speech, server.url, settings), database, "Praise the sea.")
    assert done.outcome is not None
    assert (done.status, done.outcome["answer"]) == ("completed", "Deep and blue."), done.outcome
    usage = await Tasks(database, settings).usage(done.task_id, "default")
    assert (usage.calls, usage.input_tokens, usage.output_tokens) == (5, 500, 50)


async def test_a_model_that_guesses_the_inputs_of_a_tool_wrong_is_shown_them_and_tries_again(settings, database):
    call = {"step_id": "s1", "action": "math_calculator", "inputs": {"formula": "6 * 7"}}
    wrong = {"steps": [call]}
    right = {"steps": [{**call, "inputs": {"expression": "6 * 7"}}]}
    answers = [ANSWERS[0], wrong, right, {"flaws": []}, {"verdict": "APPROVED", "finding": ""}]
    async with serve("openai", *(Reply(json.dumps(answer)) for answer in answers)) as server:
        done = await work(settings_for("openai", server.url, settings), database, "Praise the sea.")
        first, second = (request.prompt for request in server.requests[1:3])
    assert done.outcome is not None
    assert (done.status, done.outcome["answer"]) == ("completed", "42")
    assert "- `math_calculator`: Work out an arithmetic expression" in first
    explained = "  expression: Numbers with"
    assert (explained in first, second.count(explained)) == (False, 1)


async def test_what_a_model_wants_revised_is_planned_again_by_the_model(settings, database):
    answers = [*ANSWERS[:-1], {"verdict": "REVISE", "finding": "Name a colour."}]
    again = {**PLAN, "steps": [{**PLAN["steps"][0], "inputs": {"instruction": "Praise its green.", "text": ""}}]}
    answers += [again, {"flaws": []}, {"text": "Green."}, {"verdict": "APPROVED", "finding": ""}]
    async with serve("openai", *(Reply(json.dumps(answer)) for answer in answers)) as server:
        done = await work(settings_for("openai", server.url, settings), database, "Praise the sea.")
        planned = [request.prompt for request in server.requests if "Name a colour." in request.prompt]
    assert done.outcome is not None
    assert done.outcome["answer"] == "Green."
    assert planned, "the planner read the reviewer's finding"


async def test_a_task_whose_budget_is_used_up_asks_no_further_model_and_says_so(settings, database):
    tasks = Tasks(database, settings)
    request = TaskRequest(description="Praise the sea.", constraints=Constraints(max_cost_usd=0.01))
    task = await tasks.submit(request, tenant="default", origin="test")
    call = ModelCall(
        role="analyst",
        provider="openai",
        model="gpt-4o",
        cost_usd=Decimal("0.02"),
        seconds=1.0,
        attempt=1,
        outcome="answered",
    )
    with working_for(Scope(task.task_id)):
        await DatabaseUsage(database).record(call)
    async with serve("openai", Reply(json.dumps(ANALYSIS))) as server:
        async with worker(settings_for("openai", server.url, settings), database) as hands:
            await hands.work_on(await hands.take(task))
        assert server.requests == []
    done = await tasks.get(task.task_id, "default")
    assert done.outcome is not None
    assert done.status == "failed"
    assert "budget of $0.01 is used up: $0.02 spent" in done.outcome["reason"]


def all_of(*servers: Server, base: Settings) -> Settings:
    """Settings that know every one of these providers."""
    known: dict[str, Any] = {f"{server.speech}_api_key": "sk-secret-123456" for server in servers}
    known |= {f"{server.speech}_base_url": server.url for server in servers}
    return Settings(database_url=base.database_url, home=base.home, _env_file=None, **known)


async def test_a_provider_that_dies_in_the_middle_is_replaced_role_by_role(settings, database):
    """Gemini analyses and plans, then it is gone; Mistral works, and OpenAI judges."""
    analysis, plan, flaws, text, verdict = (Reply(json.dumps(answer)) for answer in ANSWERS)
    async with (
        serve("google", analysis, plan, Fault(503)) as google,
        serve("mistral", text) as mistral,
        serve("openai", flaws, verdict) as openai,
    ):
        done = await work(all_of(google, mistral, openai, base=settings), database, "Praise the sea.")
        counts = [len(server.requests) for server in (google, mistral, openai)]
    assert done.outcome is not None
    assert (done.status, done.outcome["answer"]) == ("completed", "Deep and blue."), done.outcome
    assert counts == [2 + 3 + 2, 1, 2], "the circuit opens at the fifth failure"
    events = await Tasks(database, settings).events(done.task_id, "default")
    told = [(event.role, event.data) for event in events if event.kind.startswith("model.")]
    assert [(role, facts.get("attempt", facts.get("by"))) for role, facts in told] == [
        ("validator", 1),
        ("validator", 2),
        ("validator", 3),
        ("validator", "openai:gpt-4o-mini"),
        ("reviewer", 1),
        ("reviewer", 2),
        ("reviewer", "openai:gpt-4o-mini"),
    ]
    assert told[3][1]["troubles"] == ["gemini-2.5-flash: 503 ×3"]
    [review] = [event.data["review"] for event in events if event.kind == "role.finished" and event.role == "reviewer"]
    assert review["by"] == "model"
    lines = [line.text for event in events for line in Story().tell(event)]
    assert "validator: openai:gpt-4o-mini answered, after gemini-2.5-flash: 503 ×3" in lines


async def test_what_one_task_learned_of_a_provider_spares_the_next_one(settings, database):
    """Two tasks on one worker: the second asks the dead provider nothing."""
    answers = [Reply(json.dumps(answer)) for answer in ANSWERS] * 2
    tasks = Tasks(database, settings)
    async with serve("mistral", Fault(500)) as dead, serve("openai", *answers) as alive:
        chosen = all_of(dead, alive, base=settings)
        asked = []
        async with worker(Settings(**{**dict(chosen), "model": "mistral:x", "_env_file": None}), database) as hands:
            for text in ("Praise the sea.", "Praise the sea again."):
                task = await tasks.submit(TaskRequest(description=text), tenant="default", origin="test")
                await hands.work_on(await hands.take(task))
                assert (await tasks.get(task.task_id, "default")).status == "completed"
                asked.append([request.body["model"] for request in dead.requests].count("x"))
    assert asked == [5, 5]


async def test_a_cancelled_task_hangs_up_on_its_model(settings, database):
    tasks = Tasks(database, settings)
    task = await tasks.submit(TaskRequest(description="Praise the sea."), tenant="default", origin="test")
    async with (
        serve("openai", Hang()) as server,
        worker(settings_for("openai", server.url, settings), database) as hands,
    ):
        working = asyncio.create_task(hands.work_on(await hands.take(task)))
        while not server.requests:
            await asyncio.sleep(0.005)
        await tasks.cancel(task.task_id, "default")
        while not server.abandoned:
            await asyncio.sleep(0.005)
        assert await working == "cancelled"


async def test_when_the_models_are_away_the_rules_do_what_they_can(settings, database):
    async with serve("openai", Fault(503)) as server:
        done = await work(settings_for("openai", server.url, settings), database, "what is 15 * 23?")
    assert done.outcome is not None
    assert done.outcome["answer"] == "345"
    events = await Tasks(database, settings).events(done.task_id, "default")
    [review] = [event.data["review"] for event in events if event.kind == "role.finished" and event.role == "reviewer"]
    assert review["by"] == "rules", "no model has judged it"
    assert {event.data["by"] for event in events if event.kind == "model.replaced"} == {"built-in rules"}


async def test_when_the_models_are_away_and_no_rule_helps_the_failure_names_them(settings, database):
    async with serve("openai", Fault(503)) as server:
        done = await work(settings_for("openai", server.url, settings), database, "Praise the sea.")
    assert done.outcome is not None
    assert done.status == "failed"
    assert "gpt-4o" in done.outcome["reason"]
    assert "sk-secret" not in json.dumps(done.outcome)


async def test_a_request_of_the_longest_kind_reaches_every_role_whole_and_within_its_budget(settings, database):
    request = ("Praise every wave of the sea. " * 3_500)[:99_980] + " Forget none."
    async with serve("openai", *(Reply(json.dumps(answer)) for answer in ANSWERS)) as server:
        done = await work(settings_for("openai", server.url, settings), database, request)
        asked = dict(zip(("analyst", "planner", "validator", "ai_tool", "reviewer"), server.requests, strict=True))
    assert done.status == "completed"
    for role in ("analyst", "planner", "validator", "reviewer"):
        assert request in asked[role].prompt, role
        assert tokens(asked[role].prompt) <= BUDGETS[role].total
    assert not [
        event for event in await Tasks(database, settings).events(done.task_id, "default") if "cut" in event.kind
    ]
