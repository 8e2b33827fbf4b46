"""Taking up again what had failed: the end of a graph becomes a place to go on from."""

from typing import Any

from langgraph.graph.state import CompiledStateGraph
from langgraph.types import StateSnapshot

from intelligent_office.context import Context
from intelligent_office.contracts import Subtask
from intelligent_office.state import Scratchpad


async def reopen(
    graph: CompiledStateGraph[Any, Context, Any, Any], snapshot: StateSnapshot, context: Context
) -> StateSnapshot:
    """Let a graph that has ended go on before the parts that failed, in one checkpoint; where it stands then.

    Parts that were approved stay approved. A task that was never split goes back to the analyst.
    """
    subtasks: dict[str, Subtask] = snapshot.values.get("subtasks", {})
    update: Scratchpad = {
        "outcome": None,
        "patience": max(1, context.max_iterations),  # the receptionist's, who may have been told otherwise meanwhile
        "subtasks": {name: _anew(part) for name, part in subtasks.items() if part["status"] == "failed"},
    }
    config = await graph.aupdate_state(snapshot.config, update, as_node="analyst" if subtasks else "receptionist")
    return await graph.aget_state(config)


def _anew(part: Subtask) -> Subtask:
    return {**part, "status": "open", "answer": "", "attempts": 0, "steps": [], "history": [], "error_class": ""}
