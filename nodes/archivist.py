"""The archivist: remembers every plan, the good ones to follow and the bad ones with their lesson."""

from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.seams import Archive, scope_of
from intelligent_office.state import Scratchpad


async def archivist(state: Scratchpad, runtime: Runtime[Context], *, archive: Archive) -> Scratchpad:
    """Keep what was planned for each subtask, so that the next similar one is planned better."""
    scope = scope_of(runtime)
    for part in state["subtasks"].values():
        if not part["steps"]:
            continue
        approved = part["status"] == "approved"
        await archive.remember(
            tenant=scope.tenant,
            task_id=scope.task_id,
            kind="success" if approved else "failure",
            objective=part["objective"],
            steps=part["steps"],
            lesson="" if approved else part["answer"],
        )
    return {}
