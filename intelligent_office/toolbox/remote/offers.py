"""What a service says of its tools. It is the word of a stranger: bounded, checked, and never taken for proof."""

import json
import re
from dataclasses import dataclass, field
from hashlib import sha256
from inspect import cleandoc
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from intelligent_office.contracts import Risk
from intelligent_office.errors import ToolError
from intelligent_office.toolbox.plain import plain_text

LONGEST_DESCRIPTION = 1_000
"""Characters of a description that planners are shown."""
LARGEST_SCHEMA = 20_000
"""Characters of the schemas of one tool."""
_NAME = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_NAME = 64
"""With the name of the service: what every provider of models takes for the name of a tool."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\ue000-\uf8ff\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
"""Unicode's default ignorable characters (DerivedCoreProperties.txt), controls, and those for private use."""


@dataclass(frozen=True)
class Offer:
    """One tool, as its service describes it."""

    name: str
    description: str
    inputs: dict[str, Any]
    output: dict[str, Any] | None
    reads_only: bool
    annotations: dict[str, Any] = field(default_factory=dict)

    @property
    def digests(self) -> dict[str, str]:
        """By each part that a service may change, what tells it from another."""
        parts = {
            "description": self.description,
            "inputs": self.inputs,
            "output": self.output,
            "annotations": self.annotations,
        }
        written = {name: json.dumps(part, sort_keys=True) for name, part in parts.items()}
        return {name: sha256(text.encode()).hexdigest() for name, text in written.items()}

    def shown(self, service: str) -> str:
        """The description as planners are shown it."""
        return _legible(self.description) or f"{self.name} of the service {service}."

    def checked(self, service: str) -> "Offer":
        """The offer, fit to be shown.

        Raises:
            ToolError: the office cannot use it; says why.
        """
        if not _NAME.fullmatch(self.name) or len(full_name(service, self.name)) > LONGEST_NAME:
            raise ToolError(
                reason=f"its name must have letters, digits, _ and - only, {LONGEST_NAME} at most with `{service}__`"
            )
        if len(json.dumps([self.inputs, self.output])) > LARGEST_SCHEMA:
            raise ToolError(reason=f"its schemas are longer than {LARGEST_SCHEMA} characters")
        for schema in (self.inputs, self.output or {}):
            try:
                Draft202012Validator.check_schema(schema)
            except (SchemaError, RecursionError) as fault:
                raise ToolError(reason=f"its schema is no JSON Schema: {str(fault).splitlines()[0][:200]}") from None
        if self.inputs.get("type") != "object" or not isinstance(self.inputs.get("properties", {}), dict):
            raise ToolError(reason="its inputs are not described as an object")
        output = None if self.output is None else _tame(self.output)
        return Offer(self.name, self.shown(service), _tame(self.inputs), output, self.reads_only)

    @property
    def risk(self) -> Risk:
        """The class unless the operator says otherwise: even a tool that claims only to read is asked about first."""
        return "guarded" if self.reads_only else "dangerous"


def _tame(schema: Any, *, named: bool = False) -> Any:
    """The schema without regular expressions: one that never comes to an end would hold up the whole office.

    The service checks its inputs itself. Under `properties` and the like (`named`) the keys are names.
    """
    if isinstance(schema, list):
        return [_tame(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if named:
        return {name: _tame(one) for name, one in schema.items()}
    tame = {
        key: value if key in _LITERAL else _tame(value, named=key in _NAMING)
        for key, value in schema.items()
        if key not in _BY_EXPRESSION
    }
    tame |= {key: _legible(schema[key]) for key in _TOLD if isinstance(schema.get(key), str)}
    if "patternProperties" in schema:  # what they allowed must not be refused instead
        tame |= {"additionalProperties": True, "unevaluatedProperties": True}
    return tame


def _legible(text: str) -> str:
    """A description as people and models are shown it alike: nothing in it is hidden, or turns its letters around."""
    seen = cleandoc(_UNSEEN.sub("", plain_text(text))).strip()
    return seen if len(seen) <= LONGEST_DESCRIPTION else f"{seen[:LONGEST_DESCRIPTION]}…"


_BY_EXPRESSION = {"pattern", "patternProperties"}
_NAMING = {"properties", "$defs", "definitions", "dependentSchemas"}
_TOLD = ("description", "title", "$comment")
_LITERAL = {"enum", "const", "default", "examples"}


def full_name(service: str, tool: str) -> str:
    """What the office calls a tool of a service. Two underscores: a point is not allowed by every provider."""
    return f"{service}__{tool}"
