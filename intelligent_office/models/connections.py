"""Lines to models: the providers' own clients, made at the first call and kept, so that connections are used again."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar
from weakref import WeakKeyDictionary

import httpx
from pydantic import SecretStr

from intelligent_office.models.candidates import Candidate
from intelligent_office.models.complaints import WebPage
from intelligent_office.models.forms import Form, Schema

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.runnables import Runnable

OLLAMA_CONTEXT_TOKENS = 16_384
"""Ollama's own default is small, and it cuts longer prompts without a word."""

Manner = Literal["schema", "tool", "words"]
MANNERS: tuple[Manner, ...] = ("schema", "tool", "words")
"""How a model is held to a form, the surest way first: by the provider, by a tool it has to call, by the prompt."""

SHORTER = (4096, 1024, 0)
"""Longest answers to ask for, in tokens, where a server refuses the one that is wanted; 0: say nothing of it."""

GIVE_ANSWER = "Gives the answer. Call it once, with the whole answer."

Close = Callable[[], Awaitable[None]]
Demand = Callable[[Form[Any]], dict[str, Any]]


@dataclass(frozen=True)
class Connection:
    """A line to one model. The clients' own retries are off: when to try again is decided in one place."""

    client: "BaseChatModel"
    demand: Demand | None
    """How the provider is told the form of the answer; None if there is no way that all of its models know."""
    close: Close
    tells_form: bool = True
    """Whether the provider tells the model what form it is held to."""
    limit_name: str = "max_tokens"
    """What the client calls the longest answer; empty if it cannot be told for one call."""
    limit: int | None = None
    """The longest answer to ask the server for, which has refused longer ones; 0: it takes no limit at all."""
    parameters: Callable[[Form[Any]], Schema] = attrgetter("narrow")
    """The form, as the provider understands it of a tool."""
    manner: Manner = "schema"
    """The one in use."""

    def __post_init__(self) -> None:
        """Begin with the surest manner that there is."""
        if self.demand is None and self.manner == "schema":
            object.__setattr__(self, "manner", "tool")

    @property
    def blind(self) -> bool:
        """Whether it is known of the model that it cannot look at images."""
        return (self.client.profile or {}).get("image_inputs") is False

    @property
    def in_words(self) -> bool:
        """Whether the prompt itself has to say what form is wanted."""
        return self.manner == "words" or not self.tells_form

    def lesser(self) -> "Connection | None":
        """The same line in the next manner, for a server that refuses this one; None after the last."""
        follows = MANNERS[MANNERS.index(self.manner) + 1 :]
        return replace(self, manner=follows[0]) if follows else None

    def briefer(self) -> "Connection | None":
        """The same line for shorter answers, for a server that refuses to be asked for longer ones; None in the end."""
        shorter = [limit for limit in SHORTER if self.limit is None or limit < self.limit]
        return replace(self, limit=shorter[0]) if shorter else None

    async def ask(
        self, messages: "Sequence[BaseMessage]", form: Form[Any], name: str, most_tokens: int | None = None
    ) -> "AIMessage":
        """Ask, for an answer of so many tokens at most: what the model thinks to itself counts, too."""
        longest = most_tokens if self.limit is None else min(self.limit, most_tokens or 0)
        options: dict[str, Any] = {self.limit_name: longest} if longest and self.limit_name else {}
        line: Runnable[Any, AIMessage] = self.client
        if self.manner == "schema" and self.demand:
            options |= self.demand(form)
        elif self.manner == "tool":
            function = {"name": form.name, "description": GIVE_ANSWER, "parameters": self.parameters(form)}
            line = self.client.bind_tools([{"type": "function", "function": function}], tool_choice=form.name)
        return await line.ainvoke(list(messages), {"run_name": name}, **options)


class Line(Protocol):
    """Something that can be hung up."""

    @property
    def close(self) -> Close: ...


L = TypeVar("L", bound=Line)


class Connections(Generic[L]):
    """The open lines of a process. An asynchronous client belongs to the event loop that first used it."""

    def __init__(self, connect: Callable[[Candidate], L]) -> None:
        """Keep the lines that this function opens."""
        self._open_line = connect
        self._lock = threading.Lock()
        self._open: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Candidate, L]] = WeakKeyDictionary()

    async def to(self, candidate: Candidate) -> L:
        """The line to a model; its library is imported off the event loop, for that takes a second or two."""
        loop = asyncio.get_running_loop()
        known = self._mine(loop).get(candidate)
        return known if known is not None else await asyncio.to_thread(self._connect, loop, candidate)

    def change(self, candidate: Candidate, connection: L) -> None:
        """Use this line from now on."""
        self._mine(asyncio.get_running_loop())[candidate] = connection

    async def close(self) -> None:
        """Hang up every line of this event loop."""
        connections = self._open.pop(asyncio.get_running_loop(), {})
        for connection in connections.values():
            await connection.close()

    def _mine(self, loop: asyncio.AbstractEventLoop) -> dict[Candidate, L]:
        return self._open.setdefault(loop, {})

    def _connect(self, loop: asyncio.AbstractEventLoop, candidate: Candidate) -> L:
        with self._lock:
            mine = self._mine(loop)
            if candidate not in mine:
                mine[candidate] = self._open_line(candidate)
            return mine[candidate]


LIMITS = httpx.Limits(max_connections=256, max_keepalive_connections=128)
"""Of one client. With httpx's own, most connections of a busy office would be opened anew for every question."""
MISTRAL_URL = "https://api.mistral.ai/v1"


async def refuse_page(response: httpx.Response) -> None:
    """Tell a page that some proxy put in the way of the answer; clients would stumble over it.

    Raises:
        WebPage: it is one.
    """
    if response.is_success and response.headers.get("content-type", "").startswith("text/html"):
        raise WebPage


HOOKS = {"response": [refuse_page]}


@cache
def trusted() -> ssl.SSLContext:
    """The authorities that certificates may come from, read once: each client would take its own 20 ms for that."""
    return httpx.create_ssl_context()


async def _refuse_error(response: httpx.Response) -> None:
    """Raise what the server says itself: Ollama's client would drop the headers."""
    if response.is_error:
        await response.aread()
        response.raise_for_status()


def connect(candidate: Candidate) -> Connection:
    """Open the line to a model."""
    return _CONNECT.get(candidate.speaks, connect_any)(candidate)


NO_KEY = SecretStr("none")
"""A server of one's own may want no key, and its client wants one all the same."""


def _openai(candidate: Candidate) -> Connection:
    """OpenAI, or whatever speaks like it. The schema is advice: held to it, a model could not fill in open objects."""
    import openai
    from langchain_openai import ChatOpenAI

    transport = openai.DefaultAsyncHttpxClient(timeout=candidate.seconds, verify=trusted(), event_hooks=HOOKS)
    client = ChatOpenAI(
        model=candidate.model,
        api_key=candidate.api_key or NO_KEY,
        base_url=candidate.base_url,
        timeout=candidate.seconds,
        temperature=candidate.temperature,
        max_completion_tokens=candidate.max_output_tokens,
        max_retries=0,
        http_async_client=transport,
        disable_streaming=True,
    )

    def demand(form: Form[Any]) -> dict[str, Any]:
        """Past the client's own reading of such answers: it makes an error of a cut-off one, and drops its cost."""
        schema = {"name": form.name, "schema": form.schema, "strict": False}
        return {"extra_body": {"response_format": {"type": "json_schema", "json_schema": schema}}}

    return Connection(client, demand, transport.aclose)


def _google(candidate: Candidate) -> Connection:
    """Gemini, over httpx.

    Its library takes aiohttp where something else happens to have installed it, reads errors wrongly there and leaks.
    """
    from google.genai import Client
    from google.genai.types import HttpOptions
    from langchain_google_genai import ChatGoogleGenerativeAI

    key = candidate.api_key or NO_KEY
    transport = httpx.AsyncClient(timeout=candidate.seconds, verify=trusted(), limits=LIMITS, event_hooks=HOOKS)
    client = ChatGoogleGenerativeAI(
        model=candidate.model,
        google_api_key=key,
        base_url=candidate.base_url,
        timeout=candidate.seconds,
        max_output_tokens=candidate.max_output_tokens,
        max_retries=1,  # attempts, not repetitions; 0 means its own default
        vertexai=False,
        client_args={"verify": trusted()},
        disable_streaming=True,
        **_set(temperature=candidate.temperature),
    )
    inner = Client(
        api_key=key.get_secret_value(),
        vertexai=False,
        http_options=HttpOptions(
            base_url=candidate.base_url, httpx_async_client=transport, client_args={"verify": trusted()}
        ),
    )
    client.client = inner

    def demand(form: Form[Any]) -> dict[str, Any]:
        return {"response_mime_type": "application/json", "response_json_schema": form.closed}

    async def close() -> None:
        inner.close()
        await transport.aclose()

    return Connection(client, demand, close, limit_name="max_output_tokens", parameters=attrgetter("closed"))


def _mistral(candidate: Candidate) -> Connection:
    from langchain_mistralai import ChatMistralAI

    transport = httpx.AsyncClient(
        base_url=candidate.base_url or MISTRAL_URL,
        headers={"Authorization": f"Bearer {(candidate.api_key or NO_KEY).get_secret_value()}"},
        timeout=candidate.seconds,
        verify=trusted(),
        limits=LIMITS,
        event_hooks=HOOKS,
    )
    client = ChatMistralAI(
        model_name=candidate.model,
        api_key=candidate.api_key or NO_KEY,
        base_url=candidate.base_url,
        timeout=max(1, round(candidate.seconds)),
        max_tokens=candidate.max_output_tokens,
        max_retries=1,  # attempts, not repetitions
        temperature=candidate.temperature or 0.0,
        disable_streaming=True,
        async_client=transport,
    )

    def demand(form: Form[Any]) -> dict[str, Any]:
        schema = {"name": form.name, "schema": form.schema, "strict": False}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}

    async def close() -> None:
        client.client.close()
        await transport.aclose()

    return Connection(client, demand, close)


def _ollama(candidate: Candidate) -> Connection:
    from langchain_ollama import ChatOllama

    client = ChatOllama(
        model=candidate.model,
        base_url=candidate.base_url,
        client_kwargs={"timeout": candidate.seconds, "verify": trusted(), "limits": LIMITS},
        async_client_kwargs={"event_hooks": {"response": [refuse_page, _refuse_error]}},
        num_ctx=candidate.context_tokens or OLLAMA_CONTEXT_TOKENS,
        num_predict=candidate.max_output_tokens,
        temperature=candidate.temperature or 0.0,
        disable_streaming=True,
    )

    async def close() -> None:
        inner: Any = client
        inner._client.close()  # noqa: SLF001  it offers no other way
        await inner._async_client.close()  # noqa: SLF001

    return Connection(client, lambda form: {"format": form.narrow}, close, tells_form=False, limit_name="")


def connect_any(candidate: Candidate) -> Connection:
    """A provider that LangChain has a client for in a package of its own; the model answers by calling a tool.

    The clients have few options in common: these are the ones that `init_chat_model` documents for all of them.
    """
    from langchain.chat_models import init_chat_model

    key = candidate.api_key.get_secret_value() if candidate.api_key else None  # not every client takes a `SecretStr`
    client = init_chat_model(
        candidate.model,
        model_provider=candidate.speaks,
        timeout=candidate.seconds,
        max_retries=0,
        disable_streaming=True,
        **_set(
            api_key=key,
            base_url=candidate.base_url,
            temperature=candidate.temperature,
            max_tokens=candidate.max_output_tokens,
        ),
    )

    async def close() -> None:
        """Their transports are their own: most keep one for the whole process, and have no way to hang up."""

    return Connection(client, None, close)


def _set(**options: Any) -> dict[str, Any]:
    """The options that were chosen; the client's own defaults stand for the others."""
    return {name: value for name, value in options.items() if value is not None}


_CONNECT: dict[str, Callable[[Candidate], Connection]] = {
    "google": _google,
    "openai": _openai,
    "mistral": _mistral,
    "ollama": _ollama,
}
