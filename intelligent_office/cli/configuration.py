"""Settings as people read them: what is in force, and an example file with every default."""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from intelligent_office.settings import PREFIX, Settings

_CREDENTIALS = re.compile(r"//[^/@\s]+@")
_WIDTH = 100
_HEADER = """\
# Every setting of the Intelligent Office, with its default. Copy this file to `.env`, or set the variables in the
# environment, which wins. Written by `make env`; a test keeps it true.
"""


def in_force(settings: Settings) -> dict[str, Any]:
    """The value of every setting, under the name of its variable; of secrets only whether they are set."""
    return {
        name: _shown(getattr(settings, field))
        for field, info in Settings.model_fields.items()
        for name in _variables(field, info)[:1]
    }


def example() -> str:
    """The text of `.env.example`."""
    return "\n".join([_HEADER, *(_paragraph(field, info) for field, info in Settings.model_fields.items())])


def _paragraph(field: str, info: FieldInfo) -> str:
    first, *others = _variables(field, info)
    told = " ".join((info.description or "").split())
    if others:
        told = f"{told} Also read from {', '.join(others)}.".strip()
    comments = [f"# {line}" for line in textwrap.wrap(told, _WIDTH)]
    return "\n".join([*comments, f"#{first}={_written(info)}", ""])


def _variables(field: str, info: FieldInfo) -> list[str]:
    alias = info.validation_alias
    return [str(name) for name in alias.choices] if isinstance(alias, AliasChoices) else [PREFIX + field.upper()]


def _written(info: FieldInfo) -> str:
    """A default as it is written in a file; empty where there is none, or where it depends on the machine."""
    value = info.default if info.default_factory is None else None
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _shown(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return "(set)"
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, list):
        return [_shown(one) for one in value]
    return _CREDENTIALS.sub("//…@", value) if isinstance(value, str) else value
