"""Holding data against a JSON Schema that somebody else wrote, in a bounded number of steps.

A short schema can ask for endless work: references that unfold to twice as much at each level, a list whose items are
all compared with each other. Whatever else the process does stands still meanwhile.
"""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from intelligent_office.errors import OfficeError

MOST_STEPS = 300_000
"""Keywords applied, and names and values compared: about a second. An honest list of 100 000 numbers takes fewer."""
_STEPS = {"$ref": 10, "$dynamicRef": 10}
"""Of keywords that take longer than others."""
_CHARACTERS_A_STEP = 100
"""Of a fault's message, which quotes what it is about."""

_steps_left: ContextVar[int] = ContextVar("steps_left")


class Uncheckable(OfficeError):
    """The schema {reason}."""


class BoundedSchema:
    """A JSON Schema (2020-12) of which nothing is fetched. `unevaluated…` is left out: to work it out has no bound."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema

    def faults(self, data: Any) -> Iterator[ValidationError]:
        """What is wrong with the data, one after the other.

        Raises:
            Uncheckable: it cannot be told.
        """
        _steps_left.set(MOST_STEPS)
        try:
            yield from _Bounded(_of_one_dialect(self._schema), registry=Registry()).iter_errors(data)
        except Unresolvable as lost:
            raise Uncheckable(reason=f"refers to `{lost.ref}`, which it does not hold") from None
        except RecursionError:
            raise Uncheckable(reason="or what it is held against is nested too deeply") from None


def _spend(steps: int) -> None:
    left = _steps_left.get() - steps
    if left < 0:
        raise Uncheckable(reason="takes too long to check")
    _steps_left.set(left)


def _counted(keyword: str, check: Callable[..., Any]) -> Callable[..., Iterator[ValidationError]]:
    def counted(validator: Any, value: Any, data: Any, schema: Any) -> Iterator[ValidationError]:
        _spend(_STEPS.get(keyword, 1) + (len(value) if isinstance(value, list | dict) else 0))
        if keyword == "uniqueItems" and value is True and isinstance(data, list):
            _spend(_comparisons(data))
        for fault in check(validator, value, data, schema) or ():
            _spend(len(fault.message) // _CHARACTERS_A_STEP)
            yield fault

    return counted


def _comparisons(items: list[Any]) -> int:
    """What it takes to see that no two are the same: what can be sorted is, of the rest each meets each."""
    sortable = all(isinstance(item, str) for item in items) or all(isinstance(item, int | float) for item in items)
    return len(items) if sortable else len(items) ** 2 // 4


def _of_one_dialect(schema: Any) -> Any:
    """The schema without `$schema`, by which a part of it would be checked by other, uncounted rules."""
    if isinstance(schema, list):
        return [_of_one_dialect(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _of_one_dialect(part) for key, part in schema.items() if key != "$schema" or not isinstance(part, str)}


_Bounded = extend(  # type: ignore[no-untyped-call]  # jsonschema says no types of it
    Draft202012Validator,
    {
        keyword: (lambda *_: ()) if keyword.startswith("unevaluated") else _counted(keyword, check)
        for keyword, check in Draft202012Validator.VALIDATORS.items()
    },
)
