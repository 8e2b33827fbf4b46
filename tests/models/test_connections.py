"""What a candidate's options become on the wire, and providers by LangChain's generic way."""

from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from pydantic import SecretStr

from intelligent_office.contracts import Answer
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.catalogue import Catalogue
from intelligent_office.models.connections import Connections, connect, connect_any
from intelligent_office.models.forms import form_of
from tests.models.asking import MODELS, ask, pointing_at, router
from tests.models.wire import Embed, Reply, Speech, serve

GOOD = Reply('{"text": "Deep and blue."}')
OPTIONS = 'small = [{{ model = "{model}", temperature = 0.25, max_output_tokens = 77, context_tokens = 5000 }}]'


def said(speech: Speech, body: Mapping[str, Any]) -> tuple[Any, Any]:
    """Temperature and length of the answer, as this provider is told them."""
    if speech == "google":
        return body["generationConfig"]["temperature"], body["generationConfig"]["maxOutputTokens"]
    if speech == "ollama":
        return body["options"]["temperature"], body["options"]["num_predict"]
    return body["temperature"], body["max_completion_tokens" if speech == "openai" else "max_tokens"]


@pytest.mark.parametrize("speech", MODELS)
async def test_the_options_of_the_file_reach_the_provider(speech: Speech, tmp_path):
    path = tmp_path / "models.toml"
    path.write_text(f"[tiers]\n{OPTIONS.format(model=MODELS[speech])}\n")
    async with serve(speech, GOOD) as server, router(pointing_at(server, models_file=path)) as (models, _):
        await ask(models, "ai_tool", Answer)
    assert said(speech, server.requests[0].body) == (0.25, 77)
    if speech == "ollama":
        assert server.requests[0].body["options"]["num_ctx"] == 5000


async def test_gemini_is_asked_with_its_key_also_where_other_programs_use_vertex(monkeypatch):
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    async with serve("google", GOOD, Embed()) as server:
        chosen = pointing_at(server, model=MODELS["google"], embedder="google:gemini-embedding-001")
        async with router(chosen) as (models, _):
            assert await ask(models, "ai_tool", Answer) == {"text": "Deep and blue."}
            assert (await models.embed(["a"])).shape == (1, 26)


async def test_any_provider_that_langchain_has_a_client_for_is_asked_in_its_way():
    async with serve("openai", GOOD) as server:
        candidate = Candidate(
            *("lab", "llama"),
            speaks="openai",
            base_url=server.url,
            api_key=SecretStr("sk-lab"),
            temperature=0.25,
            max_output_tokens=77,
        )
        lines = Connections(connect_any)
        line = await lines.to(candidate)
        reply = await line.ask([HumanMessage("Praise the sea.")], form_of(Answer), "test")
        await line.client.root_async_client.close()  # type: ignore[attr-defined]
        await lines.close()
    assert form_of(Answer).read(str(reply.text)) == {"text": "Deep and blue."}
    [request] = server.requests
    assert request.headers["authorization"] == "Bearer sk-lab"
    assert said("openai", request.body) == (0.25, 77)
    assert request.body["tools"], "all of these clients can bind a tool; not all know a schema"


async def test_the_first_four_providers_are_asked_by_their_own_clients_and_others_by_the_generic_way(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", "gsk")
    catalogue = Catalogue.load(pointing_at())
    speaks = {name: catalogue.candidates("planner", f"{name}:x")[0].speaks for name in ("groq", "anthropic", "litellm")}
    assert speaks == {"groq": "openai", "anthropic": "anthropic", "litellm": "litellm"}
    lines = Connections(connect)
    line = await lines.to(catalogue.candidates("planner", "groq:x")[0])
    assert type(line.client).__name__ == "ChatOpenAI"
    await lines.close()
    with pytest.raises(ImportError, match="langchain-perplexity"):
        await lines.to(Candidate("any", "x", speaks="perplexity"))
