"""The commands about webhooks: what was told to other systems, and the secret that signs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.invocation import Invocation, Moment, OfficeGroup, json_option, tenant_option
from intelligent_office.cli.tables import print_table
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.cli.screen import Screen
    from intelligent_office.settings import Settings
    from intelligent_office.webhooks.deliveries import Deliveries, Delivery

_STATUSES = ["pending", "delivered", "failed", "stopped"]


@click.group(cls=OfficeGroup)
def webhooks() -> None:
    """What other systems are told of tasks, and how that went."""


@webhooks.command("list")
@click.option("--status", type=click.Choice(_STATUSES), help="Only deliveries of this status.")
@click.option("--task", metavar="TASK", help="Only deliveries about this task.")
@click.option("--stopped", is_flag=True, help="The addresses that are told nothing more, instead.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@tenant_option
@json_option
@click.pass_obj
def list_deliveries(invocation: Invocation, /, *, stopped: bool, **choices: Any) -> int:
    """List deliveries, the newest first."""
    if stopped:
        return asyncio.run(_stopped(invocation.settings(), choices["tenant"], as_json=choices["as_json"]))
    return asyncio.run(_list(invocation.settings(), **choices))


@webhooks.command()
@click.argument("delivery_id", metavar="ID")
@tenant_option
@json_option
@click.pass_obj
def show(invocation: Invocation, delivery_id: str, *, tenant: str, as_json: bool) -> int:
    """One delivery: what is told, and every try."""
    return asyncio.run(_show(invocation.settings(), delivery_id, tenant, as_json=as_json))


@webhooks.command()
@click.argument("url", metavar="URL")
@tenant_option
@json_option
@click.pass_obj
def test(invocation: Invocation, url: str, *, tenant: str, as_json: bool) -> int:
    """Tell a URL something now, and show what came of it. Exit code 1 if it did not listen."""
    return asyncio.run(_test(invocation.settings(), url, tenant, as_json=as_json))


@webhooks.command()
@click.argument("delivery_id", metavar="[ID]", required=False)
@click.option("--status", type=click.Choice(["failed", "stopped", "delivered"]), help="All of this status.")
@click.option("--url", metavar="URL", help="All to this URL (of status failed, unless you say).")
@click.option("--since", type=Moment(), metavar="TIME", help="All of then or later; likewise.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="At most so many.")
@tenant_option
@click.pass_obj
def redeliver(invocation: Invocation, /, delivery_id: str | None, *, tenant: str, limit: int, **choices: Any) -> int:
    """Have a worker make a delivery again, or many of them.

    They have the same id and the same body. Those to addresses that are stopped are left; enable these first.
    """
    if (delivery_id is None) == (not any(choices.values())):
        raise click.UsageError("Give the ID of one delivery, or say which with --status, --url or --since.")
    if delivery_id is not None:
        return asyncio.run(_redeliver(invocation.settings(), delivery_id, tenant))
    choices["status"] = choices["status"] or "failed"
    return asyncio.run(_redeliver_many(invocation.settings(), tenant, limit=limit, **choices))


@webhooks.command()
@click.argument("url", metavar="URL")
@tenant_option
@click.pass_obj
def enable(invocation: Invocation, url: str, *, tenant: str) -> int:
    """Tell a URL again that was stopped."""
    return asyncio.run(_enable(invocation.settings(), url, tenant))


@webhooks.command()
@click.option("--rotate", is_flag=True, help="Make a new one; for a day, the one before signs as well.")
@tenant_option
@click.pass_obj
def secret(invocation: Invocation, *, rotate: bool, tenant: str) -> int:
    """Print the secret that signs, and nothing else."""
    return asyncio.run(_secret(invocation.settings(), tenant, rotate=rotate))


@asynccontextmanager
async def _deliveries(settings: "Settings") -> AsyncIterator["Deliveries"]:
    from intelligent_office.cli.house import open_house
    from intelligent_office.webhooks.deliveries import Deliveries

    async with open_house(settings) as house:
        yield Deliveries(house.database, settings)


async def _list(settings: "Settings", *, status: Any, task: str | None, limit: int, tenant: str, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.webhooks.deliveries import Deliveries

    async with open_house(settings) as house:
        task_id = (await house.tasks.find(task, tenant)).task_id if task else None
        deliveries = Deliveries(house.database, settings)
        found = await deliveries.list(tenant, task_id=task_id, status=status, limit=limit)
    if as_json:
        print_json([delivery.as_json() for delivery in found])
    elif not found:
        say("there are no such deliveries")
    else:
        print_table(("delivery", "event", "state", "tries", "last", "URL"), [_cells(one) for one in found])
    return DONE


async def _stopped(settings: "Settings", tenant: str, *, as_json: bool) -> int:
    async with _deliveries(settings) as deliveries:
        found = await deliveries.stops(tenant)
    if as_json:
        print_json([stop.as_json() for stop in found])
    elif not found:
        say("no address is stopped")
    else:
        rows = [(f"{stop.at.astimezone():%Y-%m-%d %H:%M}", stop.reason, stop.url) for stop in found]
        print_table(("since", "reason", "URL"), rows)
    return DONE


async def _show(settings: "Settings", delivery_id: str, tenant: str, *, as_json: bool) -> int:
    from intelligent_office.cli.screen import Screen

    async with _deliveries(settings) as deliveries:
        delivery = await deliveries.get(delivery_id, tenant)
    print_json(delivery.as_json()) if as_json else _tell(delivery, Screen())
    return DONE


async def _test(settings: "Settings", url: str, tenant: str, *, as_json: bool) -> int:
    from intelligent_office.cli.screen import Screen

    async with _deliveries(settings) as deliveries:
        delivery = await deliveries.test(url, tenant)
    print_json(delivery.as_json()) if as_json else _tell(delivery, Screen())
    return DONE if delivery.status == "delivered" else FAILED


async def _redeliver(settings: "Settings", delivery_id: str, tenant: str) -> int:
    async with _deliveries(settings) as deliveries:
        await deliveries.redeliver(delivery_id, tenant)
    say(f"{delivery_id} is made again by the next worker")
    return DONE


async def _redeliver_many(settings: "Settings", tenant: str, **choices: Any) -> int:
    async with _deliveries(settings) as deliveries:
        found = await deliveries.redeliver_many(tenant, **choices)
    say(f"{len(found)} {'delivery is' if len(found) == 1 else 'deliveries are'} made again by the next worker")
    return DONE


async def _enable(settings: "Settings", url: str, tenant: str) -> int:
    async with _deliveries(settings) as deliveries:
        await deliveries.enable(url, tenant)
    say(f"{url} is told again what happens from now on")
    return DONE


async def _secret(settings: "Settings", tenant: str, *, rotate: bool) -> int:
    async with _deliveries(settings) as deliveries:
        say(await (deliveries.rotate_secret(tenant) if rotate else deliveries.secret(tenant)))
    return DONE


def _cells(delivery: "Delivery") -> tuple[str, ...]:
    return (
        delivery.delivery_id,
        delivery.event,
        delivery.status,
        str(delivery.tries),
        _came_of(delivery.log[-1]) if delivery.log else "",
        delivery.url,
    )


def _came_of(entry: dict[str, Any]) -> str:
    return str(entry["status_code"] or "no answer")


def _tell(delivery: "Delivery", screen: "Screen") -> None:
    screen.line(f"delivery  {delivery.delivery_id}", "heading")
    screen.line(f"event     {delivery.event}{f' of task {delivery.task_id}' if delivery.task_id else ''}")
    screen.whole(f"URL       {delivery.url}")
    following = f", next try {delivery.next_try_at.astimezone():%Y-%m-%d %H:%M:%S}" if delivery.next_try_at else ""
    screen.line(f"state     {delivery.status}{following}", "good" if delivery.status == "delivered" else "bad")
    for entry in delivery.log:
        at = datetime.fromisoformat(entry["at"]).astimezone()
        told = f"{at:%Y-%m-%d %H:%M:%S}  {_came_of(entry)} after {entry['seconds']:.2f} s"
        screen.whole(f"tried     {': '.join(filter(None, (told, entry['error'])))}")
        if entry["answer"]:
            screen.line(f"          {' '.join(entry['answer'].split())}")
    screen.whole(f"body      {delivery.payload}", "quiet")
