"""Permissions for the steps of a plan: from a policy, a clearance, or what a human has answered."""

from dataclasses import dataclass
from typing import Any

from intelligent_office.bounds import Bounds, faults, narrowed
from intelligent_office.contracts import Clearance, Decision, Grant, HumanAnswer, Plan, Step
from intelligent_office.database.audit import call_digest
from intelligent_office.plans import dependency_faults, name_effects, pattern, refusal_of, standing, with_implied
from intelligent_office.seams import Toolbox, ToolScope
from intelligent_office.state import Desk

UNDECIDED: Decision = {"type": "reject", "message": "no decision was given for this call"}


def without_asking(step: Step, desk: Desk, toolbox: Toolbox, approval: str) -> Grant | None:
    """The grant that needs no human; None if this call needs one, or the gatekeeper's word first."""
    key, plan, decided = step["idempotency_key"], desk["plan"], desk.get("decided", {})
    assert plan is not None
    earlier = decided.get(key)
    if earlier and earlier["decision"] != "automatic" and "permit_id" not in earlier:
        return {**earlier, "step_id": step["step_id"]}
    risk = toolbox.risk(step["action"], step["inputs"])
    grant: Grant = {
        "step_id": step["step_id"],
        "idempotency_key": key,
        "action": step["action"],
        "risk": risk,
        "decision": "automatic",
        "by": "policy",
        "reason": "",
        "call": call_digest(step),
        "bounds": toolbox.bounds(step["action"], step["inputs"]),
    }
    if risk == "safe":
        return grant
    refusal = refusal_of(step, plan, decided)
    if refusal:
        return {**refusal, "step_id": step["step_id"], "idempotency_key": key}
    if approval == "always":
        return {**grant, "reason": f"nobody looked at this {risk} call: risky calls are let pass in this task"}
    if approval == "never":
        reason = f"risky calls are refused in this task, and this one is {risk}"
        return _refused({**grant, "reason": reason}, step, plan)
    clearance = standing(desk.get("clearances", {}).get(key), desk["attempt"])
    return None if clearance is None or clearance["decision"] == "ask" else _cleared(grant, clearance, step, plan)


def _cleared(grant: Grant, clearance: Clearance, step: Step, plan: Plan) -> Grant:
    known: Grant = {**grant, "by": clearance["by"], "reason": clearance["reason"], "clearance": clearance}
    if clearance["decision"] == "refuse":
        return _refused(known, step, plan, whole_tool=clearance.get("whole_tool", False))
    known["decision"] = "approved"
    known["bounds"] = narrowed(grant["bounds"], clearance.get("bounds", {}))
    if "permit_id" in clearance:
        known["permit_id"] = clearance["permit_id"]
    return known


def _refused(grant: Grant, step: Step, plan: Plan, *, whole_tool: bool = False) -> Grant:
    refused: Grant = {**grant, "decision": "refused", "pattern": pattern(step, plan)}
    refused.pop("bounds", None)
    return {**refused, "whole_tool": True} if whole_tool else refused


@dataclass(frozen=True)
class Answered:
    """What has become of the calls that a human was asked about."""

    plan: Plan
    """With what they have edited."""
    grants: dict[str, Grant]
    """By step id."""
    unfit: dict[str, str]
    """By step id, why the answer to a call cannot be taken: it is asked about again."""


async def from_answer(
    plan: Plan, asked: list[Step], answer: HumanAnswer, toolbox: Toolbox, desk: Desk, scope: ToolScope
) -> Answered:
    """Turn a human's decisions into grants; an edited call changes the plan, and the name of its effect.

    Not every door checks an answer against its question, and none knows what a tool would refuse: a call that cannot be
    made as it was answered is not granted, and the other decisions hold. A call without a decision is refused.
    """
    given = [*answer["decisions"], *[UNDECIDED] * len(asked)]
    decisions = {step["step_id"]: decision for step, decision in zip(asked, given, strict=False)}
    wanted = {step["step_id"]: _inputs(step, decisions[step["step_id"]], toolbox) for step in asked}
    edits = {step["step_id"]: inputs for step in asked if (inputs := wanted[step["step_id"]]) != step["inputs"]}
    unfit: dict[str, str] = {}
    changed, broken = _changed(plan, edits, desk)
    for step in changed["steps"]:
        if decision := decisions.get(step["step_id"]):
            wrong = await _faults(step, decision, toolbox, scope, edited=step["step_id"] in edits)
            if wrong := wrong or (broken if decision["type"] == "edit" else []):
                unfit[step["step_id"]] = " ".join(wrong)
    changed, broken = _changed(plan, {name: edits[name] for name in edits if name not in unfit}, desk)
    if broken:  # what is left of the edits does not stand alone
        unfit |= {name: " ".join(broken) for name in edits if name not in unfit}
        changed = plan
    grants: dict[str, Grant] = {}
    for step in changed["steps"]:
        step_id = step["step_id"]
        if step_id in decisions and step_id not in unfit:
            grant = _answered(step, decisions[step_id], toolbox, edited=step_id in edits)
            grant["by"] = answer.get("by") or "human"
            refused = grant["decision"] == "refused"
            grants[step_id] = _noted(grant, step, changed, decisions[step_id]) if refused else grant
    return Answered(changed, grants, unfit)


def _changed(plan: Plan, edits: dict[str, dict[str, Any]], desk: Desk) -> tuple[Plan, list[str]]:
    """The plan with these inputs, by step id, and why it could not be carried out."""
    if not edits:
        return plan, []
    edited = [_edited(step, edits.get(step["step_id"]), plan) for step in plan["steps"]]
    steps = name_effects(edited, task_id=plan["task_id"], subtask_id=desk["subtask"]["subtask_id"])
    return {**plan, "steps": steps}, dependency_faults(edited, desk.get("given", {}))


def _inputs(step: Step, decision: Decision, toolbox: Toolbox) -> dict[str, Any]:
    """What the human wants the call to be made with."""
    inputs = decision["edited_action"]["args"] if "edited_action" in decision else step["inputs"]
    wish: Any = decision.get("bounds")
    if decision["type"] == "reject" or not wish or _bounds_faults(step["action"], inputs, wish, toolbox):
        return inputs
    return toolbox.lowered(step["action"], inputs, narrowed(toolbox.bounds(step["action"], inputs), wish))


def _edited(step: Step, inputs: dict[str, Any] | None, plan: Plan) -> Step:
    if inputs is None:
        return step
    known = [other["step_id"] for other in plan["steps"]]
    dependencies = with_implied(step.get("dependencies", []), step["step_id"], inputs, known)
    return {**step, "inputs": inputs, "dependencies": dependencies}


def _answered(step: Step, decision: Decision, toolbox: Toolbox, *, edited: bool) -> Grant:
    """The grant that follows from a decision that can be taken."""
    refused = decision["type"] == "reject"
    grant: Grant = {
        "step_id": step["step_id"],
        "idempotency_key": step["idempotency_key"],
        "action": step["action"],
        "risk": toolbox.risk(step["action"], step["inputs"]),
        "decision": "refused" if refused else "edited" if edited or decision["type"] == "edit" else "approved",
        "by": "human",
        "reason": decision.get("message", ""),
        "call": call_digest(step),
        "answered": True,
    }
    if not refused:
        grant["bounds"] = _granted(step, decision, toolbox)
    return grant


def _noted(grant: Grant, step: Step, plan: Plan, decision: Decision) -> Grant:
    """A refusal, with what tells the call when it is planned again."""
    return _refused(grant, step, plan, whole_tool=decision["type"] == "reject" and decision.get("scope") == "tool")


def _granted(step: Step, decision: Decision, toolbox: Toolbox) -> Bounds:
    return narrowed(toolbox.bounds(step["action"], step["inputs"]), decision.get("bounds") or {})


async def _faults(step: Step, decision: Decision, toolbox: Toolbox, scope: ToolScope, *, edited: bool) -> list[str]:
    """Why the call may not be made as the human wants it."""
    if decision["type"] == "reject":
        return []
    action, inputs = step["action"], step["inputs"]
    if decision["type"] == "edit" and decision.get("edited_action", {}).get("name") != action:
        return ["an edit must give the arguments of the call, and may not change its name"]
    if edited and (found := toolbox.faults(action, inputs) or await toolbox.refusals(action, inputs, scope)):
        return found
    wish: Any = decision.get("bounds")
    if not wish:
        return []
    if found := _bounds_faults(action, inputs, wish, toolbox):
        return found
    return [
        f"Within these bounds the call cannot be made: {one}."
        for one in toolbox.excess(action, inputs, _granted(step, decision, toolbox))
    ]


def _bounds_faults(action: str, inputs: dict[str, Any], wish: Any, toolbox: Toolbox) -> list[str]:
    return faults(wish, toolbox.bounds(action, inputs), toolbox.bounds(action, None))
