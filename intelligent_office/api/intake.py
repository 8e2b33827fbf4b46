"""How a task comes in over HTTP, whatever the route."""

import asyncio
from pathlib import Path

from intelligent_office.api.parts import Caller, Parts
from intelligent_office.errors import InvalidRequest
from intelligent_office.records import Task
from intelligent_office.tasks import TaskRequest


async def submit(request: TaskRequest, caller: Caller, office: Parts, *, origin: str) -> Task:
    """Accept a task for a folder that callers from elsewhere may name.

    Raises:
        InvalidRequest: the folder or the model is not usable, the words are too many, or risky calls are to pass
            without anybody looking.
    """
    if request.approval == "always":  # callers over HTTP have proved no rights
        raise InvalidRequest(
            reason='Over HTTP, `approval` is "ask" or "never"; only `office run` may let all calls pass'
        )
    office.models.require(request.model)
    folder = await asyncio.to_thread(_folder, request.folder or ".", office.settings.roots)
    request = request.model_copy(update={"folder": str(folder)})
    return await office.tasks.submit(request, tenant=caller.tenant, origin=origin)


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
