"""How a task comes in over HTTP, whatever the route."""

import asyncio
from pathlib import Path

from intelligent_office.api.parts import Caller, Parts
from intelligent_office.errors import Forbidden, InvalidRequest
from intelligent_office.records import Task
from intelligent_office.tasks import TaskRequest


async def submit(request: TaskRequest, who: Caller, office: Parts, *, origin: str) -> Task:
    """Accept a task for a folder that callers from elsewhere may name.

    Raises:
        InvalidRequest: the folder or the model is not usable, or the words are too many.
        Forbidden: the caller may not hand in tasks, or not have risky calls pass without anybody looking.
    """
    who.need("submit")
    if request.approval == "always" and "admin" not in who.scopes:
        reason = '`approval` is "ask" or "never" for this key; only one with the scope `admin` may let all calls pass'
        raise Forbidden(reason=reason)
    office.models.require(request.model)
    folder = await asyncio.to_thread(_folder, request.folder or ".", office.settings.roots)
    request = request.model_copy(update={"folder": str(folder)})
    return await office.tasks.submit(request, tenant=who.tenant, origin=origin)


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
