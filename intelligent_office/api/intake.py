"""How a task comes in over HTTP, whatever the route."""

import asyncio
from pathlib import Path

import structlog

from intelligent_office.api.parts import Caller, Parts
from intelligent_office.errors import Forbidden, InvalidRequest
from intelligent_office.models.candidates import RULES
from intelligent_office.models.spending import Spending
from intelligent_office.records import Task
from intelligent_office.task_requests import TaskRequest

log = structlog.get_logger()


async def submit(request: TaskRequest, who: Caller, office: Parts, *, origin: str) -> Task:
    """Accept a task for a folder that callers from elsewhere may name.

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
    folder = await asyncio.to_thread(_folder, request.folder or ".", office.settings.roots)
    request = request.model_copy(update={"folder": str(folder)})
    if request.model != RULES and request.constraints.max_cost_usd != 0:
        await Spending(office.database, office.settings.tenant_budget_usd).insist_on_money(who.tenant)
    task = await office.tasks.submit(request, tenant=who.tenant, origin=origin, tasks_per_day=who.tasks_per_day)
    log.info("task.accepted", task_id=task.task_id, tenant=who.tenant, origin=origin)  # with the request's id
    return task


def _folder(name: str, roots: list[Path]) -> Path:
    """The folder as an absolute path: one that the server was started in or for, because HTTP has no user's rights."""
    home = Path.cwd()
    try:
        folder = (home / name).resolve()
        is_folder = folder.is_dir()
    except (OSError, RuntimeError):  # too long a name, or links in a circle
        is_folder = False
    if not is_folder:
        raise InvalidRequest(reason=f"There is no folder `{name:.200}`")
    allowed = [home, *(root.resolve() for root in roots)]
    if not any(folder.is_relative_to(root) for root in allowed):
        reason = f"The folder `{name:.200}` is outside the server's own and those of OFFICE_ROOTS"
        raise InvalidRequest(reason=reason)
    return folder
