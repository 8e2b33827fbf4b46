"""Traces: what LangSmith gets of a whole task, captured at a socket."""

import json
import re
from typing import Any

import langsmith
import pytest
from langsmith import run_trees, utils

from tests.models.wire import Reply, serve
from tests.telemetry.langsmith_api import langsmith_api
from tests.telemetry.redaction.planted import PLANTED
from tests.test_on_models import settings_for, work

SECRETS = [values[0] for values in PLANTED.values()]
ANALYSIS = {"subtasks": [{"subtask_id": "t1", "objective": "x", "dependencies": [], "tools": []}]}


def _forget_environment() -> None:
    cached: Any = utils.get_env_var  # its overloads hide from the type checker that it is cached
    cached.cache_clear()


def _arrive() -> None:
    """Wait until everything is sent."""
    client = run_trees._CLIENT
    assert client is not None
    client.flush()


@pytest.fixture
def traced(monkeypatch):
    """A LangSmith that this process sends its traces to."""
    with langsmith_api() as api:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        monkeypatch.setenv("LANGSMITH_ENDPOINT", api.url)
        monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_of_nobody")
        monkeypatch.setenv("LANGSMITH_DISABLE_RUN_COMPRESSION", "true")
        _forget_environment()
        try:
            yield api
        finally:
            if run_trees._CLIENT:
                _arrive()
                run_trees._CLIENT.cleanup()
            langsmith.configure(client=None)
            monkeypatch.undo()
            _forget_environment()


async def test_no_private_value_and_no_key_is_in_a_trace(traced, settings, database):
    request = f"Praise {', '.join(SECRETS)} and the sea."
    plan = {"steps": [{"step_id": "s1", "action": "ai_tool", "inputs": {"instruction": "Praise.", "text": ""}}]}
    answers = [ANALYSIS, {**plan, "confidence": 1.0}, {"flaws": []}, {"text": "Deep."}]
    answers.append({"verdict": "APPROVED", "finding": ""})
    async with serve("openai", *(Reply(json.dumps(answer)) for answer in answers)) as server:
        address = server.url.replace("://", "://me:hush-hush-1@")
        chosen = settings_for("openai", address, settings)
        done = await work(chosen, database, request)
        assert done.status == "completed", done.outcome
    _arrive()
    assert "receptionist" in traced.text
    assert "ChatOpenAI" in traced.text or "analyst openai:" in traced.text
    assert "<EMAIL_" in traced.text
    assert [secret for secret in [*SECRETS, "hush-hush-1", "sk-secret-123456"] if secret in traced.text] == []


async def test_a_trace_tells_what_the_calls_of_a_role_cost(traced, settings, database):
    async with serve("openai", Reply(json.dumps(ANALYSIS)), Reply("no plan")) as server:
        await work(settings_for("openai", server.url, settings), database, "Praise the sea.")
    _arrive()
    costs = re.findall(r'"metadata":\{[^{}]*"cost_usd":([0-9.]+)', traced.text)
    assert costs.count("0.00225") >= 1, "the analyst: 100 tokens at 15 USD a million, and 10 at 75"
    assert max(map(float, costs)) > 0.004, "the planner was asked more than once"
