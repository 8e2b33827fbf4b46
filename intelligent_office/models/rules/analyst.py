"""The analyst's rules: a request cut into subtasks."""

from collections.abc import Mapping
from typing import Any

from intelligent_office.contracts import Analysis, SubtaskDraft
from intelligent_office.models.rules.reading import Wish, possible, wishes


def analyst(values: Mapping[str, Any]) -> Analysis:
    """The parts of the request as subtasks, in the user's words."""
    parts = wishes(values["request"])
    tools = {tool["name"] for tool in values["tools"]}
    return {"subtasks": [_subtask(number, part, tools) for number, part in enumerate(parts, 1)]}


def _subtask(number: int, part: Wish, tools: set[str]) -> SubtaskDraft:
    wanted = dict.fromkeys(call.action for call in possible(part.words))
    return {
        "subtask_id": f"t{number}",
        "objective": part.words,
        "dependencies": [f"t{place + 1}" for place in part.after],
        "tools": [name for name in wanted if name in tools],
    }
