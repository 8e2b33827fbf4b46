"""Who may be asked, in which order."""

import pytest

from intelligent_office.errors import InvalidRequest
from intelligent_office.models.candidates import Candidate, candidates, missing, parse
from tests.models.asking import settings


def names(role, preferred="", **changes):
    return [str(candidate) for candidate in candidates(role, settings(**changes), preferred)]


@pytest.mark.parametrize(
    ("roles", "order"),
    [
        (("planner", "analyst"), ["google:gemini-2.5-pro", "openai:gpt-4o"]),
        (("reviewer", "validator", "gatekeeper"), ["google:gemini-2.5-flash", "openai:gpt-4o-mini"]),
        (("ai_tool",), ["mistral:mistral-small-latest", "openai:gpt-4o-mini"]),
    ],
)
def test_every_role_has_its_models_in_order(roles, order):
    assert [names(role) for role in roles] == [order] * len(roles)


def test_a_server_of_ones_own_comes_after_the_tier():
    assert names("planner", ollama_url="http://x", ollama_model="m")[-1] == "ollama:m"


def test_an_endpoint_with_its_own_model_replaces_openais_and_comes_last():
    known = names(
        "planner", openai_base_url="http://x/v1", openai_model="llama", ollama_url="http://y", ollama_model="m"
    )
    assert known == ["google:gemini-2.5-pro", "ollama:m", "openai:llama"]


def test_an_endpoint_without_a_model_is_asked_for_the_tiers():
    assert names("planner", openai_base_url="http://x/v1") == ["google:gemini-2.5-pro", "openai:gpt-4o"]


def test_what_a_task_prefers_comes_before_what_the_settings_prefer():
    assert names("planner", model="openai:o9")[0] == "openai:o9"
    assert names("planner", "mistral:large", model="openai:o9")[0] == "mistral:large"


def test_a_preferred_model_of_the_tier_is_asked_once():
    assert names("planner", "openai:gpt-4o") == ["openai:gpt-4o", "google:gemini-2.5-pro"]


def test_the_rules_alone_may_be_preferred():
    assert names("planner", "rules", ollama_url="http://x") == []


@pytest.mark.parametrize(
    ("text", "candidate"),
    [
        ("openai:gpt-4o", Candidate("openai", "gpt-4o")),
        ("gemini:gemini-2.5-pro", Candidate("google", "gemini-2.5-pro")),
        (" MistralAI:large ", Candidate("mistral", "large")),
        ("ollama:qwen3:8b", Candidate("ollama", "qwen3:8b")),
    ],
)
def test_a_model_is_named_with_its_provider(text, candidate):
    assert parse(text) == candidate


@pytest.mark.parametrize("text", ["gpt-4o", "openai:", "nobody:model", "", ":"])
def test_what_names_no_model_is_refused(text):
    with pytest.raises(InvalidRequest, match="provider:model"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "variable", "enough"),
    [
        ("openai:x", "OPENAI_API_KEY", {"openai_api_key": "k"}),
        ("openai:x", "OPENAI_API_KEY", {"openai_base_url": "http://x"}),
        ("google:x", "GOOGLE_API_KEY", {"google_api_key": "k"}),
        ("mistral:x", "MISTRAL_API_KEY", {"mistral_api_key": "k"}),
        ("ollama:x", "OFFICE_OLLAMA_URL", {"ollama_url": "http://x"}),
    ],
)
def test_a_candidate_says_which_setting_it_lacks(text, variable, enough):
    assert missing(parse(text), settings()) == variable
    assert missing(parse(text), settings(**enough)) == ""
