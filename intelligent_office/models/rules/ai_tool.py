"""The ai_tool's rules: the few jobs on a text that need no model."""

from collections.abc import Mapping
from typing import Any

from intelligent_office.contracts import Answer
from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.texts import JOBS, job


def ai_tool(values: Mapping[str, Any]) -> Answer:
    """The text, counted, sorted or rewritten letter by letter."""
    if values.get("images"):
        raise NoRuleCovers(reason="To look at images takes a model.")
    name = job(values["instruction"])
    if name is None:
        raise NoRuleCovers(reason=f"Not understood: {values['instruction']:.300}")
    return {"text": JOBS[name](values["text"])}
