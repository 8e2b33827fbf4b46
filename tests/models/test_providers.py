"""Every provider's own client, over a real socket, against what servers do."""

import asyncio
import json
import socket
import time
from contextlib import suppress
from typing import Any

import pytest

from intelligent_office.contracts import Answer, PlanDraft
from intelligent_office.errors import ModelError
from intelligent_office.models.router import ModelRouter
from tests.models.asking import MODELS, ListedUsage, ask, pointing_at, router
from tests.models.wire import HERE, Fault, Hang, Raw, Reply, Speech, Turn, nobody, serve

pytestmark = pytest.mark.parametrize("speech", MODELS)

GOOD = Reply('{"text": "Deep and blue."}', input_tokens=1000, output_tokens=100)
PLAN = {"steps": [{"step_id": "s1", "action": "echo", "inputs": {"text": "hi", "times": [1, 2]}}], "confidence": 0.5}


async def test_an_answer_is_read_and_its_use_recorded(speech: Speech):
    begun = time.monotonic()
    async with serve(speech, GOOD) as server, router(pointing_at(server, model=MODELS[speech])) as (models, usage):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}

        [request] = server.requests
        assert "Praise it." in request.prompt
        [call] = usage.calls
        assert f"{call.provider}:{call.model}" == MODELS[speech]
        assert (call.role, call.input_tokens, call.output_tokens, call.attempt) == ("ai_tool", 1000, 100, 1)
        assert call.outcome.startswith("answered")
        assert 0 < call.seconds < time.monotonic() - begun
        if speech in ("google", "mistral"):
            assert call.cost_usd > 0


async def test_a_plan_with_free_inputs_survives_the_wire(speech: Speech):
    plan = json.loads(json.dumps(PLAN))
    if speech == "google":  # it is asked for open objects as text
        plan["steps"][0]["inputs"] = json.dumps(plan["steps"][0]["inputs"])
    async with serve(speech, Reply(json.dumps(plan))) as server:
        async with router(pointing_at(server, model=MODELS[speech])) as (models, _):
            assert await ask(models, "planner", PlanDraft) == PLAN

        sent = json.dumps(server.requests[0].body)
        assert "confidence" in sent, "the provider is told the form"
        assert "$ref" not in sent
        if speech == "google":
            steps = server.requests[0].body["generationConfig"]["responseJsonSchema"]["properties"]["steps"]
            assert steps["items"]["properties"]["inputs"]["type"] == "string"
        assert ("fits this JSON Schema" in server.requests[0].prompt) == (speech == "ollama"), (
            "the others tell the model"
        )


@pytest.mark.parametrize("unfit", ["I would rather not.", '{"words": 3}', ""])
async def test_the_model_is_told_what_is_wrong_with_its_answer(speech: Speech, unfit: str):
    script = [Reply(unfit), GOOD]
    async with serve(speech, *script) as server, router(pointing_at(server, model=MODELS[speech])) as (models, usage):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        assert usage.calls[0].input_tokens == 100, "what the useless answer cost is recorded too"
        prompt, answer, objection = server.requests[1].messages
        assert "Praise it." in prompt
        assert answer.strip(), "an empty message is refused by some providers"
        assert "does not fit" in objection
        assert "JSON Schema" in prompt + objection, "a server may take the form and not tell the model"


async def test_a_cut_off_answer_costs_what_it_costs_and_a_shorter_one_is_asked_for(speech: Speech):
    script = [Reply('{"text": "Deep and', finish="length"), GOOD]
    async with serve(speech, *script) as server, router(pointing_at(server, model=MODELS[speech])) as (models, usage):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        assert usage.calls[0].output_tokens == 10
        _, answer, objection = server.requests[1].messages
        assert answer == '{"text": "Deep and'
        assert "cut off" in objection
        assert "shorter" in objection


async def test_a_plan_survives_the_wire_as_the_inputs_of_a_tool(speech: Speech):
    plan = json.loads(json.dumps(PLAN))
    if speech == "google":
        plan["steps"][0]["inputs"] = json.dumps(plan["steps"][0]["inputs"])
    script: list[Turn] = [Fault(400, "no json_schema here"), Reply(call=plan)]
    async with serve(speech, *script) as server, router(pointing_at(server, model=MODELS[speech])) as (models, _):
        assert await ask(models, "planner", PlanDraft) == PLAN
        assert [request.tool for request in server.requests] == ["", "PlanDraft"]


@pytest.mark.usefixtures("idle_connections_are_kept")
async def test_a_connection_is_used_again(speech: Speech):
    async with serve(speech, GOOD) as server, router(pointing_at(server, model=MODELS[speech])) as (models, _):
        for _ in range(3):
            await ask(models, "ai_tool", Answer)
        assert len(server.requests) == 3
        assert server.connections == 1


async def test_the_next_candidate_answers_when_nobody_listens(speech: Speech):
    """Whatever provider fails, one of another kind takes over."""
    other: Speech = "ollama" if speech != "ollama" else "mistral"
    with nobody(speech) as gone:
        async with (
            serve(other, GOOD) as server,
            router(pointing_at(gone, server, model=MODELS[speech])) as (models, usage),
        ):
            assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        assert usage.outcomes[:3] == ["unreachable"] * 3
        assert usage.calls[-1].provider == other
        assert usage.calls[-1].attempt == 1


async def test_a_server_without_tls_is_told_by_name_and_not_tried_again(speech: Speech):
    async with serve(speech, GOOD) as server:
        server.url = server.url.replace("http://", "https://")
        async with router(pointing_at(server, model=MODELS[speech])) as (models, usage):
            with pytest.raises(ModelError, match="TLS: wrong version number"):
                await ask(models, "ai_tool", Answer)
        assert usage.outcomes[0] == "unreachable"


async def test_a_cancelled_question_hangs_up(speech: Speech):
    async with serve(speech, Hang()) as server, router(pointing_at(server, model=MODELS[speech])) as (models, usage):
        question = asyncio.create_task(ask(models, "ai_tool", Answer))
        await server.asked.wait()
        question.cancel()
        await asyncio.gather(question, return_exceptions=True)
        while not server.abandoned:
            await asyncio.sleep(0.001)
        assert question.cancelled()
        assert usage.outcomes == ["cancelled"]
        assert models.circuits()[MODELS[speech]].failures == 0, "it says nothing of the provider"


@pytest.mark.usefixtures("idle_connections_are_kept")
async def test_many_questions_at_once_share_connections_with_those_after_them(speech: Speech):
    async with (
        serve(speech, GOOD, crowd=64) as server,
        router(pointing_at(server, model=MODELS[speech])) as (models, _),
    ):
        for _ in range(2):
            answers = await asyncio.gather(*(ask(models, "ai_tool", Answer) for _ in range(64)))
            assert len(answers) == 64
        assert len(server.requests) == 128
        assert server.connections < 80, "httpx alone would keep 20 of the 64 for the second round, and open 44 anew"


def test_a_router_outlives_the_event_loop_it_was_first_used_in(speech: Speech):
    models: list[ModelRouter] = []

    async def work(door: socket.socket) -> Any:
        async with serve(speech, GOOD, GOOD, door=door) as server:
            if not models:
                models.append(ModelRouter(pointing_at(server, model=MODELS[speech]), ListedUsage()))
            try:
                return await ask(models[0], "ai_tool", Answer)
            finally:
                await models[0].close()

    with socket.create_server(HERE) as door:
        answers = [asyncio.run(work(door)) for _ in range(2)]
    assert answers == [{"text": "Deep and blue."}] * 2


STRANGE = [
    *(b"", b"null", b"0", b'"x"', b"[]", b"{}", b"\xff\xfe\x00", b"[" * 100_000),
    *(b'{"error": null}', b'{"error": [1]}', b'{"detail": {"a": 1}}'),
    *(b'{"choices": null}', b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": [{"message": null}]}'),
    b'{"choices": [{"message": {"role": "assistant", "content": 5, "tool_calls": [{}]}}]}',
    *(b'{"candidates": null}', b'{"candidates": [{}]}', b'{"candidates": [{"content": {"parts": [{}]}}]}'),
    *(b'{"message": null, "done": true}', b'{"message": {"role": "assistant", "content": null}, "done": true}'),
]


async def test_whatever_a_server_says_is_an_answer_or_a_failure(speech: Speech):
    """Never an exception of some library, and never a wait without end."""
    script = [Raw(body, status=status) for body in STRANGE for status in (200, 400, 429, 500, 599)]
    async with serve(speech, *script, GOOD) as server:
        chosen = pointing_at(server, model=MODELS[speech], breaker_failures=1000)
        async with router(chosen) as (models, usage):
            while len(server.requests) <= len(script):
                with suppress(ModelError):
                    await ask(models, "ai_tool", Answer)
        assert len(usage.calls) == len(server.requests)
        assert [call.error for call in usage.calls if call.outcome == "failed"] == []
