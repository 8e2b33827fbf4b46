"""Asking the person at the terminal what the office may do."""

import json
from collections.abc import Mapping
from typing import Any

import click

from intelligent_office.cli.screen import Screen
from intelligent_office.cli.story import Line, one_line, question
from intelligent_office.cli.terminal import say
from intelligent_office.contracts import ActionRequest, Decision

_CHOICES = {"approve": "a", "reject": "r", "edit": "e", "later": "l"}


def ask(request: Mapping[str, Any], screen: Screen) -> list[Decision] | None:
    """One decision for each action that is asked about; None if the person leaves it for later."""
    decisions: list[Decision] = []
    for action in request["action_requests"]:
        one = {"action_requests": [action]}
        screen.lines(Line(text, "question") for text in question(one))
        decision = _decide(action, _allowed(request, action["name"]))
        if decision is None:
            return None
        decisions.append(decision)
    return decisions


def _allowed(request: Mapping[str, Any], name: str) -> list[str]:
    configs = (config for config in request["review_configs"] if config["action_name"] == name)
    return next((list(config["allowed_decisions"]) for config in configs), ["approve", "reject"])


def _decide(action: ActionRequest, allowed: list[str]) -> Decision | None:
    names = [name for name in _CHOICES if name in (*allowed, "later")]
    asked = ", ".join(f"[{name[0]}]{name[1:]}" for name in names)
    letters = [_CHOICES[name] for name in names]
    choice = click.prompt(asked, type=click.Choice([*names, *letters]), show_choices=False, prompt_suffix="? ")
    kind = next(name for name in names if choice in (name, _CHOICES[name]))
    if kind == "approve":
        return {"type": "approve"}
    if kind == "reject":
        reason = click.prompt("why", default="", show_default=False)
        return {"type": "reject", "message": reason} if reason else {"type": "reject"}
    if kind == "edit":
        return {"type": "edit", "edited_action": {"name": action["name"], "args": _edited(action)}}
    return None


def _edited(action: ActionRequest) -> dict[str, Any]:
    """The arguments as the person wants them."""
    if "feedback" in action["args"]:  # the reviewer's question: the feedback is all there is to change
        return {**action["args"], "feedback": click.prompt("feedback for the next attempt")}
    text = json.dumps(action["args"], indent=2, ensure_ascii=False)
    while True:
        text = _changed(text)
        try:
            arguments = json.loads(text)
        except ValueError as fault:
            say(f"that is no JSON: {fault}", err=True)
            continue
        if isinstance(arguments, dict):
            return arguments
        say("the arguments must be a JSON object: {...}", err=True)


def _changed(text: str) -> str:
    """The text, edited in $EDITOR, or typed in a line where there is no editor."""
    try:
        return click.edit(text, extension=".json") or text
    except click.ClickException:
        return str(click.prompt("arguments as JSON", default=one_line(text)))
