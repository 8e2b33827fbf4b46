"""The gatekeeper: looks at each risky call in its context, before a human is asked."""

from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.contracts import Clearance, Permit, Ruling, Step
from intelligent_office.errors import ModelError
from intelligent_office.plans import found_before, origin, origins, ruling_for, untrusted
from intelligent_office.seams import Models, Toolbox, scope_of
from intelligent_office.state import Desk
from intelligent_office.toolbox.references import refers

RISKS = ("safe", "guarded", "dangerous")
"""From the least to the most."""


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
        key = step["idempotency_key"]
        if toolbox.risk(step["action"], step["inputs"]) != "safe" and not _known(state, key):
            clearances[key] = await _cleared(step, permits, state, models, toolbox)
    return {"clearances": clearances}


def _known(state: Desk, key: str) -> bool:
    earlier = state.get("decided", {}).get(key)
    return key in state.get("clearances", {}) or (earlier is not None and earlier["decision"] != "automatic")


async def _cleared(step: Step, permits: list[Permit], state: Desk, models: Models, toolbox: Toolbox) -> Clearance:
    whence = origins(step["inputs"], state["request"], found_before(state))
    permit = next((permit for permit in permits if _covers(permit, step, toolbox)), None)
    if permit:
        held = f"permitted for {_IN_WORDS[permit['scope']]} in this task until {permit['until']}"
        return {"decision": "allow", "reason": held, "by": permit["by"], "origins": whence}
    try:
        ruling, author = await _ruling(step, whence, state, models, toolbox)
    except ModelError as error:
        return {"decision": "ask", "reason": str(error), "by": "policy", "origins": whence}
    if author == "rules":  # rules never know what a call means to the user
        return {"decision": "ask", "reason": ruling["reason"], "by": "policy", "origins": whence}
    held_to = ruling_for(toolbox.risk(step["action"], step["inputs"]), ruling, untrusted(whence))
    return {"decision": held_to["decision"], "reason": held_to["reason"], "by": "gatekeeper", "origins": whence}


_IN_WORDS = {"same": "the same tool with the same inputs", "tool": "this tool"}


def _covers(permit: Permit, step: Step, toolbox: Toolbox) -> bool:
    """Whether a human's yes to another call holds for this one. What a reference stands for may have changed since."""
    if permit["tool"] != step["action"]:
        return False
    if permit["scope"] == "same":
        return permit["inputs"] == step["inputs"] and not refers(step["inputs"])
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
        origins={name: f"{whence[name]}. {told[name]}".removesuffix(". ") for name in whence},
    )
