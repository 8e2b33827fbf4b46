"""The commands that look at tasks, and the one that stops them: `status`, `list`, `logs`, `cancel`."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option, task_argument
from intelligent_office.cli.terminal import harmless, print_json, print_json_line, say

if TYPE_CHECKING:
    from intelligent_office.cli.house import House
    from intelligent_office.cli.screen import Screen
    from intelligent_office.cli.story import Story
    from intelligent_office.records import Event, Task

STATUSES = ["queued", "running", "waiting", "completed", "failed", "cancelled"]
_CANCEL_TRIES = 2
_GRACE_SECONDS = 0.3
"""Beyond a lease: then a worker that was not heard of is dead."""


@click.command(cls=OfficeCommand)
@task_argument
@json_option
@click.pass_obj
def status(invocation: Invocation, name: str, *, as_json: bool) -> int:
    """How far a TASK has come, what it has cost, and its answer."""
    return asyncio.run(_status(invocation.settings(), name, as_json=as_json))


@click.command("list", cls=OfficeCommand)
@click.option("--status", type=click.Choice(STATUSES), help="Only tasks of this status.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@json_option
@click.pass_obj
def list_tasks(invocation: Invocation, /, **choices: Any) -> int:
    """The latest tasks, newest first."""
    return asyncio.run(_list(invocation.settings(), **choices))


@click.command(cls=OfficeCommand)
@task_argument
@click.option("-f", "--follow", is_flag=True, help="Go on until the task has ended.")
@json_option
@click.pass_obj
def logs(invocation: Invocation, name: str, *, follow: bool, as_json: bool) -> int:
    """What happened to a TASK, event by event.

    With --json one list; with --follow one JSON object a line.
    """
    return asyncio.run(_logs(invocation.settings(), name, follow=follow, as_json=as_json))


@click.command(cls=OfficeCommand)
@task_argument
@json_option
@click.pass_obj
def cancel(invocation: Invocation, name: str, *, as_json: bool) -> int:
    """Stop a TASK, wherever it is being worked on."""
    return asyncio.run(_cancel(invocation.settings(), name, as_json=as_json))


async def _status(settings: Any, name: str, *, as_json: bool) -> int:
    from intelligent_office.cli.answer import iterations, report, summary, whole_answer
    from intelligent_office.cli.house import open_house
    from intelligent_office.cli.screen import Screen
    from intelligent_office.cli.story import question
    from intelligent_office.errors import Missing

    async with open_house(settings) as house:
        task = await house.find(name)
        if as_json:
            print_json(await report(house, task))
            return DONE
        screen = Screen()
        _describe(task, screen)
        for approval in await house.tasks.approvals(task.task_id, house.tenant):
            screen.line(f"asks      until {approval.expires_at.astimezone():%Y-%m-%d %H:%M}", "question")
            for text in question(approval.request):
                screen.whole(f"  {text}", "question")
            screen.line(f"          office approve {task.task_id}   (or --reject, --edit, --bounds)", "question")
        for line in await _decisions(house, task):
            screen.line(line)
        usage = await house.tasks.usage(task.task_id, house.tenant)
        screen.line(f"took      {summary(task, usage, await iterations(house, task))}")
        if task.outcome:
            answer = await whole_answer(house, task)
            screen.whole(f"\n{answer}" if answer else f"\n{task.outcome['reason']}")
        if task.status == "failed":
            with suppress(Missing):  # one that only misses a key is not dead
                await house.tasks.dead_letter(task.task_id, house.tenant)
                screen.line(f"why and what now: office dead show {task.task_id}", "question")
    return DONE


async def _decisions(house: "House", task: "Task") -> list[str]:
    """Who let which risky call pass, or did not."""
    from intelligent_office.bounds import told
    from intelligent_office.database.audit import read_trail

    trail = await read_trail(house.database, task.task_id)
    made = [entry for entry in trail.entries if entry.kind in ("granted", "refused") and entry.data["risk"] != "safe"]
    lines = []
    for entry in made:
        bounds = told(entry.data.get("bounds", {}))
        more = f" ({bounds})" if bounds else ""
        lines.append(f"{entry.kind:<9} {entry.step_id} {entry.tool} by {entry.who}{more}")
    return lines


def _describe(task: "Task", screen: "Screen") -> None:
    screen.line(f"task      {task.task_id}", "heading")
    screen.line(f"status    {task.status}, {task.progress:.0%}, at the {task.step}")
    screen.line(f"request   {' '.join(task.description.split())}")
    screen.line(f"folder    {task.context.get('folder', '.')}")
    screen.line(f"from      {task.origin}, {task.created_at.astimezone():%Y-%m-%d %H:%M:%S}")
    if task.status == "running":
        screen.line(f"worker    {task.worker}")


async def _list(settings: Any, *, status: Any, limit: int, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.cli.screen import Screen
    from intelligent_office.records import Selection

    async with open_house(settings) as house:
        selection = Selection(statuses=frozenset({status} if status else ()))
        tasks = await house.tasks.list(house.tenant, selection, limit=limit)
    if as_json:
        print_json([task.as_json() for task in tasks])
        return DONE
    screen = Screen()
    for task in tasks:
        words = " ".join(task.description.split())
        screen.line(f"{task.task_id}  {task.status:<9}  {task.created_at.astimezone():%m-%d %H:%M}  {words}")
    if not tasks:
        screen.aside("there are no such tasks" if status else "there are no tasks yet")
    return DONE


async def _logs(settings: Any, name: str, *, follow: bool, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.cli.screen import Screen
    from intelligent_office.cli.story import Story

    async with open_house(settings) as house:
        task = await house.find(name)
        if as_json and not follow:
            print_json([event.as_json() async for event in _past(house, task)])
            return DONE
        story, screen = Story(named=False), Screen()
        events = house.tasks.watch(task.task_id, house.tenant) if follow else _past(house, task)
        async for event in events:
            if as_json:
                print_json_line(event.as_json())
            else:
                for text in _entry(event, story):
                    say(text)
        screen.rest()
    return DONE


async def _past(house: "House", task: "Task") -> Any:
    """Every event so far."""
    after = 0
    while events := await house.tasks.events(task.task_id, house.tenant, after=after):
        for event in events:
            yield event
        after = events[-1].number


def _entry(event: "Event", story: "Story") -> list[str]:
    """An event as lines of a log."""
    who = f"{event.role or 'office':<12} {event.subtask:<4}"
    texts = [line.text for line in story.tell(event)] or [_in_short(event)]
    return [f"{event.number:>4}  {event.at.astimezone():%H:%M:%S.%f}"[:-3] + f"  {who}  {harmless(t)}" for t in texts]


def _in_short(event: "Event") -> str:
    """An event that the story has no words for."""
    facts = {name: event.data.get(name) for name in ("status", "candidate", "reason", "origin", "step_id", "action")}
    told = " ".join(f"{name}={value}" for name, value in facts.items() if value)
    return f"{event.kind} {told}".strip()


async def _cancel(settings: Any, name: str, *, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house

    async with open_house(settings) as house:
        task = await house.tasks.cancel((await house.find(name)).task_id, house.tenant)
        if not task.ended:
            say(f"office: asked {task.worker} to stop", err=True)
            task = await _stopped(house, task)
        if as_json:
            print_json(task.as_json())
        else:
            say(f"{task.task_id} is {task.status}")
        return DONE if task.status == "cancelled" else FAILED


async def _stopped(house: "House", task: "Task") -> "Task":
    """The task once its worker has let go of it; that of a dead worker is stopped when its lease has run out."""
    from intelligent_office.errors import TaskEnded

    for _ in range(_CANCEL_TRIES):
        with suppress(TimeoutError):
            async with asyncio.timeout(house.settings.lease_seconds + _GRACE_SECONDS):
                async for _event in house.tasks.watch(task.task_id, house.tenant, after=task.last_event):
                    pass
        with suppress(TaskEnded):
            await house.tasks.cancel(task.task_id, house.tenant)
        task = await house.tasks.get(task.task_id, house.tenant)
        if task.ended:
            break
    return task
