"""Web servers on this machine that say exactly the bytes that a test wants said.

async with web(says(b"hi")) as server:
    ...  # a request to server.url is answered with "hi", and server.requests shows what was asked
"""

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HIGHEST_REFUSED = 10_080
"""Of the ports that browsers refuse to call, and the office with them."""


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Pieces = AsyncIterator[bytes]
Answer = Callable[[Request], Pieces]


@dataclass
class WebServer:
    port: int
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


def says(body: bytes = b"", status: str = "200 OK", **headers: str) -> Answer:
    """An ordinary answer; `content_type=` and the like become headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in named.items())]

    async def answer(request: Request) -> Pieces:
        yield "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode("latin-1")
        if request.method != "HEAD":
            yield body

    return answer


def raw(*pieces: bytes, endless: bytes = b"", pause: float = 0) -> Answer:
    """Bytes as they are; `endless` again and again, until the client hangs up, each after a pause in seconds."""

    async def answer(request: Request) -> Pieces:
        for piece in pieces:
            yield piece
        while endless:
            await asyncio.sleep(pause)
            yield endless

    return answer


def silent() -> Answer:
    """Nothing at all, for as long as the client stays."""

    async def answer(request: Request) -> Pieces:
        await asyncio.Event().wait()
        yield b""

    return answer


def by_path(**answers: Answer) -> Answer:
    """One answer for each path; `/a` is `a`."""

    def answer(request: Request) -> Pieces:
        return answers[request.target.lstrip("/").partition("?")[0]](request)

    return answer


@asynccontextmanager
async def web(
    answer: Answer, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[WebServer]:
    """A server that gives this answer."""
    running: set[asyncio.Task[None]] = set()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        running.add(task)
        server.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request = await _read(reader)
            server.requests.append(request)
            async for piece in answer(request):
                writer.write(piece)
                await writer.drain()
        writer.close()
        running.discard(task)

    door = _door(host)
    server = WebServer(door.getsockname()[1], "https" if tls else "http")
    listening = await asyncio.start_server(attend, sock=door, ssl=tls)
    try:
        yield server
    finally:
        listening.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await listening.wait_closed()


def _door(host: str) -> socket.socket:
    """A free port that nobody minds: some systems hand out those that the office refuses to call."""
    while True:
        door = socket.create_server((host, 0))
        if door.getsockname()[1] > HIGHEST_REFUSED:
            return door
        door.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


@dataclass(frozen=True)
class Identity:
    """A certificate for some names, and who may vouch for it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def identity(folder: Path, *names: str) -> Identity:
    """A certificate that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(public, private)
    return Identity(server, ssl.create_default_context(cafile=str(public)))


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
