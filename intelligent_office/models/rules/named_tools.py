"""Wishes that name a tool and its arguments: `calculator(operation=add, a=1, b=2)`."""

import re

from intelligent_office.models.rules.grammar import Clause
from intelligent_office.models.rules.phrase import QUOTED
from intelligent_office.models.rules.situation import Call, Situation, literal

_LIST = rf"\[ ?{QUOTED}(?:, ?{QUOTED})* ?\]"
_VALUE = rf"(?:{QUOTED}|{_LIST}|[^\s,;()=]+)"
_ARGUMENT = rf"[a-z]\w* ?= ?{_VALUE}"
_ARGUMENTS = rf"(?P<arguments>{_ARGUMENT}(?:(?:, ?| and | ){_ARGUMENT})*)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?:(?:use|call|run|invoke|execute)(?: the)?(?: tool)? )?(?P<tool>[a-z]\w*) ?\( ?{_ARGUMENTS} ?\)",
        rf"(?:use|call|run|invoke|execute)(?: the)?(?: tool)? (?P<tool>[a-z]\w*)(?: tool)?(?: with|:)? {_ARGUMENTS}",
        rf"(?P<tool>[a-z]+(?:_[a-z]+)+)(?: with|:)? {_ARGUMENTS}",
    )
)
_PAIR = re.compile(rf"([a-z]\w*) ?= ?({_VALUE})", re.IGNORECASE)
_PLAIN = {"true": True, "false": False}


def read(clause: Clause, _situation: Situation) -> list[Call] | None:
    """The call, word for word; whether there is such a tool, and what it takes, is checked like in any plan."""
    for form in _FORMS:
        found = form.fullmatch(clause.masked)
        if found:
            pairs = _PAIR.findall(found["arguments"])
            return [Call(found["tool"], {name: _value(clause, value) for name, value in pairs})]
    return None


def _value(clause: Clause, words: str) -> str | int | float | bool | list[str]:
    if re.fullmatch(QUOTED, words):
        return literal(clause.phrase.value(words))
    if re.fullmatch(_LIST, words):
        return [literal(clause.phrase.value(one)) for one in re.findall(QUOTED, words)]
    if re.fullmatch(r"[-+]?\d{1,15}", words):
        return int(words)
    if re.fullmatch(r"[-+]?\d{1,15}\.\d{1,15}", words):
        return float(words)
    return _PLAIN.get(words.lower(), literal(words))
