"""Lines to models: the providers' own clients, made at the first call and kept, so that connections are used again."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from intelligent_office.models.candidates import Candidate
from intelligent_office.models.forms import Form
from intelligent_office.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

OLLAMA_CONTEXT_TOKENS = 16_384
"""Ollama's own default is small, and it cuts longer prompts without a word."""

Close = Callable[[], Awaitable[None]]
Demand = Callable[[Form[Any]], dict[str, Any]]


@dataclass(frozen=True)
class Connection:
    """A line to one model. The clients' own retries are off: when to try again is decided in one place."""

    client: "BaseChatModel"
    demand: Demand
    """How the provider is told the form of the answer."""
    close: Close
    tells_form: bool = True
    """Whether the provider tells the model what form it is held to."""
    limit_name: str = "max_tokens"
    """What the client calls the longest answer; empty if it cannot be told for one call."""

    def without_form(self) -> "Connection":
        """The same line, for a server that takes no JSON Schema: the model is told in words."""
        return replace(self, demand=lambda _form: {}, tells_form=False)

    async def ask(
        self, messages: "Sequence[BaseMessage]", form: Form[Any], name: str, most_tokens: int | None = None
    ) -> "AIMessage":
        """Ask, for an answer of so many tokens at most: what the model thinks to itself counts, too."""
        limit = {self.limit_name: most_tokens} if most_tokens and self.limit_name else {}
        return await self.client.ainvoke(list(messages), {"run_name": name}, **self.demand(form), **limit)


class Connections:
    """The open lines of a process. An asynchronous client belongs to the event loop that first used it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Candidate, Connection]] = WeakKeyDictionary()

    async def to(self, candidate: Candidate) -> Connection:
        """The line to a model; its library is imported off the event loop, for that takes a second or two."""
        loop = asyncio.get_running_loop()
        known = self._mine(loop).get(candidate)
        return known if known is not None else await asyncio.to_thread(self._connect, loop, candidate)

    def change(self, candidate: Candidate, connection: Connection) -> None:
        """Use this line from now on."""
        self._mine(asyncio.get_running_loop())[candidate] = connection

    async def close(self) -> None:
        """Hang up every line of this event loop."""
        connections = self._open.pop(asyncio.get_running_loop(), {})
        for connection in connections.values():
            await connection.close()

    def _mine(self, loop: asyncio.AbstractEventLoop) -> dict[Candidate, Connection]:
        return self._open.setdefault(loop, {})

    def _connect(self, loop: asyncio.AbstractEventLoop, candidate: Candidate) -> Connection:
        with self._lock:
            mine = self._mine(loop)
            if candidate not in mine:
                mine[candidate] = _CONNECT[candidate.provider](candidate.model, self._settings)
            return mine[candidate]


def _openai(model: str, settings: Settings) -> Connection:
    """OpenAI, or whatever speaks like it. The schema is advice: held to it, a model could not fill in open objects."""
    import openai
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    transport = openai.DefaultAsyncHttpxClient(timeout=settings.model_seconds)
    client = ChatOpenAI(
        model=model,
        api_key=settings.openai_api_key or SecretStr("none"),  # a server of one's own may want no key
        base_url=settings.openai_base_url,
        timeout=settings.model_seconds,
        max_retries=0,
        http_async_client=transport,
        disable_streaming=True,
    )

    def demand(form: Form[Any]) -> dict[str, Any]:
        schema = {"name": form.name, "schema": form.schema, "strict": False}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}

    return Connection(client, demand, transport.aclose)


def _google(model: str, settings: Settings) -> Connection:
    """Gemini, over httpx.

    Its library takes aiohttp where something else happens to have installed it, reads errors wrongly there and leaks.
    """
    import httpx
    from google.genai import Client
    from google.genai.types import HttpOptions
    from langchain_google_genai import ChatGoogleGenerativeAI

    assert settings.google_api_key, "a candidate without its key is not asked"
    transport = httpx.AsyncClient(timeout=settings.model_seconds)
    client = ChatGoogleGenerativeAI(
        model=model,
        google_api_key=settings.google_api_key,
        base_url=settings.google_base_url,
        timeout=settings.model_seconds,
        max_retries=1,  # attempts, not repetitions; 0 means its own default
        vertexai=False,
        disable_streaming=True,
    )
    inner = Client(
        api_key=settings.google_api_key.get_secret_value(),
        http_options=HttpOptions(base_url=settings.google_base_url, httpx_async_client=transport),
    )
    client.client = inner

    def demand(form: Form[Any]) -> dict[str, Any]:
        return {"response_mime_type": "application/json", "response_json_schema": form.closed}

    async def close() -> None:
        inner.close()
        await transport.aclose()

    return Connection(client, demand, close, limit_name="max_output_tokens")


def _mistral(model: str, settings: Settings) -> Connection:
    from langchain_mistralai import ChatMistralAI

    client = ChatMistralAI(
        model_name=model,
        api_key=settings.mistral_api_key,
        base_url=settings.mistral_base_url,
        timeout=max(1, round(settings.model_seconds)),
        max_retries=1,  # attempts, not repetitions
        temperature=0.0,
        disable_streaming=True,
    )

    def demand(form: Form[Any]) -> dict[str, Any]:
        schema = {"name": form.name, "schema": form.schema, "strict": False}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}

    async def close() -> None:
        client.client.close()
        await client.async_client.aclose()

    return Connection(client, demand, close)


def _ollama(model: str, settings: Settings) -> Connection:
    from langchain_ollama import ChatOllama

    client = ChatOllama(
        model=model,
        base_url=settings.ollama_url,
        client_kwargs={"timeout": settings.model_seconds},
        num_ctx=OLLAMA_CONTEXT_TOKENS,
        temperature=0.0,
        disable_streaming=True,
    )

    async def close() -> None:
        inner: Any = client
        inner._client.close()  # noqa: SLF001  it offers no other way
        await inner._async_client.close()  # noqa: SLF001

    return Connection(client, lambda form: {"format": form.narrow}, close, tells_form=False, limit_name="")


_CONNECT: dict[str, Callable[[str, Settings], Connection]] = {
    "google": _google,
    "openai": _openai,
    "mistral": _mistral,
    "ollama": _ollama,
}
