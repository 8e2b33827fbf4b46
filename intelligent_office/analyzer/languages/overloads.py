"""Which of several functions of one name a call means, by what the source says of types."""

import re
from collections.abc import Callable, Sequence

GIVEN, TAKEN = "given", "taken"
"""Facts: by the node of what a call returns, the types of its arguments; by the node of a function, those it takes."""

UNKNOWN, NULL, FUNCTION, TEXT = "", "null", "function", "string"
POINTER = "*"
"""What stands behind the type that a pointer of C++ points to."""
_ARGUMENTS = re.compile(r"<[^<>]*>")
_NUMBERS = ("sbyte", "byte", "short", "ushort", "int", "uint", "long", "ulong", "float", "double", "decimal")
_PLAIN = frozenset({*_NUMBERS, "char", "bool"})
_BOXED = {
    "Integer": "int", "Long": "long", "Short": "short", "Byte": "byte", "Float": "float", "Double": "double",
    "Character": "char", "Boolean": "bool", "boolean": "bool", "String": TEXT, "Decimal": "decimal",
    "Int32": "int", "Int64": "long", "Int16": "short", "Single": "float",
}  # fmt: skip
"""Names of one and the same type, or near enough, in either language."""
_ANY = frozenset({"Object", "object", "dynamic"})


def type_name(text: str) -> str:
    """A type as it is compared: its short name without arguments, one for those that are the same."""
    while "<" in text and (shorter := _ARGUMENTS.sub("", text)) != text:
        text = shorter
    text = text.rstrip("?").strip().rpartition(".")[2]
    return UNKNOWN if text in ("var", UNKNOWN) else _BOXED.get(text, text)


def fit(given: Sequence[str], taken: Sequence[str], is_subclass: Callable[[str, str], bool | None]) -> int:
    """How well arguments fit parameters: -1 not at all, else more for each that is of just that type.

    `is_subclass` tells of two types whether the first is a kind of the second, None if that is not known.
    """
    whole = 0
    for one, other in zip(given, taken, strict=False):
        rank = _fit_one(one, other, is_subclass)
        if rank < 0:
            return -1
        whole += rank
    return whole


def _fit_one(given: str, taken: str, is_subclass: Callable[[str, str], bool | None]) -> int:
    if UNKNOWN in (given, taken):
        return 0
    if given == taken:
        return 4
    if taken in _ANY:
        return 0
    if given in (NULL, FUNCTION):
        return -1 if taken in _PLAIN or (given == FUNCTION and taken == TEXT) else 0
    if given in _PLAIN and taken in _PLAIN:
        return _fit_numbers(given, taken)
    is_kind = is_subclass(given, taken)
    if is_kind is not None:
        return 2 if is_kind else -1
    known = {given in _PLAIN, taken in _PLAIN, given == TEXT and taken in _PLAIN, taken == TEXT}
    return -1 if True in known and not _may_box(given, taken) else 0


def _may_box(given: str, taken: str) -> bool:
    """A number or a string may be handed to what takes an object of some interface."""
    return given in (*_PLAIN, TEXT) and taken not in (*_PLAIN, TEXT) and not taken.endswith("[]")


def _fit_numbers(given: str, taken: str) -> int:
    if given in _NUMBERS and taken in _NUMBERS:
        return 1 if _NUMBERS.index(given) <= _NUMBERS.index(taken) else -1
    return 1 if given == "char" and taken in _NUMBERS[4:] else -1
