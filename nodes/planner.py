"""The planner: turns an objective into a plan, in the light of what was tried before."""

from langgraph.runtime import Runtime

from intelligent_office.cards import ToolCard
from intelligent_office.context import Context
from intelligent_office.contracts import Lesson, Objection, PlanDraft
from intelligent_office.errors import ModelError
from intelligent_office.plans import plan_from, premises
from intelligent_office.seams import Archive, Author, Models, Toolbox, scope_of
from intelligent_office.state import Desk, Planned


async def planner(
    state: Desk, runtime: Runtime[Context], *, models: Models, toolbox: Toolbox, archive: Archive
) -> Desk:
    """Plan the subtask; objections, results and remembered plans are on the desk.

    The first plan may be one that was approved for the very same thing a short while ago.
    """
    scope, attempt = scope_of(runtime), state.get("attempt", 0) + 1
    await toolbox.refresh()
    tools = toolbox.cards(runtime.context.allowed_tools)
    by: Planned = "cache"
    try:
        if attempt > 1:
            await models.forget()  # what was told so far has led astray
        draft = await models.recall("planner", PlanDraft, **premises(state, tools)) if attempt == 1 else None
        if draft is None:
            lessons = await archive.recall(scope.tenant, state["subtask"]["objective"])
            draft, by = await _drafted(state, tools, lessons, models)
    except ModelError as error:
        reason: Objection = {
            "attempt": attempt,
            "plan": "",
            "role": "planner",
            "reason": str(error),
            "error_class": type(error).__name__,
        }
        return {"attempt": attempt, "plan": None, "objections": [reason]}
    name = state["subtask"]["subtask_id"]
    plan = plan_from(draft, task_id=scope.task_id, subtask_id=name, attempt=attempt, toolbox=toolbox)
    return {"attempt": attempt, "plan": plan, "planned_by": by}


async def _drafted(
    state: Desk, tools: list[ToolCard], lessons: list[Lesson], models: Models
) -> tuple[PlanDraft, Author]:
    return await models.answered(
        "planner",
        PlanDraft,
        request=state["request"],
        objective=state["subtask"]["objective"],
        hints=state["subtask"]["tools"],
        tools=tools,
        attachments=state.get("attachments", []),
        given=state.get("given", {}),
        criteria=state.get("criteria", []),
        lessons=lessons,
        objections=state.get("objections", []),
        results=state.get("results", {}),
    )
