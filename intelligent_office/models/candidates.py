"""A model that may be asked, and how people name one."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from intelligent_office.errors import InvalidRequest

RULES = "rules"
"""Preferred instead of a `provider:model`, it keeps every model out: only the built-in rules answer."""

SECONDS = 60.0

_ALIASES = {"gemini": "google", "google_genai": "google", "mistralai": "mistral"}
"""Names that people use, and the office's own."""


@dataclass(frozen=True)
class Candidate:
    """A model that may be asked, and how."""

    provider: str
    """The provider's name in the configuration; empty for an encoder that works in this process."""
    model: str
    """The model's name at the provider."""
    speaks: str = ""
    """The language of its interface: `openai`, `google`, `mistral`, `ollama`, or another of LangChain's clients."""
    base_url: str | None = None
    """Where it is asked, if not at the address that the provider's client knows."""
    api_key: SecretStr | None = field(default=None, repr=False)
    variant: str = ""
    """What tells it from others of the same name: the variable of its own key, or its own address."""
    obstacle: str = ""
    """Why it cannot be asked, in words that say what to mend; empty if it can."""
    seconds: float = SECONDS
    """The time limit of one question, with every repetition and the waits between them."""
    temperature: float | None = None
    """None: the provider's own."""
    max_output_tokens: int | None = None
    """The longest answer; None: the provider's own limit."""
    context_tokens: int | None = None
    """How much it can read and write in all, where that is known."""
    input_usd_per_million: float | None = None
    """The price of tokens read, where the configuration says so; None: the published one."""
    output_usd_per_million: float | None = None
    """The price of tokens written, likewise."""

    def __str__(self) -> str:
        name = f"{self.provider}:{self.model}" if self.provider else self.model
        return f"{name} ({self.variant})" if self.variant else name


def canonical(provider: str) -> str:
    """The office's own name for a provider that people know under several."""
    name = provider.strip().lower()
    return _ALIASES.get(name, name)


def parse(text: str) -> Candidate:
    """Read `provider:model`.

    Raises:
        InvalidRequest: it is none.
    """
    provider, _, model = text.strip().partition(":")
    if not provider or not model:
        raise InvalidRequest(reason=f"`{text:.80}` names no model: write `provider:model`, or `{RULES}`.")
    return Candidate(canonical(provider), model)
