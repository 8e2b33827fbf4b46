"""Whatever a tool hands back, as plain data that a checkpoint, PostgreSQL and JSON can all hold."""

import json
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, is_dataclass
from typing import Any

from pydantic import BaseModel

DEPTH = 50
"""Deeper structures become text."""
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1
"""Checkpoints hold no larger integers."""


def plain(value: Any, depth: int = DEPTH) -> Any:
    """The value as JSON-able data; what JSON cannot hold exactly becomes text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, int | float):
        return _number(value)
    if depth == 0:
        return plain_text(str(value))
    if isinstance(value, dict | Mapping):
        return {plain_text(str(key)): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth - 1) for item in value]
    if isinstance(value, BaseModel):
        return plain(value.model_dump(mode="json"), depth)
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value), depth)
    if isinstance(value, AbstractSet):
        return sorted((plain(item, depth - 1) for item in value), key=str)
    if isinstance(value, bytes | bytearray):
        return plain_text(bytes(value).decode("utf-8", "replace"))
    return plain_text(str(value))


def plain_text(text: str) -> str:
    """The text without what PostgreSQL or UTF-8 refuse: NUL and lone surrogates become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def text_of(value: Any) -> str:
    """The value for people and models: text as it is, data as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _number(value: float) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if _SMALLEST <= value <= _LARGEST:
        return int(value)
    try:
        return str(value)
    except ValueError:  # Python refuses to spell out more than some thousand digits
        return hex(value)
