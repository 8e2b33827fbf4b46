"""How long a server wants to be left alone, in all the ways that servers say so."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligent_office.models.complaints import Complaint, complaint_of

NOW = "Fri, 20 Nov 2026 15:00:00 GMT"
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}


def raised(status: int, body: str = "", **headers: str) -> httpx.HTTPStatusError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx.Response(status, headers=named, text=body)
    return httpx.HTTPStatusError("x", request=httpx.Request("POST", "http://x"), response=response)


def waited(status: int, body: str = "", **headers: str) -> float | None:
    complaint = complaint_of(raised(status, body, **headers))
    assert complaint is not None
    return complaint.wait_seconds()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry_After": "20"}, 20.0),
        ({"Retry_After": "1.5"}, 1.5),
        ({"Retry_After": "0"}, 0.0),
        ({"Retry_After": "-3"}, 0.0),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "nan"}, None),
        ({"Retry_After": "Fri, 20 Nov 2026 15:01:30 GMT", "Date": NOW}, 90.0),
        ({"Retry_After": "Fri, 20 Nov 2026 14:00:00 GMT", "Date": NOW}, 0.0),
        ({"Retry_After": "Fri, 20 Nov 1026 15:01:30 GMT"}, 0.0),
        ({"Retry_After_Ms": "250", "Retry_After": "1"}, 0.25),
        (
            {
                "X_Ratelimit_Remaining_Requests": "0",
                "X_Ratelimit_Reset_Requests": "1m30.5s",
                "X_Ratelimit_Remaining_Tokens": "12",
                "X_Ratelimit_Reset_Tokens": "6h0m0s",
            },
            90.5,
        ),
        ({"X_Ratelimit_Remaining_Tokens": "0", "X_Ratelimit_Reset_Tokens": "17ms"}, 0.017),
        ({"X_Ratelimit_Remaining_Requests": "5", "X_Ratelimit_Reset_Requests": "20s"}, None),
    ],
)
def test_headers_say_how_long_to_wait(headers, seconds):
    assert waited(429, **headers) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (json.dumps({"error": {"code": 429, "message": "Busy.", "details": [RETRY_INFO]}}), 34.5),
        (json.dumps({"error": {"message": "Rate limit reached. Please try again in 1m2s. Visit …"}}), 62.0),
        (json.dumps({"error": {"message": "Rate limit reached. Please try again in 358ms."}}), 0.358),
        (json.dumps({"error": {"message": "Please retry in 34.07s."}}), 34.07),
        (json.dumps({"error": "you may try again in a while"}), None),
        ("<html>busy</html>", None),
        ("[" * 100_000, None),
    ],
)
def test_bodies_say_it_too(body, seconds):
    assert waited(429, body) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"error": {"message": "no such model", "type": "x"}}', "no such model"),
        ('{"object": "error", "message": "Unauthorized"}', "Unauthorized"),
        ('{"error": "model not found"}', "model not found"),
        ('{"detail": "Not Found"}', "Not Found"),
        ("plain words", "plain words"),
        ("<html>gone</html>", "x"),
    ],
)
def test_every_providers_place_for_the_message_is_known(body, message):
    complaint = complaint_of(raised(404, body))
    assert complaint is not None
    assert complaint.message == message


def test_what_no_server_said_is_no_complaint():
    assert complaint_of(ConnectionRefusedError()) is None


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=200))
def test_whatever_a_server_says_can_be_read(after, date, body):
    seconds = Complaint(429, body, body, {"retry-after": after, "date": date}).wait_seconds()
    assert seconds is None or seconds >= 0
