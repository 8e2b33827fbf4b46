"""The commands that look after what is stored: `prune`, `reencrypt`."""

import asyncio
from typing import TYPE_CHECKING

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.retention import Pruned
    from intelligent_office.settings import Settings


@click.command(cls=OfficeCommand)
@click.option("--dry-run", is_flag=True, help="Only say how much that would be.")
@json_option
@click.pass_obj
def prune(invocation: Invocation, *, dry_run: bool, as_json: bool) -> int:
    """Throw away what is no longer to be kept.

    How long and how much that is, the settings OFFICE_KEEP_… say. Workers do it by themselves every hour. Tasks that
    have not ended are never touched, nor are audit trails unless OFFICE_KEEP_AUDIT_DAYS says how long they are kept.
    """
    pruned = asyncio.run(_prune(invocation.settings(), dry_run=dry_run))
    if as_json:
        print_json(vars(pruned))
        return DONE
    told = ", ".join(f"{count} {name}" for name, count in vars(pruned).items() if count) or "nothing"
    say(f"{'would delete' if dry_run else 'deleted'}: {told}")
    return DONE


@click.command(cls=OfficeCommand)
@click.pass_obj
def reencrypt(invocation: Invocation) -> int:
    """Encrypt everything stored with the first key.

    That is the first one in OFFICE_ENCRYPTION_KEY. What is not encrypted yet will be, too. Servers and workers must
    have been started anew with that key before; afterwards the other keys can be taken out of the setting. It may be
    interrupted and run again.
    """
    changed = asyncio.run(_reencrypt(invocation.settings()))
    say(f"encrypted anew: {changed} pieces")
    return DONE


async def _prune(settings: "Settings", *, dry_run: bool) -> "Pruned":
    from intelligent_office.database.pool import Database
    from intelligent_office.retention import Retention

    async with Database(settings) as database:
        retention = Retention(database, settings)
        return await (retention.preview() if dry_run else retention.prune())


async def _reencrypt(settings: "Settings") -> int:
    from intelligent_office.database.pool import Database
    from intelligent_office.reencryption import reencrypt

    async with Database(settings) as database:
        return await reencrypt(database)
