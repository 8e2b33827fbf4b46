"""The values that flow: a small number for each, and what the number stands for."""

from typing import Any

FUNCTION = 0  # index of the function
CLASS = 1  # index of the class
MODULE = 2  # full name
INSTANCE = 3  # index of the class: made by it, not by a subclass
OPEN_INSTANCE = 4  # index of the class: an instance of it or of any subclass
BOUND = 5  # (function value, receiver value, found in a subclass?)
CONTAINER = 6  # number of the container
EXTERNAL = 7  # dotted name of something outside the program
RESULT = 8  # dotted name of something outside whose result this is
CONSTANT = 9  # the literal
PARTIAL = 10  # number of the partial application
SUPER = 11  # (class index, receiver value)
STATIC = 12  # function value
CLASS_METHOD = 13  # function value
PROPERTY = 14  # number of the property
OPEN_CLASS = 15  # index of the class: it or any subclass
CONTEXT_MAKER = 16  # function value: a generator function made into a context manager
CONTEXT = 17  # function value: what a context maker returns
AFFIXED = 18  # (prefix, suffix) of a string
SETTER = 19  # number of the property: its `.setter`
OUTSIDE_METHOD = 21  # dotted name: an attribute of something outside that the program got as a result
BOUND_EXTERNAL = 20  # (container value, method name)
MAKER = 22  # index of the class: `type.__call__` bound to it
DISPATCHER = 23  # index of a generic function: whatever is registered with it
REGISTRAR = 24  # index of a generic function: its `register`
OVERRIDES = 25  # (index of the class, name): the methods of this name in subclasses, bound to instances of those

UNKNOWN_OUTSIDE = "?"
"""Name of results too far from anything with a name."""


FAINT = frozenset({EXTERNAL, RESULT, OUTSIDE_METHOD, CONSTANT, BOUND_EXTERNAL, AFFIXED})
"""Kinds of values that cannot lead to a function of the program by themselves."""


class Values:
    """Numbers for values; equal values have equal numbers. Faint ones are odd, containers even but no multiple of 4."""

    def __init__(self) -> None:
        self.kind: dict[int, int] = {}
        self.of: dict[int, Any] = {}
        self._numbers: dict[tuple[int, Any], int] = {}
        self._next = [4, 1, 2]
        self.anything = self.number(RESULT, UNKNOWN_OUTSIDE)

    def number(self, kind: int, of: Any) -> int:
        """The number of a value."""
        key = (kind, (type(of), of)) if kind == CONSTANT else (kind, of)
        number = self._numbers.get(key)
        if number is None:
            row = 1 if kind in FAINT else 2 if kind == CONTAINER else 0
            number = self._numbers[key] = self._next[row]
            self._next[row] = number + (2 if row == 1 else 4)
            self.kind[number] = kind
            self.of[number] = of
        return number
