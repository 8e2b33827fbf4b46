"""`office audit`: what was asked, decided and done about a task's calls, and whether anybody changed the record."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option, task_argument
from intelligent_office.cli.terminal import print_json, say
from intelligent_office.errors import InvalidRequest, Missing

if TYPE_CHECKING:
    from intelligent_office.cli.screen import Screen
    from intelligent_office.database.audit import AuditEntry, AuditTrail

_ARGUMENTS_SHOWN = 100
"""Characters; all of them with --json."""


@click.command(cls=OfficeCommand)
@task_argument
@json_option
@click.pass_obj
def audit(invocation: Invocation, name: str, *, as_json: bool) -> int:
    """Who asked, decided and did what in a TASK.

    Each entry holds the hash of the one before it. Exit code 1 if the chain does not fit: somebody changed the record.
    """
    return asyncio.run(_audit(invocation.settings(), name, as_json=as_json))


async def _audit(settings: Any, name: str, *, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.cli.screen import Screen
    from intelligent_office.database.audit import outlives, read_trail

    async with open_house(settings) as house:
        try:
            task_id = (await house.find(name)).task_id
        except (Missing, InvalidRequest):
            if not await outlives(house.database, name, house.tenant):
                raise
            task_id = name  # a task that was forgotten is found by its whole id
        trail = await read_trail(house.database, task_id)
    if as_json:
        entries = [entry.as_json() for entry in trail.entries]
        print_json(
            {
                "task_id": task_id,
                "intact": trail.intact,
                "flaws": list(trail.flaws),
                "head": trail.head,
                "entries": entries,
            }
        )
    else:
        _tell(trail, Screen())
    return DONE if trail.intact else FAILED


def _tell(trail: "AuditTrail", screen: "Screen") -> None:
    width = max((len(entry.who) for entry in trail.entries), default=0)
    for entry in trail.entries:
        line = f"{entry.number:>4}  {entry.at.astimezone():%Y-%m-%d %H:%M:%S}  {entry.kind:<8}  {entry.who:<{width}}"
        screen.line(f"{line}  {_about(entry)}")
    for flaw in trail.flaws:
        say(f"office: {flaw}", err=True)
    if trail.intact:
        screen.whole(f"chain intact: {len(trail.entries)} entries, head {trail.head}", "heading")


def _about(entry: "AuditEntry") -> str:
    data = entry.data
    told = [":".join(filter(None, [entry.subtask_id, entry.step_id, entry.tool])), data.get("risk", "")]
    decision = data.get("decision", "")
    told.append(decision.get("type", "") if isinstance(decision, dict) else decision)
    if entry.kind == "pruned":
        first, last = (str(data.get(name, "?"))[:10] for name in ("first_at", "last_at"))
        told.append(f"{data.get('entries', '?')} entries, from {first} to {last}")
    if "arguments" in data:
        told.append(_cut(json.dumps(data["arguments"], ensure_ascii=False)))
    reason = data.get("reason") or (decision.get("message", "") if isinstance(decision, dict) else "")
    return "  ".join(part for part in [*told, _cut(f"({reason})") if reason else ""] if part)


def _cut(text: str) -> str:
    return text if len(text) <= _ARGUMENTS_SHOWN else f"{text[:_ARGUMENTS_SHOWN]}…"
