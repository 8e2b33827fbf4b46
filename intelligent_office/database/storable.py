"""Makes any text and plain data fit for PostgreSQL, which refuses some of what Python and JSON allow."""

import json
import math
import re
from typing import Any

from psycopg.types.json import Jsonb

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_REFUSED = re.compile("[\0\ud800-\udfff]")
_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


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


def _dumps(value: Any) -> bytes:
    try:
        packed = _encoded(value).encode()
    except ValueError:  # NaN or an infinity, or a lone surrogate, for which UTF-8 has no bytes
        return _encoded(storable(value)).encode()
    return _encoded(storable(value)).encode() if b"\\u0000" in packed else packed
