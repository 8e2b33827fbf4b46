"""What is told of a failure, and what never is."""

import socket
import ssl

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


def said(status: int, message: str = "no") -> httpx.HTTPStatusError:
    """What a server said, as httpx raises it."""
    response = httpx.Response(status, json={"error": {"message": message}})
    return httpx.HTTPStatusError("x", request=httpx.Request("POST", "http://x"), response=response)


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


UNTRUSTED = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")


@pytest.mark.parametrize(
    ("error", "outcome", "transient", "sick"),
    [
        (TimeoutError(), "timed_out", False, True),
        (httpx.ReadTimeout("slow"), "timed_out", False, True),
        (httpx.ConnectError("no"), "unreachable", True, True),
        (ConnectionResetError(), "unreachable", True, True),
        (caused(httpx.ConnectError("no"), socket.gaierror(-2, "unknown")), "unreachable", True, True),
        (caused(httpx.ConnectError("no"), UNTRUSTED), "unreachable", False, True),
        (KeyError("choices"), "malformed", False, True),
        (RuntimeError("odd"), "failed", False, False),
        (NotImplementedError(), "rejected", False, False),
        (said(429), "rate_limited", True, True),
        (said(429, "You exceeded your current quota: insufficient_quota"), "out_of_quota", False, True),
        (said(429, "Quota exceeded for quotaId: GenerateRequestsPerDayPerProject"), "out_of_quota", False, True),
        (said(429, "You exceeded your current quota, GenerateRequestsPerMinute"), "rate_limited", True, True),
        (said(402), "out_of_quota", False, True),
        (said(400, "Your credit balance is too low"), "out_of_quota", False, True),
        (said(408), "server_error", True, True),
        (said(500), "server_error", True, True),
        (said(503), "server_error", True, True),
        (said(501, "not implemented"), "rejected", False, False),
        (said(529, "Overloaded"), "server_error", True, True),
        (said(401), "rejected", False, False),
        (said(403), "rejected", False, False),
        (said(404, "no such model"), "rejected", False, False),
        (said(400), "rejected", False, False),
        (said(413), "too_long", False, False),
        (said(400, "This model's maximum context length is 8192 tokens."), "too_long", False, False),
        (said(400, "The input token count (2000000) exceeds the maximum"), "too_long", False, False),
        (said(400, "Prompt contains 40000 tokens, too large for model"), "too_long", False, False),
        (said(400, "the input length exceeds the context length"), "too_long", False, False),
        (said(400, "The response was filtered: content_filter"), "refused", False, False),
        (said(400, "Failed to generate JSON: json_validate_failed"), "malformed", True, False),
    ],
)
def test_failures_are_told_apart_by_what_helps(error, outcome, transient, sick):
    failure = failure_of(error, 5)
    assert (failure.outcome, failure.transient, failure.sick) == (outcome, transient, sick)


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("'response_format' of type 'json_object' only", True),
        ("This response_format type is unavailable now", True),
        ('Invalid JSON payload: Unknown name "responseJsonSchema"', True),
        ("gemma:2b does not support tools", True),
        ("The specified schema produces a constraint that has too many states for serving.", True),
        ("failed to parse grammar", True),
        ("model `x` does not exist", False),
        ("temperature must be below 2", False),
    ],
)
def test_a_server_that_minds_the_form_is_told_from_one_that_minds_something_else(message, refused):
    assert failure_of(said(400, message), 5).form_refused == refused


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "time-out after 5 s"),
        (said(429), "429"),
        (said(500), "500"),
        (said(401, "Incorrect API key provided: sk-123"), "401, the key was refused"),
        (said(429, "insufficient_quota"), "429, the quota is used up"),
        (said(404, "no such model"), "404, no such model"),
        (caused(httpx.ConnectError("no"), ConnectionRefusedError()), "connection refused"),
        (caused(httpx.ConnectError("no"), socket.gaierror(-2, "unknown")), "the host name is not known"),
        (caused(httpx.ConnectError("no"), UNTRUSTED), "TLS: "),
        (httpx.InvalidURL("no"), "its address is no URL"),
        (httpx.RemoteProtocolError("incomplete"), "the connection broke off"),
    ],
)
def test_the_reason_is_told_in_few_words(error, reason):
    assert failure_of(error, 5).reason.startswith(reason)


def test_the_cause_counts_when_the_error_itself_says_nothing():
    assert failure_of(caused(RuntimeError("wrapped"), said(503)), 5).outcome == "server_error"


def test_a_cause_that_a_client_hides_counts_too():
    try:
        try:
            raise ConnectionRefusedError
        except OSError:
            raise ConnectionError("Failed to connect.") from None
    except ConnectionError as error:
        told = failure_of(error, 5).reason
    assert told == "connection refused"


def test_what_went_wrong_before_the_call_is_not_its_cause():
    try:
        raise said(429)
    except httpx.HTTPStatusError:
        try:
            raise ConnectionRefusedError
        except OSError as error:
            told = failure_of(error, 5).reason
    assert told == "connection refused"
