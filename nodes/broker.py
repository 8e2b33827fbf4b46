"""The tool broker: lets safe calls pass, has the gatekeeper look at risky ones, and asks a human where that must be."""

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from intelligent_office.bounds import told
from intelligent_office.context import Context
from intelligent_office.contracts import (
    ActionRequest,
    Clearance,
    Grant,
    HumanAnswer,
    HumanRequest,
    Objection,
    Plan,
    ReviewConfig,
    Scope,
    Step,
)
from intelligent_office.grants import from_answer, without_asking
from intelligent_office.plans import REFUSED_AGAIN, fingerprint, origin, refusal_of, standing, untrusted
from intelligent_office.seams import Toolbox, scope_of
from intelligent_office.state import Desk
from intelligent_office.toolbox.references import references

SCOPES: list[Scope] = ["call", "same", "tool"]


async def broker(state: Desk, runtime: Runtime[Context], *, toolbox: Toolbox) -> Desk:
    """Grant or refuse every step of the plan, or none: then the gatekeeper has to look first, or a human once more.

    Nothing happens before the question: the node runs again from its top.
    """
    plan = state["plan"]
    assert plan is not None
    decided, scope = state.get("decided", {}), scope_of(runtime, state["subtask"]["subtask_id"])
    grants: dict[str, Grant] = {}
    open_steps: list[Step] = []
    clearances: dict[str, Clearance] = {}
    for step in plan["steps"]:
        grant = without_asking(step, state, toolbox, runtime.context.approval)
        if grant:
            grants[step["step_id"]] = grant
            continue
        open_steps.append(step)
        if clearance := standing(state.get("clearances", {}).get(step["idempotency_key"]), state["attempt"]):
            clearances[step["step_id"]] = clearance
    if len(clearances) < len(open_steps):
        return {"grants": {}}
    again = [step["step_id"] for step in plan["steps"] if _refused_before(step, plan, decided)]
    if open_steps:
        question = await _question(open_steps, state, toolbox, clearances)
        answer: HumanAnswer = interrupt(question, response_schema=HumanAnswer)
        answered = await from_answer(plan, open_steps, answer, toolbox, state, scope)
        plan = answered.plan
        settled: dict[str, Grant] = {
            step_id: {**grant, "clearance": clearances[step_id]} for step_id, grant in answered.grants.items()
        }
        if answered.unfit and not _any_refused({**grants, **settled}):
            await toolbox.audit([*settled.values()], scope)
            return _once_more(plan, settled, clearances, answered.unfit)
        grants |= settled
    news = [grant for grant in grants.values() if grant["idempotency_key"] not in decided or "permit_id" in grant]
    await toolbox.audit(news, scope)
    update: Desk = {"grants": grants}
    remembered = {grant["idempotency_key"]: grant for grant in grants.values() if grant["risk"] != "safe"}
    if remembered:
        update["decided"] = remembered
    if plan is not state["plan"]:
        update["plan"] = plan
    refused = [grant for grant in grants.values() if grant["decision"] == "refused"]
    if refused:
        update["objections"] = [
            _objection(state["attempt"], plan, grant, again=grant["step_id"] in again) for grant in refused
        ]
    return update


def _any_refused(grants: dict[str, Grant]) -> bool:
    return any(grant["decision"] == "refused" for grant in grants.values())


def _once_more(plan: Plan, settled: dict[str, Grant], clearances: dict[str, Clearance], unfit: dict[str, str]) -> Desk:
    """What can be taken of an answer is kept; the rest is asked again, with the reason."""
    keys = {step["step_id"]: step["idempotency_key"] for step in plan["steps"]}
    return {
        "plan": plan,
        "grants": {},
        "decided": {grant["idempotency_key"]: grant for grant in settled.values()},
        "clearances": {keys[step_id]: {**clearances[step_id], "unfit": why} for step_id, why in unfit.items()},
    }


def _refused_before(step: Step, plan: Plan, decided: dict[str, Grant]) -> bool:
    earlier = decided.get(step["idempotency_key"]) or refusal_of(step, plan, decided)
    return earlier is not None and earlier["decision"] == "refused"


async def _question(steps: list[Step], desk: Desk, toolbox: Toolbox, clearances: dict[str, Clearance]) -> HumanRequest:
    return {
        "action_requests": [await _asked(step, desk, toolbox, clearances[step["step_id"]]) for step in steps],
        "review_configs": [_config(name, steps, toolbox) for name in dict.fromkeys(step["action"] for step in steps)],
    }


async def _asked(step: Step, desk: Desk, toolbox: Toolbox, clearance: Clearance) -> ActionRequest:
    plan, action, inputs = desk["plan"], step["action"], step["inputs"]
    assert plan is not None
    whence = [await origin(name, value, plan, desk.get("given", {})) for name, value in inputs.items()]
    bounds = toolbox.bounds(action, inputs)
    words = [
        *([f"The last answer cannot be taken: {unfit}"] if (unfit := clearance.get("unfit")) else []),
        f"Step {step['step_id']} is {toolbox.risk(action, inputs)}.",
        *filter(None, whence),
        *_warnings(step, clearance),
        *([f"Its bounds: {told(bounds)}."] if bounds else []),
        *_price(action, toolbox),
    ]
    description = " ".join(words)
    return {
        "name": action,
        "args": inputs,
        "description": description,
        "subtask_id": desk["subtask"]["subtask_id"],
        "step_id": step["step_id"],
        "bounds": bounds,
    }


def _price(action: str, toolbox: Toolbox) -> list[str]:
    """What the call costs, where the tool declares that it costs something."""
    costs = [card["policy"]["cost"] for card in toolbox.cards([action]) if "policy" in card]
    return [f"It costs ${cost:g}." for cost in costs if isinstance(cost, int | float) and cost > 0]


def _config(name: str, steps: list[Step], toolbox: Toolbox) -> ReviewConfig:
    """What may be answered to calls of one tool. A yes for the whole tenant is for guarded calls only."""
    risks = {toolbox.risk(step["action"], step["inputs"]) for step in steps if step["action"] == name}
    return {
        "action_name": name,
        "allowed_decisions": ["approve", "edit", "reject"],
        "scopes": [*SCOPES, "tenant"] if risks == {"guarded"} else SCOPES,
        "limits": toolbox.bounds(name, None),
    }


def _warnings(step: Step, clearance: Clearance) -> list[str]:
    """What a person should know before they say yes."""
    quoted = [name for name in untrusted(clearance["origins"]) if not references(step["inputs"][name])]
    said = [f"`{name}` repeats what a tool found, and not what was asked for." for name in quoted]
    return [*said, f"The gatekeeper: {clearance['reason']}"] if clearance["by"] == "gatekeeper" else said


def _objection(attempt: int, plan: Plan, grant: Grant, *, again: bool) -> Objection:
    why = f": {grant['reason'].rstrip('.')}" if grant["reason"] else ""
    whole = " No other call of the tool will do either." if grant.get("whole_tool") else ""
    step = next(step for step in plan["steps"] if step["step_id"] == grant["step_id"])
    return {
        "attempt": attempt,
        "plan": fingerprint(plan),
        "role": "human" if grant.get("answered") else "broker",
        "reason": f"`{grant['action']}` in step `{grant['step_id']}` was refused{why}.{whole}",
        "error_class": REFUSED_AGAIN if again else "CallRefused",
        "call": {"action": step["action"], "inputs": step["inputs"]},
    }
