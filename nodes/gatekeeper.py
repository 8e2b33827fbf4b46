"""The gatekeeper: looks at each risky call in its context, before a human is asked."""

from langgraph.runtime import Runtime

from intelligent_office.bounds import told as bounds_in_words
from intelligent_office.context import Context
from intelligent_office.contracts import RISKS, Clearance, Permit, Ruling, Step
from intelligent_office.errors import ModelError
from intelligent_office.grants import without_asking
from intelligent_office.plans import found_before, origin, origins, ruling_for, standing, untrusted
from intelligent_office.seams import Models, Toolbox, scope_of
from intelligent_office.state import Desk
from intelligent_office.toolbox.references import refers


async def gatekeeper(state: Desk, runtime: Runtime[Context], *, models: Models, toolbox: Toolbox) -> Desk:
    """Say of each risky call that nobody has decided on: allow, ask or refuse.

    A role of its own, and not a part of the broker: what it said is on the desk before the broker asks a human, so that
    nothing is asked twice when the broker runs again with the answer.
    """
    plan = state["plan"]
    assert plan is not None
    permits = await toolbox.permits(scope_of(runtime))
    clearances: dict[str, Clearance] = {}
    for step in plan["steps"]:
        if without_asking(step, state, toolbox, runtime.context.approval) or _known(step, state):
            continue
        clearances[step["idempotency_key"]] = await _cleared(step, permits, state, models, toolbox)
    return {"clearances": clearances}


def _known(step: Step, state: Desk) -> bool:
    return standing(state.get("clearances", {}).get(step["idempotency_key"]), state["attempt"]) is not None


async def _cleared(step: Step, permits: list[Permit], state: Desk, models: Models, toolbox: Toolbox) -> Clearance:
    whence = origins(step["inputs"], state["request"], found_before(state))
    permit = next((permit for permit in permits if _covers(permit, step, toolbox, untrusted(whence))), None)
    if permit:
        return _permitted(permit, whence, state["attempt"])
    try:
        ruling, author = await _ruling(step, whence, state, models, toolbox)
    except ModelError as error:
        return {"decision": "ask", "reason": str(error), "by": "policy", "origins": whence}
    if author == "rules":  # rules never know what a call means to the user
        return {"decision": "ask", "reason": ruling["reason"], "by": "policy", "origins": whence}
    held_to = ruling_for(toolbox.risk(step["action"], step["inputs"]), ruling, untrusted(whence))
    told: Clearance = {
        "decision": held_to["decision"],
        "reason": held_to["reason"],
        "by": "gatekeeper",
        "origins": whence,
    }
    return {**told, "whole_tool": True} if held_to["decision"] == "refuse" and held_to.get("whole_tool") else told


def _permitted(permit: Permit, whence: dict[str, str], attempt: int) -> Clearance:
    what = "the same tool with the same inputs" if permit["same_inputs"] else "this tool"
    where = "all tasks of the tenant" if permit["permit_id"] else "this task"
    held = f"permitted for {what} in {where} until {permit['until']}"
    clearance: Clearance = {"decision": "allow", "reason": held, "by": permit["by"], "origins": whence}
    if permit["permit_id"]:
        clearance |= {"permit_id": permit["permit_id"], "attempt": attempt}
    if permit["bounds"]:
        clearance["bounds"] = permit["bounds"]
    return clearance


def _covers(permit: Permit, step: Step, toolbox: Toolbox, foreign: list[str]) -> bool:
    """Whether a human's yes to another call holds for this one. What a reference stands for may have changed since.

    A yes for the whole tenant was given by somebody who knew nothing of this task: it does not hold for arguments that
    a file or a page may have had a hand in, nor for anything that is dangerous.
    """
    if permit["tool"] != step["action"] or toolbox.excess(step["action"], step["inputs"], permit["bounds"] or {}):
        return False
    if permit["same_inputs"] and (permit["inputs"] != step["inputs"] or refers(step["inputs"])):
        return False
    if permit["permit_id"]:
        return toolbox.risk(step["action"], step["inputs"]) == "guarded" and not foreign
    seen, now = toolbox.risk(permit["tool"], permit["inputs"]), toolbox.risk(step["action"], step["inputs"])
    return RISKS.index(now) <= RISKS.index(seen)


async def _ruling(
    step: Step, whence: dict[str, str], state: Desk, models: Models, toolbox: Toolbox
) -> tuple[Ruling, str]:
    plan, given = state["plan"], state.get("given", {})
    assert plan is not None
    told = {name: await origin(name, value, plan, given) for name, value in step["inputs"].items()}
    return await models.answered(
        "gatekeeper",
        Ruling,
        request=state["request"],
        objective=state["subtask"]["objective"],
        steps=plan["steps"],
        call=step,
        risk=toolbox.risk(step["action"], step["inputs"]),
        bounds=bounds_in_words(toolbox.bounds(step["action"], step["inputs"])),
        origins={name: f"{whence[name]}. {told[name]}".removesuffix(". ") for name in whence},
    )
