"""Who may be asked, in which order: what comes with the office, under the settings."""

from importlib.util import find_spec

import pytest

from intelligent_office.errors import InvalidRequest, InvalidSetting
from intelligent_office.models.candidates import Candidate, parse
from intelligent_office.models.catalogue import Catalogue
from tests.models.asking import settings


def found(role, preferred="", **changes):
    return Catalogue.load(settings(**changes)).candidates(role, preferred)


def names(role, preferred="", **changes):
    return [str(candidate) for candidate in found(role, preferred, **changes)]


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
    candidates = found("planner", openai_base_url="http://x/v1")
    assert [str(candidate) for candidate in candidates] == ["google:gemini-2.5-pro", "openai:gpt-4o"]
    assert candidates[1].base_url == "http://x/v1"


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
    assert names("planner", text)[0] == str(candidate)


@pytest.mark.parametrize("text", ["gpt-4o", "openai:", "", ":", ":x"])
def test_what_names_no_model_is_refused(text):
    with pytest.raises(InvalidRequest, match="provider:model"):
        parse(text)


def test_a_provider_that_nobody_knows_is_refused_with_the_one_that_was_meant():
    with pytest.raises(InvalidRequest, match="`opneai` is no provider; did you mean `openai`"):
        found("planner", "opneai:gpt-4o")
    with pytest.raises(InvalidSetting, match="OFFICE_MODEL"):
        Catalogue.load(settings(model="nobody:x"))
    with pytest.raises(InvalidSetting, match="OFFICE_EMBEDDER"):
        Catalogue.load(settings(embedder="nobody:x"))


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
    assert found("planner", text)[0].obstacle == f"{variable} is not set"
    assert found("planner", text, **enough)[0].obstacle == ""


def test_a_task_is_refused_a_model_that_cannot_be_asked():
    with pytest.raises(InvalidRequest, match="`openai:gpt-4o` cannot be asked: OPENAI_API_KEY is not set"):
        Catalogue.load(settings()).require("openai:gpt-4o")
    Catalogue.load(settings(openai_api_key="k")).require("openai:gpt-4o")
    Catalogue.load(settings()).require("rules")
    Catalogue.load(settings()).require("")


@pytest.mark.skipif(find_spec("langchain_anthropic") is not None, reason="the extra `anthropic` is installed")
def test_a_provider_whose_package_is_missing_says_what_to_install(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    [candidate] = [one for one in found("planner", "anthropic:claude-sonnet-4-5") if one.provider == "anthropic"]
    assert candidate.obstacle == 'the package langchain-anthropic is not installed: pip install -e ".[anthropic]"'


def test_a_well_known_provider_needs_its_key_and_nothing_else(monkeypatch):
    assert found("planner", "groq:llama-3.3-70b-versatile")[0].obstacle == "GROQ_API_KEY is not set"
    monkeypatch.setenv("GROQ_API_KEY", "gsk")
    candidate = found("planner", "groq:llama-3.3-70b-versatile")[0]
    assert (candidate.obstacle, candidate.base_url) == ("", "https://api.groq.com/openai/v1")
    assert "gsk" not in repr(candidate)
