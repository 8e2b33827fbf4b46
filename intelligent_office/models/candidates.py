"""Which models may answer for which role, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

from intelligent_office.errors import InvalidRequest
from intelligent_office.settings import Settings

Provider = Literal["google", "openai", "mistral", "ollama"]
Tier = Literal["small", "medium", "large"]

PROVIDERS: Mapping[str, Provider] = {
    "google": "google",
    "gemini": "google",
    "google_genai": "google",
    "openai": "openai",
    "mistral": "mistral",
    "mistralai": "mistral",
    "ollama": "ollama",
}
"""The names that people use, and the office's own."""

RULES = "rules"
"""Preferred instead of a `provider:model`, it keeps every model out: only the built-in rules answer."""

ROLES: Mapping[str, Tier] = {
    "analyst": "large",
    "planner": "large",
    "validator": "medium",
    "reviewer": "medium",
    "gatekeeper": "medium",
    "ai_tool": "small",
}


@dataclass(frozen=True)
class Candidate:
    """A model that may be asked, and how."""

    provider: str
    """The provider's name in the configuration."""
    model: str
    """The model's name at the provider."""
    speaks: str = ""
    """The language of its interface: `openai`, `google`, `mistral`, `ollama`, or another of LangChain's clients."""
    base_url: str | None = None
    """Where it is asked, if not at the address that the provider's client knows."""
    api_key: SecretStr | None = field(default=None, repr=False)
    obstacle: str = ""
    """Why it cannot be asked, in words that say what to mend; empty if it can."""
    temperature: float | None = None
    """None: the provider's own."""
    max_output_tokens: int | None = None
    """The longest answer; None: the provider's own limit."""
    seconds: float | None = None
    """The time limit of one call; None: that of the settings."""
    context_tokens: int | None = None
    """How much it can read and write in all, where that is known."""
    input_usd_per_million: float | None = None
    """The price of tokens read, where the configuration says so; None: the published one."""
    output_usd_per_million: float | None = None
    """The price of tokens written, likewise."""

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


TIERS: Mapping[Tier, tuple[Candidate, ...]] = {
    "large": (Candidate("google", "gemini-2.5-pro"), Candidate("openai", "gpt-4o")),
    "medium": (Candidate("google", "gemini-2.5-flash"), Candidate("openai", "gpt-4o-mini")),
    "small": (Candidate("mistral", "mistral-small-latest"), Candidate("openai", "gpt-4o-mini")),
}
"""The first that can answer does; the others are its substitutes."""


def parse(text: str) -> Candidate:
    """Read `provider:model`.

    Raises:
        InvalidRequest: it is none, or the provider is not known.
    """
    provider, _, model = text.strip().partition(":")
    if not model or provider.lower() not in PROVIDERS:
        known = ", ".join(sorted({*PROVIDERS.values()}))
        raise InvalidRequest(
            reason=f"`{text:.80}` names no model: write `provider:model` with one of {known}, or `{RULES}`."
        )
    return Candidate(PROVIDERS[provider.lower()], model)


def candidates(role: str, settings: Settings, preferred: str = "") -> list[Candidate]:
    """The models to ask for a role, usable or not, the best first.

    Raises:
        InvalidRequest: the preferred model is not named as `provider:model`.
    """
    preferred = preferred or settings.model or ""
    if preferred == RULES:
        return []
    first = [parse(preferred)] if preferred else []
    return list(dict.fromkeys([*first, *_configured(role, settings)]))


def missing(candidate: Candidate, settings: Settings) -> str:
    """The setting without which the candidate cannot be asked; empty if it can."""
    if candidate.provider == "google":
        return "" if settings.google_api_key else "GOOGLE_API_KEY"
    if candidate.provider == "mistral":
        return "" if settings.mistral_api_key else "MISTRAL_API_KEY"
    if candidate.provider == "ollama":
        return "" if settings.ollama_url else "OFFICE_OLLAMA_URL"
    return "" if settings.openai_api_key or settings.openai_base_url else "OPENAI_API_KEY"


def _configured(role: str, settings: Settings) -> list[Candidate]:
    """The role's tier, then the servers that the settings point at.

    An endpoint that was given its own model has no other: the tier's OpenAI models are not asked there.
    """
    found = list(TIERS[ROLES.get(role, "medium")])
    own_endpoint = settings.openai_base_url and settings.openai_model
    if own_endpoint:
        found = [candidate for candidate in found if candidate.provider != "openai"]
    if settings.ollama_url:
        found.append(Candidate("ollama", settings.ollama_model))
    if own_endpoint:
        found.append(Candidate("openai", str(settings.openai_model)))
    return found
