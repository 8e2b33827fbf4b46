"""`office permits`: what was allowed a tool for all tasks, and taking it back."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.permits import TenantPermit


@click.command(cls=OfficeCommand)
@click.argument("verb", metavar="[revoke", required=False, type=click.Choice(["revoke"]))
@click.argument("name", metavar="ID]", required=False)
@click.option("--all", "every", is_flag=True, help="Also those that were revoked or have expired.")
@json_option
@click.pass_obj
def permits(invocation: Invocation, /, verb: str | None, name: str | None, *, every: bool, as_json: bool) -> int:
    """What tools may do in all tasks; take that back.

    They are given with `office approve TASK --scope tenant --until DATE`. Of an ID, its beginning or end will do.
    """
    if verb and not name:
        raise click.UsageError("revoke needs the ID of a permit; `office permits` lists them.")
    return asyncio.run(_permits(invocation.settings(), name, every=every, as_json=as_json))


async def _permits(settings: Any, name: str | None, *, every: bool, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house, person
    from intelligent_office.cli.screen import Screen
    from intelligent_office.permits import Permits

    async with open_house(settings) as house:
        permits = Permits(house.database)
        if name:
            meant = await permits.find(name, house.tenant)
            found = [await permits.revoke(meant.permit_id, house.tenant, by=person())]
        else:
            found = [*await permits.list(house.tenant, every=every)]
    if as_json:
        print_json(found[0].as_json() if name else [one.as_json() for one in found])
    elif name:
        say(f"{found[0].permit_id} was revoked by {found[0].revoked_by}")
    else:
        screen = Screen()
        for one in found:
            screen.line(f"{one.permit_id}  {one.tool}{_what(one)}", "heading")
            screen.line(f"    {_state(one)}; given by {one.granted_by} in task {one.task_id}")
        if not found:
            screen.aside("there are no permits")
    return DONE


def _what(one: "TenantPermit") -> str:
    from intelligent_office.bounds import told
    from intelligent_office.cli.story import call_in_short

    inputs = f"  {call_in_short(one.inputs)}" if one.same_inputs else "  with any arguments"
    bounds = told(one.bounds)  # type: ignore[arg-type]
    return f"{inputs}  ({bounds})" if bounds else inputs


def _state(one: "TenantPermit") -> str:
    if one.revoked_at:
        return f"revoked by {one.revoked_by} on {one.revoked_at.astimezone():%Y-%m-%d %H:%M}"
    return f"{'until' if one.in_force else 'expired'} {one.until.astimezone():%Y-%m-%d %H:%M}"
