"""Requests and answers over real sockets: what is cut, what is refused, and what the server gets to see."""

import asyncio
import gzip
import itertools
import socket
import tracemalloc
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
import structlog

from intelligent_office.errors import AnswerLost, RequestRefused, Unreachable
from intelligent_office.outbound.allowances import read_allowance
from intelligent_office.outbound.exchange import Limits, Outbound
from intelligent_office.outbound.guard import Guard, ask_the_system
from tests.outbound.servers import by_path, identity, raw, says, silent, web

HERE = [read_allowance("127.0.0.1")]
PATIENT = Limits(seconds=100, connect_seconds=100)
"""What ends no exchange that goes on, however busy the machine is."""
OK = b"HTTP/1.1 200 OK\r\n"


def outbound(limits: Limits = PATIENT, **options) -> Outbound:
    """Allowed to call this machine."""
    return Outbound(Guard(HERE, **options), limits)


async def get(url: str, limits: Limits = PATIENT):
    return await outbound(limits).exchange("GET", url)


async def test_an_answer_is_taken_down_whole():
    async with web(says(b"hello", content_type="text/plain", x_more="1")) as server:
        reply = await get(f"{server.url}/a?b=c#d")
    assert (reply.status, reply.body, reply.complete, reply.remark) == (200, b"hello", True, "")
    assert reply.headers["x-more"] == "1"
    assert reply.url == f"{server.url}/a?b=c"
    [request] = server.requests
    assert (request.method, request.target) == ("GET", "/a?b=c")
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


async def test_headers_and_body_arrive_as_they_were_given():
    async with web(says()) as server:
        await outbound().exchange("POST", server.url, headers={"X-Who": "me", "User-Agent": "us"}, body=b"\x00\xff")
    [request] = server.requests
    assert (request.headers["x-who"], request.headers["user-agent"], request.body) == ("me", "us", b"\x00\xff")
    assert "cookie" not in request.headers


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with web(says(b"direct")) as server:
        assert (await get(server.url)).body == b"direct"


async def test_a_host_is_looked_up_once_and_called_at_the_address_that_was_judged():
    """A name that answers differently the second time (DNS rebinding) gains nothing by it."""
    asked: list[str] = []
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["127.0.0.66"]))

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    async with web(says(b"judged")) as server:
        reply = await outbound(resolve=resolve).exchange("GET", f"http://name.example:{server.port}/")
    assert (reply.body, asked) == (b"judged", ["name.example"])
    assert server.requests[0].headers["host"] == f"name.example:{server.port}"


async def test_a_name_that_turns_private_at_the_last_moment_is_not_called():
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async with web(says()) as server:
        nobody_allowed = Outbound(Guard([], resolve))
        with pytest.raises(RequestRefused, match=r"leads to 127\.0\.0\.1, which belongs to this machine"):
            await nobody_allowed.exchange("GET", f"http://name.example:{server.port}/")
    assert server.connections == 0


async def test_the_system_is_not_fooled_by_short_addresses():
    """What getaddrinfo makes of them is judged, should one ever come so far."""
    assert await ask_the_system("127.1", 80) == ["127.0.0.1"]
    with pytest.raises(RequestRefused):
        await Guard().addresses("127.1", 80)


async def test_the_next_address_is_tried_if_one_does_not_answer():
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    both = Outbound(Guard([read_allowance("127.0.0.0/8")], resolve), PATIENT)
    async with web(says(b"second")) as server:
        assert (await both.exchange("GET", f"http://name.example:{server.port}/")).body == b"second"


# Redirects


async def test_reading_follows_redirects():
    async with web(by_path(a=says(status="302 Found", location="/b"), b=says(b"there"))) as server:
        reply = await get(f"{server.url}/a")
    assert (reply.body, reply.url) == (b"there", f"{server.url}/b")


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "//192.168.0.1/",
        "http://[::1]/",
        "http://localhost:22/",
        "http://2130706433/",
        "http://user:secret@127.0.0.1/",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "\\\\127.0.0.1\\",
        "/\\127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://",
        "http:///",
    ],
)
async def test_a_redirect_is_judged_like_the_first_url(location):
    async with web(says(status="302 Found", location=location)) as server:
        with pytest.raises(RequestRefused):
            await get(server.url)
    assert server.connections == 1


async def test_a_redirect_to_a_name_that_leads_inside_is_refused():
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.1"]

    async with web(says(status="301 Moved Permanently", location="http://inside.example/")) as server:
        with pytest.raises(RequestRefused, match=r"inside.example` leads to 10.0.0.1"):
            await outbound(resolve=resolve).exchange("GET", server.url)


async def test_redirects_in_a_circle_come_to_an_end():
    async with web(says(status="302 Found", location="/")) as server:
        with pytest.raises(RequestRefused, match="more than 5 times"):
            await get(server.url)
    assert len(server.requests) == 6


async def test_secrets_stay_with_the_server_that_they_were_meant_for():
    secrets = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/html"}
    async with web(says(b"other")) as other:
        here = by_path(
            a=says(status="307 Temporary Redirect", location="/b"), b=says(status="302 Found", location=other.url)
        )
        async with web(here) as server:
            reply = await outbound().exchange("GET", f"{server.url}/a", headers=secrets)
    assert reply.body == b"other"
    assert [request.headers.get("authorization") for request in server.requests] == ["Bearer x", "Bearer x"]
    assert {"authorization", "cookie", "x-api-key"}.isdisjoint(other.requests[0].headers)
    assert other.requests[0].headers["accept"] == "text/html"


async def test_cookies_that_a_server_sets_are_not_kept():
    here = by_path(a=says(status="302 Found", location="/b", set_cookie="a=b"), b=says())
    async with web(here) as server:
        await get(f"{server.url}/a")
    assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect"])
async def test_what_changes_something_is_not_sent_on(status):
    async with web(says(status=status, location="/elsewhere")) as server:
        reply = await outbound().exchange("POST", server.url, body=b"x")
    assert len(server.requests) == 1
    assert (reply.status, reply.remark) == (int(status[:3]), "It redirects to `/elsewhere`; a POST is not sent on.")


# Limits


async def test_a_long_body_is_cut():
    async with web(says(b"x" * 5_000)) as server:
        reply = await get(server.url, replace(PATIENT, body_bytes=1_000))
    assert (reply.body, reply.complete) == (b"x" * 1_000, False)
    assert "longer than 1000 bytes" in reply.remark


async def test_a_body_of_exactly_the_limit_is_whole():
    async with web(says(b"x" * 1_000)) as server:
        assert (await get(server.url, replace(PATIENT, body_bytes=1_000))).complete


@pytest.mark.parametrize(
    "head",
    [
        b"\r\n",
        b"content-length: 999999999999\r\n\r\n",
        b"content-type: text/event-stream\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n",
    ],
)
async def test_an_endless_body_is_cut(head):
    piece = b"1000\r\n" + b"x" * 4096 + b"\r\n" if b"chunked" in head else b"x" * 4096
    async with web(raw(OK + head, endless=piece)) as server:
        reply = await get(server.url)
    assert (len(reply.body), reply.complete) == (2_000_000, False)


async def test_a_body_that_drips_is_cut_when_the_time_is_up():
    async with web(raw(OK + b"\r\n.", endless=b".", pause=0.05)) as server:
        for seconds in (0.5, 5, 50):
            with suppress(AnswerLost):  # where the machine stood still, the time was up before the body began
                reply = await get(server.url, replace(PATIENT, seconds=seconds))
                break
    assert set(reply.body) == set(b".")
    assert f"did not end within {seconds:g} seconds" in reply.remark


@pytest.mark.parametrize(
    "answer",
    [
        silent(),
        raw(b"HTTP/1.1 200 OK\r\n", endless=b"x", pause=0.05),
        raw(endless=b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01),
    ],
    ids=["silence", "dripping headers", "endless promises"],
)
async def test_a_server_that_never_gets_to_its_answer_is_given_up(answer):
    async with web(answer) as server:
        with pytest.raises(AnswerLost, match=r"within 0\.5 seconds"):
            await get(server.url, replace(PATIENT, seconds=0.5))


async def test_the_time_covers_all_redirects_together():
    async def slowly(request):
        await asyncio.sleep(0.2)
        yield b"HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"

    async with web(slowly) as server:
        with pytest.raises(AnswerLost):
            await get(server.url, replace(PATIENT, seconds=0.5))
    assert len(server.requests) <= 3


@pytest.mark.parametrize(
    "answer",
    [
        raw(OK + b"a: " + b"x" * 200_000 + b"\r\n\r\n"),
        raw(OK, endless=b"a: b\r\n" * 500),
        raw(endless=b"x" * 4096),
        raw(b"\x00\xff\xfe"),
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!"),
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        raw(b"HTTP/1.1 999999 OK\r\n\r\n"),
        raw(OK + b"content-length: minus\r\n\r\n"),
    ],
    ids=["long header", "many headers", "one line", "noise", "nothing", "two lengths", "ssh", "status", "length"],
)
async def test_what_is_no_usable_http_is_no_answer(answer):
    async with web(answer) as server:
        with pytest.raises(AnswerLost, match="gave no usable answer"):
            await get(server.url)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello " * 1_000)),
        ("x-gzip", gzip.compress(b"hello " * 1_000)),
        ("GZIP", gzip.compress(b"hello " * 500) + gzip.compress(b"hello " * 500)),
        ("deflate", zlib.compress(b"hello " * 1_000)),
        ("deflate", zlib.compress(b"hello " * 1_000)[2:-4]),
    ],
)
async def test_a_packed_body_is_unpacked(encoding, packed):
    async with web(says(packed, content_encoding=encoding)) as server:
        reply = await get(server.url)
    assert (reply.body, reply.complete) == (b"hello " * 1_000, True)
    assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"


def bomb(megabytes: int, wbits: int) -> bytes:
    pack = zlib.compressobj(9, wbits=wbits)
    piece = b"\0" * 2**20
    return b"".join(pack.compress(piece) for _ in range(megabytes)) + pack.flush()


@pytest.mark.parametrize(
    ("encoding", "wbits"), [("gzip", 31), ("deflate", 15), ("deflate", -15)], ids=["gzip", "deflate", "bare deflate"]
)
async def test_a_bomb_is_cut_and_never_unpacked(encoding, wbits):
    packed = bomb(200, wbits)
    async with web(says(packed, content_encoding=encoding)) as server:
        tracemalloc.start()
        try:
            reply = await get(server.url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (len(reply.body), reply.complete) == (2_000_000, False)
    assert peak < 20_000_000


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "x"])
async def test_a_packing_that_nobody_asked_for_is_left_as_it_came(encoding):
    async with web(says(b"\x1b\x00packed", content_encoding=encoding)) as server:
        reply = await get(server.url)
    assert (reply.body, reply.complete) == (b"\x1b\x00packed", False)
    assert f"packed as `{encoding}`" in reply.remark


@pytest.mark.parametrize(
    "damaged",
    [
        gzip.compress(b"hello")[:-6] + b"\0" * 6,
        b"no gzip at all",
        gzip.compress(b"hello") + b"rest",
        gzip.compress(b"") * 2_000,
    ],
    ids=["sum", "text", "rest", "thousands of nothing"],
)
async def test_a_damaged_body_is_said_to_be(damaged):
    async with web(says(damaged, content_encoding="gzip")) as server:
        reply = await get(server.url)
    assert not reply.complete
    assert "damaged" in reply.remark


async def test_a_packed_body_that_ends_too_early_is_said_to_be_incomplete():
    async with web(says(gzip.compress(b"hello " * 1_000)[:-10], content_encoding="gzip")) as server:
        reply = await get(server.url)
    assert not reply.complete


async def test_a_body_that_breaks_off_is_said_to_be_incomplete():
    async with web(raw(OK + b"content-length: 100\r\n\r\nhello")) as server:
        reply = await get(server.url)
    assert (reply.body, reply.complete) == (b"hello", False)
    assert "broke off" in reply.remark


# What is sent


@pytest.mark.parametrize(
    "headers",
    [
        {"a\r\nb": "c"},
        {"a": "b\r\nc: d"},
        {"a": "b\nc"},
        {"a": "b\x00"},
        {"a b": "c"},
        {"": "c"},
        {"a:": "c"},
    ],
)
async def test_headers_that_would_smuggle_others_in_are_refused(headers):
    async with web(says()) as server:
        with pytest.raises(RequestRefused, match="cannot be sent"):
            await outbound().exchange("GET", server.url, headers=headers)
    assert server.requests == []


async def test_a_method_that_would_smuggle_something_in_is_refused():
    async with web(says()) as server:
        with pytest.raises(RequestRefused, match="cannot be sent"):
            await outbound().exchange("GET / HTTP/1.1\r\nX: y\r\n\r\n", server.url)
    assert server.requests == []


async def test_nobody_there_is_told_as_such():
    with socket.socket() as held:  # so that nobody else comes to listen there
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(Unreachable, match=f"cannot be reached on port {port}"):
            await get(f"http://127.0.0.1:{port}/")


# TLS


async def test_a_certificate_is_checked_for_the_name_of_the_url(tmp_path):
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    names = identity(tmp_path, "good.example")
    async with web(says(b"safe"), tls=names.server) as server:
        trusting = Outbound(Guard(HERE, resolve), PATIENT, certificates=names.client)
        assert (await trusting.exchange("GET", f"https://good.example:{server.port}/")).body == b"safe"
        with pytest.raises(RequestRefused, match="could not prove who it is: Hostname mismatch"):
            await trusting.exchange("GET", f"https://other.example:{server.port}/")
        with pytest.raises(RequestRefused, match="could not prove who it is: self-signed certificate"):
            await outbound(resolve=resolve).exchange("GET", f"https://good.example:{server.port}/")
    assert len(server.requests) == 1


async def test_a_server_without_tls_is_not_taken_for_one():
    async with web(says()) as server:
        with pytest.raises((RequestRefused, Unreachable)):
            await get(server.url.replace("http:", "https:"), replace(PATIENT, connect_seconds=0.5))


async def test_nothing_private_of_a_request_is_logged():
    with structlog.testing.capture_logs() as lines:
        async with web(says()) as server:
            await outbound().exchange("GET", f"{server.url}/?token=hush", headers={"Authorization": "hush"})
    assert "hush" not in str(lines)
