"""The commands about dead letters: tasks that failed, and what is to become of them."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.invocation import Invocation, OfficeGroup, json_option, task_argument, tenant_option
from intelligent_office.cli.run import refused
from intelligent_office.cli.tables import print_table
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from intelligent_office.cli.screen import Screen
    from intelligent_office.dead_letters import Remains, Reprocessing, Tally
    from intelligent_office.records import LetterSummary
    from intelligent_office.settings import Settings

_LIMITS = [
    click.option(
        "--from",
        "since",
        type=click.Choice(["failure", "start"]),
        default="failure",
        show_default=True,
        help="Go on where it failed; or do it all anew, as a new task.",
    ),
    click.option("--max-iterations", type=int, metavar="N", help="How often a part may be planned."),
    click.option("--max-duration", type=float, metavar="S", help="Seconds of work after which it fails."),
    click.option("--budget", "max_cost_usd", type=float, metavar="USD", help="What models and tools may cost."),
    click.option("--tools", metavar="A,B", help="The only tools it may use."),
]
_STATUSES = ["open", "reprocessed", "discarded", "all"]
_SHOWN = 160
"""Characters of a reason in a list; all of them with --json."""


def _limit_options(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """From where, and with which limits; those that are not given stay as they were."""
    for option in reversed(_LIMITS):
        command = option(command)
    return command


@click.group("dead", cls=OfficeGroup)
def dead() -> None:
    """Tasks that failed: why, and have them done again."""


@dead.command("list")
@click.option("--status", type=click.Choice(_STATUSES), default="open", show_default=True)
@click.option("--class", "error_class", metavar="NAME", help="Only failures of this class.")
@click.option("--tool", metavar="NAME", help="Only where a call of this tool had failed.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@click.option("--all-tenants", is_flag=True, help="Those of all tenants.")
@tenant_option
@json_option
@click.pass_obj
def list_letters(invocation: Invocation, /, **choices: Any) -> int:
    """List failures, the newest first."""
    return asyncio.run(_list(invocation.settings(), **choices))


@dead.command()
@task_argument
@tenant_option
@json_option
@click.pass_obj
def show(invocation: Invocation, name: str, *, tenant: str, as_json: bool) -> int:
    """All that is known of a TASK that failed. Its state, what was objected to, and what was done."""
    return asyncio.run(_show(invocation.settings(), name, tenant, as_json=as_json))


@dead.command()
@task_argument
@_limit_options
@click.option("--detach", is_flag=True, help="Leave it to a worker, and print its id.")
@tenant_option
@json_option
@click.pass_obj
def reprocess(invocation: Invocation, /, name: str, **choices: Any) -> int:
    """Have a TASK done again that failed, and show how.

    From the failure, the same task goes on: what is finished stays finished. A limit that is not given stays as it was.
    """
    return asyncio.run(_reprocess(invocation.settings(), name, **choices))


@dead.command("reprocess-all")
@click.option("--class", "error_class", metavar="NAME", help="Only failures of this class.")
@click.option("--tool", metavar="NAME", help="Only where a call of this tool had failed.")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True, help="The newest so many.")
@_limit_options
@click.option("--all-tenants", is_flag=True, help="Those of all tenants.")
@tenant_option
@json_option
@click.pass_obj
def reprocess_all(invocation: Invocation, /, **choices: Any) -> int:
    """Have workers do all open failures of a kind again. Exit code 1 if one cannot be."""
    return asyncio.run(_reprocess_all(invocation.settings(), **choices))


@dead.command()
@task_argument
@tenant_option
@click.pass_obj
def discard(invocation: Invocation, name: str, *, tenant: str) -> int:
    """Say that a TASK that failed is to be left at that."""
    return asyncio.run(_discard(invocation.settings(), name, tenant))


@dead.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="Of the last so many.")
@click.option("--all-tenants", is_flag=True, help="Those of all tenants.")
@tenant_option
@json_option
@click.pass_obj
def stats(invocation: Invocation, /, *, days: int, all_tenants: bool, tenant: str, as_json: bool) -> int:
    """How many tasks failed, and what became of them. By class, by tool and by day (UTC)."""
    return asyncio.run(_stats(invocation.settings(), days, None if all_tenants else tenant, as_json=as_json))


async def _list(
    settings: "Settings", *, status: Any, tenant: str, all_tenants: bool, as_json: bool, **more: Any
) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.dead_letters import DeadLetters

    async with open_house(settings) as house:
        letters = DeadLetters(house.database, house.tasks)
        found = await letters.list(None if all_tenants else tenant, status=None if status == "all" else status, **more)
    if as_json:
        print_json([letter.as_json() for letter in found])
    elif not found:
        say("there are no such dead letters")
    else:
        print_table(("task", "failed", "class", "tools", "state", "reason"), [_cells(letter) for letter in found])
    return DONE


async def _show(settings: "Settings", name: str, tenant: str, *, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.cli.screen import Screen
    from intelligent_office.dead_letters import DeadLetters

    async with open_house(settings) as house:
        task = await house.tasks.find(name, tenant)
        remains = await DeadLetters(house.database, house.tasks).show(task.task_id, tenant)
    if as_json:
        print_json(
            {
                **remains.letter.as_json(),
                "calls": [call.as_json() for call in remains.calls],
                "checkpoint": remains.checkpoint.as_json() if remains.checkpoint else None,
            }
        )
    else:
        _tell(remains, Screen())
    return DONE


async def _reprocess(
    settings: "Settings", name: str, *, tenant: str, detach: bool, as_json: bool, **limits: Any
) -> int:
    from intelligent_office.cli.escort import Escort
    from intelligent_office.cli.house import open_house, person
    from intelligent_office.dead_letters import DeadLetters

    wish = _wish(**limits)
    async with open_house(settings) as house:
        found = await house.tasks.find(name, tenant)
        letters = DeadLetters(house.database, house.tasks)
        task = await letters.reprocess(found.task_id, tenant, wish, by=person(), origin="cli")
        if detach or tenant != house.tenant:
            print_json(task.as_json()) if as_json else say(task.task_id)
            return DONE
        escort = Escort(house, task, silent=as_json)
        if task.task_id != found.task_id:
            escort.introduce()
        return await escort.report(as_json=as_json)


async def _reprocess_all(
    settings: "Settings",
    *,
    tenant: str,
    all_tenants: bool,
    error_class: str | None,
    tool: str | None,
    limit: int,
    as_json: bool,
    **limits: Any,
) -> int:
    from intelligent_office.cli.house import open_house, person
    from intelligent_office.dead_letters import DeadLetters

    wish = _wish(**limits)
    async with open_house(settings) as house:
        letters = DeadLetters(house.database, house.tasks)
        queued, refused = await letters.reprocess_all(
            None if all_tenants else tenant,
            wish,
            error_class=error_class,
            tool=tool,
            limit=limit,
            by=person(),
            origin="cli",
        )
    if as_json:
        print_json({"queued": [task.task_id for task in queued], "refused": [one.as_json() for one in refused]})
    else:
        for task in queued:
            say(task.task_id)
        for one in refused:
            say(f"office: {one.reason}", err=True)
        if not queued and not refused:
            say("there are no such dead letters")
    return FAILED if refused else DONE


def _wish(*, since: str, tools: str | None, **limits: Any) -> "Reprocessing":
    """The options as a wish.

    Raises:
        InvalidRequest: the first thing that does not fit.
    """
    from pydantic import ValidationError

    from intelligent_office.dead_letters import Reprocessing

    allowed = [part.strip() for part in tools.split(",") if part.strip()] if tools is not None else None
    try:
        return Reprocessing.model_validate({"from": since, "constraints": {**limits, "allowed_tools": allowed}})
    except ValidationError as failure:
        raise refused(failure) from None


async def _discard(settings: "Settings", name: str, tenant: str) -> int:
    from intelligent_office.cli.house import open_house, person
    from intelligent_office.dead_letters import DeadLetters

    async with open_house(settings) as house:
        task = await house.tasks.find(name, tenant)
        await DeadLetters(house.database, house.tasks).discard(task.task_id, tenant, by=person())
    say(f"the dead letter of {task.task_id} is discarded")
    return DONE


async def _stats(settings: "Settings", days: int, tenant: str | None, *, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.dead_letters import DeadLetters

    async with open_house(settings) as house:
        found = await DeadLetters(house.database, house.tasks).statistics(tenant, days=days)
    if as_json:
        print_json([tally.as_json() for tally in found])
    elif not found:
        say(f"no task has failed in the last {days} days")
    else:
        headings = ("by", "", "failed", "open", "reprocessed", "recovered", "discarded")
        print_table(headings, [_figures(tally) for tally in found])
    return DONE


def _tell(remains: "Remains", screen: "Screen") -> None:
    letter = remains.letter
    screen.line(f"task      {letter.task_id}", "heading")
    screen.line(f"request   {' '.join(letter.description.split())}")
    screen.line(f"failed    {letter.at.astimezone():%Y-%m-%d %H:%M:%S}, {letter.error_class}", "bad")
    screen.whole(f"reason    {letter.reason}")
    successor = f", as {letter.successor}" if letter.successor else ""
    screen.line(f"state     {letter.status}{f' by {letter.closed_by}' if letter.closed_by else ''}{successor}")
    for name, part in letter.state.get("subtasks", {}).items():
        screen.line(f"part      {name}  {part['status']:<8}  {' '.join(part['objective'].split())}")
    for objection in letter.history:
        attempt = f"{objection.get('subtask_id', '')} attempt {objection['attempt']}"
        screen.line(f"objected  {attempt}  {objection['role']}: {' '.join(objection['reason'].split())}")
    for call in remains.calls:
        error = f"  {' '.join(call.error.split())}" if call.error else ""
        screen.line(f"called    {call.step_id}  {call.tool:<16}  {call.status}{error}")
    last = remains.checkpoint
    stands = f"{last.at.astimezone():%Y-%m-%d %H:%M:%S}, step {last.step}" if last else "none: only --from start"
    screen.line(f"memory    {stands}")
    if letter.status == "open":
        screen.line(
            f"          office dead reprocess {letter.task_id}   (or: --from start, office dead discard)", "question"
        )


def _cells(letter: "LetterSummary") -> tuple[str, ...]:
    reason = " ".join(letter.reason.split())
    return (
        letter.task_id,
        f"{letter.at.astimezone():%m-%d %H:%M}",
        letter.error_class,
        ", ".join(letter.tools),
        letter.status,
        reason if len(reason) <= _SHOWN else f"{reason[:_SHOWN]}…",
    )


def _figures(tally: "Tally") -> tuple[str, ...]:
    figures = (tally.letters, tally.open, tally.reprocessed, tally.recovered, tally.discarded)
    key = tally.key or ("(no call had failed)" if tally.by == "tool" else "")
    return (tally.by.replace("_", " "), key, *(str(figure) for figure in figures))
