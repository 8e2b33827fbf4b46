"""The validator: reads a plan before anything is done; what it lets through can at least be carried out."""

import asyncio
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from langgraph.runtime import Runtime
from pydantic import TypeAdapter, ValidationError

from intelligent_office.context import Context
from intelligent_office.contracts import Flaws, Plan, Step
from intelligent_office.errors import ModelError
from intelligent_office.plans import dependency_faults, fingerprint
from intelligent_office.seams import Models, Toolbox, ToolScope, scope_of
from intelligent_office.state import Desk
from intelligent_office.toolbox.schema_checks import BoundedSchema, Uncheckable
from prompts import signature

OPINION_SECONDS = 20.0
"""How long a model may look for flaws; its opinion is welcome, not waited for."""

_contract: TypeAdapter[Plan] = TypeAdapter(Plan)


async def validator(state: Desk, runtime: Runtime[Context], *, models: Models, toolbox: Toolbox) -> Desk:
    """Approve the plan or reject it with reasons the planner can act on: rules first, then a fast model."""
    plan = state["plan"]
    assert plan is not None, "a desk without a plan goes to the reviewer"
    reasons = contract_faults(plan)
    if not reasons:  # the rest reads fields that the contract promises
        reasons = [
            *dependency_faults(plan["steps"], state.get("given", {})),
            *_expectation_faults(plan["steps"]),
            *await _tool_faults(plan["steps"], toolbox, runtime.context.allowed_tools, scope_of(runtime)),
            *_limit_faults(plan, runtime.context),
            *await toolbox.unaffordable(plan["steps"], scope_of(runtime)),
        ]
        if models.connected("planner"):
            reasons += _inputs_of_misused(plan["steps"], toolbox)
    if not reasons:
        reasons = await _flaws(state, plan["steps"], models, toolbox, runtime.context)
    if not reasons:
        return {"validation": {"verdict": "APPROVED", "reasons": []}}
    return {
        "validation": {"verdict": "REJECTED", "reasons": reasons},
        "objections": [
            {
                "attempt": state["attempt"],
                "plan": fingerprint(plan) if not contract_faults(plan) else "",
                "role": "validator",
                "reason": " ".join(reasons),
                "error_class": "PlanRejected",
            }
        ],
    }


def contract_faults(plan: Any) -> list[str]:
    """Where a plan misses the Plan contract."""
    try:
        _contract.validate_python(plan, strict=True)
    except ValidationError as failure:
        return [f"`{'.'.join(map(str, error['loc']))}`: {error['msg']}." for error in failure.errors()]
    return []


async def _tool_faults(steps: list[Step], toolbox: Toolbox, allowed: list[str], scope: ToolScope) -> list[str]:
    faults: list[str] = []
    for step in steps:
        if allowed and step["action"] not in allowed:
            faults.append(f"Step `{step['step_id']}`: the tool `{step['action']}` is not allowed in this task.")
            continue
        found = toolbox.faults(step["action"], step["inputs"])
        found = found or await toolbox.refusals(step["action"], step["inputs"], scope)
        faults += [f"Step `{step['step_id']}`: {fault}" for fault in found]
    return faults


def _inputs_of_misused(steps: list[Step], toolbox: Toolbox) -> list[str]:
    """What the tools take whose inputs are wrong: the planner may have been shown a line of each only."""
    misused = {step["action"] for step in steps if toolbox.faults(step["action"], step["inputs"])}
    cards = [card for card in toolbox.cards() if card["name"] in misused]
    return [f"`{card['name']}` takes:\n{signature(card['parameters'])}" for card in cards]


def _expectation_faults(steps: list[Step]) -> list[str]:
    faults: list[str] = []
    for step in steps:
        expected = step.get("outputs_expectation")
        if not expected:
            continue
        try:
            Draft202012Validator.check_schema(expected)
            BoundedSchema(expected).insist_on_patterns()
        except SchemaError as fault:
            faults.append(f"Step `{step['step_id']}`: `outputs_expectation` is no JSON Schema: {fault.message}.")
        except Uncheckable as odd:
            faults.append(f"Step `{step['step_id']}`: `outputs_expectation` {odd.facts['reason']}.")
    return faults


def _limit_faults(plan: Plan, context: Context) -> list[str]:
    faults = []
    expected, steps = plan["metadata"].get("estimated_duration_seconds", 0), len(plan["steps"])
    if expected > context.max_duration:
        faults.append(f"The plan would take {expected:g} s; the task may take {context.max_duration:g} s.")
    if context.max_steps is not None and steps > context.max_steps:
        faults.append(f"The plan has {steps} steps; the task may take {context.max_steps} in all.")
    return faults


async def _flaws(state: Desk, steps: list[Step], models: Models, toolbox: Toolbox, context: Context) -> list[str]:
    if not models.connected("validator"):
        return []
    try:
        async with asyncio.timeout(OPINION_SECONDS):
            answer = await models.ask(
                "validator",
                Flaws,
                objective=state["subtask"]["objective"],
                steps=steps,
                tools=toolbox.cards(context.allowed_tools),
                given=state.get("given", {}),
            )
    except (TimeoutError, ModelError):
        return []
    return [flaw.strip() for flaw in answer["flaws"] if flaw.strip()]
