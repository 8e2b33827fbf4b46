"""The terminal: any encoding, any width, and a reader who may leave early."""

import codecs
import io
import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PLAIN = {
    "✓": "+",
    "✗": "x",
    "→": "->",
    "…": "...",
    "·": "-",
    "“": '"',
    "”": '"',
    "’": "'",
    "–": "-",
    "—": "-",
    "│": "|",
    "└": "`",
    "─": "-",
}
"""What to write where the terminal's encoding lacks a character; anything else becomes `?`."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What could move the cursor, ring the bell, repaint what was written before, or show it in another order."""


def harmless(text: str) -> str:
    """Text of strangers, without the power to command a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


def speak_any_encoding() -> None:
    """Never fail because of a letter that the terminal cannot show."""
    codecs.register_error("office.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="office.plain")


def stop_speaking() -> None:
    """Nobody reads on: what is still said goes nowhere, and is no reason to complain at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def console() -> "Console":
    """Standard output, in colour on a terminal that wants it."""
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # the door decides what that means

    return Output(highlight=False, markup=False, emoji=False, legacy_windows=False)


def say(text: str, *, err: bool = False) -> None:
    """A line of text, at once; in the terminal's own encoding, and harmless there."""
    stream = sys.stderr if err else sys.stdout
    print(harmless(text) if stream.isatty() else text, file=stream, flush=True)


def print_json(value: Any) -> None:
    """One JSON document, indented for people, in ASCII where the terminal knows no more."""
    print(json.dumps(value, indent=2, ensure_ascii=not _is_utf8(sys.stdout), default=str))


def print_json_line(value: Any) -> None:
    """One JSON document on one line, told at once to whoever follows."""
    print(json.dumps(value, ensure_ascii=not _is_utf8(sys.stdout), default=str), flush=True)


def on_a_terminal() -> bool:
    """Whether there is a person to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _is_utf8(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"
