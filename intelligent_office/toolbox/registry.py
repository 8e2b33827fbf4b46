"""The tools by name: what planners are shown of them, and what is wrong with a call."""

import json
import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import best_match
from langchain_core.tools import BaseTool
from pydantic import BaseModel, TypeAdapter

from intelligent_office.contracts import Risk, ToolCard
from intelligent_office.errors import ToolError
from intelligent_office.toolbox.policy import Inputs, Tool
from intelligent_office.toolbox.references import malformed, refers

_SHOWN = 200
"""Characters of a wrong value that a message quotes."""
_SHAPE = {"required", "additionalProperties", "minProperties", "maxProperties", "minItems", "maxItems"}
"""Keywords about an object or a list itself: what references in it become changes nothing."""


class RegisteredTool:
    """A tool with its inputs' JSON Schema at hand."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        quiet = {"handle_tool_error": False, "handle_validation_error": False}
        self.definition = tool.definition.model_copy(update=quiet)
        """The tool, raising its errors instead of answering with their text."""

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """JSON Schema of the inputs; inputs that it does not name are refused unless it says otherwise."""
        return {"additionalProperties": False, **_schema_of(self.tool.definition)}

    @cached_property
    def takes_scope(self) -> bool:
        """Whether the tool has a hidden argument for the circumstances of the call."""
        if "scope" in self.parameters.get("properties", {}):
            return False
        schema = self.tool.definition.args_schema
        return isinstance(schema, type) and issubclass(schema, BaseModel) and "scope" in schema.model_fields

    def faults(self, inputs: Inputs, *, resolved: bool = False) -> list[str]:
        """What is wrong with the inputs; until they are resolved, values that hold references fit any schema."""
        errors = sorted(self._validator.iter_errors(inputs), key=lambda error: [str(part) for part in error.path])
        found = [self._told(error) for error in errors if resolved or not _excused(error)]
        if not found and self.tool.policy.demands:
            found = self.tool.policy.demands(inputs)
        return found if resolved else [*malformed(inputs), *found]

    def read_numbers(self, given: Inputs, resolved: Inputs) -> Inputs:
        """Take the text of another step for a number where the schema wants one and the text is one."""
        properties = self.parameters.get("properties", {})
        return {
            name: _as_number(value) if refers(given.get(name)) and _wants_number(properties.get(name)) else value
            for name, value in resolved.items()
        }

    def card(self) -> ToolCard:
        """The tool as planners and people see it."""
        return {
            "name": self.tool.name,
            "description": self.tool.definition.description,
            "parameters": self.parameters,
            "risk": self.tool.policy.risk,
            "source": self.tool.source,
        }

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.parameters)

    def _told(self, error: ValidationError) -> str:
        name, where, wanted = self.tool.name, _path(error), cast("Any", error.validator_value)
        if error.validator == "required":
            missing = [key for key in wanted if key not in cast("Any", error.instance)]
            return f"`{name}` needs the input `{_joined(where, missing[0])}`."
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            return self._unknown(where, error.instance, error.schema)
        if error.validator == "enum":
            return f"`{where}` must be one of {_listed(wanted)}; it is {_quoted(error.instance)}."
        if error.validator == "type":
            kinds = wanted if isinstance(wanted, str) else " or ".join(wanted)
            return f"`{where}` must be of type {kinds}; it is {_quoted(error.instance)}."
        if error.context:
            kinds = " or ".join(sorted(_types(error.schema)))
            likely = best_match(error.context)
            wanted = f"must be of type {kinds}" if kinds else f"does not fit: {likely.message[:_SHOWN]}"
            return f"`{where}` {wanted}; it is {_quoted(error.instance)}."
        return f"`{where or name}`: {error.message[: 2 * _SHOWN]}."

    def _unknown(self, where: str, inputs: Inputs, schema: Any) -> str:
        known = list(schema.get("properties", {}))
        extra = next(key for key in inputs if key not in known)
        near = get_close_matches(extra, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"it takes {_listed(known)}." if known else "it takes none."
        return f"`{self.tool.name}` has no input `{_joined(where, extra)}`; {hint}"


class Registry:
    """Every tool the office has."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[str, RegisteredTool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are called {tool.name!r}")
            self._tools[tool.name] = RegisteredTool(tool)

    def cards(self, allowed: Sequence[str] = ()) -> list[ToolCard]:
        """The usable tools, by name; all of them if `allowed` is empty."""
        return [self._tools[name].card() for name in sorted(self._tools) if not allowed or name in allowed]

    def faults(self, action: str, inputs: Inputs) -> list[str]:
        """What is wrong with a call, as sentences a planner can act on."""
        try:
            return self.named(action).faults(inputs)
        except ToolError as unknown:
            return [str(unknown)]
        except RecursionError:
            return [f"The inputs of `{action}` are nested too deeply."]

    def risk(self, action: str, inputs: Inputs) -> Risk:
        """The risk class of a call; a tool nobody knows is dangerous."""
        found = self._tools.get(action)
        return found.tool.risk(inputs) if found else "dangerous"

    def idempotent(self, action: str, inputs: Inputs) -> bool:
        """Whether a call may be repeated; one of a tool nobody knows may not."""
        found = self._tools.get(action)
        return found.tool.idempotent(inputs) if found else False

    def named(self, action: str) -> RegisteredTool:
        """The tool of that name.

        Raises:
            ToolError: there is none; near names are told.
        """
        if action not in self._tools:
            near = get_close_matches(action, self._tools, n=3, cutoff=0.5)
            known = f"did you mean {_listed(near)}?" if near else f"there are {_listed(sorted(self._tools))}."
            raise ToolError(reason=f"There is no tool `{action}`; {known}")
        return self._tools[action]


def _schema_of(definition: BaseTool) -> dict[str, Any]:
    schema = definition.tool_call_schema
    described = schema if isinstance(schema, dict) else TypeAdapter(schema).json_schema()
    return {key: value for key, value in described.items() if key not in {"description", "title"}}


def _excused(error: ValidationError) -> bool:
    """Whether a reference may yet become what the schema wants."""
    if error.validator in _SHAPE or (error.validator == "type" and not isinstance(error.instance, str)):
        return False
    return refers(error.instance)


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


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
