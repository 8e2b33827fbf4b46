"""The form of an answer: the JSON Schema a provider is given, and the reading of what comes back."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")
Schema = dict[str, Any]

MOST_FAULTS = 5
MOST_STARTS = 50
"""Opening braces that are tried when JSON is looked for in prose."""

_NARROW = {"type", "description", "enum", "items", "minItems", "maxItems", "properties", "required", "anyOf"}
"""What every provider that holds a model to a schema understands."""

_UNSAID = {
    *("$defs", "title", "description", "additionalProperties", "pattern", "minLength", "maxLength", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
}
"""What the prompts say, or no model gets wrong."""

_AS_TEXT = {"type": "string", "description": "A JSON object, written as text."}
_DECODER = json.JSONDecoder(strict=False)
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL | re.IGNORECASE)


class Misfit(Exception):
    """An answer that does not fit its form."""


class CutOff(Misfit):
    """It is cut off."""


class Form(Generic[T]):
    """What an answer must look like."""

    def __init__(self, schema: type[T]) -> None:
        self._adapter = TypeAdapter(schema)
        self.name = schema.__name__
        self.schema = _inlined(self._adapter.json_schema())
        """Complete, for providers that take it as advice."""
        self.narrow = _narrowed(self.schema, objects_as_text=False)
        """For providers that hold the model to it, and know few keywords."""
        self.closed = _narrowed(self.schema, objects_as_text=True)
        """For those that would also leave an object without declared properties empty: such are asked for as text."""

    def read(self, text: str) -> T:
        """The answer in a text: JSON alone, in a fence, or with prose around it.

        Raises:
            Misfit: there is none that fits; the message says why, for the model to mend it.
            CutOff: it ends in the middle.
        """
        fault = "It is empty." if not text.strip() else "It holds no JSON object."
        found, cut_off = _objects(text)
        for place, value in enumerate(found):
            try:
                return self._adapter.validate_python(_fitted(value, self.schema))
            except ValidationError as failure:
                fault = _faults(failure) if place == 0 else fault
        if cut_off:
            raise CutOff(CutOff.__doc__)
        raise Misfit(fault)

    def hold(self, value: Any) -> T:
        """The value, if it is an answer.

        Raises:
            Misfit: it does not fit.
        """
        try:
            return self._adapter.validate_python(value)
        except ValidationError as failure:
            raise Misfit(_faults(failure)) from None


@lru_cache(maxsize=64)
def form_of(schema: Any) -> Form[Any]:
    """The form of a schema, worked out once."""
    return Form(schema)


def _objects(text: str) -> tuple[list[Any], bool]:
    """The JSON objects of a text, the likeliest first: all of it, or what was said last; and if it ends within one."""
    text = _THOUGHT.sub("", text)
    whole: list[Any] = []
    for part in (text, *reversed([found[1] for found in _FENCED.finditer(text)])):
        try:
            value = _DECODER.decode(part.strip())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            whole.append(value)
    embedded, cut_off = _embedded(text)
    return [*whole, *reversed(embedded)], cut_off


def _embedded(text: str) -> tuple[list[Any], bool]:
    """The objects in a text, and whether it ends within one: what that holds is no answer, only a part of one."""
    found: list[Any] = []
    end = 0
    for start in _starts(text):
        if start < end:
            continue
        try:
            value, end = _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as fault:
            if fault.pos >= len(text.rstrip()) or fault.msg.startswith("Unterminated string"):
                return found, True
            continue
        except RecursionError:
            continue
        found.append(value)
    return found, False


def _starts(text: str) -> Iterator[int]:
    position = -1
    for _ in range(MOST_STARTS):
        position = text.find("{", position + 1)
        if position < 0:
            return
        yield position


def _faults(failure: ValidationError) -> str:
    told = [f"`{'.'.join(map(str, fault['loc']))}`: {fault['msg']}." for fault in failure.errors()[:MOST_FAULTS]]
    return " ".join(told)


def _inlined(schema: Schema) -> Schema:
    """The schema without `$defs` and `$ref`, which not every provider follows, and without what only takes tokens.

    The answer is held against the whole of it all the same.
    """
    definitions = schema.get("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, list):
            return [inline(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return inline(definitions[node["$ref"].rsplit("/", 1)[-1]])
        kept = {key: value for key, value in node.items() if key not in _UNSAID}
        properties = kept.pop("properties", None)
        result = {key: inline(value) for key, value in kept.items()}
        if properties is not None:  # a property may well be called `title`
            result["properties"] = {name: inline(value) for name, value in properties.items()}
        return result

    inlined: Schema = inline(schema)
    return inlined


def _narrowed(schema: Schema, *, objects_as_text: bool) -> Schema:
    if _is_open(schema):
        return dict(_AS_TEXT) if objects_as_text else {"type": "object"}
    kept = {key: value for key, value in schema.items() if key in _NARROW}
    if "const" in schema:
        kept["enum"] = [schema["const"]]
    if "properties" in kept:
        kept["properties"] = {
            name: _narrowed(value, objects_as_text=objects_as_text) for name, value in kept["properties"].items()
        }
    if "items" in kept:
        kept["items"] = _narrowed(kept["items"], objects_as_text=objects_as_text)
    if "anyOf" in kept:
        kept["anyOf"] = [_narrowed(choice, objects_as_text=objects_as_text) for choice in kept["anyOf"]]
    return kept


def _is_open(schema: Schema) -> bool:
    """Whether it is an object of any properties."""
    return schema.get("type") == "object" and not schema.get("properties")


def _fitted(value: Any, schema: Schema) -> Any:
    """The value, with what models do out of habit undone: null for what may be left out, objects written as text."""
    choices = schema.get("anyOf")
    if choices:
        fitting: Schema | None = next((choice for choice in choices if choice.get("type") == "object"), None)
        return _fitted(value, fitting) if fitting and isinstance(value, str | dict) else value
    if _is_open(schema):
        return _opened(value)
    if isinstance(value, dict) and "properties" in schema:
        required = schema.get("required", [])
        return {
            name: _fitted(item, schema["properties"].get(name, {}))
            for name, item in value.items()
            if item is not None or name in required
        }
    if isinstance(value, list) and "items" in schema:
        return [_fitted(item, schema["items"]) for item in value]
    return value


def _opened(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, dict) else value
