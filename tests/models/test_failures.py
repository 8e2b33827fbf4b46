"""What is told of a failure, and what never is."""

import httpx
import pytest

from intelligent_office.models.failures import failure_of, scrubbed


def test_a_secret_is_never_told():
    assert "hush" not in scrubbed("key hush-1 is wrong", ["hush-1"])


@pytest.mark.parametrize(
    "text",
    [
        "http://me:hush@host/v1 is away",
        "GET https://host/v1?key=hush&x=1 failed",
        "header Authorization: Bearer hush",
        "Incorrect API key provided: sk-hush",
    ],
)
def test_what_looks_like_a_credential_is_not_told_either(text):
    assert "hush" not in scrubbed(text)


def test_a_long_message_is_cut_to_one_line():
    told = scrubbed("a\nb " + "x" * 1000)
    assert told.startswith("a b x")
    assert len(told) < 210


@pytest.mark.parametrize(
    ("error", "outcome", "transient"),
    [
        (TimeoutError(), "timed_out", False),
        (httpx.ReadTimeout("slow"), "timed_out", False),
        (httpx.ConnectError("no"), "unreachable", True),
        (ConnectionResetError(), "unreachable", True),
        (KeyError("choices"), "malformed", False),
        (RuntimeError("odd"), "failed", False),
    ],
)
def test_failures_are_told_apart_by_what_helps(error, outcome, transient):
    failure = failure_of(error, 5)
    assert (failure.outcome, failure.transient) == (outcome, transient)


def test_the_cause_counts_when_the_error_itself_says_nothing():
    wrapped = RuntimeError("wrapped")
    wrapped.__cause__ = httpx.HTTPStatusError(
        "x", request=httpx.Request("GET", "http://x"), response=httpx.Response(503)
    )
    assert failure_of(wrapped, 5).outcome == "server_error"
