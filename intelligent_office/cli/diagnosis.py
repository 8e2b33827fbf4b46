"""`office doctor`: what the office finds on this machine."""

import asyncio
import shutil
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.cli.screen import Screen
    from intelligent_office.services import Services
    from intelligent_office.settings import Settings

ROLES = ("analyst", "planner", "validator", "gatekeeper", "reviewer", "ai_tool")
"""Those that ask a model."""

LARGEST_TABLES = 5
PROGRAMS = {"uv": "makes the lock file (`make lock`)"}
MODULES = {
    "sentence_transformers": "compares plans by meaning instead of by their words (the extra `minilm`)",
    "langgraph_api": "opens the office in LangGraph Studio (`make studio`)",
}
"""What the office can use and can do without."""


@click.command(cls=OfficeCommand)
@click.option("--env", is_flag=True, help="Only print every setting with its default, as a file for `.env`.")
@click.option("--new-key", is_flag=True, help="Only make a key for OFFICE_ENCRYPTION_KEY, and print it.")
@json_option
@click.pass_obj
def doctor(invocation: Invocation, *, env: bool, new_key: bool, as_json: bool) -> int:
    """What the office finds here. Settings, database, models, tools, services, sandbox.

    Exit code 1 if the database cannot be used, or something in it cannot be decrypted.
    """
    from intelligent_office.cli.configuration import example
    from intelligent_office.cli.screen import Screen

    if env:
        say(example().rstrip())
        return DONE
    if new_key:
        from intelligent_office.database.sealing import new_key as made

        say(made())
        return DONE
    findings = asyncio.run(_examine(invocation.settings()))
    if as_json:
        print_json(findings)
    else:
        _show(findings, Screen())
    database = findings["database"]
    return DONE if database["usable"] and not database["encryption"]["missing"] else FAILED


async def _examine(settings: "Settings") -> dict[str, Any]:
    from intelligent_office.cli.configuration import in_force
    from intelligent_office.toolbox.search_engines import search_engines

    services = services_without_database(settings)
    await services.toolbox.refresh()
    cards = services.toolbox.cards()
    sources: dict[str, list[str]] = {}
    for card in cards:
        sources.setdefault(card["source"], []).append(card["name"])
    return {
        "settings": in_force(settings),
        "database": await _database(settings),
        "models": {role: services.models.connected(role) for role in ROLES},
        "tools": [card["name"] for card in cards],
        "sources": sources,
        "search_engines": [engine.name for engine in search_engines(settings)],
        "sandbox": _sandbox(settings),
        "unavailable": services.toolbox.absences(),
        "optional": {name: shutil.which(name) is not None for name in PROGRAMS}
        | {name: find_spec(name) is not None for name in MODULES},
    }


def _sandbox(settings: "Settings") -> dict[str, Any]:
    """Where programs run, why there, and why nothing stronger is used."""
    from intelligent_office.sandbox.cgroups import place
    from intelligent_office.sandbox.choice import choose

    choice = choose(settings.sandbox, settings.sandbox_image)
    why = "the strongest that works here" if settings.sandbox == "auto" else "as OFFICE_SANDBOX says"
    found: dict[str, Any] = {"used": choice.sandbox.name if choice.sandbox else None, "why": why}
    if found["used"] == "bubblewrap":
        base, reason = place()
        found["control_groups"] = {"below": str(base) if base else None, "reason": reason}
    return {**found, "not_used": choice.faults}


async def _database(settings: "Settings") -> dict[str, Any]:
    from intelligent_office.database.pool import Database
    from intelligent_office.errors import OfficeError
    from intelligent_office.workers.queue import left_undone

    database, began = Database(settings), time.monotonic()
    try:
        await database.open()
        async with database.pool.connection() as connection:
            version = connection.info.server_version
        missing = await database.missing_keys()
        overdue = await left_undone(database)
        tables = {row["name"]: row["bytes"] for row in await database.all("table_sizes", limit=LARGEST_TABLES)}
    except OfficeError as error:
        return {"usable": False, "reason": " ".join(str(error).split())}
    finally:
        await database.close()
    where = "OFFICE_DATABASE_URL" if settings.database_url else str(settings.home)
    seconds = round(time.monotonic() - began, 2)
    return {
        "usable": True,
        "where": where,
        "version": f"{version // 10000}.{version % 10000}",
        "seconds": seconds,
        "encryption": {"writes_with": database.keyring.writes_with, "missing": sorted(missing)},
        "table_bytes": tables,
        "overdue": overdue,
    }


def _show(findings: dict[str, Any], screen: "Screen") -> None:
    screen.line("settings", "heading")
    for name, value in findings["settings"].items():
        if value not in (None, [], ""):
            screen.line(f"  {name}={value}")
    _show_database(findings["database"], screen)
    screen.line("models", "heading")
    for role, connected in findings["models"].items():
        screen.line(f"  {role}: {'a model, then the built-in rules' if connected else 'the built-in rules'}")
    _show_tools(findings, screen)
    _show_sandbox(findings["sandbox"], screen)
    screen.line("optional", "heading")
    for name, purpose in {**PROGRAMS, **MODULES}.items():
        found = findings["optional"][name]
        screen.line(f"  {'✓' if found else '·'} {name}: {purpose}", "plain" if found else "quiet")


def _show_database(database: dict[str, Any], screen: "Screen") -> None:
    screen.line("database", "heading")
    if database["usable"]:
        told = f"  PostgreSQL {database['version']} at {database['where']}, open in {database['seconds']} s"
        screen.line(told, "good")
        sizes = ", ".join(f"{name} {size / 2**20:.1f} MB" for name, size in database["table_bytes"].items())
        screen.line(f"  largest tables: {sizes}")
        if database["overdue"]:
            screen.line(f"  {database['overdue']}: start `office worker`", "bad")
        _show_encryption(database["encryption"], screen)
    else:
        screen.line(f"  {database['reason']}", "bad")


def _show_tools(findings: dict[str, Any], screen: "Screen") -> None:
    screen.line("tools", "heading")
    for source, names in findings["sources"].items():
        screen.line(f"  {source}: {', '.join(names)}")
    if findings["search_engines"]:
        screen.line(f"  web_search asks {', then '.join(findings['search_engines'])}")
    for absent in findings["unavailable"]:
        screen.line(f"  ✗ {absent['name']}: {' '.join(absent['reason'].split())}", "bad")


def _show_sandbox(sandbox: dict[str, Any], screen: "Screen") -> None:
    screen.line("sandbox", "heading")
    told = f"{sandbox['used']}: {sandbox['why']}" if sandbox["used"] else "none: programs cannot be run"
    screen.line(f"  {told}", "good" if sandbox["used"] else "bad")
    if groups := sandbox.get("control_groups"):
        where = (
            f"control groups below {groups['below']}" if groups["below"] else f"no control group: {groups['reason']}"
        )
        screen.line(f"  · {where}", "quiet")
    for name, fault in sandbox["not_used"].items():
        screen.line(f"  · not {name}: {fault}", "quiet")


def _show_encryption(encryption: dict[str, Any], screen: "Screen") -> None:
    from intelligent_office.database.sealing import SETTING

    for key in encryption["missing"]:
        screen.line(f"  encrypted with the key {key}, which {SETTING} does not hold: tasks cannot go on", "bad")
    key = encryption["writes_with"]
    screen.line(f"  encrypts with the key {key}" if key else f"  not encrypted ({SETTING} is not set)", "quiet")


def services_without_database(settings: "Settings") -> "Services":
    """The services, with a database that nobody opens."""
    from intelligent_office.database.pool import Database
    from intelligent_office.services import make_services

    return make_services(settings, Database(settings), pinned=False)
