"""What a model has answered is not asked again: by the same tenant, in the same words, within its time."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from intelligent_office.contracts import Answer, Flaws
from intelligent_office.errors import BudgetExceeded, ModelError
from intelligent_office.models.cache.flights import Flights
from intelligent_office.models.cache.shelf import Shelf
from intelligent_office.models.quotes import Quote
from intelligent_office.models.router import ModelRouter
from intelligent_office.models.usage import Unaffordable
from intelligent_office.telemetry.scope import Scope, working_for
from tests.models.asking import ListedUsage, ask, pointing_at
from tests.models.wire import Fault, Hang, Reply, Server, Turn, serve

GOOD = Reply('{"text": "Deep and blue."}')
BETTER = Reply('{"text": "Green and wide."}')
ADA, BOB = Scope("task-1", "acme"), Scope("task-2", "acme")
ALICE, CAROL = "alice@example.com", "carol@example.org"


@asynccontextmanager
async def office(server: Server, shelf: Shelf, **changes: Any) -> AsyncIterator[tuple[ModelRouter, ListedUsage]]:
    """A process of its own, as far as the shelf can tell."""
    usage = ListedUsage()
    models = ModelRouter(pointing_at(server, **changes), usage, shelf=shelf, pause_seconds=0.001)
    try:
        yield models, usage
    finally:
        await models._inquirer.close()


async def praise(models: ModelRouter, scope: Scope = ADA, text: str = "the sea") -> str:
    with working_for(scope):
        return (await models.ask("ai_tool", Answer, instruction="Praise it.", text=text))["text"]


async def test_the_same_question_is_asked_once_and_then_answered_at_no_cost(shelf):
    async with serve("openai", GOOD) as server, office(server, shelf) as (models, usage):
        told: list[dict[str, Any]] = []
        assert await praise(models) == await praise(models, replace(BOB, tell=told.append)) == "Deep and blue."
    assert len(server.requests) == 1
    assert usage.outcomes == ["answered", "cached"]
    known = usage.calls[1]
    assert (known.provider, known.model, known.role, known.attempt) == ("openai", "gpt-4o-mini", "ai_tool", 1)
    assert (float(known.cost_usd), known.input_tokens, known.output_tokens) == (0.0, 0, 0)
    assert told == [{"kind": "model.spared", "model_role": "ai_tool", "candidate": "openai:gpt-4o-mini"}]


async def test_another_process_finds_the_answer_too(shelf):
    async with serve("openai", GOOD) as server:
        for _ in range(2):
            async with office(server, shelf) as (models, _usage):
                assert await praise(models) == "Deep and blue."
    assert len(server.requests) == 1


async def test_another_tenant_asks_for_itself(shelf):
    async with serve("openai", GOOD, BETTER) as server, office(server, shelf) as (models, _):
        assert await praise(models, Scope("task-1", "acme")) == "Deep and blue."
        assert await praise(models, Scope("task-2", "globex")) == "Green and wide."


async def test_other_words_another_form_and_another_role_are_another_question(shelf):
    replies = [GOOD, GOOD, Reply('{"flaws": []}')]
    async with serve("openai", *replies) as server, office(server, shelf) as (models, _):
        await praise(models, text="the sea")
        await praise(models, text="the sea!")
        with working_for(ADA):
            await models.ask("validator", Flaws, objective="x", steps=[], tools=[], given={})
    assert len(server.requests) == 3


@pytest.mark.parametrize("changes", [{"model": "openai:gpt-4o"}, {"openai_model": "llama"}])
async def test_another_model_is_asked_what_one_has_answered(shelf, changes):
    async with serve("openai", GOOD, BETTER) as server:
        async with office(server, shelf) as (models, _):
            await praise(models)
        async with office(server, shelf, **changes) as (models, _):
            assert await praise(models) == "Green and wide."


async def test_another_address_is_another_model(shelf):
    async with serve("openai", GOOD) as one, serve("openai", BETTER) as other:
        async with office(one, shelf) as (models, _):
            await praise(models)
        async with office(other, shelf) as (models, _):
            assert await praise(models) == "Green and wide."


async def test_another_temperature_is_another_question(shelf, tmp_path):
    file = tmp_path / "models.toml"
    async with serve("openai", GOOD, BETTER) as server:
        for temperature, answer in ((0.1, "Deep and blue."), (0.9, "Green and wide.")):
            file.write_text(f'[tiers]\nsmall = [{{ model = "openai:gpt-4o-mini", temperature = {temperature} }}]\n')
            async with office(server, shelf, models_file=file) as (models, _):
                assert await praise(models) == answer


async def test_a_task_that_wants_no_cache_finds_nothing_and_leaves_nothing(shelf):
    async with serve("openai", GOOD, BETTER, GOOD) as server, office(server, shelf) as (models, usage):
        fresh = replace(ADA, use_cache=False)
        assert await praise(models, fresh) == "Deep and blue."
        assert await praise(models, BOB) == "Green and wide."
        assert await praise(models, fresh) == "Deep and blue."
    assert usage.outcomes == ["answered"] * 3


async def test_failures_and_answers_that_do_not_fit_are_not_kept(shelf):
    script: list[Turn] = [Fault(400), Reply("no"), Reply("no"), GOOD]
    async with serve("openai", *script) as server, office(server, shelf) as (models, usage):
        for _ in range(2):
            with pytest.raises(ModelError):
                await praise(models)
        assert await praise(models) == "Deep and blue."
    assert usage.outcomes == ["rejected", "malformed", "malformed", "answered"]


async def test_an_answer_that_led_a_task_astray_is_not_given_again(shelf):
    async with serve("openai", GOOD, BETTER) as server, office(server, shelf) as (models, _):
        await praise(models, ADA)
        await praise(models, BOB)
        with working_for(BOB):
            await models.forget()
        assert await praise(models, ADA) == "Green and wide."


class Peeking:
    """A shelf that lets the test read what is kept."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.kept: list[str] = []

    async def find(self, key: str, scope: Scope) -> str | None:
        return await self.shelf.find(key, scope)

    async def keep(self, key: str, text: str, scope: Scope) -> None:
        self.kept.append(text)
        await self.shelf.keep(key, text, scope)

    async def forget(self, scope: Scope) -> None:
        await self.shelf.forget(scope)

    async def close(self) -> None:
        await self.shelf.close()


class Echo:
    """A model that speaks of whom it was asked about."""

    def __init__(self) -> None:
        self.asked = 0

    async def ask(self, candidate: Any, role: str, prompt: str, form: Any, veil: Any) -> Any:
        self.asked += 1
        start = prompt.index("<EMAIL_")
        return {"text": f"Dear {prompt[start : prompt.index('>', start) + 1]}!"}


async def test_what_is_kept_holds_nothing_private_and_answers_speak_of_the_right_person(shelf, monkeypatch):
    """A question about two people is one question: the model sees neither of them."""
    peeking, echo = Peeking(shelf), Echo()
    async with serve("openai") as server, office(server, peeking) as (models, _):
        monkeypatch.setattr(models._answers, "_inquirer", echo)
        assert await praise(models, ADA, f"Ask {ALICE}.") == f"Dear {ALICE}!"
        assert await praise(models, BOB, f"Ask {CAROL}.") == f"Dear {CAROL}!"
        assert await praise(models, BOB, f"Ask {CAROL} and {ALICE}.") == f"Dear {CAROL}!"
        assert await praise(models, ADA, f"Ask {CAROL} and {CAROL}.") == f"Dear {CAROL}!"
    assert echo.asked == 3
    assert [json.loads(text) for text in peeking.kept] == [{"text": "Dear <EMAIL_0>!"}] * 3


async def test_an_answer_with_something_private_of_its_own_is_not_kept(shelf):
    private = Reply(json.dumps({"text": f"Ask {ALICE}."}))
    async with serve("openai", private, private) as server, office(server, shelf) as (models, usage):
        assert await praise(models) == await praise(models) == f"Ask {ALICE}."
    assert usage.outcomes == ["answered", "answered"]


async def test_a_question_that_holds_such_a_number_itself_is_neither_kept_nor_mistaken(shelf):
    said = Reply('{"text": "<EMAIL_0> it is."}')
    async with serve("openai", said, said) as server, office(server, shelf) as (models, _):
        for _ in range(2):
            assert await praise(models, ADA, f"Is <EMAIL_0> like {ALICE}?") == "<EMAIL_0> it is."
    assert len(server.requests) == 2


async def test_something_odd_on_the_shelf_is_asked_anew(shelf):
    class Odd(Peeking):
        async def find(self, key: str, scope: Scope) -> str | None:
            return '{"txt": 1}'

    async with serve("openai", GOOD) as server, office(server, Odd(shelf)) as (models, _):
        assert await praise(models) == "Deep and blue."


async def test_identical_questions_at_the_same_time_make_one_request(shelf):
    async with serve("openai", GOOD) as server, office(server, shelf) as (models, usage):
        assert await asyncio.gather(*(praise(models) for _ in range(20))) == ["Deep and blue."] * 20
    assert len(server.requests) == 1
    assert sorted(usage.outcomes) == ["answered"] + ["cached"] * 19


async def test_who_only_waited_for_an_answer_takes_it_along_when_led_astray(shelf):
    async with serve("openai", GOOD, BETTER) as server, office(server, shelf) as (models, _):
        await asyncio.gather(praise(models, ADA), praise(models, BOB))
        with working_for(BOB):
            await models.forget()
        assert await praise(models, ADA) == "Green and wide."


async def test_what_is_known_can_be_had_without_money(shelf):
    class Poor(ListedUsage):
        async def reserve(self, quote: Quote, seconds: float) -> None:
            raise Unaffordable("no money")

    async with serve("openai", GOOD) as server:
        async with office(server, shelf) as (models, _):
            await praise(models)
        models = ModelRouter(pointing_at(server), Poor(), shelf=shelf)
        assert await praise(models) == "Deep and blue."
        with pytest.raises(BudgetExceeded):
            await praise(models, text="the wind")
        await models._inquirer.close()


async def test_those_who_wait_for_the_same_question_share_its_failure(shelf, monkeypatch):
    aboard = []
    board = Flights.once

    async def once(flights: Flights[Any], key: str, work: Any) -> Any:
        aboard.append(key)
        return await board(flights, key, work)

    monkeypatch.setattr(Flights, "once", once)
    async with serve("openai", Fault(400), GOOD, crowd=2) as server, office(server, shelf) as (models, usage):
        asking = asyncio.gather(*(praise(models) for _ in range(5)), return_exceptions=True)
        while len(aboard) < 5:
            await asyncio.sleep(0)
        await server.crowd.wait()  # the failure is not told before all of them wait for it
        ended = await asking
        server.crowd = asyncio.Barrier(1)
        assert all(isinstance(one, ModelError) for one in ended)
        assert usage.outcomes == ["rejected"]
        assert await praise(models) == "Deep and blue."


async def test_when_the_one_who_asks_is_cancelled_another_asks(shelf):
    async with serve("openai", Hang(), GOOD) as server, office(server, shelf) as (models, usage):
        first = asyncio.create_task(praise(models, ADA))
        await server.asked.wait()
        second = asyncio.create_task(praise(models, BOB))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await second == "Deep and blue."
    assert usage.outcomes == ["cancelled", "answered"]


async def test_a_router_without_a_shelf_asks_every_time():
    usage = ListedUsage()
    async with serve("openai", GOOD, GOOD) as server:
        models = ModelRouter(pointing_at(server), usage)
        for _ in range(2):
            await ask(models, "ai_tool", Answer)
        await models.forget()
        assert await models.recall("ai_tool", Answer, about="the sea") is None
        await models.close()
    assert usage.outcomes == ["answered", "answered"]


async def test_what_has_proved_itself_is_recalled_under_the_same_premises_alone(shelf):
    async with serve("openai") as server, office(server, shelf) as (models, usage):
        with working_for(ADA):
            await models.keep("ai_tool", Answer, {"text": f"Write to {ALICE}."}, about=ALICE)
        with working_for(BOB):
            assert await models.recall("ai_tool", Answer, about=CAROL) == {"text": f"Write to {CAROL}."}
            assert await models.recall("ai_tool", Answer, about="the sea") is None
        with working_for(Scope("task-3", "globex")):
            assert await models.recall("ai_tool", Answer, about=ALICE) is None
        with working_for(replace(BOB, model="rules")):
            assert await models.recall("ai_tool", Answer, about=ALICE) is None
        with working_for(replace(BOB, use_cache=False)):
            assert await models.recall("ai_tool", Answer, about=ALICE) is None
    assert usage.outcomes == ["cached"]
