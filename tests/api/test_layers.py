"""What every request passes on its way to a route, and what every answer carries."""

import asyncio
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from intelligent_office.api.answer_headers import AnswerHeaders
from intelligent_office.api.app import create_app
from intelligent_office.api.recording import NOWHERE, Recording
from intelligent_office.settings import Settings
from intelligent_office.telemetry.requests import Kind, RequestCounts
from tests.api.keys import client_of, home_with_key
from tests.api.serving import served

FRIEND = "https://app.example.com"


@pytest.mark.parametrize("path", ["/tasks", "/tasks/nobody", "/healthz", "/nowhere", "/docs", "/openapi.json"])
async def test_every_answer_keeps_browsers_from_misusing_it(http, path):
    headers = (await http.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers, "this is no TLS"
    assert headers["X-Request-Id"]


async def test_only_under_tls_are_browsers_told_to_stay_with_it():
    told = []

    async def respond(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=9")]})

    async def send(message):
        told.append(dict(message["headers"]))

    for scheme in ("http", "https"):
        await AnswerHeaders(respond)({"type": "http", "scheme": scheme}, nobody, send)
    assert b"strict-transport-security" not in told[0]
    assert told[1][b"strict-transport-security"] == b"max-age=31536000"
    assert told[1][b"cache-control"] == b"max-age=9", "whoever says something of its own has the last word"


async def test_only_pages_may_run_scripts(http):
    assert "script-src" in (await http.get("/docs")).headers["Content-Security-Policy"]
    assert "script-src" not in (await http.get("/tasks")).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/tasks", "/healthz", "/tools", "/openapi.json", "/docs", "/tasks/nobody", "/nowhere"]
)
async def test_a_head_has_the_status_and_the_headers_of_a_get_and_no_content(http, path):
    get, head = await http.get(path), await http.head(path)
    assert head.status_code == get.status_code
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.content == b""


async def test_a_head_of_a_stream_comes_to_its_end(http, waiting):
    task_id = await waiting()
    response = await http.head(f"/tasks/{task_id}/events")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert (await http.get("/healthz")).status_code == 200, "the connection is of use again"


async def test_a_head_is_not_possible_where_a_get_is_not(http):
    assert (await http.head("/tasks/nobody/cancel")).status_code == 405


async def test_a_method_that_is_not_possible_is_told_all_that_are_whichever_route_has_them(http):
    told = {path: (await http.put(path)).headers["Allow"] for path in ("/tasks", "/tasks/x", "/permits/x")}
    assert {path: sorted(allowed.split(", ")) for path, allowed in told.items()} == {
        "/tasks": ["GET", "HEAD", "POST"],
        "/tasks/x": ["GET", "HEAD"],
        "/permits/x": ["DELETE"],
    }


async def test_a_page_of_nobody_we_know_may_not_read_answers(http):
    response = await http.get("/healthz", headers={"Origin": FRIEND})
    assert not [name for name in response.headers if name.startswith("access-control-")]
    preflight = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    assert (await http.options("/tasks", headers=preflight)).status_code == 405


@pytest.fixture
async def friendly(settings: Settings):
    changes = {"cors_origins": [FRIEND], "body_seconds": 0.3, "home": home_with_key(settings.home)}
    with served(lambda: create_app(settings.model_copy(update=changes), worker=False)) as address:
        yield address


async def test_a_page_of_a_named_origin_may(friendly):
    async with client_of(friendly) as http:
        preflight = await http.options(
            "/tasks",
            headers={
                "Origin": FRIEND,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,idempotency-key,content-type",
            },
        )
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == FRIEND
        refused = await http.get("/tasks", headers={"Origin": FRIEND, "Authorization": "Bearer x"})
        assert refused.status_code == 401
        assert refused.headers["Access-Control-Allow-Origin"] == FRIEND, "it may read why"
        assert "RateLimit" in refused.headers["Access-Control-Expose-Headers"]
        stranger = await http.get("/tasks", headers={"Origin": "https://example.com"})
        assert "Access-Control-Allow-Origin" not in stranger.headers
        asks_first = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
        told = await http.options("/tasks", headers=asks_first)
        assert (told.status_code, told.headers["Content-Type"]) == (400, "application/problem+json")
        assert "Disallowed CORS origin" in told.json()["detail"]
        assert "Access-Control-Allow-Origin" not in told.headers
        assert "Origin" in told.headers["Vary"]


async def test_a_body_that_takes_too_long_is_not_waited_for(friendly):
    async with client_of(friendly) as http:
        key = http.headers["Authorization"]
    where = urlsplit(friendly)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(
        b"POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
        b"Authorization: %s\r\n\r\n{" % key.encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    writer.close()


async def test_a_caller_who_leaves_in_the_middle_of_a_body_breaks_nothing(friendly):
    where = urlsplit(friendly)
    for _ in range(3):
        with socket.create_connection((where.hostname, where.port)) as leaver:
            leaver.sendall(b"POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    async with client_of(friendly) as http:
        assert (await http.get("/readyz")).status_code == 200


# Logged and measured


async def answer(scope, receive, send):
    scope["route"] = type("Route", (), {"path": "/tasks/{task_id}"})()
    scope.setdefault("state", {})["tenant"] = "acme"
    if scope["path"] == "/broken":
        raise RuntimeError
    await send({"type": "http.response.start", "status": 418, "headers": []})


async def recorded(path: str, method: str = "GET"):
    counts = RequestCounts()
    with capture_logs() as logs, suppress(RuntimeError):
        await Recording(answer, counts)({"type": "http", "method": method, "path": path}, nobody, nobody)
    [line] = [line for line in logs if line.get("status") in (418, 500)]  # the office of this module may log, too
    return counts, line


async def nobody(*_):
    """Neither asks nor listens."""


async def test_a_request_is_logged_with_what_an_operator_asks_for():
    _, line = await recorded("/tasks/1")
    assert line.pop("milliseconds") >= 0
    assert line == {
        "event": "request.answered",
        "log_level": "info",
        "method": "GET",
        "route": "/tasks/{task_id}",
        "status": 418,
        "tenant": "acme",
    }


async def test_a_request_is_counted_by_what_it_was_and_not_by_whom_it_named():
    counts, _ = await recorded("/tasks/1")
    assert counts.durations[Kind("GET", "/tasks/{task_id}", 418)].count == 1
    assert counts.under_way == 0


async def test_a_mistake_is_counted_too():
    counts, line = await recorded("/broken")
    assert line["status"] == 500
    assert [kind.status for kind in counts.durations] == [500]


async def test_callers_cannot_make_up_names_that_are_counted():
    counts, _ = await recorded("/tasks/1", "BREW")
    assert [kind.method for kind in counts.durations] == [NOWHERE]
