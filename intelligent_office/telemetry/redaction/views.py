"""A text as the finders read it: without the tricks of writing that hide a value from a pattern.

Full-width and other scripts' digits become ASCII, zero-width characters vanish, and what an escape in JSON or source
code stands for takes the escape's place. A view is for looking only: what is found is cut from the text itself.
"""

import re
from bisect import bisect_left, bisect_right
from functools import cache
from unicodedata import normalize

_ESCAPES = re.compile(r"""(?<!\\)\\++(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtbfv/"']))""")
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " ", "v": " "}

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63"
_SPACES = "\u00a0\u2000-\u200a\u202f\u205f\u3000"
_STOPS = "\u3002\uff61"
_LETTERS = "\ufe6b\uff01-\uff5e\U0001d400-\U0001d7ff"
_PLAIN = [(re.compile(f"[{_UNSEEN}]"), ""), (re.compile(f"[{_DASHES}]"), "-"), (re.compile(f"[{_SPACES}]"), " ")]
_BASIC = range(0x80, 0x10000)
"""Where the digits of living scripts are."""


class View:
    """The plain reading of a text, and where each of its characters comes from."""

    def __init__(self, text: str) -> None:
        self._from: list[int] = [0]
        self._to: list[int] = [0]
        self.text = text
        odd = _ESCAPES if text.isascii() else _odd()
        if odd is not _ESCAPES or "\\" in text:
            self._read(text, odd)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text itself a span of the view stands."""
        if len(self._from) == 1:
            return start, end
        first = bisect_right(self._from, start) - 1
        last = bisect_left(self._from, end)
        if last == len(self._from) or self._from[last] != end:
            last -= 1
        return self._to[first] + start - self._from[first], self._to[last] + end - self._from[last]

    def _read(self, text: str, odd: re.Pattern[str]) -> None:
        pieces: list[str] = []
        length = done = 0
        for found in odd.finditer(text):
            plain = _plain(found[0]) if found.lastindex is None else _unescaped(found)
            pieces += (text[done : found.start()], plain)
            length += found.start() - done
            done = found.end()
            if plain:
                self._note(length, found.start())
            length += len(plain)
            self._note(length, done)
        if done:
            self.text = "".join([*pieces, text[done:]])

    def _note(self, place: int, origin: int) -> None:
        self._from.append(place)
        self._to.append(origin)


@cache
def _odd() -> re.Pattern[str]:
    """Escapes, and every character that is read as another one."""
    digits = "".join(sign for sign in map(chr, _BASIC) if sign.isdecimal())
    return re.compile(rf"{_ESCAPES.pattern}|(?=[^\x00-\x7f])[{_UNSEEN}{_DASHES}{_SPACES}{_STOPS}{_LETTERS}{digits}]")


@cache
def _plain(sign: str) -> str:
    """The character that an odd one is read as; nothing for one that is not seen."""
    for kind, plain in _PLAIN:
        if kind.match(sign):
            return plain
    if sign.isdecimal():
        return str(int(sign))
    return normalize("NFKC", sign)[0].replace("\u3002", ".")


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _SIGNS.get(found[3], found[3])
