"""What a tool takes, by its JSON Schema, and what is wrong with what it is given."""

import json
import math
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import chain
from typing import Any, cast

from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from langchain_core.tools import BaseTool
from pydantic import TypeAdapter

from intelligent_office.toolbox.policy import Inputs
from intelligent_office.toolbox.references import malformed, refers
from intelligent_office.toolbox.schema_checks import BoundedSchema, Uncheckable

_SHOWN = 200
"""Characters of a wrong value that a message quotes."""
_SHAPE = {"required", "additionalProperties", "minProperties", "maxProperties", "minItems", "maxItems"}
"""Keywords about an object or a list itself: what references in it become changes nothing."""


class InputSchema:
    """The inputs of one tool."""

    def __init__(self, definition: BaseTool, demands: Callable[[Inputs], list[str]] | None = None) -> None:
        self._name = definition.name
        self._demands = demands
        self.parameters = {"additionalProperties": False, **_schema_of(definition)}
        """JSON Schema; inputs that it does not name are refused unless it says otherwise."""

    def faults(self, inputs: Inputs, *, resolved: bool = False) -> list[str]:
        """What is wrong with the inputs; until they are resolved, values that hold references fit any schema."""
        try:
            errors = sorted(self._schema.faults(inputs), key=lambda error: [str(part) for part in error.path])
        except Uncheckable as odd:  # not every schema is ours
            return [f"The inputs of `{self._name}` cannot be checked: its schema {odd.facts['reason']}."]
        found = list(dict.fromkeys(self._told(error) for error in errors if resolved or not _excused(error)))
        if not found and self._demands:
            found = self._demanded(self._demands, inputs)
        return found if resolved else [*malformed(inputs), *found]

    def read_numbers(self, given: Inputs, resolved: Inputs) -> Inputs:
        """Take the text of another step for a number where the schema wants one and the text is one."""
        properties = self.parameters["properties"]
        return {
            name: _as_number(value) if refers(given.get(name)) and _wants_number(properties.get(name)) else value
            for name, value in resolved.items()
        }

    @property
    def _schema(self) -> BoundedSchema:
        return BoundedSchema(self.parameters)

    def _demanded(self, demands: Callable[[Inputs], list[str]], inputs: Inputs) -> list[str]:
        try:
            return [str(fault) for fault in demands(inputs)]
        except RecursionError:
            raise
        except Exception as failure:  # noqa: BLE001  # a policy may be other people's code
            return [f"The policy of `{self._name}` cannot judge these inputs: {type(failure).__name__}: {failure}"]

    def _told(self, error: ValidationError) -> str:
        name, where, wanted = self._name, _path(error), cast("Any", error.validator_value)
        if error.validator == "required":
            missing = [key for key in wanted if key not in cast("Any", error.instance)]
            lacking = listed(_joined(where, key) for key in missing)
            return f"`{name}` needs the input{'s' if len(missing) > 1 else ''} {lacking}."
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            return self._unknown(where, error.instance, error.schema)
        if error.validator == "enum":
            return f"`{where}` must be one of {listed(wanted)}; it is {_quoted(error.instance)}."
        if error.validator == "type":
            kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
            which = f"`{where}`" if where else f"What `{name}` is given"
            return f"{which} must be of type {kinds}; it is {_quoted(error.instance)}."
        if error.context:
            fitting = _fitting(error.context)
            if len(fitting) == 1:
                return self._told(fitting[0][0])
            kinds = "" if fitting else " or ".join(sorted(_types(error.schema)))
            likely = best_match(chain.from_iterable(fitting)) or best_match(error.context)
            wanted = f"must be of type {kinds}" if kinds else f"does not fit: {likely.message[:_SHOWN]}"
            return f"`{where}` {wanted}; it is {_quoted(error.instance)}."
        return f"`{where or name}`: {error.message[: 2 * _SHOWN]}."

    def _unknown(self, where: str, inputs: Inputs, schema: Any) -> str:
        known = list(schema.get("properties", {}))
        extra = next(key for key in inputs if key not in known)
        near = get_close_matches(extra, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"it takes {listed(known)}." if known else "it takes none."
        return f"`{self._name}` has no input `{_joined(where, extra)}`; {hint}"


def listed(names: Iterable[Any]) -> str:
    """The names, as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def _schema_of(definition: BaseTool) -> dict[str, Any]:
    declared = definition.tool_call_schema
    described = declared if isinstance(declared, dict) else TypeAdapter(declared).json_schema()
    schema = {key: value for key, value in described.items() if key not in {"description", "title"}}
    schema["properties"] = {name: _untitled(one) for name, one in described.get("properties", {}).items()}
    return schema


def _untitled(schema: Any) -> Any:
    """The schema of one input without pydantic's title, which only repeats the name."""
    return {key: value for key, value in schema.items() if key != "title"} if isinstance(schema, dict) else schema


def _excused(error: ValidationError) -> bool:
    """Whether a reference may yet become what the schema wants."""
    if error.validator in _SHAPE or (error.validator == "type" and not isinstance(error.instance, str)):
        return False
    return refers(error.instance)


def _fitting(faults: Iterable[ValidationError]) -> list[list[ValidationError]]:
    """The faults of each choice whose type fits; where several do, of those whose names for themselves fit, too."""
    choices: dict[Any, list[ValidationError]] = {}
    for fault in faults:
        choices.setdefault(fault.schema_path[0], []).append(fault)
    by_type = [own for own in choices.values() if not any(f.validator == "type" and not f.path for f in own)]
    by_name = [own for own in by_type if not any(f.validator in {"const", "enum"} for f in own)]
    return by_name if len(by_type) > 1 and by_name else by_type


def _types(schema: Any) -> set[str]:
    if not isinstance(schema, dict):
        return set()
    own = schema.get("type", [])
    nested = [_types(choice) for choice in schema.get("anyOf", [])]
    return {own} if isinstance(own, str) else set(own).union(*nested)


def _wants_number(schema: Any) -> bool:
    types = _types(schema)
    return bool(types & {"integer", "number"}) and "string" not in types


def _as_number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        number = json.loads(value.strip())
    except (ValueError, RecursionError):
        return value
    usable = isinstance(number, int) or (isinstance(number, float) and math.isfinite(number))
    return number if usable and not isinstance(number, bool) else value


def _path(error: ValidationError) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path]
    return "".join(parts).removeprefix(".")


def _joined(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
