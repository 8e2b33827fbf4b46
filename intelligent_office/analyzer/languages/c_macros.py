"""Macros that no grammar can make sense of: those that stand where C and C++ have no place for a name."""

import re
from collections.abc import Iterable

_TYPE = r"(?:\b(?:int|void|char|long|short|double|float|bool|unsigned|\w+_t)|\*)"
_NOISE = (
    # `class EXPORT Name {`
    re.compile(r"\b(?:class|struct|union)\s+(?P<noise>[A-Z][A-Z0-9_]+(?:\([^()\n]*\))?)\s+(?=\w+\s*(?:final\s*)?[:{])"),
    # `int CALLING main(`
    re.compile(_TYPE + r"\s+(?P<noise>[A-Z][A-Z0-9_]{2,})(?=\s+\*?\w+\s*\()"),
    # `EXPORT static int name(`
    re.compile(
        r"^[ \t]*(?P<noise>[A-Z][A-Z0-9_]{2,})(?=\s+(?:static|inline|const|extern|virtual|explicit|constexpr|int|void"
        r"|char|long|short|double|float|bool|unsigned|struct|auto|template|\w+_t|std::\w+)\b)",
        re.MULTILINE,
    ),
    # `EXPORT(type) name(`
    re.compile(r"^(?P<noise>[A-Z][A-Z0-9_]*\()[^()\n]*(?P<end>\))(?=\s*\w+\s*\()", re.MULTILINE),
    # `int field_ GUARDED(mutex_);`
    re.compile(r"\b\w+_\s+(?P<noise>[A-Z][A-Z_]{3,}\([^()\n]*\))(?=\s*;)"),
    # `extern "C" {` and its end, for C++ only
    re.compile(
        r"^[ \t]*#[ \t]*if[^\n]*__cplusplus[^\n]*\n(?P<noise>\s*(?:extern\s+\"C\"\s*\{|\})[^\n]*)\n[ \t]*#[ \t]*endif",
        re.MULTILINE,
    ),
    # `va_arg(list, type)`
    re.compile(r"\bva_arg\s*\(\s*\w+(?P<noise>\s*,[^()\n;]*)\)"),
    # `void name() NO_THROW {`
    re.compile(r"\)\s*(?:const\s*)?(?P<noise>[A-Z][A-Z0-9_]{2,}(?:\([^()\n]*\))?)(?=\s*[;{]\s*$)", re.MULTILINE),
)
_NAME = r"[A-Z][A-Z0-9]*_[A-Z0-9_]*"
_LIKELY_NOISE = (
    # `EXPORT Class* name(`, `template <typename T> CONSTEXPR name(`
    re.compile(
        rf"(?:^|(?<=[>;{{}}]))[ \t]*(?P<noise>(?:{_NAME}\s+)+)"
        r"(?=[A-Za-z_][\w:]*(?:<[^<>;{}()\n]*>)?[\s*&]+[A-Za-z_~][\w:]*\s*\()",
        re.MULTILINE,
    ),
    # `Type field GUARDED(mutex);`
    re.compile(
        r"\b(?!(?:const|static|auto|extern|constexpr|inline|mutable|volatile|unsigned|return|new|else|case)\b)"
        rf"\w+[>*&]*\s+[*&]*\w+(?:\[[^\]\n]*\])?\s+(?P<noise>{_NAME}\([^()\n]*\))(?=\s*[;={{])"
    ),
    # `void name() LOCKS(mutex) : base() {`
    re.compile(r"\)\s*(?:const\s*)?(?P<noise>[A-Z][A-Z0-9_]{3,}(?:\([^()\n]*\))?)(?=\s*[:;{])"),
    # a line of nothing but `WORDS(and, more)`
    re.compile(r"(?<=[;{}:\n])\n[ \t]*(?P<noise>[A-Z][A-Z0-9_]{3,}(?:\([^()\n]*\))?)[ \t]*(?=\n|$)"),
    # `new Class*[count]`
    re.compile(r"\bnew\s+(?:const\s+)?[\w:]+\s*(?P<noise>\*+)(?=\s*\[)"),
    # `result (Class::*field)(parameters)`
    re.compile(r"\(\s*(?P<noise>(?:\w+::)+)(?=\*\s*\w+\s*\)\s*\()"),
)
"""What is a macro of that kind, or a gap of the grammar, if without it there are fewer errors."""


def without_noise(text: str) -> str:
    """The text with blanks instead of macros that only say something to a compiler; its lines and columns stay."""
    return _without(_NOISE, text)


def without_likely_noise(text: str) -> str:
    """The text with blanks instead of what may be such a macro; for a file that has errors otherwise."""
    return _without(_LIKELY_NOISE, text)


def _without(patterns: Iterable[re.Pattern[str]], text: str) -> str:
    for pattern in patterns:
        text = pattern.sub(_blanked, text)
    return text


def _blanked(found: re.Match[str]) -> str:
    whole, start = found.group(), found.start()
    for name in found.groupdict():
        first, last = found.start(name) - start, found.end(name) - start
        whole = whole[:first] + " " * (last - first) + whole[last:]
    return whole
