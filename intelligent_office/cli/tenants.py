"""The commands about tenants: list them, set their limits, shut one out."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeGroup, json_option
from intelligent_office.cli.tables import print_table
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.access.tenants import Tenant
    from intelligent_office.settings import Settings

USUAL = "default"
"""What takes a tenant's own limit back."""


class Limit(click.ParamType[Any]):
    """A number, or `default` for the one of the settings."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == USUAL or isinstance(value, int):
            return value
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is no limit: write a number, or `{USUAL}` for the one of the settings.", param, ctx)


@click.group(cls=OfficeGroup)
def tenants() -> None:
    """Who the office works for."""


@tenants.command("list")
@json_option
@click.pass_obj
def list_tenants(invocation: Invocation, /, *, as_json: bool) -> int:
    """List all tenants with their limits."""
    return asyncio.run(_list(invocation.settings(), as_json=as_json))


@tenants.command("set")
@click.argument("tenant")
@click.option("--name", metavar="TEXT", help="What people call it.")
@click.option("--concurrency", type=Limit(), metavar="N", help="Tasks at work at once.")
@click.option("--requests-per-minute", type=Limit(), metavar="N", help="Requests over HTTP.")
@click.option("--tasks-per-day", type=Limit(), metavar="N", help="Tasks handed in over HTTP.")
@json_option
@click.pass_obj
def set_tenant(invocation: Invocation, /, tenant: str, *, name: str | None, as_json: bool, **limits: Any) -> int:
    """Change a TENANT; a new one comes into being. `default` for N is the limit of the settings.

    What it may spend is set by `office budget`.
    """
    limits = {name: None if value == USUAL else value for name, value in limits.items() if value is not None}
    changes = {**limits, **({} if name is None else {"name": name})}
    return asyncio.run(_change(invocation.settings(), tenant, changes, as_json=as_json))


@tenants.command()
@click.argument("tenant")
@click.pass_obj
def disable(invocation: Invocation, /, tenant: str) -> int:
    """Shut a TENANT out. Its keys open nothing from the next request on; what it has handed in is still done."""
    return asyncio.run(_change(invocation.settings(), tenant, {"disabled": True}, known=True))


@tenants.command()
@click.argument("tenant")
@click.pass_obj
def enable(invocation: Invocation, /, tenant: str) -> int:
    """Let a TENANT in again."""
    return asyncio.run(_change(invocation.settings(), tenant, {"disabled": False}, known=True))


async def _list(settings: "Settings", *, as_json: bool) -> int:
    from intelligent_office.access.tenants import Tenants
    from intelligent_office.cli.house import open_house

    async with open_house(settings) as house:
        found = await Tenants(house.database).list()
    print_json([tenant.as_json() for tenant in found]) if as_json else _print(found)
    return DONE


async def _change(
    settings: "Settings", tenant: str, changes: dict[str, Any], *, known: bool = False, as_json: bool = False
) -> int:
    from intelligent_office.access.tenants import Tenants
    from intelligent_office.cli.house import open_house
    from intelligent_office.errors import Missing

    async with open_house(settings) as house:
        tenants = Tenants(house.database)
        try:
            changed = await tenants.change(tenant, **changes)
        except Missing:
            if known:
                raise
            changed = await tenants.add(tenant, **changes)
    print_json(changed.as_json()) if as_json else _print([changed])
    return DONE


def _print(found: Sequence["Tenant"]) -> None:
    if not found:
        say("there is no tenant yet: the first task or key makes one")
        return
    headings = ("tenant", "keys", "at once", "a minute", "a day", "state", "name")
    print_table(headings, [_cells(tenant) for tenant in found])


def _cells(tenant: "Tenant") -> tuple[str, ...]:
    limits = (tenant.concurrency, tenant.requests_per_minute, tenant.tasks_per_day)
    state = f"disabled since {tenant.disabled_at.astimezone():%Y-%m-%d}" if tenant.disabled_at else "open"
    told = (USUAL if limit is None else f"{limit}" for limit in limits)
    return tenant.tenant, f"{tenant.keys}", *told, state, tenant.name
