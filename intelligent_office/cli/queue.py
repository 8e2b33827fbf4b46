"""The command that tells how the queue stands."""

import asyncio
from typing import TYPE_CHECKING

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option
from intelligent_office.cli.tables import print_table
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.settings import Settings


@click.command(cls=OfficeCommand)
@json_option
@click.pass_obj
def queue(invocation: Invocation, *, as_json: bool) -> int:
    """What waits for workers, and how many there are."""
    return asyncio.run(_queue(invocation.settings(), as_json=as_json))


async def _queue(settings: "Settings", *, as_json: bool) -> int:
    from intelligent_office.database.pool import Database
    from intelligent_office.workers.queue import look_at_queue

    async with Database(settings) as database:
        seen = await look_at_queue(database, settings)
    if as_json:
        print_json(seen.as_json())
        return DONE
    waiting = f", the first for {seen.oldest_seconds:.0f} s" if seen.queued else ""
    say(f"{seen.queued} queued{waiting}; {seen.running} running")
    workers = "1 worker" if seen.workers == 1 else f"{seen.workers} workers"
    say(f"{workers} with {seen.places} places; {seen.suggested_workers} would have one for every task")
    if seen.lines:
        say("")
        rows = [
            (line.tenant, str(line.priority), str(line.queued), str(line.running), f"{line.oldest_seconds:.0f} s")
            for line in seen.lines
        ]
        print_table(("tenant", "priority", "queued", "running", "waits"), rows)
    return DONE
