"""The models file: what may stand in it, and what is wrong with one, told by its line."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from intelligent_office.models.candidates import canonical
from intelligent_office.toml.lines import Place
from intelligent_office.toml.reading import read, unknown

CLIENTS = {
    "openai": "langchain_openai",
    "google": "langchain_google_genai",
    "mistral": "langchain_mistralai",
    "ollama": "langchain_ollama",
    "anthropic": "langchain_anthropic",
    "bedrock_converse": "langchain_aws",
    "cohere": "langchain_cohere",
    "deepseek": "langchain_deepseek",
    "fireworks": "langchain_fireworks",
    "google_vertexai": "langchain_google_vertexai",
    "groq": "langchain_groq",
    "huggingface": "langchain_huggingface",
    "litellm": "langchain_litellm",
    "nvidia": "langchain_nvidia_ai_endpoints",
    "openrouter": "langchain_openrouter",
    "perplexity": "langchain_perplexity",
    "together": "langchain_together",
    "xai": "langchain_xai",
}
"""What a provider can speak, and the package that has the client: the first four are installed with the office, the
others are LangChain's, under the names that `init_chat_model` knows."""

EMBEDDING = ("openai", "google", "mistral", "ollama")
"""Interfaces by which vectors can be had."""

ENCODER = "encoder"
BUILT_IN_ENCODERS = ("minilm", "hash")
DEFAULTS = "defaults.toml"

_SECRET = re.compile(r"key|token|secret|passw", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_NO_SECRETS = "a key does not belong in a file: put it into a variable, and write the name of that as `api_key_env`"


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it must be an address that starts with http:// or https://")
    if parts.username or parts.password:
        raise ValueError(_NO_SECRETS)
    return url


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("it must be the name of a variable, such as GROQ_API_KEY, and never the key itself")
    return name


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Entry(_Table):
    """A candidate as it is written: `provider:model`, with options."""

    model: str
    base_url: Annotated[str, AfterValidator(_address)] | None = None
    api_key_env: Annotated[str, AfterValidator(_variable)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1)] | None = None
    seconds: Annotated[float, Field(gt=0, le=3600)] | None = None
    context_tokens: Annotated[int, Field(ge=1)] | None = None
    input_usd_per_million: Annotated[float, Field(ge=0)] | None = None
    output_usd_per_million: Annotated[float, Field(ge=0)] | None = None


class ProviderTable(_Table):
    """A provider as it is written."""

    speaks: str = ""
    """Empty: its name says it."""
    base_url: Annotated[str, AfterValidator(_address)] | None = None
    api_key_env: Annotated[str, AfterValidator(_variable)] | None = None


def _table(written: Any) -> Any:
    if not isinstance(written, str | dict):
        raise ValueError('it must be "provider:model", or a table with that as its `model`')  # noqa: TRY004  pydantic wants it
    return {"model": written} if isinstance(written, str) else written


class ModelsFile(_Table):
    """Which role has which tier, which candidates a tier has, and where providers are asked."""

    roles: dict[str, str] = {}
    tiers: dict[str, list[Annotated[Entry, BeforeValidator(_table)]]] = {}
    providers: dict[str, ProviderTable] = {}

    def over(self, other: "ModelsFile") -> "ModelsFile":
        """What stands here, and of the other file what does not."""
        return ModelsFile.model_construct(
            roles={**other.roles, **self.roles},
            tiers={**other.tiers, **self.tiers},
            providers={**other.providers, **self.providers},
        )


def defaults_text() -> str:
    """The file that comes with the office."""
    return files("intelligent_office.models").joinpath(DEFAULTS).read_text(encoding="utf-8")


def read_models(path: Path | None) -> ModelsFile:
    """The defaults, with what the file says in their place.

    Args:
        path: The user's file; None if there is none.

    Raises:
        InvalidFile: it cannot be read, or something in it cannot be meant; with the line.
    """
    defaults = ModelsFile.model_validate(tomllib.loads(defaults_text()))
    if path is None:
        return defaults
    written = read(path)
    try:
        own = ModelsFile.model_validate(written.values)
        whole = own.over(defaults)
        faults = [*_faults(own, whole, defaults)]
    except ValidationError as failure:
        faults = [_told(error["type"], error["loc"], error["msg"], error.get("ctx", {})) for error in failure.errors()]
    if faults:
        raise written.refusal(faults)
    return whole


_WANTED = {
    "dict_type": "a table",
    "list_type": "a list of candidates",
    "model_type": "a table",
    "string_type": "a name between quotation marks",
}
_OPTIONS: dict[Any, Iterable[str]] = {"tiers": Entry.model_fields, "providers": ProviderTable.model_fields}


def _told(kind: str, place: Place, message: str, context: dict[str, Any]) -> tuple[Place, str]:
    """A fault of form in words."""
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        if len(place) == 1:
            return place, unknown("table", name, ModelsFile.model_fields)
        near = get_close_matches(name, ["api_key_env"], cutoff=0.85)
        if _SECRET.search(name) and not near and name not in ("max_tokens", "tokens"):
            return place, f"`{name}`: {_NO_SECRETS}"
        return place, unknown("option", name, _OPTIONS[place[0]])
    if kind == "missing":
        return place, f"`{name}` is missing"
    if kind in _WANTED:
        return place, f"`{name}` must be {_WANTED[kind]}"
    said = str(context["error"]) if kind == "value_error" else message
    return place, f"`{name}`: {said}" if isinstance(place[-1], str) else said


def _faults(own: ModelsFile, whole: ModelsFile, defaults: ModelsFile) -> Iterator[tuple[Place, str]]:
    """Names in the user's file that stand for nothing."""
    chat = [name for name in whole.tiers if name != ENCODER]
    for role, tier in own.roles.items():
        if role not in defaults.roles:
            yield ("roles", role), unknown("role", role, defaults.roles)
        elif tier not in chat:
            yield ("roles", role), unknown("tier", tier, chat)
    for name, entries in own.tiers.items():
        if name not in defaults.tiers and name not in whole.roles.values():
            yield ("tiers", name), f"no role has this tier: {unknown('tier', name, defaults.tiers)}"
        yield from _tier_faults(name, entries, {name: table.speaks or name for name, table in whole.providers.items()})
    for name, provider in own.providers.items():
        yield from _provider_faults(name, provider)


def _tier_faults(tier: str, entries: Sequence[Entry], providers: Mapping[str, str]) -> Iterator[tuple[Place, str]]:
    """What is wrong with the candidates of a tier, when these are the providers and what they speak."""
    if tier == ENCODER and not entries:
        yield ("tiers", tier), "memories must be compared by something: `hash` needs nothing"
    for number, entry in enumerate(entries):
        place = ("tiers", tier, number)
        provider, _, model = entry.model.strip().partition(":")
        if tier == ENCODER and entry.model in BUILT_IN_ENCODERS:
            continue
        if not provider or not model:
            yield place, f"`{entry.model}` names no model: write `provider:model`"
        elif canonical(provider) not in providers:
            yield place, unknown("provider", provider, providers)
        elif tier == ENCODER and providers[canonical(provider)] not in EMBEDDING:
            yield place, f"`{entry.model}`: this provider has no embeddings that can be asked for"


def _provider_faults(name: str, table: ProviderTable) -> Iterator[tuple[Place, str]]:
    if canonical(name) != name and canonical(name) in CLIENTS:
        yield ("providers", name), f"`{name}` is another name of `{canonical(name)}`: write that"
    elif not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        yield ("providers", name), f"`{name}`: the name of a provider has small letters, digits, - and _ only"
    elif not table.speaks and name not in CLIENTS:
        yield (
            ("providers", name),
            f"`speaks` is missing; most servers speak `openai`, and there are {', '.join(CLIENTS)}",
        )
    elif table.speaks and table.speaks not in CLIENTS:
        yield ("providers", name, "speaks"), unknown("interface", table.speaks, CLIENTS)
    elif table.speaks == "openai" and name != "openai" and not table.base_url:
        yield ("providers", name), "`base_url` is missing: where is it asked?"
