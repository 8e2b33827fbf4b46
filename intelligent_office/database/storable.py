"""Makes any text and plain data fit for PostgreSQL, which refuses some of what Python and JSON allow."""

import json
import math
import re
from typing import Any

from psycopg.types.json import Jsonb

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_REFUSED = re.compile("[\0\ud800-\udfff]")
_SUSPICIOUS = re.compile(r"[\ud800-\udfff]|\\u0000")
"""What JSON looks like that may hold something of this."""


def storable(value: Any) -> Any:
    """The same plain data, with U+FFFD for NUL characters and lone surrogates, and None for NaN and infinities."""
    if isinstance(value, str):
        return _REFUSED.sub(REPLACEMENT, value)
    if isinstance(value, dict):
        return {storable(key): storable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [storable(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def adapted(parameter: Any) -> Any:
    """A parameter of a statement: dicts and lists become `jsonb`, a tuple becomes an array, text becomes storable."""
    if isinstance(parameter, dict | list):
        return Jsonb(parameter, dumps=_dumps)
    if isinstance(parameter, str | tuple | float):
        return storable(parameter)
    return parameter


def _dumps(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:  # NaN or an infinity
        return json.dumps(storable(value), ensure_ascii=False, allow_nan=False)
    return json.dumps(storable(value), ensure_ascii=False) if _SUSPICIOUS.search(text) else text
