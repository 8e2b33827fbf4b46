"""The services file: which remote services there are, how they are reached, and how far their tools are trusted."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from intelligent_office.contracts import Risk
from intelligent_office.toml.lines import Place
from intelligent_office.toml.reading import Fault, read, unknown

_NAME = re.compile(r"[a-z](?:_?[a-z0-9]){0,19}")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it must be an address that starts with http:// or https://")
    if parts.username or parts.password:
        raise ValueError("a password does not belong in a file: put it into a variable, and name that in `headers`")
    return url


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError("it must be the name of a variable, such as IT_SERVICE_TOKEN, and never the secret itself")
    return name


Variable = Annotated[str, AfterValidator(_variable)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class ToolTable(_Table):
    """What the operator knows of one tool, which the service itself could only claim."""

    risk: Risk | None = None
    idempotent: bool = False
    """Whether a call may be repeated without a second effect."""
    seconds: Seconds | None = None
    cost_usd: Annotated[float, Field(ge=0)] | None = None
    """What a call costs, where that is known."""


class ServiceTable(_Table):
    """A service as it is written: one that listens at a `url`, or a `command` that speaks over its standard streams."""

    url: Annotated[str, AfterValidator(_address)] | None = None
    headers: dict[str, Variable] = {}
    """For each header, the variable that holds its value."""
    command: Annotated[list[str], Field(min_length=1)] | None = None
    environment: list[Variable] = []
    """Variables that the command is given, beside PATH, HOME and the like."""
    seconds: Seconds = 30.0
    """Time limit of one call, retries included."""
    connect_seconds: Seconds = 10.0
    """How long the service may take to be ready for a call."""
    tools: dict[str, ToolTable] = {}
    """By the names that the service uses."""


class ServicesFile(_Table):
    services: dict[str, ServiceTable] = {}


def read_services(path: Path | None) -> dict[str, ServiceTable]:
    """The services by name; none without a file.

    Raises:
        InvalidFile: it cannot be read, or something in it cannot be meant; with the line.
    """
    if path is None:
        return {}
    written = read(path)
    try:
        services = ServicesFile.model_validate(written.values).services
        faults = [*_faults(services)]
    except ValidationError as failure:
        faults = [_told(error["type"], error["loc"], error["msg"], error.get("ctx", {})) for error in failure.errors()]
    if faults:
        raise written.refusal(faults)
    return services


def _faults(services: dict[str, ServiceTable]) -> Iterator[Fault]:
    for name, table in services.items():
        place = ("services", name)
        if not _NAME.fullmatch(name):
            yield place, f"`{name}`: the name of a service has small letters, digits and single _ only, 20 at most"
        if (table.url is None) == (table.command is None):
            yield place, f"`{name}` must have either a `url` or a `command`"
        elif table.command and table.headers:
            yield (*place, "headers"), "a command has no headers; name variables it needs in `environment`"
        elif table.url and table.environment:
            yield (
                (*place, "environment"),
                "a service at a `url` has an environment of its own; secrets go into `headers`",
            )


_WANTED = {
    "dict_type": "a table",
    "model_type": "a table",
    "list_type": "a list of words",
    "string_type": "text between quotation marks",
    "bool_type": "true or false",
    "float_type": "a number",
}
_OPTIONS: dict[int, tuple[str, Iterable[str]]] = {
    1: ("table", ServicesFile.model_fields),
    3: ("option", ServiceTable.model_fields),
    5: ("option", ToolTable.model_fields),
}
"""What may stand at which depth."""


def _told(kind: str, place: Place, message: str, context: dict[str, Any]) -> Fault:
    """A fault of form in words."""
    name = str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        what, known = _OPTIONS[len(place)]
        return place, unknown(what, name, known)
    if kind in _WANTED:
        return place, f"`{name}` must be {_WANTED[kind]}"
    said = str(context["error"]) if kind == "value_error" else message
    return place, f"`{name}`: {said}"
