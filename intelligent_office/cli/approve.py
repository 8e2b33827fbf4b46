"""The command that answers what a task asks: `approve`."""

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option, task_argument
from intelligent_office.cli.terminal import print_json, say
from intelligent_office.errors import InvalidAnswer, InvalidRequest, Missing

if TYPE_CHECKING:
    from intelligent_office.bounds import Bounds
    from intelligent_office.cli.house import House
    from intelligent_office.contracts import ActionRequest, Decision, EditedAction, Scope
    from intelligent_office.records import Approval, Task


@click.command(cls=OfficeCommand)
@task_argument
@click.option("--show", is_flag=True, help="Only show what is asked.")
@click.option(
    "--scope",
    type=click.Choice(["call", "same", "tool", "tenant"]),
    default="call",
    show_default=True,
    help="Approve the call; in this task, the same call whenever it is planned, or all calls of the tool; or the tool "
    "in all tasks. With --reject, `tool` refuses the tool as a whole.",
)
@click.option("--minutes", type=float, metavar="N", help="How long a scope of more than one call holds (default 60).")
@click.option("--until", metavar="DATE", help="With --scope tenant: how long it holds, such as 2027-01-31.")
@click.option("--same", is_flag=True, help="With --scope tenant: only with the same arguments.")
@click.option("--bounds", metavar="JSON", help='What the call may use, such as {"seconds": 10, "writes": ["a.txt"]}.')
@click.option("--reject", metavar="WHY", help="Refuse, and say why.")
@click.option("--edit", metavar="JSON", help="Approve with these arguments instead.")
@click.option("--again", metavar="FEEDBACK", help="Of what the reviewer cannot decide: have it done again.")
@click.option("--approval", "approval_id", metavar="ID", help="Which question, if there are several.")
@click.option("--all", "everything", is_flag=True, help="Answer all open questions of the task alike.")
@click.option("--no-work", is_flag=True, help="Leave the task to a worker.")
@json_option
@click.pass_obj
def approve(invocation: Invocation, /, name: str, *, as_json: bool, **choices: Any) -> int:
    """Answer what a TASK asks, and let it go on.

    Without --reject, --edit or --again, what is asked for is allowed. Then the task goes on: with a worker if one is
    awake, else here, with the exit codes of `office run`.
    """
    if sum(choices[name] is not None for name in ("reject", "edit", "again")) > 1:
        raise click.UsageError("Only one of --reject, --edit and --again.")
    _insist_on_sense(**choices)
    return asyncio.run(_approve(invocation.settings(), name, as_json=as_json, **choices))


def _insist_on_sense(
    *,
    reject: str | None,
    edit: str | None,
    again: str | None,
    scope: str,
    minutes: float | None,
    until: str | None,
    same: bool,
    bounds: str | None,
    **_: Any,
) -> None:
    """Refuse options that do not go together.

    Raises:
        click.UsageError: it says which.
    """
    if reject is not None and (bounds is not None or scope not in ("call", "tool")):
        raise click.UsageError("With --reject, --scope may only be tool, and there are no --bounds.")
    if (edit is not None or again is not None) and scope != "call":
        raise click.UsageError("--scope goes with a plain yes, not with --edit or --again.")
    if again is not None and bounds is not None:
        raise click.UsageError("--again does a whole plan again: --bounds are for a call.")
    if minutes is not None and (scope == "call" or reject is not None):
        raise click.UsageError("--minutes goes with a yes and --scope same, tool or tenant.")
    if scope != "tenant" and (until is not None or same):
        raise click.UsageError("--until and --same go with --scope tenant.")
    if scope == "tenant" and (until is None) == (minutes is None):
        raise click.UsageError("--scope tenant needs either --until or --minutes.")


async def _approve(
    settings: Any,
    name: str,
    *,
    as_json: bool,
    show: bool,
    approval_id: str | None,
    everything: bool,
    no_work: bool,
    **choices: Any,
) -> int:
    from intelligent_office.cli.escort import Escort
    from intelligent_office.cli.house import open_house, person

    async with open_house(settings) as house:
        task = await house.find(name)
        if show:
            return await _show_questions(house, task, as_json=as_json)
        for approval in await _meant(house, task, approval_id, everything=everything):
            answer = {"decisions": _decisions(approval, **choices)}
            await house.tasks.answer(task.task_id, house.tenant, answer, approval_id=approval.approval_id, by=person())
        task = await house.tasks.get(task.task_id, house.tenant)
        missing = await house.database.missing_keys()
        if no_work or missing:
            lacking = f", and goes on with a worker whose OFFICE_ENCRYPTION_KEY holds `{'`, `'.join(missing)}`"
            told = f"answered; the task is {task.status}{lacking if missing else ''}"
            print_json(task.as_json()) if as_json else say(told)
            return DONE
        escort = Escort(house, task, silent=as_json)
        return await escort.report(as_json=as_json, leave_to_others=True)


async def _show_questions(house: "House", task: "Task", *, as_json: bool) -> int:
    from intelligent_office.cli.screen import Screen
    from intelligent_office.cli.story import question

    waiting = await house.tasks.approvals(task.task_id, house.tenant)
    if as_json:
        print_json([approval.as_json() for approval in waiting])
        return DONE
    screen = Screen()
    for approval in waiting:
        screen.line(f"{approval.approval_id}  (until {approval.expires_at.astimezone():%Y-%m-%d %H:%M})", "heading")
        for text in question(approval.request):
            screen.whole(text)
    if not waiting:
        screen.line(f"nothing is asked; the task is {task.status}")
    return DONE


async def _meant(house: "House", task: "Task", approval_id: str | None, *, everything: bool) -> "Sequence[Approval]":
    """The questions to be answered."""
    every = await house.tasks.approvals(task.task_id, house.tenant, open_only=False)
    waiting = [approval for approval in every if approval.status == "open"]
    if approval_id:
        named = [approval for approval in every if approval.approval_id == approval_id]
        if not named:
            raise Missing(kind="approval", name=approval_id)
        return named
    if len(waiting) > 1 and not everything:
        names = ", ".join(approval.approval_id for approval in waiting)
        raise InvalidRequest(reason=f"{len(waiting)} questions are open: say --all, or --approval with one of {names}")
    if not every:
        raise InvalidRequest(reason=f"Task {task.task_id} asks nothing; it is {task.status}")
    return waiting or every[-1:]


def _decisions(
    approval: "Approval",
    *,
    reject: str | None,
    edit: str | None,
    again: str | None,
    scope: "Scope",
    bounds: str | None,
    **terms: Any,
) -> "list[Decision]":
    """The same answer to every action of a question."""
    actions = approval.request["action_requests"]
    decision: Decision
    if reject is not None:
        decision = {"type": "reject", "message": reject}
    elif again is not None:
        return [_once_more(action, again) for action in actions]
    elif edit is None:
        decision = {"type": "approve", **_term(**terms)}
    elif len(actions) > 1:
        raise InvalidAnswer(reason="--edit changes one call, and this question is about several; answer over HTTP")
    else:
        edited: EditedAction = {"name": actions[0]["name"], "args": _object("--edit", edit)}
        decision = {"type": "edit", "edited_action": edited}
    if scope != "call":
        decision["scope"] = scope
    if bounds is not None:
        decision["bounds"] = cast("Bounds", _object("--bounds", bounds))
    return [decision for _ in actions]


def _once_more(action: "ActionRequest", feedback: str) -> "Decision":
    """Have it planned again, as the reviewer's question offers."""
    if "feedback" not in action["args"]:
        raise InvalidAnswer(
            reason=f"--again is for what the reviewer cannot decide; this is a call of {action['name']}"
        )
    args = {**action["args"], "feedback": feedback}
    return {"type": "edit", "edited_action": {"name": action["name"], "args": args}}


def _term(*, minutes: float | None, until: str | None, same: bool) -> "Decision":
    """How long a yes holds, and for which arguments, as far as that was said."""
    said = {"minutes": minutes, "until": until, "same": same or None}
    return cast("Decision", {name: value for name, value in said.items() if value is not None})


def _object(option: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as fault:
        raise InvalidAnswer(reason=f"{option} is no JSON: {fault}") from None
    if not isinstance(found, dict):
        raise InvalidAnswer(reason=f"{option} must be a JSON object")
    return found
