"""The planner: turns an objective into a plan, in the light of what was tried before."""

from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.contracts import Objection, PlanDraft
from intelligent_office.errors import ModelError
from intelligent_office.plans import plan_from
from intelligent_office.seams import Archive, Models, Toolbox, scope_of
from intelligent_office.state import Desk


async def planner(
    state: Desk, runtime: Runtime[Context], *, models: Models, toolbox: Toolbox, archive: Archive
) -> Desk:
    """Plan the subtask; objections, results and remembered plans are on the desk."""
    scope = scope_of(runtime)
    subtask, attempt = state["subtask"], state.get("attempt", 0) + 1
    try:
        draft = await models.ask(
            "planner",
            PlanDraft,
            request=state["request"],
            objective=subtask["objective"],
            hints=subtask["tools"],
            tools=toolbox.cards(runtime.context.allowed_tools),
            given=state.get("given", {}),
            criteria=state.get("criteria", []),
            lessons=await archive.recall(scope.tenant, subtask["objective"]),
            objections=state.get("objections", []),
            results=state.get("results", {}),
        )
    except ModelError as error:
        reason: Objection = {
            "attempt": attempt,
            "plan": "",
            "role": "planner",
            "reason": str(error),
            "error_class": type(error).__name__,
        }
        return {"attempt": attempt, "plan": None, "objections": [reason]}
    plan = plan_from(draft, task_id=scope.task_id, subtask_id=subtask["subtask_id"], attempt=attempt, toolbox=toolbox)
    return {"attempt": attempt, "plan": plan}
