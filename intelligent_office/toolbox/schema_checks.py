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
from intelligent_office.toolbox.patterns import Unsearchable, found, weight

MOST_STEPS = 300_000
"""Keywords applied, and names and values compared: about a second. An honest list of 100 000 numbers takes fewer."""
_STEPS = {"$ref": 10, "$dynamicRef": 10}
"""Of keywords that take longer than others."""
_CHARACTERS_A_STEP = 100
"""Of a fault's message, which quotes what it is about."""
_STEPS_TO_READ_A_PATTERN = 10
"""For each part of its weight."""
_SEARCHED_A_STEP = 50
"""Characters of a text, each looked at for one part of a pattern."""
_LITERAL = {"enum", "const", "default", "examples"}

_steps_left: ContextVar[int] = ContextVar("steps_left")
_patterns_read: ContextVar[set[str]] = ContextVar("patterns_read")


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
        _start_counting()
        try:
            yield from _Bounded(_of_one_dialect(self._schema), registry=Registry()).iter_errors(data)
        except Unresolvable as lost:
            raise Uncheckable(reason=f"refers to `{lost.ref}`, which it does not hold") from None
        except RecursionError:
            raise Uncheckable(reason="or what it is held against is nested too deeply") from None
        except Unsearchable as odd:
            raise _uncheckable(odd) from None

    def insist_on_patterns(self) -> None:
        """Every pattern can be searched for, in whatever data.

        Raises:
            Uncheckable: one cannot.
        """
        _start_counting()
        try:
            for pattern in _patterns(self._schema):
                _fits(pattern, "")
        except Unsearchable as odd:
            raise _uncheckable(odd) from None


def _uncheckable(odd: Unsearchable) -> Uncheckable:
    return Uncheckable(reason="holds the pattern `{pattern}`: {reason}".format(**odd.facts))


def _start_counting() -> None:
    _steps_left.set(MOST_STEPS)
    _patterns_read.set(set())


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


def _fits(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text; both may be anybody's."""
    parts, read = weight(pattern), _patterns_read.get()
    if pattern not in read:
        read.add(pattern)
        _spend(parts * _STEPS_TO_READ_A_PATTERN)
    _spend(parts * len(text) // _SEARCHED_A_STEP)
    return found(pattern, text)


def _patterns(schema: Any) -> Iterator[str]:
    """All patterns in a schema, but for what a property hides that is called like a literal: `const` and the like."""
    if isinstance(schema, list):
        for part in schema:
            yield from _patterns(part)
    elif isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        if isinstance(schema.get("patternProperties"), dict):
            yield from schema["patternProperties"]
        for key, part in schema.items():
            if key not in _LITERAL:
                yield from _patterns(part)


def _pattern(_: Any, pattern: str, data: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(data, str) and not _fits(pattern, data):
        yield ValidationError(f"{data!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, schemas: dict[str, Any], data: Any, _: Any) -> Iterator[ValidationError]:
    for pattern, schema in schemas.items():
        for name, value in data.items() if isinstance(data, dict) else ():
            if _fits(pattern, name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, data: Any, schema: Any) -> Iterator[ValidationError]:
    """As usual, once the properties are left out that a pattern names."""
    patterns = schema.get("patternProperties", {})
    if patterns and isinstance(data, dict):
        schema = {key: value for key, value in schema.items() if key != "patternProperties"}
        data = {name: value for name, value in data.items() if not any(_fits(pattern, name) for pattern in patterns)}
    yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, allowed, data, schema) or ()


def _of_one_dialect(schema: Any) -> Any:
    """The schema without `$schema`, by which a part of it would be checked by other, uncounted rules."""
    if isinstance(schema, list):
        return [_of_one_dialect(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _of_one_dialect(part) for key, part in schema.items() if key != "$schema" or not isinstance(part, str)}


_BY_PATTERN: dict[str, Callable[..., Any]] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
}
_Bounded = extend(  # type: ignore[no-untyped-call]  # jsonschema says no types of it
    Draft202012Validator,
    {
        keyword: (lambda *_: ()) if keyword.startswith("unevaluated") else _counted(keyword, check)
        for keyword, check in {**Draft202012Validator.VALIDATORS, **_BY_PATTERN}.items()
    },
)
