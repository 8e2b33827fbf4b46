"""The command that shows which models are asked: `models`."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.cards import ModelCard, RoleModels
    from intelligent_office.cli.screen import Screen
    from intelligent_office.models.checking import Check
    from intelligent_office.settings import Settings

_PRICES = {
    "published": "",
    "override": ", by the models file",
    "default": ", reckoned: nobody has published it",
    "free": "",
}


@click.command(cls=OfficeCommand)
@click.option("--check", is_flag=True, help="Ask each of them a tiny question. That is recorded, and costs a little.")
@click.option("--defaults", is_flag=True, help="Only print the models file that comes with the office, to start from.")
@json_option
@click.pass_obj
def models(invocation: Invocation, *, check: bool, defaults: bool, as_json: bool) -> int:
    """Which models each role asks, and at what price.

    In their order, and with the reason why one is not asked. Exit code 1 if one that was checked did not answer.
    """
    from intelligent_office.cli.screen import Screen
    from intelligent_office.models.catalogue import Catalogue
    from intelligent_office.models.models_file import defaults_text
    from intelligent_office.models.overview import overview

    if defaults:
        say(defaults_text().rstrip())
        return DONE
    settings = invocation.settings()
    catalogue = Catalogue.load(settings)
    roles = overview(catalogue, settings, {})
    checks = asyncio.run(_check(settings)) if check else {}
    if as_json:
        print_json(_document(str(catalogue.path) if catalogue.path else None, roles, checks if check else None))
    else:
        _show(str(catalogue.path) if catalogue.path else "", roles, checks, Screen())
    return DONE if all(answer["answered"] for answer in checks.values()) else FAILED


async def _check(settings: "Settings") -> dict[str, "Check"]:
    from intelligent_office.database.pool import Database
    from intelligent_office.models.router import ModelRouter
    from intelligent_office.models.usage import DatabaseUsage

    database = Database(settings)
    router = ModelRouter(settings, DatabaseUsage(database, settings.tenant_budget_usd))
    try:
        await database.open()
        return await router.check()
    finally:
        await router.close()
        await database.close()


def _document(path: str | None, roles: "list[RoleModels]", checks: "dict[str, Check] | None") -> dict[str, Any]:
    document: dict[str, Any] = {"file": path, "roles": roles}
    return document if checks is None else {**document, "checks": checks}


def _show(path: str, roles: "list[RoleModels]", checks: "dict[str, Check]", screen: "Screen") -> None:
    screen.line(f"by {path}, over what comes with the office" if path else "as they come with the office", "quiet")
    for role in roles:
        screen.line(role["role"] if role["role"] == role["tier"] else f"{role['role']} ({role['tier']})", "heading")
        for card in role["candidates"]:
            check = checks.get(card["model"])
            good = card["usable"] and (check is None or check["answered"])
            told = f"  {'✓' if good else '✗'} {card['model']}: {_told(card, check)}"
            screen.line(told, "plain" if good else "quiet")
        if role["role"] != role["tier"]:
            screen.line("  ✓ the built-in rules")


def _told(card: "ModelCard", check: "Check | None") -> str:
    """What is known of a model, in one line."""
    read, written = card["input_usd_per_million"], card["output_usd_per_million"]
    facts = ["free" if card["price_source"] == "free" else f"${read:g} / ${written:g} per million tokens in / out"]
    facts[0] += _PRICES[card["price_source"]]
    if card["context_tokens"]:
        facts.append(f"{card['context_tokens']:,} tokens at once")
    if check and check["answered"]:
        facts.append(f"answered in {check['seconds']:.2f} s")
    reason = card["reason"] or (check["reason"] if check else "")
    return f"{reason} ({', '.join(facts)})" if reason else ", ".join(facts)
