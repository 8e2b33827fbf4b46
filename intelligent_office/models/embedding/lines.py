"""Lines to the embedding models of providers, by the providers' own clients: many texts go in one request."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from intelligent_office.models.candidates import Candidate
from intelligent_office.models.connections import NO_KEY, Close

MISTRAL = "https://api.mistral.ai/v1"


@dataclass(frozen=True)
class Embedded:
    """What a provider made of some texts."""

    vectors: Sequence[Sequence[float]]
    """In the order of the texts."""
    tokens: int | None
    """What it counted; None if it does not say."""


@dataclass(frozen=True)
class EmbeddingLine:
    """A line to one model. The client's own retries are off."""

    embed: Callable[[list[str]], Awaitable[Embedded]]
    close: Close


def connect(candidate: Candidate) -> EmbeddingLine:
    """Open the line to a model."""
    return _CONNECT[candidate.speaks](candidate)


def _openai(candidate: Candidate) -> EmbeddingLine:
    """OpenAI, or whatever speaks like it."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(
        api_key=(candidate.api_key or NO_KEY).get_secret_value(),
        base_url=candidate.base_url,
        timeout=candidate.seconds,
        max_retries=0,
    )

    async def embed(texts: list[str]) -> Embedded:
        # As numbers: not every server knows the packed form that the client would ask for.
        answer = await client.embeddings.create(model=candidate.model, input=texts, encoding_format="float")
        places = sorted(answer.data, key=lambda entry: entry.index)
        return Embedded([entry.embedding for entry in places], answer.usage.prompt_tokens if answer.usage else None)

    return EmbeddingLine(embed, client.close)


def _mistral(candidate: Candidate) -> EmbeddingLine:
    """Mistral, which embeds as OpenAI does; LangChain's class for it would first download a tokenizer."""
    import httpx

    key = (candidate.api_key or NO_KEY).get_secret_value()
    client = httpx.AsyncClient(
        base_url=candidate.base_url or MISTRAL, headers={"Authorization": f"Bearer {key}"}, timeout=candidate.seconds
    )

    async def embed(texts: list[str]) -> Embedded:
        response = await client.post("/embeddings", json={"model": candidate.model, "input": texts})
        response.raise_for_status()
        answer = response.json()
        places = sorted(answer["data"], key=lambda entry: entry["index"])
        return Embedded([entry["embedding"] for entry in places], answer["usage"]["prompt_tokens"])

    return EmbeddingLine(embed, client.aclose)


def _google(candidate: Candidate) -> EmbeddingLine:
    import httpx
    from google.genai import Client
    from google.genai.types import HttpOptions

    transport = httpx.AsyncClient(timeout=candidate.seconds)
    client = Client(
        api_key=(candidate.api_key or NO_KEY).get_secret_value(),
        vertexai=False,  # whatever GOOGLE_GENAI_USE_VERTEXAI says: the key is one of Gemini
        http_options=HttpOptions(base_url=candidate.base_url, httpx_async_client=transport),
    )

    async def embed(texts: list[str]) -> Embedded:
        contents: list[Any] = list(texts)
        answer = await client.aio.models.embed_content(model=candidate.model, contents=contents)
        return Embedded([entry.values or [] for entry in answer.embeddings or []], None)

    async def close() -> None:
        client.close()
        await transport.aclose()

    return EmbeddingLine(embed, close)


def _ollama(candidate: Candidate) -> EmbeddingLine:
    from ollama import AsyncClient

    client = AsyncClient(host=candidate.base_url, timeout=candidate.seconds)

    async def embed(texts: list[str]) -> Embedded:
        answer = await client.embed(model=candidate.model, input=texts)
        return Embedded(answer.embeddings, answer.prompt_eval_count)

    return EmbeddingLine(embed, client.close)


_CONNECT: dict[str, Callable[[Candidate], EmbeddingLine]] = {
    "google": _google,
    "openai": _openai,
    "mistral": _mistral,
    "ollama": _ollama,
}
