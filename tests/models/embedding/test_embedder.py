"""Vectors from providers: every provider's own client, over a real socket, against what servers do."""

import asyncio
import json

import numpy
import pytest

from intelligent_office.archive.stored import StoredArchive
from intelligent_office.errors import InvalidFile, InvalidSetting, ModelError
from intelligent_office.models.catalogue import Catalogue
from intelligent_office.models.router import ModelRouter
from intelligent_office.models.usage import DatabaseUsage
from intelligent_office.telemetry.scope import Scope, working_for
from tests.models.asking import KEY, ListedUsage, pointing_at, router, settings
from tests.models.wire import Embed, Fault, Hang, Raw, Server, Speech, Turn, serve

ENCODERS: dict[Speech, str] = {
    "openai": "openai:text-embedding-3-small",
    "google": "google:gemini-embedding-001",
    "mistral": "mistral:mistral-embed",
    "ollama": "ollama:nomic-embed-text",
}


@pytest.fixture(params=ENCODERS)
def speech(request) -> Speech:
    return request.param  # type: ignore[no-any-return]


async def test_each_text_gets_its_vector_and_the_call_is_recorded(speech: Speech):
    async with (
        serve(speech, Embed()) as server,
        router(pointing_at(server, embedder=ENCODERS[speech])) as (models, usage),
    ):
        vectors = await models.embed(["aaa", "bb", ""])
    assert vectors.dtype == numpy.float32
    assert vectors.shape == (3, 26)
    assert numpy.round(vectors[:, :3]).tolist() == [[3, 0, 0], [0, 2, 0], [0, 0, 0]]
    [call] = usage.calls
    assert (call.role, f"{call.provider}:{call.model}", call.outcome) == ("encoder", ENCODERS[speech], "answered")
    assert call.output_tokens == 0
    assert call.input_tokens == 7 if speech != "google" else call.input_tokens > 0, "Google does not count"
    assert (call.cost_usd > 0) == (speech != "ollama")


@pytest.mark.usefixtures("idle_connections_are_kept")
async def test_many_texts_go_in_few_requests_over_one_connection(speech: Speech):
    async with (
        serve(speech, Embed()) as server,
        router(pointing_at(server, embedder=ENCODERS[speech])) as (models, _),
    ):
        vectors = await models.embed(["a" * (number % 5) for number in range(250)])
        assert [len(request.texts) for request in server.requests] == [96, 96, 58]
        assert server.connections == 1
    assert vectors[:, 0].round().tolist() == [number % 5 for number in range(250)]


async def test_a_passing_failure_is_tried_again_and_each_call_recorded(speech: Speech):
    script: list[Turn] = [Fault(503), Fault(429, headers={"Retry-After": "0"}), Embed()]
    async with (
        serve(speech, *script) as server,
        router(pointing_at(server, embedder=ENCODERS[speech])) as (models, usage),
    ):
        assert (await models.embed(["a"])).shape == (1, 26)
        assert len(server.requests) == 3, "the client does not repeat requests on its own"
    assert usage.outcomes == ["server_error", "rate_limited", "answered"]
    assert [call.attempt for call in usage.calls] == [1, 2, 3]


async def test_a_provider_that_wants_to_be_left_alone_is_not_waited_for():
    async with (
        serve("openai", Fault(429, headers={"Retry-After": "20"})) as server,
        router(pointing_at(server, embedder=ENCODERS["openai"])) as (models, _),
    ):
        with pytest.raises(ModelError, match="429"):
            await models.embed(["a"])
        assert len(server.requests) == 1


FAILURES: dict[str, tuple[Turn, str]] = {
    "401": (Fault(401, f"Incorrect API key provided: {KEY}"), "rejected"),
    "404": (Fault(404, "no such model"), "rejected"),
    "a web page": (Raw(b"<html>hello</html>", "text/html"), "malformed"),
    "a vector too few": (Embed(leave_out=1), "malformed"),
    "no vectors": (Embed(leave_out=2), "malformed"),
}


@pytest.mark.parametrize("name", FAILURES)
async def test_a_lasting_failure_is_told_without_secrets(speech: Speech, name: str):
    turn, outcome = FAILURES[name]
    async with (
        serve(speech, turn) as server,
        router(pointing_at(server, embedder=ENCODERS[speech])) as (models, usage),
    ):
        with pytest.raises(ModelError, match=ENCODERS[speech]) as failure:
            await models.embed(["a", "b"])
    assert usage.outcomes[-1] == outcome
    assert KEY not in str(failure.value) + repr(usage.calls)


async def test_silence_ends_with_the_time_limit(speech: Speech):
    chosen = {"embedder": ENCODERS[speech], "model_seconds": 0.3}
    async with serve(speech, Hang()) as server, router(pointing_at(server, **chosen)) as (models, usage):
        with pytest.raises(ModelError, match=r"0\.3 s"):
            await models.embed(["a"])
    assert set(usage.outcomes) == {"timed_out"}


async def test_what_is_private_does_not_leave_the_office(speech: Speech):
    async with (
        serve(speech, Embed()) as server,
        router(pointing_at(server, embedder=ENCODERS[speech])) as (models, _),
    ):
        for task in ("one", "other"):
            with working_for(Scope(task_id=task)):
                await models.embed(["Write to ada@lovelace.example about it."])
        first, second = (json.dumps(request.body) for request in server.requests)
    assert "lovelace" not in first
    assert first == second, "alike in every task, or it would not be found again"


async def test_a_task_that_keeps_every_model_out_keeps_these_out_too():
    async with (
        serve("openai", Embed()) as server,
        router(pointing_at(server, embedder=ENCODERS["openai"])) as (models, _),
    ):
        with working_for(Scope(model="rules")), pytest.raises(ModelError):
            await models.embed(["a"])
        assert server.requests == []


async def test_a_cancelled_call_is_recorded_and_stays_cancelled():
    async with (
        serve("openai", Hang()) as server,
        router(pointing_at(server, embedder=ENCODERS["openai"])) as (models, usage),
    ):
        asking = asyncio.create_task(models.embed(["a"]))
        await server.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert usage.outcomes == ["cancelled"]


def test_the_first_encoder_of_the_file_that_can_be_used_is(tmp_path):
    path = tmp_path / "models.toml"
    path.write_text('[tiers]\nencoder = ["openai:text-embedding-3-small", "mistral:mistral-embed"]\n')
    assert str(Catalogue.load(settings(models_file=path)).encoder) == "hash"
    assert str(Catalogue.load(settings(models_file=path, mistral_api_key="k")).encoder) == "mistral:mistral-embed"
    assert str(Catalogue.load(settings(models_file=path, embedder="hash", mistral_api_key="k")).encoder) == "hash"


def test_an_encoder_that_cannot_be_used_is_refused_at_the_start(tmp_path):
    with pytest.raises(InvalidSetting, match=r"OFFICE_EMBEDDER.*OPENAI_API_KEY is not set"):
        Catalogue.load(settings(embedder="openai:text-embedding-3-small"))
    with pytest.raises(InvalidSetting, match="no embeddings"):
        Catalogue.load(settings(embedder="anthropic:claude-sonnet-4-5"))
    path = tmp_path / "models.toml"
    path.write_text('[tiers]\nencoder = [\n  "anthropic:claude-sonnet-4-5",\n]\n')
    with pytest.raises(InvalidFile, match=r"line 3: .*no embeddings"):
        Catalogue.load(settings(models_file=path))


async def remember(archive: StoredArchive, *objectives: str) -> None:
    for objective in objectives:
        await archive.remember(tenant="acme", task_id="t1", kind="success", objective=objective, steps=[])


async def test_memories_are_found_with_a_providers_vectors_and_that_is_charged(database):
    async with serve("openai", Embed()) as server:
        models = ModelRouter(pointing_at(server, embedder=ENCODERS["openai"]), DatabaseUsage(database))
        archive = StoredArchive(database, models)
        await remember(archive, "abba", "zzzz")
        with working_for(Scope(task_id="t2", tenant="acme")):
            lessons = await archive.recall("acme", "bbaa", limit=1)
        await models.close()
    assert [lesson["objective"] for lesson in lessons] == ["abba"]
    row = await database.one("task_usage", task_id="t2", tenant="acme")
    assert row is not None
    assert row["calls"] == 2, "the memories in one request, what is looked for in another"
    assert row["cost_usd"] > 0


async def test_another_process_does_not_pay_again_for_the_vectors_of_memories(database):
    async with serve("openai", Embed()) as server:
        chosen = pointing_at(server, embedder=ENCODERS["openai"])
        for _ in range(2):
            models = ModelRouter(chosen, DatabaseUsage(database))
            archive = StoredArchive(database, models)
            await remember(archive, "abba", "zzzz")
            assert [lesson["objective"] for lesson in await archive.recall("acme", "bb", limit=1)] == ["abba"]
            await models.close()
    assert [request.texts for request in server.requests] == [["abba", "zzzz"], ["bb"], ["bb"]]


async def test_vectors_of_two_models_are_kept_apart(database):
    async with serve("openai", Embed(dimensions=26)) as one, serve("ollama", Embed(dimensions=12)) as other:
        uses: list[tuple[Server, Speech]] = [(one, "openai"), (other, "ollama"), (one, "openai")]
        for server, speech in uses:
            models = ModelRouter(pointing_at(server, embedder=ENCODERS[speech]), DatabaseUsage(database))
            archive = StoredArchive(database, models)
            await remember(archive, "abba", "zzzz")
            assert [lesson["objective"] for lesson in await archive.recall("acme", "bb", limit=1)] == ["abba"]
            await models.close()
    assert [len(request.texts) for request in one.requests] == [2, 1, 1]
    assert [len(request.texts) for request in other.requests] == [2, 1]


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        ({"embedder": "hash"}, ""),
        ({"embedder": "openai:x", "openai_api_key": "k"}, "openai:x"),
        ({"embedder": "openai:x", "openai_base_url": "http://me:sesame@lab:81/v1"}, "openai:x lab:81/v1"),
    ],
)
def test_an_encoder_is_known_by_its_model_and_its_place_and_not_by_a_password(chosen, name):
    assert ModelRouter(settings(**chosen), ListedUsage()).encoder == name


async def test_while_the_provider_is_away_nothing_is_recalled_and_nothing_is_lost(database):
    script: list[Turn] = [Fault(401), Embed()]
    async with serve("openai", *script) as server:
        models = ModelRouter(pointing_at(server, embedder=ENCODERS["openai"]), DatabaseUsage(database))
        archive = StoredArchive(database, models)
        await remember(archive, "abba")
        assert await archive.recall("acme", "abba") == []
        assert len(await archive.recall("acme", "abba")) == 1
        await models.close()


async def test_vectors_of_another_length_make_a_new_index_instead_of_a_mixed_one(database):
    """A provider put another model behind the same name."""
    script = [Embed(dimensions=26), Embed(dimensions=26), Embed(dimensions=12)]
    async with serve("openai", *script) as server:
        models = ModelRouter(pointing_at(server, embedder=ENCODERS["openai"]), DatabaseUsage(database))
        archive = StoredArchive(database, models)
        await remember(archive, "abba", "cddc")
        assert len(await archive.recall("acme", "abba")) == 2
        await remember(archive, "effe")
        assert [lesson["objective"] for lesson in await archive.recall("acme", "fefe", limit=1)] == ["effe"]
        assert len(await archive.recall("acme", "abba")) == 3
        await models.close()
