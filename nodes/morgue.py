"""The morgue: where a task that could not be done is laid out, with all that is known of its end."""

from typing import cast

from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.seams import Archive, Models, scope_of
from intelligent_office.state import Scratchpad


async def morgue(state: Scratchpad, runtime: Runtime[Context], *, models: Models, archive: Archive) -> Scratchpad:
    """Write the dead letter: the state, what kind of failure it was, and every objection on the way."""
    scope, outcome = scope_of(runtime), state["outcome"]
    assert outcome is not None, "nobody comes here whose task goes on"
    await models.forget()
    await archive.bury(
        tenant=scope.tenant,
        task_id=scope.task_id,
        error_class=outcome["error_class"],
        reason=outcome["reason"],
        state=cast("dict[str, object]", dict(state)),
        history=[
            {"subtask_id": part["subtask_id"], **objection}
            for part in state.get("subtasks", {}).values()
            for objection in part["history"]
        ],
    )
    return {}
