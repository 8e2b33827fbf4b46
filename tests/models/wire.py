"""Small servers that speak the providers' wire formats, as a test scripts them.

    async with serve("openai", Reply('{"text": "hi"}')) as server:
        ...  # OpenAI's client at server.url is told "hi", and server.requests shows what it sent

A script is a list of replies and faults, used in order; the last one is used again and again.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

Speech = Literal["openai", "google", "mistral", "ollama"]


@dataclass(frozen=True)
class Reply:
    """The model says something."""

    text: str = ""
    call: dict[str, Any] | None = None
    """The inputs of a call of the one tool that the model was given."""
    input_tokens: int = 100
    output_tokens: int = 10
    cached_tokens: int = 0
    finish: Literal["stop", "length", "withheld"] = "stop"
    refusal: str = ""


@dataclass(frozen=True)
class Fault:
    """The server answers with an error."""

    status: int
    message: str = "It went wrong."
    code: str | None = None
    details: Sequence[dict[str, Any]] = ()
    """What Gemini adds."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """The server answers with these bytes."""

    body: bytes
    content_type: str = "application/json"
    status: int = 200


@dataclass(frozen=True)
class Hang:
    """The server takes the request and says nothing."""


@dataclass(frozen=True)
class Drop:
    """The server hangs up in the middle of its answer."""


@dataclass(frozen=True)
class Drip:
    """The server answers so slowly that it never comes to an end, but never falls silent either."""


@dataclass(frozen=True)
class Embed:
    """The server makes a vector of each text: how often each of the first letters of the alphabet is in it."""

    dimensions: int = 26
    tokens: int = 7
    leave_out: int = 0
    """So many texts at the end get none."""


HERE = ("127.0.0.1", 0)
"""This machine, at a free port."""
Turn = Embed | Reply | Fault | Raw | Hang | Drop | Drip
DRIP_SECONDS = 0.02
TLS = b"\x16"
"""How a client begins that wants a secure connection."""
REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[str]:
        """The words of each message, whatever the format."""
        messages = self.body.get("messages") or self.body.get("contents", [])
        return [_text(message.get("content") or message.get("parts", [])) for message in messages]

    @property
    def tool(self) -> str:
        """The name of the one tool that the model is given; empty if there is none."""
        for tool in self.body.get("tools") or []:
            [function] = tool.get("functionDeclarations") or [tool["function"]]
            return str(function["name"])
        return ""

    @property
    def prompt(self) -> str:
        """All words sent to the model."""
        return "\n".join(self.messages)

    @property
    def texts(self) -> list[str]:
        """What vectors are wanted of."""
        if "requests" in self.body:
            return [_text(one["content"]["parts"]) for one in self.body["requests"]]
        return list(self.body["input"])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


@dataclass
class Server:
    """A provider, as far as a client can tell."""

    speech: Speech
    script: list[Turn]
    url: str = ""
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first request is there."""
    connections: int = 0
    """Those over which something was asked: others on this machine may try the port, too."""
    crowd: asyncio.Barrier = field(default_factory=lambda: asyncio.Barrier(1))
    """Nobody is answered before so many have asked."""
    abandoned: int = 0
    """How many clients hung up on a server that was silent."""
    conversations: "dict[asyncio.Task[Any], asyncio.StreamWriter]" = field(default_factory=dict)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client hangs up."""
        task = asyncio.current_task()
        assert task
        self.conversations[task] = writer
        new = True
        try:
            while request := await _read(reader):
                self.connections += new
                new = False
                self.requests.append(request)
                self.asked.set()
                await self.crowd.wait()
                turn = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                if isinstance(turn, Hang):
                    await reader.read()
                    self.abandoned += 1
                    return
                if isinstance(turn, Drip):
                    await _drip(writer)
                    return
                if isinstance(turn, Embed):
                    turn = Raw(json.dumps(_embedded(self.speech, turn, request.texts)).encode())
                writer.write(_response(self.speech, turn, request.tool))
                await writer.drain()
                if isinstance(turn, Drop):
                    return
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")  # whoever is still there did not speak HTTP
        except (ConnectionError, asyncio.BrokenBarrierError):
            return
        finally:
            writer.close()
            del self.conversations[task]


@asynccontextmanager
async def serve(
    speech: Speech, *script: Turn, door: socket.socket | None = None, crowd: int = 1
) -> AsyncIterator[Server]:
    """A server of this provider's kind at this door, which stays open, or at its own; it answers so many at once."""
    own = door.dup() if door else socket.create_server(HERE)
    server = Server(speech, list(script), *_place(speech, own), crowd=asyncio.Barrier(crowd))
    listener = await asyncio.start_server(server.converse, sock=own, backlog=256)
    try:
        yield server
    finally:
        listener.close()
        await server.crowd.abort()
        for conversation, writer in list(server.conversations.items()):
            writer.close()
            await conversation
        await listener.wait_closed()


@contextmanager
def nobody(speech: Speech) -> Iterator[Server]:
    """An address where a server of this kind could be: connections are refused, and nobody else gets it meanwhile."""
    with socket.socket() as held:
        held.bind(HERE)
        yield Server(speech, [], *_place(speech, held))


def _place(speech: Speech, door: socket.socket) -> tuple[str, int]:
    """The URL and the port."""
    port: int = door.getsockname()[1]
    return f"http://127.0.0.1:{port}" + ("/v1" if speech in ("openai", "mistral") else ""), port


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(DRIP_SECONDS)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.read(1)
    if head in (b"", TLS):
        return None
    head += await reader.readline()
    headers = {}
    while line := (await reader.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(head.decode("latin-1").split()[1], headers, json.loads(body or b"{}"))


def _response(speech: Speech, turn: Reply | Fault | Raw | Drop, tool: str) -> bytes:
    if isinstance(turn, Drop):
        return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    status, content_type, extra = 200, "application/json", {}
    if isinstance(turn, Raw):
        body, content_type, status = turn.body, turn.content_type, turn.status
    elif isinstance(turn, Fault):
        body, status, extra = json.dumps(_error(speech, turn)).encode(), turn.status, turn.headers
    else:
        lines = [json.dumps(part).encode() for part in _parts(speech, turn, tool)]
        body = b"\n".join(lines)
        content_type = "application/x-ndjson" if speech == "ollama" else content_type
    headers = {"Content-Type": content_type, "Content-Length": str(len(body)), **extra}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {REASONS.get(status, 'Odd')}\r\n{head}\r\n".encode() + body


def _parts(speech: Speech, reply: Reply, tool: str) -> Sequence[dict[str, Any]]:
    """The documents of an answer: one, or for Ollama's stream several."""
    if speech == "google":
        return [_gemini(reply, tool)]
    if speech == "ollama":
        half = len(reply.text) // 2
        pieces: list[dict[str, Any]] = [
            {"role": "assistant", "content": piece} for piece in (reply.text[:half], reply.text[half:])
        ]
        if reply.call is not None:
            pieces[0]["tool_calls"] = [{"function": {"name": tool, "arguments": reply.call}}]
        common = {"model": "any", "created_at": "2026-01-01T00:00:00Z"}
        last = {
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": "length" if reply.finish == "length" else "stop",
            "prompt_eval_count": reply.input_tokens,
            "eval_count": reply.output_tokens,
        }
        return [*({**common, "message": piece, "done": False} for piece in pieces), {**common, **last}]
    finish = {"stop": "stop", "length": "length", "withheld": "content_filter"}[reply.finish]
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if speech == "openai":
        message["refusal"] = reply.refusal or None
    if reply.call is not None:
        function = {"name": tool, "arguments": json.dumps(reply.call)}
        message["tool_calls"] = [{"id": "call00001", "type": "function", "function": function}]
    usage: dict[str, Any] = {
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
    }
    return [
        {
            "id": "chat-1",
            "object": "chat.completion",
            "created": 1767225600,
            "model": "any",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": usage,
        }
    ]


def _gemini(reply: Reply, tool: str) -> dict[str, Any]:
    finish = {"stop": "STOP", "length": "MAX_TOKENS", "withheld": "SAFETY"}[reply.finish]
    parts: list[dict[str, Any]] = [{"text": reply.text}] if reply.text else []
    if reply.call is not None:
        parts.append({"functionCall": {"name": tool, "args": reply.call}})
    content = {"role": "model", "parts": parts}
    return {
        "candidates": [{"content": content, "finishReason": finish, "index": 0}],
        "usageMetadata": {
            "promptTokenCount": reply.input_tokens,
            "candidatesTokenCount": reply.output_tokens,
            "totalTokenCount": reply.input_tokens + reply.output_tokens,
            "cachedContentTokenCount": reply.cached_tokens,
        },
        "modelVersion": "any",
    }


def _embedded(speech: Speech, embed: Embed, texts: Sequence[str]) -> dict[str, Any]:
    letters = [chr(ord("a") + place) for place in range(embed.dimensions)]
    answered = texts[: len(texts) - embed.leave_out]
    vectors = [[float(text.lower().count(letter)) + 0.001 for letter in letters] for text in answered]
    if speech == "google":
        return {"embeddings": [{"values": vector} for vector in vectors]}
    if speech == "ollama":
        return {"model": "any", "embeddings": vectors, "prompt_eval_count": embed.tokens}
    data = [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    usage = {"prompt_tokens": embed.tokens, "total_tokens": embed.tokens}
    return {"object": "list", "model": "any", "data": data[::-1], "usage": usage}


def _error(speech: Speech, fault: Fault) -> dict[str, Any]:
    if speech == "google":
        name = fault.code or REASONS.get(fault.status, "UNKNOWN").upper().replace(" ", "_")
        told = {"code": fault.status, "message": fault.message, "status": name}
        return {"error": {**told, "details": list(fault.details)} if fault.details else told}
    if speech == "ollama":
        return {"error": fault.message}
    if speech == "mistral":
        return {"object": "error", "message": fault.message, "type": "invalid_request_error", "code": fault.code}
    return {"error": {"message": fault.message, "type": "error", "param": None, "code": fault.code}}
