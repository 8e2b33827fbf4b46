"""The commands that have a task done in this process: `run` and `resume`."""

import asyncio
import sys
from base64 import b64encode
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.attachments.kinds import is_text
from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option, task_argument
from intelligent_office.cli.terminal import print_json, say
from intelligent_office.errors import InvalidRequest

if TYPE_CHECKING:
    from pydantic import ValidationError

    from intelligent_office.cli.house import House
    from intelligent_office.settings import Settings
    from intelligent_office.task_requests import Resumption, TaskRequest


@click.command(cls=OfficeCommand)
@click.argument("words", metavar="TASK")
@click.option(
    "--folder", default=".", show_default="here", type=click.Path(path_type=Path), help="The folder to work in."
)
@click.option("--max-iterations", type=int, metavar="N", help="How often a part may be planned (default 3).")
@click.option("--budget", type=float, metavar="USD", help="What models and tools may cost.")
@click.option("--max-duration", type=float, metavar="S", help="Seconds of work after which the task fails.")
@click.option("--model", default="", metavar="PROVIDER:MODEL", help="A model to prefer, for every role.")
@click.option("--criteria", multiple=True, metavar="TEXT", help="A condition the result must meet. Repeatable.")
@click.option(
    "--attach", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help="A file to hand in. Repeatable."
)
@click.option("--tools", metavar="A,B", help="The only tools the task may use.")
@click.option(
    "--approval",
    type=click.Choice(["ask", "never", "always"]),
    default="ask",
    show_default=True,
    help="Risky calls: ask a human, refuse them, or let them pass.",
)
@click.option("--approval-hours", type=float, metavar="H", help="How long questions wait before they count as refused.")
@click.option("-y", "--yes", is_flag=True, help="The same as --approval always.")
@click.option("--priority", type=int, metavar="0-9", help="9 goes first (default 5).")
@click.option("--webhook", metavar="URL", help="Where to tell of what becomes of it.")
@click.option("--no-cache", is_flag=True, help="Ask models again what they have answered before.")
@click.option("--detach", is_flag=True, help="Leave the task to a worker, and print its id.")
@json_option
@click.pass_obj
def run(invocation: Invocation, /, words: str, folder: Path, *, as_json: bool, detach: bool, **choices: Any) -> int:
    """Have a TASK done, and show how; `-` reads standard input.

    Exit code: 0 approved, 1 failed or cancelled, 2 bad input, 3 waiting for a human (`office approve` goes on).
    """
    settings = invocation.settings()
    request = _request(_standard_input() if words == "-" else words, folder, **choices)
    _require_models(settings, request.model)
    return asyncio.run(_run(settings, request, as_json=as_json, detach=detach))


@click.command(cls=OfficeCommand)
@task_argument
@click.option("--budget", type=float, metavar="USD", help="What models and tools may cost, with what they did so far.")
@json_option
@click.pass_obj
def resume(invocation: Invocation, name: str, *, budget: float | None, as_json: bool) -> int:
    """Go on with a TASK that was killed, or ran out of money.

    What was finished stays finished. A task that another process works on is left alone: exit code 1.
    """
    return asyncio.run(_resume(invocation.settings(), name, budget, as_json=as_json))


async def _run(settings: Any, request: "TaskRequest", *, as_json: bool, detach: bool) -> int:
    from intelligent_office.cli.escort import Escort
    from intelligent_office.cli.house import open_house

    async with open_house(settings) as house:
        await house.database.insist_on_keys()
        task = await house.tasks.submit(request, tenant=house.tenant, origin="cli")
        if detach:
            print_json(task.as_json()) if as_json else say(task.task_id)
            return DONE
        escort = Escort(house, task, silent=as_json)
        escort.introduce()
        code = await escort.report(as_json=as_json)
        if request.webhook_url:
            await _tell(house, task.task_id)
        return code


async def _tell(house: "House", task_id: str) -> None:
    """Tell the task's webhook at once: there may be no worker for a while."""
    from intelligent_office.webhooks.deliveries import Deliveries

    await Deliveries(house.database, house.settings).hasten(task_id, house.tenant)


async def _resume(settings: Any, name: str, budget: float | None, *, as_json: bool) -> int:
    from intelligent_office.cli.escort import Escort
    from intelligent_office.cli.house import open_house

    async with open_house(settings) as house:
        found = await house.find(name)
        escort = Escort(house, found, silent=as_json)
        if budget is not None or found.ended:
            await escort.refund(_resumption(budget))
        if not found.ended:
            await escort.inherit()
        return await escort.report(as_json=as_json)


def _require_models(settings: "Settings", preferred: str) -> None:
    """Before the task is accepted, make sure that the models and their cache are as somebody meant them to be.

    Raises:
        InvalidFile, InvalidSetting: the models file or a setting is not usable.
        InvalidRequest: the model that the task prefers cannot be asked.
    """
    from intelligent_office.models.catalogue import Catalogue

    catalogue = Catalogue.load(settings)
    try:
        catalogue.require(preferred)
    except InvalidRequest as failure:
        raise InvalidRequest(reason=f"--model: {failure}") from None
    if settings.redis_url:
        from intelligent_office.models.cache.in_redis import client_for

        client_for(settings.redis_url.get_secret_value())


def _request(words: str, folder: Path, **choices: Any) -> "TaskRequest":
    """The options as a request; what does not fit is told by the name of its option.

    Raises:
        InvalidRequest: the first thing that does not fit.
    """
    from pydantic import ValidationError

    from intelligent_office.task_requests import TaskRequest

    constraints = {
        "max_iterations": choices["max_iterations"],
        "max_cost_usd": choices["budget"],
        "max_duration": choices["max_duration"],
        "allowed_tools": _names(choices["tools"]),
        "approval_hours": choices["approval_hours"],
    }
    optional = {"priority": choices["priority"], "webhook_url": choices["webhook"]}
    try:
        return TaskRequest.model_validate(
            {
                "description": words,
                "folder": str(_folder(folder)),
                "approval": "always" if choices["yes"] else choices["approval"],
                "model": choices["model"],
                "use_cache": not choices["no_cache"],
                "success_criteria": list(choices["criteria"]),
                "attachments": [_attached(file) for file in choices["attach"]],
                "constraints": {name: value for name, value in constraints.items() if value is not None},
                **{name: value for name, value in optional.items() if value is not None},
            }
        )
    except ValidationError as failure:
        raise refused(failure) from None


def _resumption(budget: float | None) -> "Resumption":
    from pydantic import ValidationError

    from intelligent_office.task_requests import Resumption

    try:
        return Resumption(max_cost_usd=budget)
    except ValidationError as failure:
        raise refused(failure) from None


def refused(failure: "ValidationError") -> InvalidRequest:
    """What does not fit first, by the name of its option."""
    first = failure.errors()[0]
    field = str(next((part for part in reversed(first["loc"]) if isinstance(part, str)), "description"))
    option = _OPTIONS.get(field, f"--{field.replace('_', '-')}")
    return InvalidRequest(reason=f"{option}: {first['msg'].removeprefix('Value error, ')}")


_OPTIONS = {
    "description": "TASK",
    "max_cost_usd": "--budget",
    "allowed_tools": "--tools",
    "success_criteria": "--criteria",
    "attachments": "--attach",
    "webhook_url": "--webhook",
}


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise InvalidRequest(reason="TASK: standard input is not UTF-8") from None


def _attached(file: Path) -> dict[str, str]:
    """A file as part of a request; what it is, its first bytes and its name tell.

    Raises:
        InvalidRequest: it cannot be read.
    """
    try:
        content = file.expanduser().read_bytes()
    except OSError as failure:
        raise InvalidRequest(reason=f"--attach: {file}: {failure.strerror}") from None
    kind = guess_type(file.name)[0] or ""
    known = {"media_type": kind} if is_text(kind) else {}
    return {"name": file.name, "data": b64encode(content).decode(), **known}


def _names(text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InvalidRequest(reason="--tools: name at least one tool")
    return names


def _folder(folder: Path) -> Path:
    absolute = folder.expanduser().absolute()
    if not absolute.exists():
        raise InvalidRequest(reason=f"--folder: {folder} does not exist")
    if not absolute.is_dir():
        raise InvalidRequest(reason=f"--folder: {folder} is not a folder")
    return absolute
