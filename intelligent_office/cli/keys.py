"""The commands about keys: make one, list them, revoke one, show the first."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeGroup, json_option
from intelligent_office.cli.tables import print_table
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.access.keys import Key, Scope
    from intelligent_office.settings import Settings

SCOPES = ["submit", "approve", "admin"]


@click.group(cls=OfficeGroup)
def keys() -> None:
    """Who may come in over HTTP: the keys of tenants."""


@keys.command()
@click.option("--tenant", metavar="NAME", help="Whose it is (default OFFICE_TENANT).")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="What it opens (again for more; default submit and approve). `admin` of OFFICE_TENANT is over all tenants.",
)
@click.option("--expires", "days", type=float, metavar="DAYS", help="It opens nothing after so many days.")
@click.option("--label", default="", metavar="TEXT", help="What it is for.")
@json_option
@click.pass_obj
def create(
    invocation: Invocation,
    /,
    *,
    tenant: str | None,
    scopes: tuple["Scope", ...],
    days: float | None,
    label: str,
    as_json: bool,
) -> int:
    """Make a key and show it, this once."""
    return asyncio.run(
        _create(invocation.settings(), tenant, scopes or ("submit", "approve"), days=days, label=label, as_json=as_json)
    )


@keys.command("list")
@click.option("--tenant", metavar="NAME", help="Only this tenant's.")
@json_option
@click.pass_obj
def list_keys(invocation: Invocation, /, *, tenant: str | None, as_json: bool) -> int:
    """List keys, the newest first. Revoked ones come last, and secrets are never shown."""
    return asyncio.run(_list(invocation.settings(), tenant, as_json=as_json))


@keys.command()
@click.argument("key_id", metavar="KEY_ID")
@click.pass_obj
def revoke(invocation: Invocation, /, key_id: str) -> int:
    """Let a key open nothing any more. That holds from the next request on; a whole key names itself, too."""
    return asyncio.run(_revoke(invocation.settings(), key_id))


@keys.command()
@click.pass_obj
def show(invocation: Invocation, /) -> int:
    """Print the first key of this office. And nothing else, for `curl -H "X-API-Key: $(office keys show)"`."""
    return asyncio.run(_show(invocation.settings()))


async def _create(
    settings: "Settings",
    tenant: str | None,
    scopes: Sequence["Scope"],
    *,
    days: float | None,
    label: str,
    as_json: bool,
) -> int:
    from intelligent_office.access.keys import Keys
    from intelligent_office.cli.house import open_house, person

    async with open_house(settings) as house:
        made, text = await Keys(house.database).create(
            tenant or house.tenant, scopes, by=person(), label=label, days=days
        )
    if as_json:
        print_json({**made.as_json(), "key": text})
    else:
        until = f", until {_day(made.expires_at)}" if made.expires_at else ""
        say(f"office: {made.key_id} of {made.tenant}, for {', '.join(made.scopes)}{until}; shown this once:", err=True)
        say(text)
    return DONE


async def _list(settings: "Settings", tenant: str | None, *, as_json: bool) -> int:
    from intelligent_office.access.keys import Keys
    from intelligent_office.cli.house import open_house

    async with open_house(settings) as house:
        found = await Keys(house.database).list(tenant)
    if as_json:
        print_json([key.as_json() for key in found])
    elif not found:
        say("there is no key: `office keys create` makes one")
    else:
        headings = ("key", "tenant", "scopes", "made", "last used", "state", "label")
        print_table(headings, [_cells(key) for key in found])
    return DONE


async def _revoke(settings: "Settings", name: str) -> int:
    from intelligent_office.access.keys import Keys
    from intelligent_office.access.secrets import key_id_of
    from intelligent_office.cli.house import open_house

    async with open_house(settings) as house:
        key = await Keys(house.database).revoke(key_id_of(name) or name)
    say(f"{key.key_id} of {key.tenant} opens nothing any more")
    return DONE


async def _show(settings: "Settings") -> int:
    """Make it first, if this is a fresh office; a newcomer may well ask before the first start."""
    from intelligent_office.access.first_key import first_key, path_of, stored_key
    from intelligent_office.access.keys import Keys
    from intelligent_office.cli.house import open_house
    from intelligent_office.errors import InvalidRequest

    async with open_house(settings) as house:
        keys = Keys(house.database)
        text = await first_key(house.database, keys, settings) or stored_key(settings.home)
        if text is None:
            reason = f"There is no key in {path_of(settings.home)}: `office keys create` makes another one"
            raise InvalidRequest(reason=reason)
        await keys.recognise(text)
    say(text)
    return DONE


def _cells(key: "Key") -> tuple[str, ...]:
    if key.revoked_at:
        state = "revoked"
    elif key.expires_at:
        state = "expired" if key.expires_at <= datetime.now(UTC) else f"until {_day(key.expires_at)}"
    else:
        state = "open"
    used = key.last_used_at.astimezone().strftime("%Y-%m-%d %H:%M") if key.last_used_at else "never"
    return key.key_id, key.tenant, ",".join(key.scopes), _day(key.created_at), used, state, key.label


def _day(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d")
