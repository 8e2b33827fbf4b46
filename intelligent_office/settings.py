"""What the process is told by its environment: the only module that reads it.

Every variable starts with `OFFICE_`, except the keys that the providers' own clients have made customary.
"""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from intelligent_office.errors import InvalidSetting
from intelligent_office.outbound.allowances import host_of, read_allowance

PREFIX = "OFFICE_"
ENCODING = "utf-8-sig"
"""Of `.env`: some editors begin a file with a mark that would be part of its first name."""
TENANT_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""How a tenant may be called: so that it can stand in paths, logs and lists."""
REDACTABLE = ("email", "phone", "card", "iban", "ip", "key", "password")
"""What OFFICE_REDACTION may name."""


def _default_home() -> Path:
    """Where everything the office keeps lives.

    PostgreSQL refuses to run as root and steps down to a user that cannot look into root's home folder.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/intelligent-office")
    return Path.home() / ".local" / "share" / "intelligent-office"


def _embedder(name: str) -> str:
    if name in ("auto", "hash", "minilm") or all(name.partition(":")):
        return name
    raise ValueError("it must be auto, hash, minilm or provider:model")


def _allowance(entry: str) -> str:
    read_allowance(entry)
    return entry


def _service(url: str) -> str:
    if not url.startswith(("http://", "https://")) or "@" in url:
        raise ValueError("it must be a URL that begins with http:// or https://, without credentials")
    host_of(url)
    return url


def _origin(origin: str) -> str:
    scheme, _, rest = origin.partition("://")
    if scheme not in ("http", "https") or not rest or not rest.isprintable() or {*rest} & {*"/?#@* "}:
        raise ValueError("it must be an origin like https://app.example.com, without a path")
    return origin


class Settings(BaseSettings):
    """All settings, each with a default that works on a fresh machine."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding=ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    # Storage
    home: Path = Field(default_factory=_default_home)
    """Where the office keeps things: the embedded database, its first key, the folders of tenants. Unset,
    `~/.local/share/intelligent-office`; for root `/var/lib/intelligent-office`."""
    database_url: SecretStr | None = None
    """A PostgreSQL server (`postgresql://…`); unset, an embedded one runs under `OFFICE_HOME`."""
    pool_size: int = Field(default=10, ge=2, le=200)
    """Database connections per process."""

    encryption_key: SecretStr | None = None
    """Encrypts checkpoints, artifacts and attachments at rest: 32 bytes in base64 (`office doctor --new-key`). Of
    several, with commas between them, the first one writes and all read; see `docs/encryption.md`."""

    # Retention: only of tasks that have ended; 0 means for ever
    keep_tasks_days: float = Field(default=365.0, ge=0, le=36_500)
    """Days until a task is forgotten, counted from its end, with all but its audit trail and its costs; 0: never."""
    keep_tasks_count: int = Field(default=0, ge=0)
    """Tasks kept of each tenant, the newest ones; older ones are forgotten when they have ended. 0: all."""
    keep_dead_letters_days: float = Field(default=730.0, ge=0, le=36_500)
    """The same as `OFFICE_KEEP_TASKS_DAYS` for tasks that are dead letters."""
    keep_events_days: float = Field(default=90.0, ge=0, le=36_500)
    """Days until the events of an ended task (`office logs`) are deleted; 0: when the task is."""
    keep_artifacts_days: float = Field(default=90.0, ge=0, le=36_500)
    """Days until artifacts of an ended task, and attachments that nobody uses, are deleted; 0: when the task is."""
    keep_usage_days: float = Field(default=730.0, ge=0, le=36_500)
    """Days until records of calls of models are deleted, but never this month's; 0: never."""
    keep_audit_days: float = Field(default=0.0, ge=0, le=36_500)
    """Days that the audit trail of a task is kept after the task was forgotten; of a trail that goes, a last entry
    stays. 0: for ever."""

    # Work
    roots: list[Path] = []
    """Folders beside the task's own that tools may read, as a JSON list."""
    tenant_roots: dict[Annotated[str, Field(pattern=f"^{TENANT_NAME}$")], list[Path]] = {}
    """Folders of tenants, as JSON (`{"acme": ["/srv/acme"]}`): their tasks work in the first one and read all of them.
    Others than `OFFICE_TENANT` that are not named here have a folder of their own in `OFFICE_HOME`."""
    concurrency: int = Field(default=4, ge=1, le=256)
    """Tasks that one worker process works on at once."""
    tenant_concurrency: int | None = Field(default=None, ge=0)
    """Tasks of one tenant that are worked on at once, by all workers together; unset, any number."""
    lease_seconds: float = Field(default=15.0, ge=1, le=3600)
    """A task whose worker has not been heard of for so long goes to another."""
    crashes: int = Field(default=3, ge=1)
    """A task over which so many workers in a row have died, and brought it no further, is given up."""
    grace_seconds: float = Field(default=20.0, ge=0, le=3600)
    """A worker that is told to stop waits so long for running steps to end; then it lets go of their tasks."""
    max_request_characters: int = Field(default=100_000, ge=100)
    """Longest task description accepted."""
    artifact_bytes: int = Field(default=4096, ge=256)
    """A larger output of a tool is kept outside the state, by reference."""
    attachment_bytes: int = Field(default=10 * 2**20, ge=1024, le=2**30)
    """Largest file that may be attached to a task."""
    attachments_per_task: int = Field(default=10, ge=0, le=100)
    """Most files that may be attached to a task."""
    attachment_bytes_per_tenant: int = Field(default=2**30, ge=0)
    """Room for the attachments of a tenant, all together."""
    sandbox: Literal["auto", "bubblewrap", "docker", "monty"] = "auto"
    """Where untrusted code runs; `auto` takes the strongest sandbox that works here. Without one, none runs."""
    sandbox_image: str = "python:3.12-slim"
    """The image of the sandbox `docker`: any with `python3`; it is never fetched by the office."""
    sandbox_ready: int = Field(default=0, ge=0, le=16)
    """So many sandboxes of `bubblewrap` wait for programs to come, once there was one: they start in half the time."""
    approval_hours: float = Field(default=24.0, gt=0)
    """An approval nobody answers expires, as denied, after this many hours."""
    services_file: Path | None = None
    """A TOML file that names remote services whose tools may be used; see `docs/services.md`."""

    # Models
    models_file: Path | None = None
    """A TOML file that says which models are asked; unset, `models.toml` in `OFFICE_HOME` is, where there is one."""
    openai_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("OPENAI_API_KEY"))
    """Connects OpenAI's models."""
    google_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("GOOGLE_API_KEY", "GEMINI_API_KEY")
    )
    """Connects the Gemini models."""
    mistral_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("MISTRAL_API_KEY"))
    """Connects Mistral's models."""
    openai_base_url: str | None = None
    """An OpenAI-compatible endpoint (vLLM, Groq, LiteLLM …), used for all models of `openai`."""
    openai_model: str | None = None
    """The model to ask for at `OFFICE_OPENAI_BASE_URL`, for every role."""
    google_base_url: str | None = None
    """Another address of the Gemini API."""
    mistral_base_url: str | None = None
    """Another address of the Mistral API."""
    ollama_url: str | None = None
    """An Ollama server, e.g. `http://127.0.0.1:11434`."""
    ollama_model: str = "qwen3:8b"
    """The model to ask for at `OFFICE_OLLAMA_URL`."""
    model: str | None = None
    """`provider:model` to try first, for every role."""
    model_seconds: float = Field(default=60.0, gt=0)
    """Time limit of one question to one model, with every repetition and the waits between them."""
    breaker_failures: int = Field(default=5, ge=1)
    """So many failures of a model in a row open its circuit: it is not asked for a while."""
    breaker_seconds: float = Field(default=30.0, gt=0)
    """How long an open circuit stays so, before one question tries whether the model is back."""
    model_output_tokens: int = Field(default=8192, ge=256)
    """The longest answer of a model, what it thinks to itself included; bounds what a call may cost."""
    tenant_budget_usd: float | None = Field(default=None, ge=0, le=1e9, allow_inf_nan=False)
    """What models and tools may cost a tenant in a month (UTC), in USD; `office budget TENANT` sets another."""
    unknown_price_input_usd: float = Field(default=15.0, ge=0, allow_inf_nan=False)
    """USD for a million tokens read by a model whose price nobody has published or configured."""
    unknown_price_output_usd: float = Field(default=75.0, ge=0, allow_inf_nan=False)
    """USD for a million tokens written by such a model."""
    embedder: Annotated[str, AfterValidator(_embedder)] = "auto"
    """Compares memories: `hash` (by their words), `minilm` (by their meaning, in this process) or `provider:model`;
    `auto` takes the first of the models file's tier `encoder` that can be used."""

    cache_seconds: float = Field(default=3600.0, ge=0, le=30 * 86_400)
    """How long the answer of a model is used again for the very same question; 0 turns that off."""
    redis_url: SecretStr | None = None
    """Keeps such answers in Redis (`redis://…`, `rediss://…`, `unix://…`); unset, PostgreSQL does."""

    redaction: str = "on"
    """What placeholders stand for in all that models, traces and logs get to see: `on` (all private data), `off`, or
    some of email, phone, card, iban, ip, key, password, with commas between them."""

    # Tools
    http_allow: list[Annotated[str, AfterValidator(_allowance)]] = []
    """Hosts (`wiki.corp`, `wiki.corp:8080`) and networks (`10.1.0.0/16`) that tools may call beside the public
    internet, as a JSON list."""
    searxng_url: Annotated[str, AfterValidator(_service)] | None = None
    """A SearXNG that searches the web; it must answer in JSON, and may be in a private network."""
    tavily_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("TAVILY_API_KEY"))
    """Searches the web by way of Tavily; asked after SearXNG."""
    tavily_base_url: Annotated[str, AfterValidator(_service)] | None = None
    """Another address of the Tavily API."""
    search_ddgs: bool = False
    """Search the web by way of public search engines, with the package of the extra `search`; asked last."""

    # Webhooks
    webhook_allow: list[Annotated[str, AfterValidator(_allowance)]] = []
    """Hosts and networks that webhooks may call beside the public internet, written as those of `OFFICE_HTTP_ALLOW`."""

    # The doors
    tenant: str = Field(default="default", pattern=f"^{TENANT_NAME}$")
    """Whose tasks the command line hands in and sees; the first key is this tenant's, too."""
    host: str = "127.0.0.1"
    """Where the server listens."""
    port: int = Field(default=8710, ge=0, le=65535)
    """The port it listens on; 0 takes a free one."""
    hosts: list[str] = []
    """Names and addresses by which callers from elsewhere know this server, as a JSON list (`["office.example.com"]`,
    `["*"]` for all); without any it answers, and listens, on this machine alone."""
    tls_certificate: Path | None = None
    """A certificate with its chain (PEM): the server then speaks HTTPS, and nothing else."""
    tls_key: Path | None = None
    """The certificate's private key (PEM, without a password)."""
    requests_per_minute: int = Field(default=6000, ge=0)
    """Requests that a tenant may make in a minute, unless it has a limit of its own; counted in each process, or in
    `OFFICE_REDIS_URL` for all of them together."""
    tasks_per_day: int | None = Field(default=None, ge=0)
    """Tasks that a tenant may hand in from midnight to midnight (UTC), unless it has a limit of its own."""
    body_seconds: float = Field(default=30.0, gt=0)
    """How long the body of a request may take to arrive."""
    cors_origins: list[Annotated[str, AfterValidator(_origin)]] = []
    """Origins (`https://app.example.com`) whose pages may call the office from a browser, as a JSON list."""

    # Telemetry
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    """The least serious log lines that are written."""
    log_format: Literal["text", "json"] = "text"
    """Log lines for people, or for machines."""

    @field_validator("redaction")
    @classmethod
    def _only_known_kinds(cls, value: str) -> str:
        names = [name.strip().lower() for name in value.split(",")]
        if names not in (["on"], ["off"]) and not {*names} <= {*REDACTABLE}:
            raise ValueError(f"write on, off, or some of {', '.join(REDACTABLE)}")
        return ",".join(names)

    @property
    def secrets(self) -> list[str]:
        """Every secret value, so that none is ever told."""
        return [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]

    @property
    def private(self) -> list[Path]:
        """Files and folders that open the office to whoever reads them; `/proc` shows the environment of processes."""
        files = (self.services_file, self.models_file, self.tls_certificate, self.tls_key)
        return [self.home.expanduser(), Path("/proc"), *(file for file in files if file)]

    def secret(self, variable: str) -> SecretStr | None:
        """A key by the name of its variable, which a setting, the environment or `.env` may hold; None if none does."""
        for name, field in type(self).model_fields.items():
            alias = field.validation_alias
            if isinstance(alias, AliasChoices) and variable in alias.choices:
                known: SecretStr | None = getattr(self, name)
                return known
        value = os.environ.get(variable) or _file().get(variable)
        return SecretStr(value) if value else None


def load_settings(**overrides: object) -> Settings:
    """Read the environment and `.env`; `overrides` win.

    Raises:
        InvalidSetting: a value does not fit, or a name is a near miss of a known one.
    """
    _refuse_misspelt_names()
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as failure:
        first = failure.errors()[0]
        name = str(first["loc"][0])
        name = name if name.isupper() else PREFIX + name.upper()
        raise InvalidSetting(
            name=name, reason=f"{first['msg'].removeprefix('Value error, ')} (it is {first['input']!r:.80})"
        ) from None
    except ValueError as failure:  # a list that is not JSON
        raise InvalidSetting(name="in the environment", reason=str(failure)) from None


def variables() -> list[str]:
    """The names of all environment variables that settings are read from."""
    names: list[str] = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names += (
            [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [PREFIX + name.upper()]
        )
    return names


def _file() -> dict[str, str | None]:
    """What `.env` holds, with the names of others' variables in it."""
    try:
        return dotenv_values(".env", encoding=ENCODING)
    except (OSError, UnicodeDecodeError) as failure:
        reason = failure.strerror if isinstance(failure, OSError) else "it is not UTF-8"
        raise InvalidSetting(name="file .env", reason=reason) from None


def _refuse_misspelt_names() -> None:
    known = [*variables(), "OFFICE_TEST_REQUIRE"]
    for name in {**os.environ, **_file()}:
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.85)
            if near:
                raise InvalidSetting(name=name, reason=f"there is no such setting; did you mean {near[0]}?")
