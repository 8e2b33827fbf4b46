"""Usage: what the models were asked for a tenant, and what that cost."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import UsageReport
from intelligent_office.models.spending import MOST_LINES, By, Spending

router = APIRouter(prefix="/usage", tags=["usage"])


@router.get("", responses=problems(422, 503))
async def show_usage(
    who: Who,
    office: Office,
    by: Annotated[By, Query(description="One line for each.")] = "model",
    since: Annotated[datetime | None, Query(description="Only calls from then on; UTC if it names no zone.")] = None,
    until: Annotated[datetime | None, Query(description="Only calls before then.")] = None,
    task_id: Annotated[str | None, Query(description="Only calls of this task.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LINES, description="The most lines.")] = MOST_LINES,
) -> UsageReport:
    """What was asked of models and tools, and what that cost; the dearest first, days in their order."""
    spending = Spending(office.database, office.settings.tenant_budget_usd)
    report = await spending.report(by, tenant=who.tenant, task_id=task_id, since=since, until=until, limit=limit)
    return UsageReport.of(report, await spending.budget(who.tenant))
