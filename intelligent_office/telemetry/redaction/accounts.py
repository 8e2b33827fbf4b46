"""What money moves by: payment cards and IBANs. Both carry check digits, which most other numbers miss."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate

Span = tuple[int, int]

_RUN = re.compile(r"(?<![\w.])(?<![A-Za-z0-9]-)\d+(?:([ -])\d+(?:\1\d+)*)?(?![\w]|\.\d|-\w)")
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}(?:\d{2,5})?"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}(?:\d{3})?|62\d{14}(?:\d{3})?|35\d{14}(?:\d{3})?|(?:50|5[6-9]|6[37])\d{11,17}"
)
"""The lengths and first digits that ISO/IEC 7812 issuers use: Visa, Mastercard, American Express, Diners Club,
Discover, UnionPay, JCB, Maestro."""
_GROUPS: Mapping[int, Sequence[tuple[int, ...]]] = {
    4: ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 5)),
    6: ((6, 13),),
    8: ((8, 8),),
}
"""How cards are printed, by the length of the first group."""
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11,30}")


def cards(text: str) -> Iterator[Span]:
    """Numbers of payment cards: solid, or in the groups in which they are printed."""
    for run in _RUN.finditer(text):
        if run[1] is None:
            if _is_card(run[0]):
                yield run.span()
        elif run.end() - run.start() >= 13:
            yield from _printed(run)


def ibans(text: str) -> Iterator[Span]:
    """International bank account numbers, solid or in groups, of every country in the registry."""
    place = 0
    while found := _IBAN.search(text, place):
        end = _iban_end(found)
        if end and not text[end : end + 1].isalnum():
            yield found.start(), end
            place = end
        else:
            place = found.start() + 4


def _printed(run: re.Match[str]) -> Iterator[Span]:
    """Cards among numbers in groups. Between hyphens only a run that is nothing but a card is one."""
    groups = run[0].split(run[1])
    starts = list(accumulate((len(group) + 1 for group in groups), initial=run.start()))
    first = 0
    while first < len(groups):
        last = _card_end(groups, first)
        if last and (run[1] == " " or (first == 0 and last == len(groups))):
            yield starts[first], starts[last] - 1
            first = last
        else:
            first += 1


def _card_end(groups: list[str], first: int) -> int:
    """The group after a card that begins with this one; 0 if none does."""
    for sizes in _GROUPS.get(len(groups[first]), ()):
        taken = groups[first : first + len(sizes)]
        if tuple(map(len, taken)) == sizes and _is_card("".join(taken)):
            return first + len(taken)
    return first + 1 if _is_card(groups[first]) else 0


def _is_card(digits: str) -> bool:
    from stdnum import luhn

    return 13 <= len(digits) <= 19 and _CARD.fullmatch(digits) is not None and luhn.is_valid(digits)


def _iban_end(found: re.Match[str]) -> int:
    """Where the IBAN ends that begins here; 0 if none does."""
    from stdnum import iban

    length = _length(found[0][:2].upper())
    signs = 0
    for place, sign in enumerate(found[0]):
        signs += sign.isalnum()
        if signs == length:
            return found.start() + place + 1 if iban.is_valid(found[0][: place + 1], check_country=False) else 0
    return 0


@cache
def _length(country: str) -> int:
    """How long this country's IBANs are, by the SWIFT registry that comes with python-stdnum; 0 if it has none."""
    from stdnum import numdb

    known = numdb.get("iban").info(country)[0][1].get("bban", "")
    parts = re.findall(r"(\d+)!?[nac]", known)
    return 4 + sum(map(int, parts)) if parts else 0
