"""Who works next: pure functions of the scratchpad."""

from typing import Literal

from langgraph.types import Send

from intelligent_office.plans import repeats
from intelligent_office.state import Desk, Scratchpad


async def after_receptionist(state: Scratchpad) -> Literal["analyst", "morgue"]:
    return "morgue" if state.get("outcome") else "analyst"


async def after_analyst(state: Scratchpad) -> Literal["manager", "morgue"]:
    return "morgue" if state.get("outcome") else "manager"


async def after_manager(state: Scratchpad) -> list[Send] | Literal["archivist"]:
    """Every subtask whose dependencies are done goes to a desk of its own, all at the same time."""
    if state.get("outcome"):
        return "archivist"
    subtasks = state["subtasks"]
    return [
        Send(
            "desk",
            Desk(
                request=state["request"],
                attachments=state.get("attachments", []),
                subtask=part,
                criteria=state["criteria"],
                patience=state["patience"],
                given={name: subtasks[name] for name in part["dependencies"]},
            ),
        )
        for part in subtasks.values()
        if part["status"] == "open" and all(subtasks[name]["status"] == "approved" for name in part["dependencies"])
    ]


async def after_archivist(state: Scratchpad) -> Literal["morgue", "__end__"]:
    outcome = state["outcome"]
    return "morgue" if outcome and outcome["status"] == "failed" else "__end__"


async def after_planner(state: Desk) -> Literal["validator", "reviewer"]:
    return "validator" if state["plan"] else "reviewer"


async def after_validator(state: Desk) -> Literal["broker", "planner", "reviewer"]:
    if state["validation"]["verdict"] == "APPROVED":
        return "broker"
    by_rules = state.get("planned_by") == "rules"  # which would plan the same again, unless a model is back by then
    if by_rules or state["attempt"] >= state["patience"] or repeats(state["objections"]):
        return "reviewer"
    return "planner"


async def after_broker(state: Desk) -> Literal["gatekeeper", "executor", "reviewer"]:
    if not state["grants"]:
        return "gatekeeper"
    refused = any(grant["decision"] == "refused" for grant in state["grants"].values())
    return "reviewer" if refused else "executor"


async def after_reviewer(state: Desk) -> Literal["planner", "reviewer", "__end__"]:
    """An escalated verdict comes back to the reviewer, who asks a human first thing."""
    match state["review"]["verdict"]:
        case "REVISE":
            return "planner"
        case "ESCALATE":
            return "reviewer"
        case _:
            return "__end__"
