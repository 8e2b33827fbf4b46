"""Text whose quoted parts are out of sight, so that no pattern looks inside them.

Each quotation becomes one character of a private-use plane. Patterns then see `add ? to my todo list`, and a file
name, a search text or the content of a file can hold any words without being taken for the user's own.
"""

import re
from dataclasses import dataclass

from intelligent_office.errors import NoRuleCovers

FIRST = 0xF0000
LAST = 0x10FFFD
QUOTED = f"[{chr(FIRST)}-{chr(LAST)}]"

_CLOSING = {'"': '"', "“": "”", "„": "“", "«": "»", "`": "`", "```": "```", "'": "'", "‘": "’"}
_OPENING = re.compile(rf"""```|["“„«`]|(?<!\w)['‘]|{QUOTED}""")
_APOSTROPHE_END = re.compile(r"['’](?!\w)")
_CONTENT = re.compile(
    rf"\b(?:write|append|save|store|put)\b[^:\n]{{0,80}}?\b(?:to|into|in|as)\s(?:the\s)?(?:file\s)?"
    rf"(?:{QUOTED}|[^\s:]{{0,99}}[./][^\s:]{{1,99}}):\s+(?=\S)"
    r"|\b(?:echo|repeat after me|say exactly|(?:with|containing) the (?:content|text)):\s+(?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quotation:
    raw: str
    """As it stands in the text, quotes and all."""
    inside: str


class Phrase:
    """A text with its quotations set aside."""

    def __init__(self, text: str) -> None:
        self._quotations: list[Quotation] = []
        self.masked = _collapsed(self._mask_content(self._mask_quotations(text)))

    def words(self, fragment: str) -> str:
        """A fragment of the masked text as the user wrote it."""
        return re.sub(QUOTED, lambda found: self._quotations[ord(found[0]) - FIRST].raw, fragment)

    def value(self, fragment: str) -> str:
        """What a fragment stands for: the inside of a quotation if it is one, otherwise the user's words."""
        if re.fullmatch(QUOTED, fragment):
            return self._quotations[ord(fragment) - FIRST].inside
        return self.words(fragment)

    def _mask_quotations(self, text: str) -> str:
        pieces: list[str] = []
        position = copied = 0
        unclosed: set[str] = set()
        while opening := _OPENING.search(text, position):
            sign = opening[0]
            end = self._end_of_quotation(text, sign, opening.end(), unclosed)
            if end is None:
                position = opening.end()
                continue
            raw = text[opening.start() : end]
            inside = raw[len(sign) : -len(_CLOSING[sign])] if sign in _CLOSING else raw
            pieces += [text[copied : opening.start()], self._set_aside(raw, inside)]
            position = copied = end
        return "".join([*pieces, text[copied:]])

    def _end_of_quotation(self, text: str, sign: str, start: int, unclosed: set[str]) -> int | None:
        """Where the quotation ends; what is not closed once is not closed further on either."""
        if sign not in _CLOSING:  # the user's own private-use character stands for itself
            return start
        if sign in unclosed:
            return None
        if sign in "'‘":
            found = _APOSTROPHE_END.search(text, start)
            end = found.end() if found else -1
        else:
            end = text.find(_CLOSING[sign], start)
            end = end + len(_CLOSING[sign]) if end >= 0 else -1
        if end < 0:
            unclosed.add(sign)
            return None
        return end

    def _mask_content(self, masked: str) -> str:
        """Set aside what follows a colon to the end of the text, where it is meant to be written or said as it is."""
        found = _CONTENT.search(masked)
        if found is None:
            return masked
        content = self.words(masked[found.end() :])
        if re.fullmatch(QUOTED + r"\s*", masked[found.end() :]):
            return masked
        return masked[: found.end()] + self._set_aside(content, content.rstrip())

    def _set_aside(self, raw: str, inside: str) -> str:
        if len(self._quotations) > LAST - FIRST:
            raise NoRuleCovers(reason="It holds too many quotations.")
        self._quotations.append(Quotation(raw, inside))
        return chr(FIRST + len(self._quotations) - 1)


def _collapsed(masked: str) -> str:
    """One space or one line break wherever there is any whitespace, so that no pattern has to try many."""
    return re.sub(r"\s+", lambda space: "\n" if "\n" in space[0] else " ", masked.strip())
