"""A TOML file that a person wrote, and what is wrong with it, told by its line."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from intelligent_office.errors import InvalidFile
from intelligent_office.toml.lines import Place, lines_of

Fault = tuple[Place, str]
"""Where something is wrong, and what."""


@dataclass(frozen=True)
class Written:
    """What stands in a file."""

    path: Path
    text: str
    values: dict[str, Any]

    def refusal(self, faults: Iterable[Fault]) -> InvalidFile:
        """The error that tells the first fault in the file; there must be one."""
        lines = lines_of(self.text)
        line, reason = min((_line(lines, place), reason) for place, reason in faults)
        return InvalidFile(place=f"{self.path}, line {line}", reason=reason)


def read(path: Path) -> Written:
    """The file as it is.

    Raises:
        InvalidFile: it cannot be read, or is no TOML; with the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        return Written(path, text, tomllib.loads(text))
    except OSError as failure:
        raise InvalidFile(place=path, reason=failure.strerror or "it cannot be read") from None
    except UnicodeDecodeError:
        raise InvalidFile(place=path, reason="it is not UTF-8") from None
    except tomllib.TOMLDecodeError as failure:
        raise _no_toml(path, text, str(failure)) from None


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a name that stands for nothing, with the one that may be meant."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"`{name}` is no {what}; " + (f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names)}")


def _no_toml(path: Path, text: str, said: str) -> InvalidFile:
    """The parser's own words, with the line in front."""
    found = re.fullmatch(r"(.*?) \(at (?:line (\d+), column \d+|end of document)\)", said, re.DOTALL)
    what, number = (found[1], found[2]) if found else (said, None)
    line = int(number) if number else max(1, len(text.splitlines()))
    return InvalidFile(place=f"{path}, line {line}", reason=f"this is no TOML: {what}")


def _line(lines: dict[Place, int], place: Place) -> int:
    """The line of a value, or of the innermost table around it that has one."""
    return next(lines[place[:length]] for length in range(len(place), -1, -1) if place[:length] in lines)
