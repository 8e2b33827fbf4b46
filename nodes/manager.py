"""The manager: hands ready subtasks to desks, and says when the task has ended."""

from intelligent_office.outcomes import conclude
from intelligent_office.state import Scratchpad


async def manager(state: Scratchpad) -> Scratchpad:
    """Conclude once every subtask is closed or one has failed; until then the edges send the ready ones to desks."""
    subtasks = state["subtasks"].values()
    if any(part["status"] == "failed" for part in subtasks) or all(part["status"] == "approved" for part in subtasks):
        return {"outcome": conclude(subtasks)}
    return {}
