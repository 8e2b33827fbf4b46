"""`office tools`: what plans may call, with what each tool takes, reaches and costs."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json
from intelligent_office.errors import InvalidRequest, ToolError

if TYPE_CHECKING:
    from intelligent_office.cards import PolicyCard, ToolAbsence, ToolCard
    from intelligent_office.cli.screen import Screen


_BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}


@click.command(cls=OfficeCommand)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--check", is_flag=True, help="Ask every remote service how it is. Exit code 1 if one is not well.")
@click.option("--accept", multiple=True, metavar="TOOL", help="Trust a tool of a service that has changed, as it is.")
@json_option
@click.pass_obj
def tools(invocation: Invocation, name: str | None, *, check: bool, accept: tuple[str, ...], as_json: bool) -> int:
    """The tools that plans may call; with a NAME, one in full.

    With their inputs, their risk, what they reach and where they come from; of those that are not there now, why.
    """
    from intelligent_office.cli import services

    if accept:
        return services.accept_tools(invocation.settings(), accept)
    if check:
        return services.check_services(invocation.settings(), as_json=as_json)
    from intelligent_office.cli.diagnosis import services_without_database
    from intelligent_office.cli.screen import Screen

    toolbox = services_without_database(invocation.settings()).toolbox
    asyncio.run(toolbox.refresh())
    if name:
        try:
            card = toolbox.card(name)
        except ToolError as unknown:
            raise InvalidRequest(reason=str(unknown)) from None
        print_json(card) if as_json else _in_full(card, Screen())
        return DONE
    cards, absences = toolbox.cards(), toolbox.absences()
    print_json([*cards, *absences]) if as_json else _list(cards, absences, Screen())
    return DONE


def _list(cards: "list[ToolCard]", absences: "list[ToolAbsence]", screen: "Screen") -> None:
    for card in cards:
        needed = card["parameters"].get("required", [])
        inputs = [name if name in needed else f"[{name}]" for name in card["parameters"].get("properties", {})]
        screen.line(f"{card['name']}  {' '.join(inputs)}", "heading")
        screen.line(f"    {card['description'].splitlines()[0]} ({card['risk']}, {card['source']})")
        if "policy" in card:
            screen.line(f"    {_terms(card['policy'])}", "quiet")
    for absent in absences:
        screen.line(f"✗ {absent['name']}", "heading")
        screen.line(f"    {' '.join(absent['reason'].split())} ({absent['source']})", "bad")


def _in_full(card: "ToolCard", screen: "Screen") -> None:
    from intelligent_office.bounds import told

    screen.line(f"{card['name']}  ({card['risk']}, {card['source']})", "heading")
    screen.whole(card["description"])
    screen.line("inputs", "heading")
    needed = card["parameters"].get("required", [])
    for name, given in card["parameters"].get("properties", {}).items():
        schema = given if isinstance(given, dict) else {}  # `true` is a schema, too
        optional = (
            "" if name in needed else f", {json.dumps(schema['default'])}" if "default" in schema else ", optional"
        )
        screen.line(f"  {name} ({_kind(schema)}{optional})")
        if schema.get("description"):
            screen.line(f"      {' '.join(schema['description'].split())}")
    if "policy" in card:
        screen.line("policy", "heading")
        screen.line(f"  {_terms(card['policy'])}")
        if card["policy"]["sandbox"]:
            limits = told({**card["policy"]["limits"], "network": "", "files": ""})  # type: ignore[typeddict-item]
            screen.line(f"  a program may have {limits}")
    if card.get("examples"):
        screen.line("examples", "heading")
        for inputs in card["examples"]:
            screen.line(f"  {json.dumps(inputs, ensure_ascii=False)}")


def _terms(policy: "PolicyCard") -> str:
    from intelligent_office.bounds import told

    repeated = {"always": "may be repeated", "sometimes": "some calls may be repeated", "never": "not repeated"}
    cost = policy["cost"]
    costs = "cost unknown" if cost is None else "costs what the model takes" if cost == "model" else f"${cost:g} a call"
    reach = told({"network": policy["network"], "files": policy["files"]})
    sandbox = ["in the sandbox"] if policy["sandbox"] else []
    return "; ".join([reach, *sandbox, repeated[policy["idempotent"]], f"{policy['seconds']:g} s", costs])


def _kind(schema: Any) -> str:
    """What an input may be, in a word or a few."""
    if not isinstance(schema, dict):
        return "anything"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(_kind(choice) for choice in schema["anyOf"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        kind = f"list of {_kind(schema.get('items', {}))}"
    bounds = [f"{word} {schema[key]:.15g}" for key, word in _BOUNDS.items() if isinstance(schema.get(key), int | float)]
    return " ".join([kind, *bounds])
