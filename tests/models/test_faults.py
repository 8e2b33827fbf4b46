"""What is done about each way a provider can fail: every client, over a real socket, row by row.

A row says what the server does, how each call is recorded, and what comes of it: the answer, or the reason that is told
when the next candidate takes over. What depends on the client is tried with each, what comes after it with one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from intelligent_office.contracts import Answer
from intelligent_office.models.candidates import parse
from intelligent_office.telemetry.scope import Scope, working_for
from tests.models.asking import KEY, HandClock, ask, pointing_at, router
from tests.models.wire import Drip, Drop, Fault, Hang, Raw, Reply, Speech, Turn, serve

MODELS: dict[Speech, str] = {
    "openai": "openai:gpt-4o-mini",
    "google": "google:gemini-2.5-flash",
    "mistral": "mistral:mistral-small-latest",
    "ollama": "ollama:qwen3:8b",
}
GOOD = Reply('{"text": "Deep and blue."}')
OTHER = Reply('{"text": "Wide and grey."}')
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}
PAGE = b"<!doctype html><html><body>Sign in to the hotel's network.</body></html>"
BLOCKED = b'{"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 9}}'
TOO_LONG: dict[Speech, str] = {
    "openai": "This model's maximum context length is 128000 tokens. However, your messages resulted in 300000 tokens.",
    "google": "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
    "mistral": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    "ollama": "the input length exceeds the context length",
}


@dataclass(frozen=True)
class Row:
    """One way to fail."""

    script: Sequence[Turn]
    outcomes: Sequence[str]
    """How the calls are recorded."""
    told: str = ""
    """Why the candidate is given up; empty: it is not."""
    waits: Sequence[float] = ()
    """The seconds waited between calls, where the server says how many."""
    speeches: Sequence[Speech] = tuple(MODELS)
    seconds: float = 100.0
    """The time limit of the candidate; the substitute has as much as a slow machine takes."""


MISFIT, CUT, FENCED = "an answer that does not fit", '{"text": "Deep and', '```json\n{"text": "Deep and blue."}\n```'

ROWS: dict[str, Row] = {
    "429, then well": Row([Fault(429), GOOD], ["rate_limited", "answered"], speeches=["ollama"]),
    "429 with Retry-After": Row(
        [Fault(429, headers={"Retry-After": "7"}), GOOD], ["rate_limited", "answered"], waits=[7]
    ),
    "429 with Retry-After as a date": Row(
        [
            Fault(
                429, headers={"Retry-After": "Fri, 20 Nov 2026 15:00:07 GMT", "Date": "Fri, 20 Nov 2026 15:00:00 GMT"}
            ),
            GOOD,
        ],
        ["rate_limited", "answered"],
        waits=[7],
    ),
    "429 with a retryDelay": Row(
        [Fault(429, details=[RETRY_INFO]), GOOD], ["rate_limited", "answered"], waits=[7], speeches=["google"]
    ),
    "429 with a time in words": Row(
        [Fault(429, "Rate limit reached. Please try again in 7s."), GOOD],
        ["rate_limited", "answered"],
        waits=[7],
        speeches=["openai"],
    ),
    "429 with a reset": Row(
        [Fault(429, headers={"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7s"}), GOOD],
        ["rate_limited", "answered"],
        waits=[7],
    ),
    "429 for longer than there is time": Row(
        [Fault(429, headers={"Retry-After": "120"})], ["rate_limited"], told="429 (again in 120 s)"
    ),
    "429 again and again": Row([Fault(429)], ["rate_limited"] * 3, told="429 ×3"),
    "429, no money": Row(
        [Fault(429, "You exceeded your current quota.", code="insufficient_quota")],
        ["out_of_quota"],
        told="429, the quota is used up",
        speeches=["openai", "mistral"],
    ),
    "429, the day's allowance": Row(
        [Fault(429, "Quota exceeded.", details=[{"quotaId": "GenerateRequestsPerDayPerProject"}, RETRY_INFO])],
        ["out_of_quota"],
        told="429, the quota is used up",
        speeches=["google"],
    ),
    "402": Row([Fault(402)], ["out_of_quota"], told="402, the quota is used up", speeches=["mistral"]),
    "500, then well": Row([Fault(500), GOOD], ["server_error", "answered"]),
    "500 twice, then well": Row(
        [Fault(500), Fault(500), GOOD], ["server_error", "server_error", "answered"], speeches=["google"]
    ),
    "500 again and again": Row([Fault(500)], ["server_error"] * 3, told="500 ×3"),
    "503 with Retry-After": Row(
        [Fault(503, headers={"Retry-After": "7"}), GOOD], ["server_error", "answered"], waits=[7]
    ),
    "529, overloaded": Row([Fault(529), GOOD], ["server_error", "answered"]),
    "a gateway's page": Row([Raw(PAGE, "text/html", 502), GOOD], ["server_error", "answered"]),
    "503, and says 200": Row(
        [Raw(b'{"error": {"message": "Provider returned error", "code": 503}}'), GOOD],
        ["server_error", "answered"],
        speeches=["openai"],
    ),
    "this and that": Row(
        [Fault(429), Fault(500), Drop()],
        ["rate_limited", "server_error", "unreachable"],
        told="429, then 500, then the connection broke off",
        speeches=["openai"],
    ),
    "hung up in the middle": Row([Drop(), GOOD], ["unreachable", "answered"]),
    "silence": Row([Hang()], ["timed_out"], told="time-out after 0.5 s", seconds=0.5),
    "a drip": Row([Drip()], ["timed_out"], told="time-out after 0.5 s", seconds=0.5),
    "JSON cut off": Row([Reply(CUT, finish="length"), GOOD], ["malformed", "answered"]),
    "JSON cut off, and nobody says so": Row([Reply(CUT), GOOD], ["malformed", "answered"], speeches=["ollama"]),
    "whole JSON in what is cut off": Row(
        [Reply('{"text": "no"} {"text": "Deep', finish="length"), GOOD], ["malformed", "answered"], speeches=["ollama"]
    ),
    "JSON cut off twice": Row([Reply(CUT, finish="length")], ["malformed"] * 2, told="an answer that is cut off ×2"),
    "JSON in a fence": Row([Reply(FENCED)], ["answered"]),
    "JSON in prose": Row([Reply('Certainly! {"text": "Deep and blue."} I hope it helps.')], ["answered"]),
    "JSON after a thought": Row(
        [Reply('<think>{"text": "no"}</think>{"text": "Deep and blue."}')], ["answered"], speeches=["ollama"]
    ),
    "a wrong form, then right": Row([Reply('{"words": 3}'), GOOD], ["malformed", "answered"]),
    "a wrong form twice": Row([Reply('{"words": 3}')], ["malformed"] * 2, told=f"{MISFIT} ×2"),
    "prose": Row([Reply("I would rather not."), GOOD], ["malformed", "answered"]),
    "nothing": Row([Reply(""), GOOD], ["malformed", "answered"]),
    "a wrong form, then 500, then right": Row(
        [Reply("no"), Fault(500), GOOD], ["malformed", "server_error", "answered"], speeches=["mistral"]
    ),
    "refused": Row([Reply("", refusal="I cannot.")], ["refused"], told="the model declined", speeches=["openai"]),
    "withheld": Row(
        [Reply("", finish="withheld")], ["refused"], told="the model declined", speeches=["openai", "google", "mistral"]
    ),
    "blocked": Row([Raw(BLOCKED)], ["refused"], told="the model declined", speeches=["google"]),
    "a web page": Row([Raw(PAGE, "text/html; charset=utf-8")], ["malformed"], told="a web page instead of an answer"),
    "no JSON": Row([Raw(b"OK")], ["malformed"], told="cannot read", speeches=["google"]),
    "401": Row([Fault(401, f"Incorrect API key provided: {KEY}")], ["rejected"], told="401, the key was refused"),
    "403": Row([Fault(403)], ["rejected"], told="403, the key was refused", speeches=["openai"]),
    "404": Row([Fault(404, "no such model")], ["rejected"], told="404, no such model"),
    "400": Row([Fault(400, "bad temperature")], ["rejected"], told="400, bad temperature"),
    "an answer that the server itself found wanting": Row(
        [Fault(400, "Failed to generate JSON.", code="json_validate_failed"), GOOD],
        ["malformed", "answered"],
        speeches=["openai"],
    ),
    "no JSON Schema": Row(
        [Fault(400, "response_format of type json_schema is unknown"), Reply(call={"text": "Deep and blue."})],
        ["rejected", "answered"],
    ),
    "no JSON Schema, no tools": Row(
        [Fault(400, "json_schema: unknown"), Fault(400, "tools: unknown"), Reply(FENCED)],
        ["rejected", "rejected", "answered"],
    ),
    **{
        f"too long for {speech}": Row(
            [Fault(400, message)], ["too_long"], told="the prompt is too long for it", speeches=[speech]
        )
        for speech, message in TOO_LONG.items()
    },
}
CASES = [pytest.param(speech, row, id=f"{speech}, {name}") for name, row in ROWS.items() for speech in row.speeches]


@pytest.mark.parametrize(("speech", "row"), CASES)
async def test_each_failure_is_met_with_what_helps(speech: Speech, row: Row, tmp_path):
    other: Speech = "mistral" if speech != "mistral" else "ollama"
    file = tmp_path / "models.toml"
    file.write_text(
        f'[tiers]\nsmall = [{{ model = "{MODELS[speech]}", seconds = {row.seconds} }}, "{MODELS[other]}"]\n'
    )
    clock = HandClock()
    events: list[dict[str, Any]] = []
    async with (
        serve(speech, *row.script) as server,
        serve(other, OTHER) as substitute,
        router(pointing_at(server, substitute, models_file=file), clock) as (models, usage),
    ):
        with working_for(Scope(tell=events.append)):
            answer = await ask(models, "ai_tool", Answer)

    preferred = parse(MODELS[speech])
    calls = [call for call in usage.calls if (call.provider, call.model) == (preferred.provider, preferred.model)]
    assert [call.outcome for call in calls] == row.outcomes
    assert [call.attempt for call in calls] == list(range(1, len(calls) + 1))
    assert len(server.requests) <= len(calls), "the client repeats nothing on its own"
    assert answer["text"] == ("Wide and grey." if row.told else "Deep and blue.")
    if row.waits:
        assert clock.slept == pytest.approx(row.waits, abs=0.01)
    failed = [event for event in events if event["kind"] == "model.failed"]
    assert [event["attempt"] for event in failed] == [call.attempt for call in calls if call.outcome != "answered"]
    replaced = [event["troubles"] for event in events if event["kind"] == "model.replaced"]
    assert len(replaced) == bool(row.told)
    for [trouble] in replaced:
        assert row.told in trouble
        assert trouble.startswith(f"{preferred.model}: ")
    assert KEY not in json.dumps(events) + repr(usage.calls)
