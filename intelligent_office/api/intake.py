"""How a task comes in over HTTP, whatever the route."""

import asyncio

import structlog

from intelligent_office.api.parts import Caller, Parts
from intelligent_office.errors import Forbidden
from intelligent_office.models.candidates import RULES
from intelligent_office.models.spending import Spending
from intelligent_office.records import Task
from intelligent_office.task_requests import TaskRequest

log = structlog.get_logger()


async def submit(request: TaskRequest, who: Caller, office: Parts, *, origin: str) -> Task:
    """Accept a task for a folder of the caller's tenant: HTTP has no user's rights.

    Raises:
        InvalidRequest: the folder or the model is not usable, or the words are too many.
        Forbidden: the caller may not hand in tasks, or not have risky calls pass without anybody looking.
        QuotaUsedUp: the tenant has handed in its tasks of today, or spent its money of this month.
    """
    who.need("submit")
    if request.approval == "always" and "admin" not in who.scopes:
        reason = '`approval` is "ask" or "never" for this key; only one with the scope `admin` may let all calls pass'
        raise Forbidden(reason=reason)
    office.models.require(request.model)
    folder = await asyncio.to_thread(office.folders.admit, request.folder, who.tenant)
    request = request.model_copy(update={"folder": str(folder)})
    if request.model != RULES and request.constraints.max_cost_usd != 0:
        await Spending(office.database, office.settings.tenant_budget_usd).insist_on_money(who.tenant)
    task = await office.tasks.submit(request, tenant=who.tenant, origin=origin, tasks_per_day=who.tasks_per_day)
    log.info("task.accepted", task_id=task.task_id, tenant=who.tenant, origin=origin)  # with the request's id
    return task
