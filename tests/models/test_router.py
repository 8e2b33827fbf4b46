"""The order of candidates, the rules behind them, and what is told when all fail."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from intelligent_office.contracts import Analysis, Answer
from intelligent_office.errors import InvalidSetting, ModelError, NoRuleCovers, Unavailable
from intelligent_office.models.router import ModelRouter
from intelligent_office.models.usage import ModelCall, Reservation
from intelligent_office.telemetry.scope import Scope, working_for
from prompts.tokens import tokens
from tests.models.asking import KEY, NOBODY, ListedUsage, ask, pointing_at, router, settings
from tests.models.wire import Fault, Hang, Raw, Reply, Turn, serve

GOOD = Reply('{"text": "Deep and blue."}')
REQUEST = {"request": "say hi, then say bye", "tools": [], "attachments": []}


async def test_without_models_the_rules_answer_and_nothing_is_recorded():
    async with router(settings()) as (models, usage):
        analysis = await models.ask("analyst", Analysis, **REQUEST)
    assert [subtask["objective"] for subtask in analysis["subtasks"]] == ["say hi", "say bye"]
    assert usage.calls == []


async def test_without_models_what_no_rule_covers_says_how_to_connect_one():
    async with router(settings()) as (models, _):
        with pytest.raises(NoRuleCovers, match="MISTRAL_API_KEY"):
            await ask(models, "ai_tool", Answer)


async def test_a_candidate_without_a_key_is_left_out():
    async with serve("openai", GOOD) as server, router(pointing_at(server)) as (models, usage):
        await ask(models, "ai_tool", Answer)
    assert [(call.provider, call.model) for call in usage.calls] == [("openai", "gpt-4o-mini")]


async def test_when_every_model_fails_the_rules_take_over():
    async with serve("openai", Fault(500)) as server, router(pointing_at(server)) as (models, usage):
        analysis = await models.ask("analyst", Analysis, **REQUEST)
    assert len(analysis["subtasks"]) == 2
    assert usage.outcomes == ["server_error"] * 3


async def test_it_is_told_who_answered_and_whom_that_replaces():
    told: list[dict[str, Any]] = []
    async with serve("openai", GOOD, Fault(400)) as server, router(pointing_at(server)) as (models, _):
        with working_for(Scope(tell=told.append)):
            answer, author = await models.answered("ai_tool", Answer, instruction="Praise it.", text="the sea")
            assert (answer["text"], author) == ("Deep and blue.", "model")
            assert told == [], "nobody has to be told that all is well"
            _, author = await models.answered("analyst", Analysis, **REQUEST)
    assert author == "rules"
    [event] = [event for event in told if event["kind"] == "model.replaced"]
    assert (event["model_role"], event["by"]) == ("analyst", "built-in rules")
    assert "400" in str(event["troubles"])


async def test_when_models_and_rules_fail_the_error_tells_of_each():
    async with (
        serve("openai", Fault(429)) as first,
        serve("mistral", Fault(400, "too odd")) as second,
        router(pointing_at(first, second)) as (models, _),
    ):
        with pytest.raises(ModelError) as failure:
            await ask(models, "ai_tool", Answer)
    assert not isinstance(failure.value, NoRuleCovers), "models are connected"
    told = str(failure.value)
    assert "mistral-small-latest: 400, too odd; gpt-4o-mini: 429 ×3; " in told
    assert "built-in rules: Not understood: Praise it." in told


async def test_a_refusal_goes_to_the_next_candidate_without_asking_again():
    async with (
        serve("openai", Reply("", refusal="I cannot.")) as first,
        serve("ollama", GOOD) as second,
        router(pointing_at(first, second, model="openai:gpt-4o")) as (models, usage),
    ):
        await ask(models, "ai_tool", Answer)
    assert usage.outcomes == ["refused", "refused", "answered"]


async def test_a_cut_off_answer_is_not_taken_for_a_whole_one():
    script = [Reply('{"text": "Deep and', finish="length"), GOOD]
    async with serve("ollama", *script) as server, router(pointing_at(server)) as (models, usage):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
    assert usage.outcomes == ["malformed", "answered"]


async def test_the_tasks_own_model_is_asked_first():
    async with (
        serve("openai", GOOD) as one,
        serve("ollama", GOOD) as other,
        router(pointing_at(one, other, model="openai:gpt-4o")) as (models, usage),
    ):
        with working_for(Scope(task_id="x", model="ollama:tiny")):
            await ask(models, "ai_tool", Answer)
        await ask(models, "ai_tool", Answer)
    assert [f"{call.provider}:{call.model}" for call in usage.calls] == ["ollama:tiny", "openai:gpt-4o"]


async def test_a_task_that_prefers_a_model_that_cannot_be_asked_here_is_told_and_nobody_else_is_asked():
    async with serve("openai", GOOD) as server, router(pointing_at(server)) as (models, usage):
        with working_for(Scope(model="mistral:large")), pytest.raises(ModelError, match="MISTRAL_API_KEY is not set"):
            await ask(models, "ai_tool", Answer)
    assert usage.calls == []


async def test_a_second_key_for_the_same_model_is_used_when_the_first_is_used_up(tmp_path, monkeypatch):
    monkeypatch.setenv("SECOND_KEY", "sk-second")
    file = tmp_path / "models.toml"
    file.write_text('[tiers]\nsmall = ["openai:gpt-4o", { model = "openai:gpt-4o", api_key_env = "SECOND_KEY" }]\n')
    quota = Fault(429, "insufficient_quota: You exceeded your current quota.")
    async with (
        serve("openai", quota, GOOD) as server,
        router(pointing_at(server, models_file=file)) as (models, usage),
    ):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        [cards] = [role["candidates"] for role in models.overview() if role["role"] == "ai_tool"]
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {KEY}", "Bearer sk-second"]
    assert [card["model"] for card in cards] == ["openai:gpt-4o", "openai:gpt-4o (SECOND_KEY)"]
    assert [call.model for call in usage.calls] == ["gpt-4o", "gpt-4o"]


async def test_a_model_whose_circuit_is_open_is_shown_as_not_usable():
    async with (
        serve("openai", Fault(500)) as server,
        router(pointing_at(server, breaker_failures=2)) as (models, _),
    ):
        with pytest.raises(ModelError):
            await ask(models, "ai_tool", Answer)
        [cards] = [role["candidates"] for role in models.overview() if role["role"] == "ai_tool"]
    [card] = [card for card in cards if card["model"] == "openai:gpt-4o-mini"]
    assert not card["usable"]
    assert "circuit open" in card["reason"]


async def test_a_task_can_keep_every_model_out():
    async with serve("openai", GOOD) as server, router(pointing_at(server)) as (models, usage):
        with working_for(Scope(model="rules")):
            assert not models.connected("analyst")
            await models.ask("analyst", Analysis, **REQUEST)
        assert models.connected("analyst")
    assert usage.calls == []


async def test_a_task_that_prefers_what_is_no_model_is_told():
    async with router(settings()) as (models, _):
        with working_for(Scope(model="gpt-4o")):
            assert not models.connected("ai_tool")
            with pytest.raises(ModelError, match="`gpt-4o` names no model"):
                await ask(models, "ai_tool", Answer)


def test_a_setting_that_is_no_model_is_refused_at_the_start():
    with pytest.raises(InvalidSetting, match="OFFICE_MODEL"):
        ModelRouter(settings(model="gpt-4o"), ListedUsage())


async def test_an_endpoint_of_ones_own_needs_no_key():
    async with serve("openai", GOOD) as server:
        chosen = settings(openai_base_url=server.url, openai_model="llama")
        async with router(chosen) as (models, usage):
            assert models.connected("planner")
            await ask(models, "ai_tool", Answer)
    [call] = usage.calls
    assert (call.model, call.price_source, call.outcome) == ("llama", "default", "answered")
    assert call.cost_usd == Decimal("0.00225"), "100 tokens at 15 USD a million, and 10 at 75"


async def test_a_server_that_takes_no_schema_is_given_a_tool_from_then_on():
    fault = Fault(400, "'response_format' of type 'json_object' only")
    async with (
        serve("openai", fault, Reply(call={"text": "Deep and blue."})) as server,
        router(settings(openai_base_url=server.url, openai_model="llama")) as (models, usage),
    ):
        for _ in range(2):
            assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
    assert usage.outcomes == ["rejected", "answered", "answered"]
    assert ["response_format" in request.body for request in server.requests] == [True, False, False]
    assert [bool(request.body.get("tools")) for request in server.requests] == [False, True, True]
    assert "JSON Schema" not in server.requests[1].prompt


async def test_a_server_that_takes_no_tools_either_is_told_the_form_in_words_from_then_on():
    faults = [Fault(400, "response_format is not supported"), Fault(400, "llama does not support tools")]
    async with (
        serve("openai", *faults, GOOD) as server,
        router(settings(openai_base_url=server.url, openai_model="llama")) as (models, usage),
    ):
        for _ in range(2):
            await ask(models, "ai_tool", Answer)
    assert usage.outcomes == ["rejected", "rejected", "answered", "answered"]
    for request in server.requests[2:]:
        assert "JSON Schema" in request.prompt
        assert not {"tools", "response_format"} & set(request.body)


async def test_a_call_of_the_tool_that_is_cut_off_is_not_read():
    function = {"name": "Answer", "arguments": '{"text": "Deep and'}
    call = {"id": "call00001", "type": "function", "function": function}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    cut_off = Raw(json.dumps({"id": "1", "choices": [{"index": 0, "message": message}]}).encode())
    script: list[Turn] = [Fault(400, "no response_format"), cut_off, Reply(call={"text": "Deep and blue."})]
    async with (
        serve("openai", *script) as server,
        router(settings(openai_base_url=server.url, openai_model="llama")) as (models, usage),
    ):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
    assert usage.outcomes == ["rejected", "malformed", "answered"]
    _, answer, objection = server.requests[-1].messages
    assert answer == '{"text": "Deep and'
    assert "cut off" in objection


async def test_what_a_server_refuses_once_is_tried_again_unless_the_next_manner_has_worked():
    script: list[Turn] = [Fault(400, "bad tool"), Fault(401), GOOD]
    async with (
        serve("openai", *script) as server,
        router(settings(openai_base_url=server.url, openai_model="llama")) as (models, _),
    ):
        with pytest.raises(ModelError, match="the key was refused"):
            await ask(models, "ai_tool", Answer)
        await ask(models, "ai_tool", Answer)
    assert "response_format" in server.requests[2].body


async def test_json_in_a_fence_with_prose_around_is_read():
    text = 'Let me see.\n```json\n{"text": "Deep and blue."}\n```\nI hope this helps.'
    async with serve("ollama", Reply(text)) as server, router(pointing_at(server)) as (models, usage):
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
    assert usage.outcomes == ["answered"]


async def test_tokens_from_the_providers_cache_are_recorded():
    reply = Reply('{"text": "x"}', input_tokens=1000, cached_tokens=800)
    async with serve("openai", reply) as server, router(pointing_at(server)) as (models, usage):
        await ask(models, "ai_tool", Answer)
    assert usage.calls[0].cached_tokens == 800


async def test_a_cancelled_call_is_recorded_and_stays_cancelled():
    async with serve("ollama", Hang()) as server, router(pointing_at(server)) as (models, usage):
        question = asyncio.create_task(ask(models, "ai_tool", Answer))
        await server.asked.wait()
        question.cancel()
        with pytest.raises(asyncio.CancelledError):
            await question
    assert usage.outcomes == ["cancelled"]


async def test_an_answer_is_not_lost_when_its_use_cannot_be_recorded():
    class Away(ListedUsage):
        async def record(self, call: ModelCall, reservation: Reservation | None = None) -> None:
            raise Unavailable(part="the database", reason="it is away")

    async with serve("ollama", GOOD) as server:
        models = ModelRouter(pointing_at(server), Away())
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
        await models.close()


async def test_an_address_that_is_none_is_told_like_any_failure():
    chosen = settings(openai_base_url="nonsense", openai_model="llama")
    async with router(chosen) as (models, _):
        with pytest.raises(ModelError, match="llama: its address is no URL; "):
            await ask(models, "ai_tool", Answer)


async def test_a_password_in_an_address_is_never_told():
    address = NOBODY.replace("://", "://me:hush-hush@")
    async with router(settings(openai_base_url=address, openai_model="llama")) as (models, usage):
        with pytest.raises(ModelError) as failure:
            await ask(models, "ai_tool", Answer)
    assert "hush" not in str(failure.value) + repr(usage.calls)


async def test_questions_at_the_same_time_do_not_mix_up_their_answers():
    replies = [Reply(json.dumps({"text": str(number)})) for number in range(20)]
    async with serve("ollama", *replies) as server, router(pointing_at(server)) as (models, usage):
        answers = await asyncio.gather(*(ask(models, "ai_tool", Answer) for _ in range(20)))
    assert sorted(int(answer["text"]) for answer in answers) == list(range(20))
    assert len(usage.calls) == 20


async def test_a_router_that_hung_up_can_be_asked_again():
    async with serve("mistral", GOOD) as server, router(pointing_at(server)) as (models, _):
        await ask(models, "ai_tool", Answer)
        await models.close()
        assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}


async def test_a_body_that_is_no_answer_is_not_tried_again():
    async with serve("mistral", Raw(b"{}")) as server, router(pointing_at(server)) as (models, usage):
        with pytest.raises(ModelError, match="cannot read"):
            await ask(models, "ai_tool", Answer)
    assert usage.outcomes == ["malformed"]
    assert KEY not in repr(usage.calls)


async def test_a_model_with_a_small_window_is_asked_with_a_shorter_prompt():
    """Ollama cuts what is too long without a word, so that it never reads the end."""
    request = "Look at every file. " * 4_900
    async with serve("ollama", GOOD) as server, router(pointing_at(server)) as (models, _):
        await models.ask("ai_tool", Answer, instruction="Praise it.", text=request)
    [sent] = server.requests
    assert tokens(sent.prompt) < sent.body["options"]["num_ctx"]
    assert "characters are left out here" in sent.prompt
    assert sent.prompt.index("Praise it.") < sent.prompt.index("</text>")
