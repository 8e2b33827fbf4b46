"""The receptionist: takes the request in and fixes, before any work, when it counts as done."""

from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.contracts import Criterion
from intelligent_office.outcomes import failed
from intelligent_office.state import Scratchpad

CRITERIA = (
    "Every step of the plan was carried out without an error.",
    "There is an answer to what was asked.",
)
"""What the office asks of any result; the reviewer checks these without a model."""


async def receptionist(state: Scratchpad, runtime: Runtime[Context]) -> Scratchpad:
    """Refuse what is no request; write down the user's criteria and the office's own."""
    if not state.get("request", "").strip():
        return {"outcome": failed("The request is empty: say in plain words what is to be done.", "InvalidRequest")}
    asked: list[Criterion] = [
        {"text": text.strip(), "by": "user"} for text in runtime.context.success_criteria if text.strip()
    ]
    return {
        "criteria": [*asked, *(Criterion(text=text, by="office") for text in CRITERIA)],
        "patience": max(1, runtime.context.max_iterations),
    }
