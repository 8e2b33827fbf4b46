"""The audit trail: who asked, who decided, and what was done, with proof that nobody changed it."""

from typing import Annotated

from fastapi import APIRouter, Query

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import AuditEntryView, AuditPage
from intelligent_office.database.audit import outlives, read_trail
from intelligent_office.errors import Missing

router = APIRouter(prefix="/tasks/{task_id}/audit", tags=["tasks"], route_class=JsonRoute)


@router.get("", responses=problems(404, 422, 503))
async def read_audit(
    task_id: str,
    who: Who,
    office: Office,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The last entry that is known already.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> AuditPage:
    """What was asked, decided and done about a task's calls, in order. Every page checks the whole chain.

    It is here longer than the task. Of a trail that was pruned there is one entry, `pruned`, which says so.
    """
    try:
        await office.tasks.get(task_id, who.tenant)
    except Missing:
        if not await outlives(office.database, task_id, who.tenant):
            raise
    trail = await read_trail(office.database, task_id)
    following = [entry for entry in trail.entries if entry.number > after]
    shown = following[:limit]
    return AuditPage(
        task_id=task_id,
        intact=trail.intact,
        flaws=list(trail.flaws),
        total=len(trail.entries),
        head=trail.head,
        entries=[AuditEntryView.model_validate(entry) for entry in shown],
        next=shown[-1].number if len(following) > limit else None,
    )
