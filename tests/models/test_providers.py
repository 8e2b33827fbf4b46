"""Every provider's own client, over a real socket, against what servers do."""

import json

import pytest

from intelligent_office.contracts import Answer, PlanDraft
from intelligent_office.errors import ModelError
from tests.models.asking import KEY, MODELS, ask, pointing_at, router
from tests.models.wire import Drip, Drop, Fault, Hang, Raw, Reply, Speech, Turn, serve

pytestmark = pytest.mark.parametrize("speech", MODELS)

GOOD = Reply('{"text": "Deep and blue."}', input_tokens=1000, output_tokens=100)
PLAN = {"steps": [{"step_id": "s1", "action": "echo", "inputs": {"text": "hi", "times": [1, 2]}}], "confidence": 0.5}

PASSING: dict[str, tuple[Turn, str]] = {
    "429": (Fault(429, headers={"Retry-After": "0"}), "rate_limited"),
    "500": (Fault(500), "server_error"),
    "503": (Fault(503), "server_error"),
    "hung up": (Drop(), "unreachable"),
}
LASTING: dict[str, tuple[Turn, str, str]] = {
    "401": (Fault(401, f"Incorrect API key provided: {KEY}"), "rejected", "the key was refused"),
    "404": (Fault(404, "no such model"), "rejected", "404"),
    "400": (Fault(400, "bad request"), "rejected", "bad request"),
    "a web page": (Raw(b"<html>hello</html>", "text/html"), "malformed", "cannot read"),
}
UNFIT: dict[str, Turn] = {
    "prose": Reply("I would rather not."),
    "other JSON": Reply('{"words": 3}'),
    "nothing": Reply(""),
}


async def test_an_answer_is_read_and_its_use_recorded(speech: Speech):
    async with serve(speech, GOOD) as server, router(pointing_at(server, model=MODELS[speech])) as (models, usage):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}

        [request] = server.requests
        assert "Praise it." in request.prompt
        [call] = usage.calls
        assert f"{call.provider}:{call.model}" == MODELS[speech]
        assert (call.role, call.input_tokens, call.output_tokens, call.attempt) == ("ai_tool", 1000, 100, 1)
        assert call.outcome.startswith("answered")
        assert 0 < call.seconds < 20
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


@pytest.mark.parametrize("name", PASSING)
async def test_a_passing_failure_is_tried_again_once(speech: Speech, name: str):
    fault, outcome = PASSING[name]
    async with (
        serve(speech, fault, GOOD) as server,
        router(pointing_at(server, model=MODELS[speech])) as (models, usage),
    ):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        assert usage.outcomes[0] == outcome
        assert [call.attempt for call in usage.calls] == [1, 2]
        assert len(server.requests) == 2, "the client does not repeat requests on its own"


@pytest.mark.parametrize("name", LASTING)
async def test_a_lasting_failure_is_not_tried_again_and_told_without_secrets(speech: Speech, name: str):
    fault, outcome, told = LASTING[name]
    async with serve(speech, fault) as server, router(pointing_at(server, model=MODELS[speech])) as (models, usage):
        with pytest.raises(ModelError) as failure:
            await ask(models, "ai_tool", Answer)
        preferred = [call for call in usage.calls if f"{call.provider}:{call.model}" == MODELS[speech]]
        assert [call.outcome for call in preferred] == [outcome]
    assert MODELS[speech] in str(failure.value)
    assert told in str(failure.value)
    assert KEY not in str(failure.value) + repr(usage.calls)


@pytest.mark.parametrize("name", UNFIT)
async def test_an_answer_that_does_not_fit_is_asked_for_once_more(speech: Speech, name: str):
    script = [UNFIT[name], GOOD]
    async with serve(speech, *script) as server, router(pointing_at(server, model=MODELS[speech])) as (models, usage):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        assert usage.outcomes[0] == "malformed"
        assert usage.calls[0].input_tokens == 100, "what the useless answer cost is recorded too"
        prompt, answer, objection = server.requests[1].messages
        assert "Praise it." in prompt
        assert answer.strip(), "an empty message is refused by some providers"
        assert "does not fit" in objection


async def test_a_model_that_never_fits_is_given_up(speech: Speech):
    async with (
        serve(speech, Reply("no")) as server,
        router(pointing_at(server, model=MODELS[speech])) as (models, usage),
    ):
        with pytest.raises(ModelError, match="does not fit ×2"):
            await ask(models, "ai_tool", Answer)
        assert set(usage.outcomes) == {"malformed"}


async def test_silence_ends_with_the_time_limit(speech: Speech):
    limited = {"model": MODELS[speech], "model_seconds": 0.3}
    async with serve(speech, Hang()) as server, router(pointing_at(server, **limited)) as (models, usage):
        with pytest.raises(ModelError, match=r"no answer within 0\.3 s"):
            await ask(models, "ai_tool", Answer)
        assert usage.outcomes[0] == "timed_out"


async def test_an_answer_that_never_ends_ends_with_the_time_limit(speech: Speech):
    limited = {"model": MODELS[speech], "model_seconds": 0.3}
    async with serve(speech, Drip()) as server, router(pointing_at(server, **limited)) as (models, usage):
        with pytest.raises(ModelError, match=r"no answer within 0\.3 s"):
            await ask(models, "ai_tool", Answer)
        assert usage.outcomes[0] == "timed_out"


async def test_a_connection_is_used_again(speech: Speech):
    async with serve(speech, GOOD) as server, router(pointing_at(server, model=MODELS[speech])) as (models, _):
        for _ in range(3):
            await ask(models, "ai_tool", Answer)
        assert len(server.requests) == 3
        assert server.connections == 1


async def test_the_next_candidate_answers_when_nobody_listens(speech: Speech):
    """Whatever provider fails, one of another kind takes over."""
    other: Speech = "ollama" if speech != "ollama" else "mistral"
    async with serve(speech, GOOD) as gone:
        pass
    async with serve(other, GOOD) as server:
        async with router(pointing_at(gone, server, model=MODELS[speech])) as (models, usage):
            assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        assert usage.outcomes[:2] == ["unreachable", "unreachable"]
        assert usage.calls[-1].provider == other
        assert usage.calls[-1].attempt == 1
