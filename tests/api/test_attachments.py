"""Attachments over HTTP: handed in with a task or before it, kept once, and nobody else's."""

import base64

import pytest

from tests.api.listening import told
from tests.attachments.pages import PNG, pdf

TEXT = "first line\nsecond line\nthird line\n"


async def hand_in(http, content: bytes, kind: str = "text/plain", name: str = "notes.txt"):
    return await http.post("/attachments", params={"name": name}, content=content, headers={"Content-Type": kind})


async def test_a_file_is_handed_in_once_and_given_back_as_it_was(http):
    first = await hand_in(http, TEXT.encode())
    assert first.status_code == 201, first.text
    found = first.json()
    assert (found["name"], found["media_type"], found["size"]) == ("notes.txt", "text/plain", len(TEXT))
    assert found["preview"] == TEXT
    place = first.headers["Location"]
    assert place == f"/attachments/{found['attachment_id']}"
    assert (await hand_in(http, TEXT.encode())).json() == found
    back = await http.get(place)
    assert (back.status_code, back.text) == (200, TEXT)
    assert back.headers["content-type"].startswith("text/plain")
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["content-disposition"] == "attachment; filename*=UTF-8''notes.txt"


async def test_a_form_is_refused_in_words_that_say_how_to_hand_in_a_file(http):
    refused = await http.post("/attachments", files={"file": ("notes.txt", TEXT.encode(), "text/plain")})
    assert refused.status_code == 415
    assert "send the file itself as the body" in refused.json()["detail"]


async def test_the_same_bytes_as_something_else_are_another_attachment(http):
    one, other = await hand_in(http, b"{}", "text/plain"), await hand_in(http, b"{}", "application/json")
    assert one.json()["attachment_id"] != other.json()["attachment_id"]


async def test_a_page_of_the_web_is_saved_and_never_shown(http):
    place = (await hand_in(http, b"<script>alert(1)</script>", "text/html", 'x";.html')).headers["Location"]
    back = await http.get(place)
    assert back.headers["content-disposition"].startswith("attachment; filename*=UTF-8''x%22%3B.html")
    assert back.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("content", "kind", "status", "detail"),
    [
        (b"", "text/plain", 422, "empty"),
        (b"PK\x03\x04", "application/zip", 422, "must be text"),
        (b"hello", "image/png", 422, "said to be `image/png`"),
        (b"x" * (10 * 2**20 + 1), "text/plain", 413, "too large"),
    ],
)
async def test_what_cannot_be_attached_is_refused(http, content, kind, status, detail):
    response = await hand_in(http, content, kind)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert detail in response.json()["detail"]


async def test_a_task_reads_what_it_was_given_in_every_way(http, submit):
    stored = (await hand_in(http, TEXT.encode())).json()["attachment_id"]
    task_id = await submit(
        'call read_attachment(name="a.txt", first_line=2, lines=1) then call read_attachment(name="b.pdf") '
        'then call read_attachment(name="notes.txt")',
        attachments=[
            {"name": "a.txt", "media_type": "text/plain", "text": TEXT},
            {"name": "b.pdf", "media_type": "application/pdf", "data": base64.b64encode(pdf("From a page.")).decode()},
            {"attachment_id": stored},
        ],
    )
    await told(http, task_id)
    task = (await http.get(f"/tasks/{task_id}")).json()
    assert task["status"] == "completed", task["result"]
    assert [one["name"] for one in task["attachments"]] == ["a.txt", "b.pdf", "notes.txt"]
    assert task["attachments"][0]["attachment_id"] == stored
    run = await http.get(f"/tasks/{task_id}/logs", params={"limit": 1000})
    shown = [event["data"]["result"]["text"] for event in run.json()["events"] if event["kind"] == "step.finished"]
    assert shown[0].startswith("second line")
    assert "From a page." in shown[1]
    assert shown[2].startswith(TEXT.strip())


async def test_a_text_that_was_attached_is_worked_on_without_a_model_as_far_as_that_goes(http, submit):
    task_id = await submit(
        'call ai_tool(instruction="count the lines", attachments=["a.txt"])',
        attachments=[{"name": "a.txt", "text": "one\ntwo\nthree\n"}],
    )
    await told(http, task_id)
    result = (await http.get(f"/tasks/{task_id}")).json()["result"]
    assert "3" in result["answer"], result


async def test_an_image_without_a_model_that_sees_is_told(http, submit):
    task_id = await submit(
        'call ai_tool(instruction="what is on it?", attachments=["a.png"])',
        attachments=[{"name": "a.png", "data": base64.b64encode(PNG).decode()}],
    )
    await told(http, task_id)
    result = (await http.get(f"/tasks/{task_id}")).json()["result"]
    assert result["status"] == "failed"
    assert "images takes a model" in result["reason"]


async def test_a_name_that_the_task_does_not_know_is_told_with_those_that_it_does(http, submit):
    task_id = await submit('call read_attachment(name="b.txt")', attachments=[{"name": "a.txt", "text": "hi"}])
    await told(http, task_id)
    reason = (await http.get(f"/tasks/{task_id}")).json()["result"]["reason"]
    assert "`b.txt`" in reason
    assert "`a.txt`" in reason


@pytest.mark.parametrize(
    ("attachments", "detail"),
    [
        ([{"attachment_id": "0" * 32}], "0" * 32),
        ([{"name": "a", "text": "x", "data": "eA=="}], "one of"),
        ([{"name": "a"}], "one of"),
        ([{"text": "x"}], "name"),
        ([{"name": "a", "data": "no base64!"}], "`a` is no base64"),
        ([{"name": "a", "text": ""}], "`a` is empty"),
        ([{"name": "a", "text": "x"}, {"name": "a", "text": "y"}], "Two attachments are called `a`"),
        ([{"name": "../..", "text": "x"}], "no name"),
        ([{"name": "gpj.\u202etxt", "text": "x"}], "no name"),
        ([{"name": f"{n}", "text": "x"} for n in range(11)], "11 attachments"),
        ([{"name": "a", "text": "x", "size": 1}], "size"),
        ("a.txt", "attachments"),
    ],
)
async def test_attachments_that_cannot_be_taken_are_refused_and_named(http, attachments, detail):
    response = await http.post("/tasks", json={"description": "what is 1 + 1?", "attachments": attachments})
    assert response.status_code == 422, response.text
    assert detail in response.json()["detail"]


async def test_folders_in_a_name_are_left_out(http, submit):
    task_id = await submit("what is 1 + 1?", attachments=[{"name": "C:\\secret/../a.txt", "text": "x"}])
    assert (await http.get(f"/tasks/{task_id}")).json()["attachments"][0]["name"] == "a.txt"


async def test_an_attachment_that_nobody_has_is_missing(http):
    assert (await http.get(f"/attachments/{'0' * 32}")).status_code == 404
