"""Bad requests: each gets a clear problem, and none of them breaks anything."""

import asyncio
import json
from typing import Any

import httpx
import pytest

JSON = {"Content-Type": "application/json"}
NOBODY = "00000000-0000-7000-8000-000000000000"


def raw(content: bytes, **headers: str) -> dict[str, Any]:
    return {"content": content, "headers": {**JSON, **headers}}


def task(**fields: Any) -> dict[str, Any]:
    return {"json": {"description": "what is 1 + 1?", **fields}}


def limit(**fields: Any) -> dict[str, Any]:
    return task(constraints=fields)


def many_names(rest: bytes) -> bytes:
    return b"{" + b"".join(b'"%d":1,' % number for number in range(9_000)) + rest


BAD_TASKS: list[tuple[str, dict[str, Any], int, str]] = [
    ("no body", {}, 422, "required"),
    ("no JSON", raw(b'{"description": "x"'), 400, "line 1, column 20"),
    ("only a word", raw(b"hello"), 400, "no JSON"),
    ("not UTF-8", raw(b'{"description": "caf\xe9"}'), 400, "not UTF-8 at byte 20"),
    ("UTF-16", raw('{"description": "x"}'.encode("utf-16")), 400, "not UTF-8"),
    ("a name twice", raw(b'{"description": "x", "description": "y"}'), 400, "'description' twice"),
    ("the last of very many names twice", raw(many_names(b'"x": 1, "x": 2}')), 400, "'x' twice"),
    ("a number with very many digits", raw(b'{"description": "x", "priority": ' + b"9" * 5_000 + b"}"), 400, "digits"),
    ("a million numbers", raw(b'{"success_criteria": [' + b"0," * 1_000_000 + b"0]}"), 422, "more than 10000 values"),
    ("a million objects", raw(b'{"attachments": [' + b"{}," * 1_000_000 + b"{}]}"), 422, "more than 10000 values"),
    ("very many unknown names", raw(many_names(b'"x": 1}')), 422, "and 8999 more"),
    ("very deep", raw(b'{"description": ' + b"[" * 100_000), 400, "nested deeper"),
    ("deep", raw(b'{"description": ' + b"[" * 60 + b"]" * 60 + b"}"), 422, "nested deeper"),
    ("no object", {"json": ["what is 1 + 1?"]}, 422, "#"),
    ("null", {"json": None, **raw(b"null")}, 422, "#"),
    ("no description", {"json": {"priority": 5}}, 422, "#/description"),
    ("a blank description", task(description=" \n\t "), 422, "#/description"),
    ("a description that is a number", task(description=15), 422, "#/description"),
    ("a NUL character", task(description="a\0b"), 422, "#/description"),
    ("a NUL character in a name", task(**{"a\0b": 1}), 422, "NUL"),
    ("half a surrogate pair", raw(rb'{"description": "\ud800"}'), 422, "#/description"),
    ("a long description", task(description="x" * 100_001), 422, "100001 characters"),
    ("a description of a megabyte", task(description="x" * 1_000_000), 422, "1000000 characters"),
    ("a description of eight megabytes", task(description="x" * 8_000_000), 413, "too large"),
    ("a body of twenty megabytes", raw(b'"' + b"x" * 20_000_000 + b'"'), 413, "too large"),
    ("an unknown field", task(colour="blue"), 422, "#/colour"),
    ("an unknown constraint", limit(max_tokens=1), 422, "#/constraints/max_tokens"),
    ("the name of a tool as long as a book", limit(allowed_tools=["x" * 201]), 422, "#/constraints/allowed_tools/0"),
    ("more tools than there are", limit(allowed_tools=["echo"] * 501), 422, "#/constraints/allowed_tools"),
    ("no iterations", limit(max_iterations=0), 422, "#/constraints/max_iterations"),
    ("endless time", raw(b'{"description": "x", "constraints": {"max_duration": 1e999}}'), 422, "no finite number"),
    ("time that is no number", raw(b'{"description": "x", "constraints": {"max_duration": NaN}}'), 422, "no finite"),
    ("less than no money", limit(max_cost_usd=-1), 422, "#/constraints/max_cost_usd"),
    ("too high a priority", task(priority=10), 422, "#/priority"),
    ("a priority in words", task(priority="high"), 422, "#/priority"),
    ("a priority in quotes", task(priority="5"), 422, "#/priority in the body: it must be a number"),
    ("a priority between two", task(priority=1.5), 422, "#/priority"),
    ("true as a priority", task(priority=True), 422, "#/priority"),
    ("time in quotes", limit(max_duration="60"), 422, "#/constraints/max_duration"),
    ("yes in words", task(use_cache="yes"), 422, "#/use_cache"),
    ("an unknown approval mode", task(approval="sometimes"), 422, "#/approval"),
    ("criteria that are no list", task(success_criteria="be nice"), 422, "#/success_criteria"),
    ("a folder that is not there", task(folder="nowhere/at/all"), 422, "no folder"),
    ("a folder outside the roots", task(folder="/etc"), 422, "outside"),
    ("a folder that climbs out", task(folder="../../../../../etc"), 422, "outside"),
    ("a folder that is a file", task(folder="README.md"), 422, "no folder"),
    ("a folder with a very long name", task(folder="x" * 10_000), 422, "no folder"),
    ("a packed body", raw(b'{"description": "x"}', **{"Content-Encoding": "gzip"}), 415, "says 'gzip'"),
    ("a form", {"data": {"description": "x"}}, 415, "application/json"),
    ("no media type", {"content": b'{"description": "x"}'}, 415, "application/json"),
    ("text", raw(b'{"description": "x"}', **{"Content-Type": "text/plain"}), 415, "text/plain"),
]


@pytest.mark.parametrize(
    ("options", "status", "said"), [case[1:] for case in BAD_TASKS], ids=[case[0] for case in BAD_TASKS]
)
async def test_a_bad_task_is_refused_with_a_problem_that_says_what_to_mend(http, options, status, said):
    expect(await http.post("/tasks", **options), status, said)


async def test_the_answer_to_a_bad_request_is_no_larger_than_people_can_read(http):
    for content in (many_names(b'"x": 1}'), b'{"success_criteria": [' + b"0," * 9_990 + b"0]}"):
        answer = await http.post("/tasks", **raw(content))
        assert len(answer.content) < 20_000


async def test_no_bad_task_was_kept(http):
    for _, options, _, _ in BAD_TASKS:
        await http.post("/tasks", **options)
    assert (await http.get("/tasks")).json()["tasks"] == []


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", f"/tasks/{NOBODY}", 404, NOBODY),
        ("GET", f"/tasks/{NOBODY}/status", 404, NOBODY),
        ("GET", f"/tasks/{NOBODY}/logs", 404, NOBODY),
        ("GET", f"/tasks/{NOBODY}/events", 404, NOBODY),
        ("GET", f"/tasks/{NOBODY}/approvals", 404, NOBODY),
        ("GET", f"/tasks/{NOBODY}/artifacts/x", 404, NOBODY),
        ("POST", f"/tasks/{NOBODY}/cancel", 404, NOBODY),
        ("GET", "/tasks/%00", 404, "no task"),
        ("GET", "/tasks/%ff%fe", 404, "no task"),
        ("GET", "/tasks/'; DROP TABLE tasks; --", 404, "no task"),
        ("GET", f"/tasks?cursor={NOBODY}", 422, "cursor"),
        ("GET", "/tasks?limit=0", 422, "#/limit in the query"),
        ("GET", "/tasks?limit=many", 422, "#/limit in the query"),
        ("GET", "/tasks?text=" + "x" * 201, 422, "#/text in the query: Value should have at most 200 characters"),
        ("GET", "/tasks?status=sleeping", 422, "#/status/0 in the query"),
        ("GET", f"/tasks/{NOBODY}/logs?after=-1", 422, "#/after in the query"),
        ("GET", f"/tasks/{NOBODY}/logs?after=99999999999999999999999", 422, "#/after in the query"),
        ("GET", f"/tasks/{NOBODY}/events?heartbeat=0", 422, "#/heartbeat in the query"),
        ("GET", "/nothing", 404, "/nothing"),
        ("GET", "/office/playground/nothing.js", 404, "/office/playground/nothing.js"),
        ("DELETE", "/tasks", 405, "DELETE"),
        ("PUT", "/healthz", 405, "PUT"),
        ("PATCH", "/tasks/x", 405, "PATCH"),
    ],
)
async def test_what_is_not_there_or_not_possible_is_a_problem(http, method, path, status, said):
    expect(await http.request(method, path), status, said)


async def test_a_method_that_is_not_possible_is_told_the_ones_that_are(http):
    assert (await http.delete("/tasks/x/cancel")).headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"json": {"decisions": [{"type": "approve"}]}}, 404, NOBODY),
        ({"json": {}}, 422, "#/decisions"),
        ({"json": {"decisions": "approve"}}, 422, "#/decisions"),
        ({"json": {"decisions": ["approve"]}}, 422, "#/decisions/0"),
        ({"json": {"decisions": [], "by": "me"}}, 422, "#/by"),
        ({"json": {"decisions": [{"type": "reject", "message": "\0"}]}}, 422, "#/decisions/0/message"),
        (raw(b"{"), 400, "no JSON"),
    ],
)
async def test_a_bad_answer_is_refused_with_a_problem(http, answer, status, said):
    expect(await http.post(f"/tasks/{NOBODY}/approvals", **answer), status, said)


async def test_a_last_event_id_that_is_no_number_is_a_problem(http):
    response = await http.get(f"/tasks/{NOBODY}/events", headers={"Last-Event-ID": "yesterday"})
    expect(response, 422, "#/last-event-id in the header")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8710", "[::2]", "", "127.0.0.1:1@evil.example", "[::1]evil"],
)
async def test_a_request_for_another_host_is_refused_wherever_it_goes(http, host):
    for path in ("/tasks", "/healthz", "/docs", "/openapi.json", "/office/playground/", "/nothing"):
        expect(await http.get(path, headers={"Host": host}), 421, "127.0.0.1")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:80", "127.9.9.9", "[::1]:8710", "a.localhost."]
)
async def test_every_name_of_this_machine_is_answered(http, host):
    assert (await http.get("/healthz", headers={"Host": host})).status_code == 200


async def test_a_request_that_names_no_host_or_two_is_refused(address):
    for lines in (b"GET /healthz HTTP/1.0\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n"):
        reader, writer = await asyncio.open_connection(*address.removeprefix("http://").split(":"))
        writer.write(lines)
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert answer.split()[1] in (b"421", b"400")


async def test_the_requests_name_is_in_the_answer_and_in_the_problem(http):
    response = await http.get("/tasks/x", headers={"X-Request-Id": "mine-1"})
    assert response.headers["X-Request-Id"] == response.json()["request_id"] == "mine-1"


async def test_a_name_that_could_break_a_log_line_is_replaced(http):
    response = await http.get("/healthz", headers={"X-Request-Id": "x y" * 1000})
    assert 0 < len(response.headers["X-Request-Id"]) < 100


async def test_a_body_that_comes_in_pieces_is_measured_as_it_comes(http):
    async def pieces():
        for _ in range(80):
            yield b" " * 100_000

    expect(await http.post("/tasks", content=pieces(), headers=JSON), 413, "too large")


@pytest.mark.parametrize(
    "announcement", ["Content-Length: 99999999999", "Content-Length: 9999999\r\nExpect: 100-continue"]
)
async def test_a_body_that_will_not_be_taken_is_not_waited_for(address, http, announcement):
    reader, writer = await asyncio.open_connection(*address.removeprefix("http://").split(":"))
    key = http.headers["Authorization"]
    head = f"POST /tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: {key}\r\n{announcement}\r\n\r\n"
    writer.write(head.encode())
    await writer.drain()
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 "), "and nobody was told to go on"
    writer.close()
    await writer.wait_closed()


async def test_a_body_that_breaks_off_does_no_harm(address, http):
    reader, writer = await asyncio.open_connection(*address.removeprefix("http://").split(":"))
    head = "POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    assert (await http.get("/healthz")).status_code == 200


def expect(response: httpx.Response, status: int, said: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(problem)
    assert problem["status"] == status
    assert said in problem["detail"] or said in str(problem.get("facts"))
    assert "Traceback" not in response.text
