"""What a value looks like at Python's prompt, as far as there is room for it.

A value that comes out of an interpreter may be small, and its `repr` without end: a list that holds one list a hundred
times, which holds one a hundred times, and so on.
"""

from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from types import EllipsisType, NoneType

_BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
_PLAIN = (str, bytes, int, float, complex, NoneType, EllipsisType, date, time, timedelta, Decimal, PurePath)
"""Whose `repr` is no longer than they are."""


def shown(value: object, room: int) -> str:
    """Its `repr`, or so much of it that no more fits into so many characters.

    Raises:
        ValueError: a number has more digits than Python writes.
        RecursionError: it holds more values within values than Python follows.
    """
    taken, size = [], 0
    for piece in _pieces(value, []):
        taken.append(piece)
        size += len(piece)
        if size > room:
            break
    return "".join(taken)


def _pieces(value: object, around: list[int]) -> Iterator[str]:
    """Args:
    value: what is shown.
    around: which containers it is in.
    """
    if not isinstance(value, (list, tuple, dict, set, frozenset)):
        yield repr(value) if isinstance(value, _PLAIN) else f"<{type(value).__name__}>"
        return
    begin, end = next(brackets for kind, brackets in _BRACKETS.items() if isinstance(value, kind))
    if not value:
        yield repr(value)
    elif id(value) in around:
        yield f"{begin}...{end}"
    else:
        around.append(id(value))
        yield begin
        for number, item in enumerate(value):
            if number:
                yield ", "
            yield from _pieces(item, around)
            if isinstance(value, dict):
                yield ": "
                yield from _pieces(value[item], around)
        yield f",{end}" if isinstance(value, tuple) and len(value) == 1 else end
        around.pop()
