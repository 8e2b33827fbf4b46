"""The table of finders, and what they find in a text, without overlaps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, get_args

from intelligent_office.telemetry.redaction.views import View

Kind = Literal["email", "phone", "card", "iban", "ip", "key", "password"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Finder = Callable[[str], Iterator[tuple[int, int]]]

REMEMBERED_CHARACTERS = 20_000
"""Longer texts are searched each time: what is remembered takes memory."""


@dataclass(frozen=True)
class Finding:
    """A value, from `start` to before `end`."""

    start: int
    end: int
    kind: Kind


def find(text: str, kinds: Sequence[Kind] = KINDS, secrets: Sequence[str] = ()) -> Sequence[Finding]:
    """What is private in a text, in its order. Where findings overlap, they are one, of the longest one's kind.

    Args:
        text: Any text.
        kinds: What to look for.
        secrets: Values that are private wherever they stand.
    """
    search = _remembered if len(text) <= REMEMBERED_CHARACTERS else _search
    return search(text, tuple(kinds), tuple(secrets))


@cache
def finders() -> Mapping[Kind, Finder]:
    """Who finds what. Made late: a command that writes no log line does without their many patterns."""
    from intelligent_office.telemetry.redaction import accounts, contacts, credentials, internet

    return {
        "email": contacts.emails,
        "phone": contacts.phones,
        "card": accounts.cards,
        "iban": accounts.ibans,
        "ip": internet.addresses,
        "key": credentials.keys,
        "password": credentials.passwords,
    }


def _search(text: str, kinds: tuple[Kind, ...], secrets: tuple[str, ...]) -> tuple[Finding, ...]:
    view = View(text)
    found = [Finding(*view.place(*span), "key") for span in _literals(view.text, secrets)]
    for kind in kinds:
        found += (Finding(*view.place(*span), kind) for span in finders()[kind](view.text))
    return tuple(_apart(sorted(found, key=lambda finding: (finding.start, -finding.end))))


def _literals(text: str, values: Sequence[str]) -> Iterator[tuple[int, int]]:
    for value in values:
        place = text.find(value)
        while place >= 0:
            yield place, place + len(value)
            place = text.find(value, place + len(value))


_remembered = lru_cache(maxsize=256)(_search)


def _apart(found: Sequence[Finding]) -> Iterator[Finding]:
    """Overlapping findings made one: to drop either would show a part of it."""
    if not found:
        return
    whole = longest = found[0]
    for finding in found[1:]:
        if finding.start >= whole.end:
            yield whole
            whole = longest = finding
            continue
        if finding.end - finding.start > longest.end - longest.start:
            longest = finding
        whole = Finding(whole.start, max(whole.end, finding.end), longest.kind)
    yield whole
