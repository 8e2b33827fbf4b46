"""The planner's rules: an objective turned into steps."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from intelligent_office.contracts import PlanDraft, StepDraft, Subtask
from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules import arithmetic
from intelligent_office.models.rules.reading import outcome, read, wishes
from intelligent_office.models.rules.situation import Call, Earlier, Situation

CONFIDENCE = 0.9
SECONDS_PER_STEP = 2.0

_REFERENCE = re.compile(r"(?<!\$)\$\{(s\d+)[.}]")


def planner(values: Mapping[str, Any]) -> PlanDraft:
    """The steps that the objective's words stand for.

    An attempt that failed changes nothing in what the words mean, so the same plan comes again; who asked can tell.
    """
    tools = {tool["name"] for tool in values["tools"]}
    situation = Situation(tuple(_finished(name, subtask) for name, subtask in values["given"].items()))
    steps: list[StepDraft] = []
    last_steps: list[list[str]] = []
    for wish in wishes(values["objective"]):
        calls = [_allowed(call, tools) for call in read(wish.words, situation)]
        names = [situation.step(offset) for offset in range(len(calls))]
        before = [name for place in wish.after for name in last_steps[place]]
        steps += [_step(names, place, call, before) for place, call in enumerate(calls)]
        last_steps.append(names[-1:] if any(call.follows for call in calls) else names)
        situation = situation.after(calls, names)
    return {
        "steps": steps,
        "confidence": CONFIDENCE,
        "estimated_cost_tokens": 0,
        "estimated_duration_seconds": SECONDS_PER_STEP * len(steps),
    }


def _finished(name: str, subtask: Subtask) -> Earlier:
    """A finished subtask: what its objective promised, and what its data really has."""
    promised = outcome(subtask["objective"], name)
    found = subtask["output"] if isinstance(subtask["output"], dict) else {}
    path = promised.path if promised.path != "${t0.path}" else found.get("path")
    return replace(promised, keys=frozenset(found) or promised.keys, path=path)


def _allowed(call: Call, tools: set[str]) -> Call:
    if call.action not in tools and call.action == "calculator" and "math_calculator" in tools:
        return replace(call, action="math_calculator", inputs={"expression": arithmetic.as_expression(call.inputs)})
    if call.action not in tools:
        missing = f"It takes the tool `{call.action}`, which is not there now, or not for this task"
        raise NoRuleCovers(reason=f"{missing}: `office tools` says why.")
    return call


def _step(names: list[str], place: int, call: Call, before: list[str]) -> StepDraft:
    follows = [names[place - 1]] if call.follows else []
    used = [name for text in map(str, call.inputs.values()) for name in _REFERENCE.findall(text)]
    dependencies = list(dict.fromkeys([*(before if not follows else []), *follows, *used]))
    return {"step_id": names[place], "action": call.action, "inputs": call.inputs, "dependencies": dependencies}
