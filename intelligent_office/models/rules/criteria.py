"""Criteria that can be checked by looking at the result: a table of what they may say, and how each is checked."""

import json
import re
from collections.abc import Callable, Iterable

from intelligent_office.contracts import StepResult
from intelligent_office.models.rules.grammar import NUMBER_WORDS
from intelligent_office.models.rules.phrase import QUOTED, Phrase

_SUBJECT = (
    r"(?:(?:the|its|each|this) (?:(?:final|whole|printed) )?"
    r"(?:answer|result|output|response|text|value|(?:call )?chain|list|file|content|report)|it|there)"
)
_MUST = r"(?:(?:must|should|has to|have to|shall|needs? to|ought to|will) )?"
_COUNT = rf"(?P<count>\d{{1,9}}|{'|'.join(NUMBER_WORDS)})"
_UNIT = r"(?P<unit>lines?|words?|characters?|hops?|calls?|files?|match(?:es)?|todos?|functions?)"
_KIND = r"(?:the )?(?:(?:words?|texts?|string|phrase|names?|number|function|file|line) )?"
_QUOTATIONS = rf"{_KIND}(?P<text>{QUOTED}(?:(?:,? and |, ){QUOTED})*)"
_TEXT = rf"{_KIND}(?P<text>{QUOTED}(?:(?:,? and |, ){QUOTED})*|\S+)"
_NUMBER = r"(?P<number>[-+]?\d+(?:\.\d+)?)"


class _Result:
    """What the reviewer looks at: what the steps said, and the data of the last one."""

    def __init__(self, results: Iterable[StepResult]) -> None:
        finished = list(results)
        self.text = "\n".join(result["text"] for result in finished)
        self.last = finished[-1]["text"] if finished else ""
        self.output = finished[-1]["output"] if finished else None
        self.is_preview = any(result["artifact"] for result in finished)

    @property
    def number(self) -> float | None:
        value = self.output.get("value") if isinstance(self.output, dict) else None
        found = re.fullmatch(r"\s*([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*", self.last, re.IGNORECASE)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        return float(found[1]) if found else None

    def count(self, unit: str) -> int | None:
        """How many of them the result has; None if it is nothing that has such things."""
        if unit in _IN_TEXT:
            return _IN_TEXT[unit](self.last)
        found = self.output if isinstance(self.output, dict) else {}
        counted = next((found[key] for key in _IN_DATA.get(unit, ()) if key in found), None)
        if isinstance(counted, list):
            return len(counted)
        return counted if isinstance(counted, int) else None


_IN_TEXT: dict[str, Callable[[str], int]] = {
    "line": lambda text: len(text.splitlines()),
    "word": lambda text: len(text.split()),
    "character": len,
}
_IN_DATA = {
    "hop": ("hops",),
    "call": ("hops",),
    "function": ("functions", "path"),
    "file": ("files",),
    "match": ("matches",),
    "todo": ("todos",),
}

Check = Callable[[re.Match[str], Phrase, _Result], bool | None]


def _text(found: re.Match[str], phrase: Phrase) -> str:
    return phrase.value(found["text"].strip())


def _contains(found: re.Match[str], phrase: Phrase, result: _Result) -> bool:
    wanted = re.findall(QUOTED, found["text"]) or [found["text"]]
    return all(phrase.value(part).lower() in result.text.lower() for part in wanted)


def _contains_not(found: re.Match[str], phrase: Phrase, result: _Result) -> bool:
    return _text(found, phrase).lower() not in result.text.lower()


def _equals(found: re.Match[str], phrase: Phrase, result: _Result) -> bool:
    wanted = _text(found, phrase)
    try:
        return result.number == float(wanted)
    except ValueError:
        return result.last.strip() == wanted.strip()


def _starts(found: re.Match[str], phrase: Phrase, result: _Result) -> bool:
    return result.last.strip().lower().startswith(_text(found, phrase).lower())


def _ends(found: re.Match[str], phrase: Phrase, result: _Result) -> bool:
    return result.last.strip().lower().endswith(_text(found, phrase).lower())


def _number(_found: re.Match[str], _phrase: Phrase, result: _Result) -> bool:
    return result.number is not None


def _whole_number(_found: re.Match[str], _phrase: Phrase, result: _Result) -> bool:
    return result.number is not None and result.number.is_integer()


def _not_empty(_found: re.Match[str], _phrase: Phrase, result: _Result) -> bool:
    return bool(result.last.strip())


def _json(_found: re.Match[str], _phrase: Phrase, result: _Result) -> bool:
    try:
        json.loads(result.last)
    except ValueError:
        return False
    return True


def _counted(compare: Callable[[int, int], bool]) -> Check:
    def check(found: re.Match[str], _phrase: Phrase, result: _Result) -> bool | None:
        unit = found["unit"].lower().removesuffix("es" if found["unit"].lower() == "matches" else "s")
        wanted = NUMBER_WORDS.get(found["count"].lower()) or int(found["count"])
        counted = result.count(unit)
        return None if counted is None else compare(counted, wanted)

    return check


def _compared(compare: Callable[[float, float], bool]) -> Check:
    def check(found: re.Match[str], _phrase: Phrase, result: _Result) -> bool:
        return result.number is not None and compare(result.number, float(found["number"]))

    return check


def _rows(*rows: tuple[str, Check]) -> list[tuple[re.Pattern[str], Check]]:
    return [(re.compile(rf"(?:{_SUBJECT} )?{_MUST}{source}", re.IGNORECASE), check) for source, check in rows]


_HAS = r"(?:(?:has|have|be|is|are|contains?|includes?|lists?|shows?) )?"
_IS = r"(?:is |be |are )?"

CHECKS = _rows(
    (
        rf"{_HAS}(?:at least|no fewer than|no less than|a minimum of) {_COUNT} {_UNIT}(?: long)?",
        _counted(lambda a, b: a >= b),
    ),
    (rf"{_HAS}(?:at most|no more than|a maximum of|up to) {_COUNT} {_UNIT}(?: long)?", _counted(lambda a, b: a <= b)),
    (rf"{_HAS}(?:more than|over) {_COUNT} {_UNIT}(?: long)?", _counted(lambda a, b: a > b)),
    (rf"{_HAS}(?:fewer than|less than|under) {_COUNT} {_UNIT}(?: long)?", _counted(lambda a, b: a < b)),
    (rf"{_HAS}(?:exactly )?{_COUNT} {_UNIT}(?: long)?", _counted(lambda a, b: a == b)),
    (rf"{_IS}(?:above|(?:greater|more|larger|bigger|higher) than) {_NUMBER}", _compared(lambda a, b: a > b)),
    (rf"{_IS}(?:below|(?:less|smaller|lower) than) {_NUMBER}", _compared(lambda a, b: a < b)),
    (rf"{_IS}a(?:ny)? (?:valid )?number|is numeric", _number),
    (rf"{_IS}(?:a whole number|an integer)", _whole_number),
    (rf"{_IS}(?:not|never) empty|is non-empty|exists", _not_empty),
    (rf"{_IS}valid json", _json),
    (
        rf"(?:(?:does|do|must) not|doesn't|don't|not|never) (?:contain|mention|include|show|have|name|list)s? {_TEXT}",
        _contains_not,
    ),
    (rf"(?:contain|mention|include)(?:s|ing)? {_TEXT}", _contains),
    (rf"(?:name|show|list|print|say|state)(?:s|ing)? {_QUOTATIONS}", _contains),
    (rf"{_IS}(?:start|begin)(?:s|ning|ing)? with {_TEXT}", _starts),
    (rf"{_IS}(?:end)(?:s|ing)? with {_TEXT}", _ends),
    (rf"(?:equals?|be equal to|is equal to|is exactly|be exactly|==?) {_TEXT}", _equals),
    (rf"(?:is|be) (?P<text>{QUOTED}|[-+]?\d+(?:\.\d+)?)", _equals),
)
"""What a criterion may say, and how it is checked."""


def met(criterion: str, results: Iterable[StepResult]) -> bool | None:
    """Whether the results meet the criterion; None if the table does not hold it, or only a part of them is at hand."""
    phrase = Phrase(criterion)
    row = _row(phrase)
    if row is None:
        return None
    found, check = row
    result = _Result(results)
    verdict = check(found, phrase, result)
    return None if result.is_preview and not (check is _contains and verdict) else verdict


def is_exact(criterion: str) -> bool:
    """Whether the criterion means just what the table says: `contains "examples"` does, `contains examples` may not."""
    row = _row(Phrase(criterion))
    if row is None:
        return False
    text = row[0].groupdict().get("text")
    return text is None or re.fullmatch(rf"{_NUMBER}|[^\w\s]*{QUOTED}.*", text) is not None


def _row(phrase: Phrase) -> tuple[re.Match[str], Check] | None:
    masked = phrase.masked.rstrip(" .!")[:500]
    for pattern, check in CHECKS:
        if found := pattern.fullmatch(masked):
            return found, check
    return None
