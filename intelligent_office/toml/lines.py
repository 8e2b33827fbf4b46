"""On which line of a TOML document each value stands; `tomllib` tells the values and no lines."""

import re
import tomllib
from collections import Counter

Place = tuple[str | int, ...]
"""The way to a value: keys, and positions in arrays."""

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+|#[^\n]*)"
    r"|(?P<newline>\n)"
    r"""|(?P<string>\"{3}(?:\\.|.)*?\"{3,5}|'{3}.*?'{3,5}|\"(?:\\.|[^"\\])*\"|'[^']*')"""
    r"|(?P<mark>[\[\]{}=,.])"
    r"|(?P<bare>[^\s\[\]{}=,.\"'#]+)",
    re.DOTALL,
)


def lines_of(text: str) -> dict[Place, int]:
    """The line, counted from 1, of every table and value of a document that `tomllib` can read."""
    return _Reader(text).read()


class _Reader:
    """Goes through the document once; what is wrong with it, `tomllib` has told."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        line = 1
        for token in _TOKEN.finditer(text):
            if token.lastgroup and token.lastgroup != "blank":
                self._tokens.append((token.lastgroup, token[0], line))
            line += token[0].count("\n")
        self._tokens.append(("end", "", line))
        self._next = 0
        self._found: dict[Place, int] = {(): 1}
        self._tables: Counter[Place] = Counter()

    def read(self) -> dict[Place, int]:
        table: Place = ()
        while self._kind != "end":
            if self._kind == "newline":
                self._take()
            elif self._text == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._found

    @property
    def _kind(self) -> str:
        return self._tokens[self._next][0]

    @property
    def _text(self) -> str:
        return self._tokens[self._next][1]

    def _take(self) -> str:
        self._next += 1
        return self._tokens[self._next - 1][1]

    def _skip(self, *texts: str) -> None:
        while self._kind != "end" and (self._kind == "newline" or self._text in texts):
            self._take()

    def _header(self) -> Place:
        depth = 0
        while self._text == "[":
            self._take()
            depth += 1
        place = self._key()
        while self._text == "]":
            self._take()
        if depth > 1:
            self._tables[place] += 1
            place = (*place, self._tables[place] - 1)
        return self._note(place, self._next - 1)

    def _pair(self, table: Place) -> None:
        begin = self._next
        place = self._note((*table, *self._key()), begin)
        self._take()  # the sign of equality
        self._value(place)

    def _key(self) -> Place:
        parts = [self._name()]
        while self._text == ".":
            self._take()
            parts.append(self._name())
        return tuple(parts)

    def _name(self) -> str:
        quoted, name = self._kind == "string", self._take()
        return str(tomllib.loads(f"name = {name}")["name"]) if quoted else name

    def _value(self, place: Place) -> None:
        if self._text == "[":
            self._items(place)
        elif self._text == "{":
            self._entries(place)
        else:
            while self._kind not in ("newline", "end") and self._text not in (",", "]", "}"):
                self._take()

    def _items(self, place: Place) -> None:
        number = 0
        self._take()
        self._skip()
        while self._text != "]":
            self._value(self._note((*place, number), self._next))
            self._skip(",")
            number += 1
        self._take()

    def _entries(self, place: Place) -> None:
        self._take()
        self._skip()
        while self._text != "}":
            self._pair(place)
            self._skip(",")
        self._take()

    def _note(self, place: Place, token: int) -> Place:
        self._found.setdefault(place, self._tokens[token][2])
        return place
