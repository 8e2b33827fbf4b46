"""Macros that no grammar can make sense of: those that stand where C and C++ have no place for a name."""

import re

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


def without_noise(text: str) -> str:
    """The text with blanks instead of macros that only say something to a compiler; its lines and columns stay."""
    for pattern in _NOISE:
        text = pattern.sub(_blanked, text)
    return text


def _blanked(found: re.Match[str]) -> str:
    whole, start = found.group(), found.start()
    for name in found.groupdict():
        first, last = found.start(name) - start, found.end(name) - start
        whole = whole[:first] + " " * (last - first) + whole[last:]
    return whole
