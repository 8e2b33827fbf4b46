"""Regular expressions that somebody else wrote, searched for in time that grows with the text and no faster.

Python's own engine tries one way after another: `(a+)+$` keeps it busy for ever over thirty letters, and the process
with it. The one in pydantic goes all ways at once; it knows no look-around and no back-references.
"""

import re
from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

from intelligent_office.errors import OfficeError

LONGEST = 1_000
"""Characters of a pattern."""
_HEAVY = 20
"""A class of Unicode has hundreds of ranges: it weighs as much as so many letters."""
_PIECE = re.compile(
    r"(?P<group>\()|(?P<end>\))|\{(?P<least>\d+)(?:,(?P<most>\d*))?\}|(?P<heavy>\\[wWdDsSpPbB])"
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|[*+?|]|.",
    re.DOTALL,
)
_SPACED = re.compile(r"\(\?[a-zA-Z-]*x")


class Unsearchable(OfficeError):
    """The pattern `{pattern}` cannot be searched for: {reason}."""


def found(pattern: str, text: str) -> bool:
    """Whether some part of the text fits the pattern.

    Raises:
        Unsearchable: the pattern is none, too large, or asks for what has no bound.
    """
    return _compiled(pattern).isinstance_python(text.encode("utf-8", "replace").decode())


@lru_cache(maxsize=256)
def weight(pattern: str) -> int:
    """About how many characters the pattern is when all that it counts is written out: that often, at most, each
    character of a text is looked at.

    Raises:
        Unsearchable: it is too long, or is written so that it does not show.
    """
    if len(pattern) > LONGEST:
        raise Unsearchable(pattern=pattern[:80], reason=f"it has more than {LONGEST} characters")
    if _SPACED.search(pattern):
        raise Unsearchable(pattern=pattern[:80], reason="it asks for spaces to be passed over")
    groups, last = [0], 0
    for piece in _PIECE.finditer(pattern):
        if piece["group"]:
            groups.append(0)
        elif piece["end"]:
            last = groups.pop() if len(groups) > 1 else 0
            groups[-1] += last
        elif piece["least"]:
            times = max(int(piece["least"]), int(piece["most"] or 0), 1)
            groups[-1] += last * (times - 1)
            last *= times
        else:
            last = _HEAVY if piece["heavy"] else 1
            groups[-1] += last
    return max(1, sum(groups))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator:
    weight(pattern)
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError as fault:
        reason = str(fault).strip().splitlines()[-1].strip().removeprefix("SchemaError:").strip().removeprefix("error:")
        raise Unsearchable(pattern=pattern[:80], reason=reason.strip().rstrip(".")) from None
