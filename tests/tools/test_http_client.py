"""`http_client` over real sockets: what a plan may ask for, and what it is told."""

import json
from dataclasses import replace
from typing import Any

import pytest

from intelligent_office.outbound.allowances import read_allowance
from intelligent_office.outbound.exchange import Limits, Outbound
from intelligent_office.outbound.guard import Guard
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.registry import Registry
from intelligent_office.toolbox.workshop import Workshop
from tests.outbound.servers import by_path, raw, says, silent, web
from tests.ports import own_port
from tests.tools.calling import call
from tools.http_client import http_client, policy

PATIENT = Limits(seconds=100, connect_seconds=100)
HERE = Outbound(Guard([read_allowance("127.0.0.1")]), PATIENT)
SCOPE = ToolScope(task_id="t", idempotency_key="k1")


async def ask(method: str, url: str, **inputs: Any) -> tuple[str, Any]:
    return await call(http_client(HERE), SCOPE, method=method, url=url, **inputs)


@pytest.fixture
def registry() -> Registry:
    outbound = Outbound(Guard())
    return Registry([Tool(definition=http_client(outbound), policy=policy(outbound))])


@pytest.fixture
def workshop(database, settings) -> Workshop:
    return Workshop([Tool(definition=http_client(HERE), policy=policy(HERE))], database, settings)


async def invoke(workshop: Workshop, method: str, url: str, key: str = "k1", **inputs: Any) -> Any:
    asked = {"method": method, "url": url, **inputs}
    step: Any = {"step_id": "s1", "action": "http_client", "inputs": asked, "idempotency_key": key}
    return await workshop.invoke(step, {}, ToolScope(task_id="t"))


async def test_text_is_answered_with_its_status_and_headers():
    async with web(says("grüße".encode(), content_type="text/plain; charset=utf-8")) as server:
        text, data = await ask("GET", f"{server.url}/a")
    assert text == f"GET {server.url}/a: 200 OK\ngrüße"
    assert (data["status"], data["body"], data["complete"]) == (200, "grüße", True)
    assert data["headers"]["content-type"] == "text/plain; charset=utf-8"
    assert (data["json"], data["base64"]) == (None, None)


async def test_json_can_be_taken_apart_by_later_steps():
    async with web(says(b'{"price": 7}', content_type="application/json")) as server:
        _, data = await ask("GET", server.url)
    assert data["json"] == {"price": 7}


@pytest.mark.parametrize("body", [b'{"a": ', b"[" * 100_000, b"\xff{"])
async def test_broken_json_is_text(body):
    async with web(says(body, content_type="application/json")) as server:
        _, data = await ask("GET", server.url)
    assert data["json"] is None
    assert data["body"]


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("é".encode("latin-1"), "text/plain; charset=iso-8859-1", "é"),
        ("é".encode("cp1252"), "text/plain; charset='windows-1252'", "é"),
        ("日本".encode("shift_jis"), "text/html; charset=Shift_JIS", "日本"),
        ("é".encode("utf-16"), "text/plain; charset=UTF-16", "é"),
        ("é".encode(), "text/plain", "é"),
        ("é".encode("latin-1"), "text/plain", "é"),
        ("é".encode(), "text/plain; charset=nonsense", "é"),
        ("é".encode(), "text/plain; charset=rot13", "é"),
        (b"abc-", "text/plain; charset=punycode", "abc-"),
        (b"abc", "text/plain; charset=utf-7", "abc"),
        ("é".encode("utf-8-sig"), "text/plain; charset=utf-8", "é"),
    ],
)
async def test_a_body_is_read_in_its_encoding(body, kind, text):
    async with web(says(body, content_type=kind)) as server:
        _, data = await ask("GET", server.url)
    assert data["body"] == text


async def test_what_is_no_text_is_kept_as_base64_and_told_by_its_size():
    async with web(says(b"\x89PNG\0\0", content_type="image/png")) as server:
        text, data = await ask("GET", server.url)
    assert text.endswith("(6 bytes of image/png)")
    assert (data["body"], data["base64"]) == (None, "iVBORwAA")


async def test_what_is_sent_arrives():
    async with web(says()) as server:
        await ask("POST", server.url, json_body={"a": ["ü"]}, headers={"X-Who": "me"})
        await ask("PUT", server.url, text_body="<a/>", headers={"Content-Type": "text/xml"})
        await ask("DELETE", server.url)
        await ask("HEAD", server.url)
    posted, put, deleted, headed = server.requests
    assert (json.loads(posted.body), posted.headers["content-type"]) == ({"a": ["ü"]}, "application/json")
    assert posted.headers["x-who"] == "me"
    assert (put.body, put.headers["content-type"]) == (b"<a/>", "text/xml")
    assert (deleted.method, headed.method) == ("DELETE", "HEAD")


async def test_servers_that_know_idempotency_keys_are_told_that_of_the_step():
    async with web(says()) as server:
        await ask("POST", server.url, json_body=1)
        await ask("POST", server.url, json_body=1, headers={"Idempotency-Key": "mine"})
        await ask("GET", server.url)
    assert [request.headers.get("idempotency-key") for request in server.requests] == ["k1", "mine", None]


async def test_a_cut_body_is_said_to_be_cut():
    async with web(raw(b"HTTP/1.1 200 OK\r\n\r\n", endless=b"x" * 4096)) as server:
        text, data = await ask("GET", server.url)
    assert not data["complete"]
    assert text.endswith("(It is longer than 2000000 bytes; this is its beginning.)")


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"method": "GET", "url": "http://169.254.169.254/"}, "belongs to the local link"),
        ({"method": "GET", "url": "http://127.1/"}, "four numbers"),
        ({"method": "GET", "url": "http://localhost/"}, "OFFICE_HTTP_ALLOW"),
        ({"method": "GET", "url": "file:///etc/passwd"}, "begins with `http://`"),
        ({"method": "GET", "url": "http://a:b@example.com"}, "`Authorization`"),
        ({"method": "TRACE", "url": "http://example.com"}, "must be one of `GET`, `HEAD`"),
        ({"method": "GET", "url": "http://example.com", "text_body": "x"}, "leave out `text_body`"),
        ({"method": "HEAD", "url": "http://example.com", "json_body": {}}, "leave out `json_body`"),
        ({"method": "POST", "url": "http://example.com", "json_body": {}, "text_body": "x"}, "either"),
        ({"method": "GET", "url": "http://example.com", "headers": {"Host": "b"}}, "`Host` is set by the office"),
        ({"method": "GET", "url": "http://example.com", "headers": {"Transfer-Encoding": "chunked"}}, "leave it out"),
        ({"method": "GET", "url": "http://example.com", "headers": {"a\r\nb": "c"}}, "no name of a header"),
        ({"method": "GET", "url": "http://example.com", "headers": {"a": "b\r\nc: d"}}, "printable ASCII"),
        ({"method": "GET", "url": "http://example.com", "headers": {"a": "é"}}, "printable ASCII"),
        ({"method": "GET", "url": "http://example.com", "headers": {"a": "x" * 100_000}}, "characters"),
        ({"method": "GET", "url": "http://example.com", "headers": {"a": 1}}, "`headers"),
        ({"method": "GET"}, "needs the input `url`"),
        ({"method": "GET", "url": 5}, "of type string"),
    ],
)
def test_a_call_that_would_be_refused_is_told_before_it_is_made(registry, inputs, told):
    assert told in " ".join(registry.faults("http_client", inputs))


@pytest.mark.parametrize(
    "inputs",
    [
        {"method": "GET", "url": "https://example.com/a?b=c"},
        {"method": "GET", "url": "${s1.output.url}", "headers": {"Authorization": "Bearer ${s2}"}},
        {"method": "POST", "url": "https://example.com", "json_body": {"a": "${s1}"}},
        {"method": "POST", "url": "https://example.com", "json_body": [1, None]},
        {"method": "POST", "url": "https://example.com:8443", "text_body": "x", "any_status": True},
    ],
)
def test_sound_calls_have_no_faults(registry, inputs):
    assert registry.faults("http_client", inputs) == []


@pytest.mark.parametrize(
    ("method", "risk", "idempotent"),
    [
        ("GET", "guarded", True),
        ("HEAD", "guarded", True),
        ("POST", "dangerous", False),
        ("PUT", "dangerous", False),
        ("PATCH", "dangerous", False),
        ("DELETE", "dangerous", False),
        ("${s1}", "dangerous", False),
        ("get", "dangerous", False),
    ],
)
def test_only_reading_may_be_repeated_and_all_else_is_dangerous(registry, method, risk, idempotent):
    inputs = {"method": method, "url": "https://example.com"}
    assert (registry.risk("http_client", inputs), registry.idempotent("http_client", inputs)) == (risk, idempotent)


async def test_a_refusal_fails_the_step_unless_any_status_will_do(workshop):
    async with web(says(b"<p>No such\n page", status="404 Not Found")) as server:
        failed = await invoke(workshop, "GET", server.url)
        taken = await invoke(workshop, "GET", server.url, any_status=True)
    assert failed["error"] == f"GET {server.url} was answered with 404 Not Found: <p>No such page."
    assert (failed["status"], failed["transient"], failed["attempts"]) == ("failed", False, 1)
    assert (taken["status"], taken["output"]["status"]) == ("succeeded", 404)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable"])
async def test_reading_is_tried_again_when_a_server_is_busy(workshop, status):
    answers = iter([says(status=status), says(b"now")])
    async with web(lambda request: next(answers)(request)) as server:
        result = await invoke(workshop, "GET", server.url)
    assert (result["status"], result["attempts"]) == ("succeeded", 2)


@pytest.mark.parametrize(
    "answer",
    [silent(), raw(b""), raw(b"nonsense\r\n\r\n"), says(status="500 Internal Server Error"), says(status="503 Busy")],
    ids=["silence", "nothing", "nonsense", "500", "503"],
)
async def test_a_change_whose_answer_is_lost_is_in_doubt_and_not_tried_again(database, settings, answer):
    async with web(answer) as server:
        for seconds in (1, 10, 100):  # until that is enough to ask
            impatient = Outbound(HERE.guard, replace(PATIENT, seconds=seconds))
            tool = Tool(definition=http_client(impatient), policy=policy(impatient))
            workshop = Workshop([tool], database, settings)
            result = await invoke(workshop, "POST", server.url, f"within {seconds}", json_body={"pay": 5})
            if server.requests:
                break
    assert (result["status"], len(server.requests)) == ("in_doubt", 1)
    assert "Whether the call took effect is not known" in result["text"]


async def test_a_change_that_never_reached_the_server_is_no_doubtful_one(workshop):
    with own_port() as port:
        result = await invoke(workshop, "POST", f"http://127.0.0.1:{port}", json_body={"pay": 5})
    assert (result["status"], result["transient"]) == ("failed", True)
    assert "cannot be reached" in result["error"]


async def test_a_change_that_the_server_refused_had_no_effect(workshop):
    async with web(says(b'{"detail": "no money"}', status="422 Unprocessable Content")) as server:
        result = await invoke(workshop, "POST", server.url, json_body={"pay": 5})
    assert (result["status"], result["attempts"]) == ("failed", 1)
    assert "no money" in result["error"]


async def test_a_url_that_another_step_found_is_judged_too(workshop):
    sources = {"s0": {"text": "http://169.254.169.254/latest/meta-data/", "output": None}}
    inputs = {"method": "GET", "url": "${s0}"}
    step: Any = {"step_id": "s1", "action": "http_client", "inputs": inputs, "idempotency_key": "k"}
    result = await workshop.invoke(step, sources, ToolScope(task_id="t"))
    assert (result["status"], result["attempts"]) == ("failed", 0)
    assert "local link" in result["error"]


async def test_a_redirect_to_the_inside_fails_the_step_with_the_reason(workshop):
    async with web(by_path(a=says(status="302 Found", location="http://10.0.0.1/"))) as server:
        result = await invoke(workshop, "GET", f"{server.url}/a")
    assert result["status"] == "failed"
    assert "redirects to where the office does not call: `10.0.0.1` belongs to a private network" in result["error"]


async def test_a_long_answer_is_kept_outside_the_state(workshop):
    async with web(says(b"x" * 100_000)) as server:
        result = await invoke(workshop, "GET", server.url)
    assert result["artifact"]["size"] > 100_000
    assert len(result["text"]) < 5_000
    assert result["output"] is None
