"""The analyst: splits a task into subtasks that build on each other, or not."""

from graphlib import CycleError, TopologicalSorter

from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.contracts import Analysis, Subtask, SubtaskDraft
from intelligent_office.errors import ModelError
from intelligent_office.outcomes import failed
from intelligent_office.seams import Models, Toolbox
from intelligent_office.state import Scratchpad


async def analyst(state: Scratchpad, runtime: Runtime[Context], *, models: Models, toolbox: Toolbox) -> Scratchpad:
    """Open one subtask for a simple task, several for a compound one."""
    await toolbox.refresh()
    try:
        analysis = await models.ask(
            "analyst",
            Analysis,
            request=state["request"],
            tools=toolbox.cards(runtime.context.allowed_tools),
            attachments=state.get("attachments", []),
        )
    except ModelError as error:
        return {"outcome": failed(str(error), type(error).__name__)}
    drafts = analysis["subtasks"]
    if not _acyclic(drafts):  # one desk that sees the whole task is slower than several, and never wrong
        drafts = [{"subtask_id": "t1", "objective": state["request"]}]
    if len(drafts) == 1:  # in the user's own words, of which a summary could only lose some
        drafts = [{**drafts[0], "objective": state["request"]}]
    return {"subtasks": {draft["subtask_id"]: _opened(draft) for draft in drafts}}


def _acyclic(drafts: list[SubtaskDraft]) -> bool:
    graph = {draft["subtask_id"]: draft.get("dependencies", []) for draft in drafts}
    if len(graph) < len(drafts) or any(dependency not in graph for ids in graph.values() for dependency in ids):
        return False
    try:
        TopologicalSorter(graph).prepare()
    except CycleError:
        return False
    return True


def _opened(draft: SubtaskDraft) -> Subtask:
    return {
        "subtask_id": draft["subtask_id"],
        "objective": draft["objective"],
        "dependencies": draft.get("dependencies", []),
        "tools": draft.get("tools", []),
        "status": "open",
        "answer": "",
        "output": None,
        "attempts": 0,
        "artifacts": [],
        "finals": [],
        "steps": [],
        "history": [],
        "error_class": "",
    }
