"""Plans as data: making one from a model's draft, naming its effects, telling two apart."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

from intelligent_office.cards import ToolCard
from intelligent_office.contracts import (
    Clearance,
    Grant,
    Objection,
    Plan,
    PlanDraft,
    Risk,
    Ruling,
    Step,
    StepDraft,
    Subtask,
)
from intelligent_office.errors import ToolError
from intelligent_office.seams import Toolbox
from intelligent_office.state import Desk
from intelligent_office.toolbox.references import references, renamed, resolve

SECONDS = 300.0
"""Time limit of a step that states none."""
UNTRUSTED = "untrusted, from results that tools found"
"""How the origin of an input begins that a file, a page or a program may have had a hand in."""
REFUSED_AGAIN = "RefusedAgain"
"""The error class of an objection to a plan that makes a call which was refused in an earlier one."""
_TELLING = 4
"""Characters from which on a line that occurs in a tool's result is taken for a quote of it."""
_TELLING_NAME = 16
"""Characters from which on the name of an entry is: shorter ones belong to the format more often than not."""
_DESTINATION = re.compile(r"(?<=://)(?:[^\s/?#@]*@)?([^\s/?#@\"'<>\\]+)|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)")
"""The host of a URL, or an e-mail address: where something goes, whatever stands around it."""
_SHOWN = 200
"""Characters of a result that a question to a person quotes."""
_LONGEST_NAME = 56
"""Characters of the subtask's id in a plan's id, which may have 64."""


def plan_from(draft: PlanDraft, *, task_id: str, subtask_id: str, attempt: int, toolbox: Toolbox) -> Plan:
    """Complete a draft to the Plan contract: ids, idempotency keys, dependencies that its references imply."""
    known = {step["step_id"] for step in draft["steps"]}
    steps: list[Step] = []
    for drafted in draft["steps"]:
        action, inputs = drafted["action"], drafted["inputs"]
        steps.append(
            {
                "step_id": drafted["step_id"],
                "action": action,
                "inputs": inputs,
                "idempotency_key": "unnamed",
                "outputs_expectation": drafted.get("outputs_expectation"),
                "timeout_seconds": drafted.get("timeout_seconds", SECONDS),
                "parallelizable": toolbox.idempotent(action, inputs),
                "dependencies": with_implied(drafted.get("dependencies", []), drafted["step_id"], inputs, known),
            }
        )
    return {
        "plan_id": f"{subtask_id[:_LONGEST_NAME]}-{attempt}",
        "task_id": task_id,
        "steps": name_effects(steps, task_id=task_id, subtask_id=subtask_id),
        "metadata": {
            "required_tools": sorted({step["action"] for step in steps}),
            "estimated_cost_tokens": draft.get("estimated_cost_tokens", 0),
            "estimated_duration_seconds": draft.get("estimated_duration_seconds", 0.0),
        },
        "generated_at": datetime.now(UTC).isoformat(),
        "confidence": draft.get("confidence", 0.5),
    }


def source_of(given: Subtask) -> dict[str, Any]:
    """A finished subtask, as references read it: like a step."""
    return {"text": given["answer"], "output": given["output"], "parts": given["finals"]}


async def origin(name: str, value: Any, plan: Plan, given: dict[str, Subtask]) -> str:
    """What the references in an input stand for, in a sentence for people; empty if there are none.

    What finished subtasks have brought is shown; of a step that has not run yet, what it will do.
    """
    wanted = references(value)
    steps = [step for step in plan["steps"] if step["step_id"] in wanted]
    if steps:
        calls = ", ".join(f"step {step['step_id']} ({step['action']} {_glance(step['inputs'])})" for step in steps)
        return f"`{name}` takes the result of {calls}."
    if not wanted:
        return ""
    try:
        found = await resolve(value, {one: source_of(given[one]) for one in wanted & given.keys()})
    except ToolError:  # a part of what is kept outside the state, or one that is not there: the call will tell
        return f"`{name}` takes the result of subtask {', '.join(sorted(wanted))}."
    return f"`{name}` is {_glance(found)}."


def _glance(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}… ({len(text)} characters)"


def draft_of(plan: Plan) -> PlanDraft:
    """The draft that a plan completes: nothing in it belongs to one task."""
    steps: list[StepDraft] = [
        {
            "step_id": step["step_id"],
            "action": step["action"],
            "inputs": step["inputs"],
            "outputs_expectation": step.get("outputs_expectation"),
            "timeout_seconds": step.get("timeout_seconds", SECONDS),
            "dependencies": step.get("dependencies", []),
        }
        for step in plan["steps"]
    ]
    return {"steps": steps, "confidence": plan.get("confidence", 0.5)}


def premises(desk: Desk, tools: list[ToolCard]) -> dict[str, Any]:
    """All that a first plan follows from, but for what the archive happens to recall.

    The working folder is not among it: no planner is told of it.
    """
    return {
        "request": desk["request"].strip(),
        "objective": desk["subtask"]["objective"].strip(),
        "hints": desk["subtask"]["tools"],
        "criteria": desk.get("criteria", []),
        "tools": tools,
        "attachments": [[one["name"], one["attachment_id"]] for one in desk.get("attachments", [])],
        "given": {
            name: [part["objective"], part["answer"], part["output"]] for name, part in desk.get("given", {}).items()
        },
    }


def with_implied(stated: list[str], step_id: str, inputs: dict[str, Any], known: Collection[str]) -> list[str]:
    """The stated dependencies of a step, and those on the steps that its inputs refer to."""
    implied = sorted(references(inputs) & set(known) - {step_id})
    return list(dict.fromkeys([*stated, *implied]))


def name_effects(steps: list[Step], *, task_id: str, subtask_id: str) -> list[Step]:
    """Give each step the key under which the ledger knows its effect.

    A key covers the tool, its inputs and the keys of the steps it builds on, but not the attempt: what an earlier
    attempt has finished, and what still means the same, stays finished. Identical steps of one plan are counted apart.
    """
    by_id = {step["step_id"]: step for step in steps}
    keys: dict[str, str] = {}
    seen: dict[str, int] = {}
    for step_id in order(steps):
        step = by_id[step_id]
        built_on = [keys.get(dependency, dependency) for dependency in step.get("dependencies", [])]
        key = _digest(task_id, subtask_id, step["action"], step["inputs"], built_on)
        seen[key] = seen.get(key, 0) + 1
        keys[step_id] = key if seen[key] == 1 else f"{key}-{seen[key]}"
    return [{**step, "idempotency_key": keys[step["step_id"]]} for step in steps]


def order(steps: list[Step]) -> list[str]:
    """Step ids, dependencies first; in the order given where the dependencies make a circle."""
    known = [step["step_id"] for step in steps]
    graph = {step["step_id"]: [d for d in step.get("dependencies", []) if d in known] for step in steps}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return known


def dependency_faults(steps: list[Step], given: Collection[str]) -> list[str]:
    """Duplicate ids, unknown or circular dependencies, references to what is not done before."""
    graph = {step["step_id"]: step.get("dependencies", []) for step in steps}
    faults = [f"Step id `{step_id}` is used twice." for step_id in _twice([step["step_id"] for step in steps])]
    faults += [
        f"Step `{step_id}` depends on `{other}`, which is no step of the plan."
        for step_id, others in graph.items()
        for other in others
        if other not in graph
    ]
    if faults:
        return faults
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        return [f"The steps wait for each other in a circle: {' → '.join(reversed(circle.args[1]))}."]
    for step in steps:
        earlier = _ancestors(step["step_id"], graph) | set(given)
        faults += [
            f"Step `{step['step_id']}` refers to `{name}`, which is not among the steps it depends on."
            for name in sorted(references(step["inputs"]) - earlier)
        ]
    return faults


def fingerprint(plan: Plan | None) -> str:
    """The same for two plans that do the same things."""
    return _digest([step["idempotency_key"] for step in plan["steps"]]) if plan else ""


def pattern(step: Step, plan: Plan) -> str:
    """The same for two calls that do the same, whatever their steps are called and whatever else they wait for."""
    keys = {other["step_id"]: other["idempotency_key"] for other in plan["steps"]}
    return _digest(step["action"], renamed(step["inputs"], keys))


def refusal_of(step: Step, plan: Plan, decided: Mapping[str, Grant]) -> Grant | None:
    """The earlier refusal of this call, or of its tool as a whole, in any attempt; None if there was none.

    Args:
        step: the call, which is not a safe one.
        plan: the plan that it is a part of.
        decided: what was granted or refused before, by idempotency key.
    """
    refused = [one for one in decided.values() if one["decision"] == "refused" and one["action"] == step["action"]]
    if not refused:
        return None
    told = pattern(step, plan)
    return next((one for one in refused if one.get("whole_tool") or one.get("pattern") == told), None)


def standing(clearance: Clearance | None, attempt: int) -> Clearance | None:
    """The clearance, if it still counts: a tenant's permit may have been revoked since an earlier attempt."""
    if clearance and clearance.get("permit_id") and clearance.get("attempt") != attempt:
        return None
    return clearance


def repeats(objections: list[Objection]) -> bool:
    """Whether the last objection was made before, to the same plan: more of the same will not help."""
    if not objections or not objections[-1]["plan"]:
        return False
    last = objections[-1]
    return any((one["plan"], one["reason"]) == (last["plan"], last["reason"]) for one in objections[:-1])


def origins(inputs: dict[str, Any], request: str, found: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where each argument of a call comes from, as far as can be seen: said by the user, found by a tool, made up.

    Args:
        inputs: of the call, references unresolved.
        request: what the user said.
        found: what tools had found before the call was planned, by subtask or step. A line, a number, a host or an
            address of it that the user did not say counts as the tool's; a text in other words counts as the planner's,
            for it cannot be told from one.
    """
    heard = {name: text.casefold() for name, text in (found or {}).items()}
    return {name: _origin(value, request, heard) for name, value in inputs.items()}


def untrusted(origins: Mapping[str, str]) -> list[str]:
    """The arguments that a file, a page or a program may have had a hand in."""
    return [name for name, origin in origins.items() if origin.startswith(UNTRUSTED)]


def found_before(desk: Desk) -> dict[str, str]:
    """What tools had found before the plan on the desk was made, as texts: the planner has read it."""
    parts = {name: [part["answer"], part["output"], part["finals"]] for name, part in desk.get("given", {}).items()}
    parts |= {name: [result["text"], result["output"]] for name, result in desk.get("results", {}).items()}
    return {name: "\n".join(_texts(part)) for name, part in parts.items()}


def _origin(value: Any, request: str, found: Mapping[str, str]) -> str:
    named = references({"value": value})
    words = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if not named and words and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", request):
        return "in the user's words"
    said = request.casefold()
    foreign = [text for text in _telling(value) if len(text) >= _TELLING and text not in said]
    named |= {name for name, text in found.items() if any(one in text for one in foreign)}
    if named:
        return f"{UNTRUSTED}: {', '.join(sorted(named))}"
    return "chosen by the planner, who had read what tools found" if found else "chosen by the planner"


def _telling(value: Any) -> set[str]:
    """What of a value would show where it comes from, in small letters."""
    texts = [text.casefold() for text in _texts(value)]
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return lines | {host or address for text in texts for host, address in _DESTINATION.findall(text)}


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, however deep: numbers, too, and the names of entries that are long."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, int | float) and not isinstance(current, bool):
            yield str(current) if isinstance(current, int) else f"{current:.15g}"
        elif isinstance(current, dict):
            waiting += current.values()
            yield from (name for name in current if isinstance(name, str) and len(name) >= _TELLING_NAME)
        elif isinstance(current, list):
            waiting += current


def ruling_for(risk: Risk, ruling: Ruling, untrusted: Collection[str] = ()) -> Ruling:
    """What a gatekeeper's word is worth: it cannot allow what is dangerous, nor what a tool's result has a hand in."""
    if ruling["decision"] != "allow":
        return ruling
    if risk == "dangerous":
        return {"decision": "ask", "reason": f"Dangerous calls are a human's to allow. {ruling['reason']}"}
    if untrusted:
        names = ", ".join(f"`{name}`" for name in untrusted)
        return {"decision": "ask", "reason": f"A tool's result has a hand in {names}. {ruling['reason']}"}
    return ruling


def outline(plan: Plan | None) -> list[dict[str, Any]]:
    """What the archive keeps of a plan: the calls."""
    return [{"action": step["action"], "inputs": step["inputs"]} for step in plan["steps"]] if plan else []


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _ancestors(step_id: str, graph: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(graph[step_id])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name]
    return found


def _digest(*parts: object) -> str:
    canonical = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:32]
