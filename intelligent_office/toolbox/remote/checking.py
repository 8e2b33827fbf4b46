"""Asking every service, one by one, whether it is there and whether its tools are what they were."""

import asyncio
import time
from typing import Literal, TypedDict

from intelligent_office.errors import InvalidRequest, OfficeError, ToolError, Unreachable
from intelligent_office.toolbox.remote.directory import Directory
from intelligent_office.toolbox.remote.offers import Offer, full_name
from intelligent_office.toolbox.remote.pins import Pins
from intelligent_office.toolbox.remote.service import Service

SLOW_SECONDS = 2.0
"""A service that takes longer to tell what it has keeps planners waiting."""


class ServiceCheck(TypedDict):
    """How one service was found."""

    service: str
    state: Literal["reachable", "slow", "changed", "broken", "away"]
    seconds: float
    tools: int
    """That can be used."""
    reasons: list[str]
    """Why it is not simply reachable, and which of its tools cannot be used."""


async def check(directory: Directory, pins: Pins) -> list[ServiceCheck]:
    """Ask every service, all at once."""
    return list(await asyncio.gather(*(_checked(service, pins) for service in directory.services)))


async def accept(directory: Directory, pins: Pins, names: list[str], *, by: str) -> list[str]:
    """Trust tools as they are now, by their names; `it__*` means all of a service. The names of those that are meant.

    Raises:
        InvalidRequest: there is no such tool; nothing is accepted.
        Unreachable, OddAnswer: the service does not answer, or not as it should.
    """
    meant: dict[str, tuple[str, Offer]] = {}
    for name in names:
        one, _, tool = name.partition("__")
        service = next((service for service in directory.services if service.name == one), None)
        offers = [offer for offer in (await service.offers() if service else []) if tool in ("*", offer.name)]
        if not offers:
            known = ", ".join(service.name for service in directory.services) or "no services"
            raise InvalidRequest(reason=f"There is no tool `{name}` of a service; there are {known}.")
        meant |= {full_name(one, offer.name): (one, offer) for offer in offers}
    for one, offer in meant.values():
        await pins.accept(one, offer, by=by)
    return list(meant)


async def _checked(service: Service, pins: Pins) -> ServiceCheck:
    began = time.monotonic()
    found: ServiceCheck = {"service": service.name, "state": "reachable", "seconds": 0.0, "tools": 0, "reasons": []}
    try:
        offers = await service.offers()
    except OfficeError as failure:
        found["state"] = "away" if isinstance(failure, Unreachable) else "broken"
        found["reasons"] = [str(failure)]
        return found
    finally:
        found["seconds"] = round(time.monotonic() - began, 3)
    changes = await pins.changes(service.name, offers)
    for offer in offers:
        tool, change = full_name(service.name, offer.name), changes.get(offer.name)
        try:
            offer.checked(service.name)
        except ToolError as fault:
            found["reasons"].append(f"{tool} cannot be used: {fault}")
            continue
        if change is None:
            found["tools"] += 1
            continue
        words = f". It was: {change.description} It is: {offer.shown(service.name)}" if change.description else ""
        found["reasons"].append(f"{tool} cannot be used: {change.told(tool)}{words}")
    if found["seconds"] > SLOW_SECONDS:
        found["reasons"].append(f"it took longer than {SLOW_SECONDS:g} s to say what it has")
    found["state"] = "changed" if changes else "slow" if found["seconds"] > SLOW_SECONDS else "reachable"
    return found
