"""What the circuits and the rests of models mean for who asks them."""

import asyncio
import json

import pytest

from intelligent_office.contracts import Analysis, Answer
from intelligent_office.errors import ModelError
from intelligent_office.models.quotes import Quote
from intelligent_office.models.router import ModelRouter
from tests.models.asking import MODELS, HandClock, ListedUsage, ask, pointing_at, router
from tests.models.wire import Fault, Reply, Turn, serve

GOOD = Reply('{"text": "Deep and blue."}')
OTHER = Reply('{"text": "Wide and grey."}')
MISTRAL = MODELS["mistral"]
"""The first for the tool; Ollama is the last."""
SOON = Fault(429, headers={"Retry-After": "7"})
BUSY = Fault(429, headers={"Retry-After": "200"})


async def test_a_model_that_fails_again_and_again_is_left_alone_and_tried_once_when_it_has_cooled_down():
    clock = HandClock()
    script: list[Turn] = [*[Fault(500)] * 5, GOOD]
    async with (
        serve("mistral", *script) as first,
        serve("ollama", OTHER) as second,
        router(pointing_at(first, second), clock) as (models, usage),
    ):
        for _ in range(4):
            assert (await ask(models, "ai_tool", Answer))["text"] == "Wide and grey."
        assert len(first.requests) == 5, "three, two, and none any more"
        assert models.circuits()[MISTRAL].state == "open"

        clock.pass_by(30)
        assert (await ask(models, "ai_tool", Answer))["text"] == "Deep and blue."
        assert models.circuits()[MISTRAL].state == "closed"
    assert usage.outcomes == [*["server_error"] * 3, "answered", *["server_error"] * 2, *["answered"] * 4]


async def test_while_one_question_is_the_probe_the_others_go_elsewhere_at_once():
    clock = HandClock()
    script: list[Turn] = [*[Fault(500)] * 5, GOOD]
    async with (
        serve("mistral", *script) as first,
        serve("ollama", OTHER) as second,
        router(pointing_at(first, second), clock) as (models, _),
    ):
        for _ in range(2):
            await ask(models, "ai_tool", Answer)
        clock.pass_by(30)
        first.crowd = asyncio.Barrier(2)  # the probe is not answered before this test says so
        waiting = {asyncio.create_task(ask(models, "ai_tool", Answer)) for _ in range(32)}
        answers = []
        while len(waiting) > 1:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            answers += [(await question)["text"] for question in done]
        assert answers == ["Wide and grey."] * 31
        await first.crowd.wait()
        assert [(await question)["text"] for question in waiting] == ["Deep and blue."]
        assert len(first.requests) == 6


async def test_the_failure_tells_of_an_open_circuit():
    clock = HandClock()
    async with serve("mistral", Fault(500)) as server, router(pointing_at(server), clock) as (models, _):
        for told in ("500 ×3; ", "500 ×2, then circuit open after 5 failures; "):
            with pytest.raises(ModelError) as failure:
                await ask(models, "ai_tool", Answer)
            assert f"mistral-small-latest: {told}" in str(failure.value)
        with pytest.raises(ModelError, match="mistral-small-latest: circuit open after 5 failures"):
            await ask(models, "ai_tool", Answer)
        [card] = [
            card
            for role in models.overview()
            if role["role"] == "ai_tool"
            for card in role["candidates"]
            if card["model"] == MISTRAL
        ]
    assert not card["usable"]
    assert card["reason"] == "circuit open after 5 failures, tried again in 30 s"


@pytest.mark.parametrize("fault", [Fault(400), Fault(401), Fault(404), Reply("no"), Reply("", finish="withheld")])
async def test_whoever_answers_at_all_is_not_sick(fault):
    async with (
        serve("mistral", fault) as first,
        serve("ollama", OTHER) as second,
        router(pointing_at(first, second), HandClock()) as (models, _),
    ):
        for _ in range(6):
            await ask(models, "ai_tool", Answer)
        assert models.circuits()[MISTRAL].state == "closed"
        assert len(first.requests) >= 6


@pytest.mark.parametrize(("headers", "state"), [({"Retry-After": "1"}, "closed"), ({}, "open")])
async def test_too_many_requests_open_a_circuit_only_if_nobody_says_for_how_long(headers, state):
    async with (
        serve("mistral", Fault(429, headers=headers)) as first,
        serve("ollama", OTHER) as second,
        router(pointing_at(first, second), HandClock()) as (models, _),
    ):
        for _ in range(3):
            await ask(models, "ai_tool", Answer)
        assert models.circuits()[MISTRAL].state == state


async def test_who_asks_for_a_rest_is_asked_last_meanwhile():
    clock = HandClock()
    long = Fault(429, headers={"Retry-After": "600"})
    async with (
        serve("mistral", long, GOOD) as first,
        serve("ollama", OTHER) as second,
        router(pointing_at(first, second), clock) as (models, _),
    ):
        for _ in range(3):
            assert (await ask(models, "ai_tool", Answer))["text"] == "Wide and grey."
        assert len(first.requests) == 1
        assert models.circuits()[MISTRAL].state == "closed"
        clock.pass_by(600)
        assert (await ask(models, "ai_tool", Answer))["text"] == "Deep and blue."
    assert clock.slept == []


async def test_the_only_model_is_waited_for_as_long_as_there_is_time():
    clock = HandClock()
    async with serve("mistral", SOON, GOOD) as server, router(pointing_at(server), clock) as (models, usage):
        first, second = await asyncio.gather(ask(models, "ai_tool", Answer), ask(models, "ai_tool", Answer))
        assert first == second
    assert usage.outcomes.count("answered") == 2
    assert clock.slept[0] == pytest.approx(7, abs=0.1)


async def test_when_the_substitute_fails_the_one_that_rests_is_waited_for():
    clock = HandClock()
    async with (
        serve("mistral", BUSY, BUSY, BUSY, GOOD) as first,
        serve("ollama", OTHER, Fault(401)) as second,
        router(pointing_at(first, second, model_seconds=100.0), clock) as (models, _),
    ):
        await ask(models, "ai_tool", Answer)
        clock.pass_by(150)
        with pytest.raises(ModelError, match=r"qwen3:8b: 401.*; mistral-small-latest: 429 \(again in 200 s\)"):
            await ask(models, "ai_tool", Answer)
    assert clock.slept == [pytest.approx(50, abs=0.1)], "the rest that was left"


async def test_a_prompt_that_is_too_long_goes_only_to_who_can_read_more():
    too_long = Fault(400, "This model's maximum context length is 128000 tokens.")
    analysis = {"subtasks": [{"subtask_id": "t1", "objective": "x", "dependencies": [], "tools": []}]}
    async with (
        serve("openai", too_long) as small,
        serve("ollama", GOOD) as smaller,
        serve("google", Reply(json.dumps(analysis))) as large,
    ):
        chosen = pointing_at(small, smaller, large, model="openai:gpt-4o")
        async with router(chosen) as (models, _):
            await models.ask("analyst", Analysis, request="Praise the sea.", tools=[], attachments=[])
            assert (len(small.requests), len(large.requests)) == (1, 1)
            with pytest.raises(ModelError) as failure:
                await ask(models, "ai_tool", Answer)
    assert (
        "gpt-4o: the prompt is too long for it; gpt-4o-mini: it can read no more; qwen3:8b: it can read no more"
        in str(failure.value)
    )
    assert smaller.requests == []


async def test_to_wait_for_money_takes_nothing_off_a_models_time():
    clock = HandClock()

    class Held(ListedUsage):
        async def reserve(self, quote: Quote, seconds: float) -> None:
            clock.pass_by(100)

    async with serve("mistral", GOOD) as server:
        models = ModelRouter(pointing_at(server), Held(), clock=clock)
        assert (await ask(models, "ai_tool", Answer))["text"] == "Deep and blue."
        await models.close()


async def test_a_rest_for_which_there_is_no_time_is_told_at_once():
    clock = HandClock()
    long = Fault(429, headers={"Retry-After": "600"})
    async with serve("mistral", long, GOOD) as server, router(pointing_at(server), clock) as (models, _):
        for told in (r"429 \(again in 600 s\)", "it wants to be left alone"):
            with pytest.raises(ModelError, match=f"mistral-small-latest: {told}; "):
                await ask(models, "ai_tool", Answer)
        assert len(server.requests) == 1
    assert clock.slept == []
