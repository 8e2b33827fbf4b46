"""The tool broker: lets safe calls pass, has the gatekeeper look at risky ones, and asks a human where that must be."""

from dataclasses import replace
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from intelligent_office.context import Context
from intelligent_office.contracts import (
    Clearance,
    Decision,
    Grant,
    HumanAnswer,
    HumanRequest,
    Objection,
    Plan,
    Scope,
    Step,
    Subtask,
)
from intelligent_office.plans import (
    REFUSED_AGAIN,
    dependency_faults,
    fingerprint,
    name_effects,
    origin,
    untrusted,
    with_implied,
)
from intelligent_office.seams import Toolbox, ToolScope, scope_of
from intelligent_office.state import Desk
from intelligent_office.toolbox.references import references

SCOPES: list[Scope] = ["call", "same", "tool"]
UNDECIDED: Decision = {"type": "reject", "message": "no decision was given for this call"}


async def broker(state: Desk, runtime: Runtime[Context], *, toolbox: Toolbox) -> Desk:
    """Grant or refuse every step of the plan, or none: then the gatekeeper has to look first.

    Nothing happens before the question: the node runs again from its top.
    """
    plan = state["plan"]
    assert plan is not None
    decided, clearances = state.get("decided", {}), state.get("clearances", {})
    grants: dict[str, Grant] = {}
    open_steps: list[Step] = []
    for step in plan["steps"]:
        key = step["idempotency_key"]
        grant = _without_asking(step, decided.get(key), clearances.get(key), toolbox, runtime.context.approval)
        if grant:
            grants[step["step_id"]] = grant
        else:
            open_steps.append(step)
    if any(step["idempotency_key"] not in clearances for step in open_steps):
        return {"grants": {}}
    if open_steps:
        question = await _question(open_steps, plan, toolbox, state.get("given", {}), clearances)
        answer: HumanAnswer = interrupt(question, response_schema=HumanAnswer)
        plan, answered = await _apply(plan, open_steps, answer, toolbox, state, scope_of(runtime))
        for step in open_steps:
            grant = answered[step["step_id"]]
            grants[step["step_id"]] = {**grant, "clearance": clearances[step["idempotency_key"]]}
    await _audit(grants, decided, toolbox, runtime)
    update: Desk = {"grants": grants}
    remembered = {grant["idempotency_key"]: grant for grant in grants.values() if grant["risk"] != "safe"}
    if remembered:
        update["decided"] = remembered
    if plan is not state["plan"]:
        update["plan"] = plan
    refused = [grant for grant in grants.values() if grant["decision"] == "refused"]
    if refused:
        update["objections"] = [
            _objection(state["attempt"], plan, grant, again=grant["idempotency_key"] in decided) for grant in refused
        ]
    return update


def _without_asking(
    step: Step, earlier: Grant | None, clearance: Clearance | None, toolbox: Toolbox, approval: str
) -> Grant | None:
    """The grant that needs no human; None if this call needs one."""
    if earlier and earlier["decision"] != "automatic":
        return {**earlier, "step_id": step["step_id"]}
    risk = toolbox.risk(step["action"], step["inputs"])
    grant: Grant = {
        "step_id": step["step_id"],
        "idempotency_key": step["idempotency_key"],
        "action": step["action"],
        "risk": risk,
        "decision": "automatic",
        "by": "policy",
        "reason": "",
    }
    if risk == "safe":
        return grant
    if approval == "always":
        return {**grant, "reason": f"nobody looked at this {risk} call: risky calls are let pass in this task"}
    if approval == "never":
        return {
            **grant,
            "decision": "refused",
            "reason": f"risky calls are refused in this task, and this one is {risk}",
        }
    if clearance and clearance["decision"] != "ask":
        decision: Literal["refused", "approved"] = "refused" if clearance["decision"] == "refuse" else "approved"
        known: Any = {"by": clearance["by"], "reason": clearance["reason"], "clearance": clearance}
        return {**grant, "decision": decision, **known}
    return None


async def _question(
    steps: list[Step],
    plan: Plan,
    toolbox: Toolbox,
    given: dict[str, Subtask],
    clearances: dict[str, Clearance],
) -> HumanRequest:
    return {
        "action_requests": [
            {
                "name": step["action"],
                "args": step["inputs"],
                "description": " ".join(
                    [
                        f"Step {step['step_id']} is {toolbox.risk(step['action'], step['inputs'])}.",
                        *filter(
                            None, [await origin(name, value, plan, given) for name, value in step["inputs"].items()]
                        ),
                        *_warnings(step, clearances[step["idempotency_key"]]),
                    ]
                ),
            }
            for step in steps
        ],
        "review_configs": [
            {"action_name": name, "allowed_decisions": ["approve", "edit", "reject"], "scopes": SCOPES}
            for name in dict.fromkeys(step["action"] for step in steps)
        ],
    }


def _warnings(step: Step, clearance: Clearance) -> list[str]:
    """What a person should know before they say yes."""
    quoted = [name for name in untrusted(clearance["origins"]) if not references(step["inputs"][name])]
    said = [f"`{name}` repeats what a tool found, and not what was asked for." for name in quoted]
    return [*said, f"The gatekeeper: {clearance['reason']}"] if clearance["by"] == "gatekeeper" else said


async def _apply(
    plan: Plan, steps: list[Step], answer: HumanAnswer, toolbox: Toolbox, state: Desk, scope: ToolScope
) -> tuple[Plan, dict[str, Grant]]:
    """Turn the human's decisions into grants; an edited call changes the plan, and the name of its effect."""
    decisions = dict(zip([step["step_id"] for step in steps], answer["decisions"], strict=False))
    edits: dict[str, dict[str, Any]] = {
        step_id: decision["edited_action"]["args"]
        for step_id, decision in decisions.items()
        if "edited_action" in decision
    }
    faults: list[str] = []
    if edits:
        edited = [_edited(step, edits.get(step["step_id"]), plan) for step in plan["steps"]]
        faults = dependency_faults(edited, state.get("given", {}))
        subtask_id = state["subtask"]["subtask_id"]
        plan = {**plan, "steps": name_effects(edited, task_id=plan["task_id"], subtask_id=subtask_id)}
    by_id = {step["step_id"]: step for step in plan["steps"]}
    grants: dict[str, Grant] = {}
    for step in steps:
        decided, decision = by_id[step["step_id"]], decisions.get(step["step_id"], UNDECIDED)
        wrong = (await _faults(decided, decision, toolbox, scope) or faults) if decision["type"] == "edit" else []
        grants[step["step_id"]] = _answered(decided, decision, wrong, toolbox)
    return plan, grants


def _edited(step: Step, inputs: dict[str, Any] | None, plan: Plan) -> Step:
    if inputs is None:
        return step
    known = [other["step_id"] for other in plan["steps"]]
    dependencies = with_implied(step.get("dependencies", []), step["step_id"], inputs, known)
    return {**step, "inputs": inputs, "dependencies": dependencies}


def _answered(step: Step, decision: Decision, faults: list[str], toolbox: Toolbox) -> Grant:
    """The grant that follows from a decision; `faults` is what an edit has made wrong."""
    refused = decision["type"] == "reject" or bool(faults)
    return {
        "step_id": step["step_id"],
        "idempotency_key": step["idempotency_key"],
        "action": step["action"],
        "risk": toolbox.risk(step["action"], step["inputs"]),
        "decision": "refused" if refused else "edited" if decision["type"] == "edit" else "approved",
        "by": "human",
        "reason": " ".join(faults) or decision.get("message", ""),
    }


async def _faults(edited: Step, decision: Decision, toolbox: Toolbox, scope: ToolScope) -> list[str]:
    """Why an edited call may not be made. Not every door checks an answer against its question."""
    if decision.get("edited_action", {}).get("name") != edited["action"]:
        return ["an edit must give the arguments of the call, and may not change its name"]
    action, inputs = edited["action"], edited["inputs"]
    return toolbox.faults(action, inputs) or await toolbox.refusals(action, inputs, scope)


async def _audit(
    grants: dict[str, Grant], earlier: dict[str, Grant], toolbox: Toolbox, runtime: Runtime[Context]
) -> None:
    """Write down every decision that is not the policy's plain yes to a safe call."""
    scope = scope_of(runtime)
    for grant in grants.values():
        if grant["risk"] == "safe" or grant["idempotency_key"] in earlier:
            continue
        kind: Literal["refused", "granted"] = "refused" if grant["decision"] == "refused" else "granted"
        await toolbox.audit(kind, grant, replace(scope, step_id=grant["step_id"]))


def _objection(attempt: int, plan: Plan, grant: Grant, *, again: bool) -> Objection:
    why = f": {grant['reason']}" if grant["reason"] else ""
    step = next(step for step in plan["steps"] if step["step_id"] == grant["step_id"])
    return {
        "attempt": attempt,
        "plan": fingerprint(plan),
        "role": "human" if grant["by"] == "human" else "broker",
        "reason": f"`{grant['action']}` in step `{grant['step_id']}` was refused{why}.",
        "error_class": REFUSED_AGAIN if again else "CallRefused",
        "call": {"action": step["action"], "inputs": step["inputs"]},
    }
