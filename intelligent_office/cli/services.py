"""`office tools --check` and `office tools --accept`: how far remote services are there, and trusted."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.settings import Settings
    from intelligent_office.toolbox.remote.checking import ServiceCheck
    from intelligent_office.toolbox.remote.directory import Directory
    from intelligent_office.toolbox.remote.pins import Pins

T = TypeVar("T")


def check_services(settings: "Settings", *, as_json: bool) -> int:
    """Ask every service; exit code 1 if one is away or broken, or has changed its tools."""
    from intelligent_office.toolbox.remote.checking import check

    checks = asyncio.run(_with_pins(settings, check))
    print_json(checks) if as_json else _show(checks)
    return DONE if all(one["state"] in ("reachable", "slow") for one in checks) else FAILED


def accept_tools(settings: "Settings", names: tuple[str, ...]) -> int:
    """Trust these tools as they are now."""
    from intelligent_office.cli.house import person
    from intelligent_office.toolbox.remote.checking import accept

    accepted = asyncio.run(
        _with_pins(settings, lambda directory, pins: accept(directory, pins, list(names), by=person()))
    )
    say(f"accepted as they are now: {', '.join(accepted)}")
    return DONE


async def _with_pins(settings: "Settings", work: "Callable[[Directory, Pins], Awaitable[T]]") -> T:
    from intelligent_office.database.pool import Database
    from intelligent_office.toolbox.remote.directory import Directory
    from intelligent_office.toolbox.remote.pins import Pins

    directory = Directory(settings)
    async with Database(settings) as database:
        try:
            return await work(directory, Pins(database))
        finally:
            await directory.close()


def _show(checks: "list[ServiceCheck]") -> None:
    from intelligent_office.cli.screen import Screen

    screen = Screen()
    if not checks:
        screen.line("no services: OFFICE_SERVICES_FILE names none", "quiet")
    for one in checks:
        good = one["state"] == "reachable"
        told = f"{one['service']}: {one['state']}, {one['tools']} tools, {one['seconds']:.2f} s"
        screen.line(f"{'✓' if good else '✗'} {told}", "good" if good else "bad")
        for reason in one["reasons"]:
            screen.line(f"    {' '.join(reason.split())}")
