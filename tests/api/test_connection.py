"""What arrives at the socket and is no request, or not a whole one: each is refused in the door's own words."""

import asyncio
import json
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI, Request

from intelligent_office.api.connection import HEADER_BYTES, Connection
from intelligent_office.api.layers import wrap
from intelligent_office.api.problems import install
from intelligent_office.telemetry.requests import RequestCounts
from tests.api.serving import served

LONG = b"x" * (HEADER_BYTES + 1)


class Hasty(Connection):
    """Gives callers little time for a request."""

    header_seconds = 0.5


class HastySince(Connection):
    """Gives callers little time once it has answered them."""

    header_seconds = 300.0
    drain_seconds = 0.5

    def on_response_complete(self) -> None:
        self.header_seconds = 0.5
        super().on_response_complete()


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    async def look() -> dict[str, Any]:
        return {"seen": True}

    @app.post("/")
    async def take(request: Request) -> dict[str, Any]:
        return {"bytes": len(await request.body())}

    install(app)
    wrap(app, cors_origins=[], counts=RequestCounts())
    return app


@pytest.fixture(scope="module")
def door():
    with served(make_app) as address:
        yield address


@pytest.fixture(scope="module")
def hasty_door():
    with served(make_app, http=Hasty) as address:
        yield address


@pytest.fixture(scope="module")
def door_that_gets_hasty():
    with served(make_app, http=HastySince) as address:
        yield address


async def sent(door: str, *pieces: bytes, after: bytes = b"") -> bytes:
    """What comes back for these bytes until the server hangs up; with some more `after` its answer has begun."""
    return await asyncio.to_thread(_sent, door, pieces, after)


def _sent(door: str, pieces: tuple[bytes, ...], after: bytes) -> bytes:
    """On a bare socket, from which an answer is read also if the server has hung up on what it would not hear."""
    where = urlsplit(door)
    said = b""
    with socket.create_connection((where.hostname, where.port)) as wire:
        with suppress(ConnectionError):
            for piece in pieces:
                wire.sendall(piece)
        with suppress(ConnectionError):
            while heard := wire.recv(65_536):
                if not said and after:
                    with suppress(ConnectionError):
                        wire.sendall(after)
                said += heard
    return said


def answers_of(text: bytes) -> list[tuple[int, dict[str, str], Any]]:
    """Status, headers and content of each answer."""
    found = []
    while text:
        head, _, rest = text.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        size = int(headers.get("content-length", 0))
        found.append((int(status.split()[1]), headers, json.loads(rest[:size]) if size else None))
        text = rest[size:]
    return found


NO_REQUESTS: list[tuple[str, list[bytes], int]] = [
    ("noise", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n"], 400),
    ("no version", [b"GET /\r\n\r\n"], 400),
    ("no host", [b"GET / HTTP/1.1\r\n\r\n"], 400),
    ("two hosts", [b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"], 400),
    ("a NUL in a header", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n"], 400),
    ("a header without a name", [b"GET / HTTP/1.1\r\nHost: localhost\r\n: a\r\n\r\n"], 400),
    ("a length in words", [b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n"], 400),
    ("a negative length", [b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"], 400),
    ("two lengths", [b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"], 400),
    ("an unknown coding", [b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n"], 400),
    ("a bad chunk", [b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\n"], 400),
    ("a long line", [b"GET /" + LONG], 414),
    ("a long line and its end", [b"GET /" + LONG + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"], 414),
    ("a long header", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + LONG + b"\r\n\r\n"], 431),
    ("a long header in pieces", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ", *[LONG[:1000]] * 20, b"\r\n\r\n"], 431),
    ("very many headers", [b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n"], 431),
]


@pytest.mark.parametrize(
    ("pieces", "status"), [case[1:] for case in NO_REQUESTS], ids=[case[0] for case in NO_REQUESTS]
)
async def test_what_is_no_request_is_refused_with_a_problem_and_hung_up_on(door, pieces, status):
    assert_refused(await sent(door, *pieces), status)


@pytest.mark.parametrize("piece", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A:"])
async def test_a_request_that_takes_too_long_to_come_is_not_waited_for(hasty_door, piece):
    assert_refused(await sent(hasty_door, piece), 408)


def assert_refused(said: bytes, status: int) -> None:
    """The one answer is a problem of that status, and the last one on its connection."""
    [(answered, headers, problem)] = answers_of(said)
    assert answered == problem["status"] == status
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-request-id"] == problem["request_id"] != ""
    assert problem["detail"].endswith(".")


async def test_a_request_is_answered_however_small_its_pieces_are(door):
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    [(status, _, content)] = answers_of(await sent(door, *(request[n : n + 1] for n in range(len(request)))))
    assert (status, content) == (200, {"seen": True})


async def test_requests_on_one_connection_are_answered_in_their_order(door):
    look = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    give = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000
    last = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answers = answers_of(await sent(door, look + give + last))
    assert [status for status, _, _ in answers] == [200, 200, 404]
    assert answers[1][2] == {"bytes": 100_000}


async def test_a_second_request_must_come_as_soon_as_a_first_one(door_that_gets_hasty):
    look = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answers = answers_of(await sent(door_that_gets_hasty, look + b"GET / HT"))
    assert [status for status, _, _ in answers] == [200, 408]


async def test_who_was_answered_before_the_body_was_there_does_not_keep_the_connection(door_that_gets_hasty):
    head = b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    [(status, _, _)] = answers_of(await sent(door_that_gets_hasty, head, after=b"x"))
    assert status == 404, "and then it hung up"


async def test_a_body_that_is_sent_to_its_end_after_the_answer_makes_room_for_the_next_request(door):
    first = b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    where = urlsplit(door)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(first)
    answer = await reader.readuntil(b"}")
    writer.write(b"x" * 100 + b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    answers = answers_of(answer + await reader.read())
    assert [status for status, _, _ in answers] == [404, 200]
    writer.close()


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
async def test_a_body_that_says_two_ways_how_long_it_is_hides_no_second_request(door, before):
    hidden = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    both = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n"
        b"\r\n0\r\n\r\n" % (5 + len(hidden))
    )
    *_, (status, headers, content) = answers_of(await sent(door, before + both + hidden))
    assert (status, headers["connection"], content) == (200, "close", {"bytes": 0})


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://localhost", "example.com", 200),
        ("http://localhost/", "localhost", 200),
        ("HTTPS://localhost:1/?a=http://example.com/", "localhost", 200),
        ("http://localhost/nowhere", "localhost", 404),
        ("http://example.com/", "localhost", 421),
        ("http://localhost@example.com/", "localhost", 421),
        ("http:///", "localhost", 404),
        ("/http://localhost/", "localhost", 404),
    ],
)
async def test_a_target_may_be_a_whole_address_of_this_server(door, target, host, status):
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    [(answered, _, _)] = answers_of(await sent(door, request.encode()))
    assert answered == status


async def test_an_upgrade_is_left_alone(door):
    wish = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n"
    [(status, _, content)] = answers_of(await sent(door, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + wish + b"\r\n"))
    assert (status, content) == (200, {"seen": True})


async def test_a_method_that_nobody_knows_is_a_problem(door):
    [(status, headers, _)] = answers_of(
        await sent(door, b"BREW / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    )
    assert status == 405
    assert headers["content-type"] == "application/problem+json"


async def test_the_server_does_not_say_what_it_is_made_of(door):
    [(_, headers, _)] = answers_of(await sent(door, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    assert "server" not in headers
