"""Wishes about calls: how one function comes to call another, who calls it, what it calls.

People put these in too many orders for a table of whole sentences. So each part is looked for on its own (start, end,
folder, number of chains) and taken out; the wish is understood if only words without a meaning of their own are left.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from intelligent_office.models.rules.chain_phrases import (
    CALLEES,
    CALLERS,
    CODE,
    COMMAND,
    DEPTHS,
    EMPTY_WORDS,
    ENDS,
    FOLDERS,
    HERE,
    INDIRECTLY,
    LANGUAGES,
    LIMITS,
    LOOSE_TOPIC,
    NAMED,
    PAIRS,
    STARTS,
    TOPIC,
)
from intelligent_office.models.rules.grammar import NUMBER_WORDS, Clause
from intelligent_office.models.rules.phrase import Phrase
from intelligent_office.models.rules.situation import Call, Situation, literal

MANY = 10
"""Chains for "all chains", and levels for "indirectly"."""


@dataclass
class _Remainder:
    """What of a wish is not yet understood."""

    phrase: Phrase
    text: str
    taken: dict[str, str] = field(default_factory=dict)

    def take(self, patterns: tuple[re.Pattern[str], ...]) -> bool:
        """Note the slots of the first pattern that fits anywhere, and take what it covers out of the text."""
        for candidate in patterns:
            found = candidate.search(self.text)
            if found:
                self.taken |= {slot: words for slot, words in found.groupdict().items() if words}
                self.text = f"{self.text[: found.start()]} , {self.text[found.end() :]}"
                return True
        return False

    def value(self, slot: str) -> str:
        fragment = re.sub(rf"^(?:the (?=\S+$)|{NAMED})", "", self.taken[slot], flags=re.IGNORECASE)
        return self.phrase.value(fragment).removesuffix("()").strip()

    @property
    def empty(self) -> bool:
        words = re.findall(r"[^\s,;:.!?()]+", self.text.lower())
        return all(word in EMPTY_WORDS for word in words)


def read(clause: Clause, _situation: Situation) -> list[Call] | None:
    """A call of the code analyzer, if the wish is about calls."""
    said = clause.masked
    about_calls = TOPIC.search(said) is not None
    if not (about_calls or (LOOSE_TOPIC.search(said) and CODE.search(said))) or COMMAND.match(said):
        return None
    readers = [_callers, _callees, _chain]
    if about_calls:  # where is "x" used: that is a text
        readers += [_callers_of_a_quotation, _callees_of_a_quotation]
    for reader in readers:
        remainder = _Remainder(clause.phrase, clause.masked)
        remainder.take(LANGUAGES)
        inputs = reader(remainder)
        if inputs is not None:
            return [Call("code_analyzer", inputs)]
    return None


def _callers(remainder: _Remainder) -> dict[str, Any] | None:
    return _neighbours(remainder, CALLERS, "callers")


def _callees(remainder: _Remainder) -> dict[str, Any] | None:
    return _neighbours(remainder, CALLEES, "callees")


def _callers_of_a_quotation(remainder: _Remainder) -> dict[str, Any] | None:
    return _neighbours(remainder, CALLERS, "callers", quoted=True)


def _callees_of_a_quotation(remainder: _Remainder) -> dict[str, Any] | None:
    return _neighbours(remainder, CALLEES, "callees", quoted=True)


def _neighbours(
    remainder: _Remainder, patterns: tuple[re.Pattern[str], ...], direction: str, *, quoted: bool = False
) -> dict[str, Any] | None:
    """The function, and then the folder, if a quotation that might be either comes first."""
    depth = _number(remainder, DEPTHS) or (MANY if INDIRECTLY.search(remainder.text) else None)
    if quoted and not remainder.take(patterns):
        return None
    folder = _folder(remainder)
    if not (quoted or remainder.take(patterns)) or not remainder.empty:
        return None
    inputs: dict[str, Any] = {"folder": folder, "function": literal(remainder.value("name")), "direction": direction}
    return inputs if depth is None else {**inputs, "depth": depth}


def _chain(remainder: _Remainder) -> dict[str, Any] | None:
    limit = _number(remainder, LIMITS)
    if not _ends(remainder):
        return None
    folder = _folder(remainder)
    if not remainder.empty:
        return None
    ends = {"start": literal(remainder.value("start")), "end": literal(remainder.value("end"))}
    return {"folder": folder, **ends} if limit is None else {"folder": folder, **ends, "limit": limit}


def _ends(remainder: _Remainder) -> bool:
    """Take out both functions: named as start and end, as a pair, or one by one."""
    whole = remainder.text
    for starts, ends in ((STARTS[:-1], ENDS[:-1]), (PAIRS, None), (STARTS, ENDS)):
        if remainder.take(starts) and (ends is None or remainder.take(ends)):
            return True
        remainder.text, remainder.taken = whole, {}
    return False


def _folder(remainder: _Remainder) -> str:
    if remainder.take(HERE) or not remainder.take(FOLDERS):
        return "."
    return literal(remainder.value("path" if "path" in remainder.taken else "folder")) or "."


def _number(remainder: _Remainder, patterns: tuple[re.Pattern[str], ...]) -> int | None:
    if not remainder.take(patterns):
        return None
    count = remainder.taken.pop("count", "")
    remainder.taken.pop("every", None)
    if not count:
        return MANY
    return max(1, NUMBER_WORDS.get(count.lower()) or int(count))
