"""Asking the person at the terminal what the office may do."""

import json
from collections.abc import Mapping
from typing import Any, cast

import click

from intelligent_office.bounds import Bounds, faults
from intelligent_office.cli.screen import Screen
from intelligent_office.cli.story import Line, one_line, question
from intelligent_office.cli.terminal import say
from intelligent_office.contracts import ActionRequest, Decision, ReviewConfig, Scope
from intelligent_office.permits import term_fault

_CHOICES = {
    "approve": "a",
    "same": "s",
    "tool": "t",
    "until": "u",
    "bounds": "b",
    "reject": "r",
    "edit": "e",
    "later": "l",
}
_SCOPES: dict[str, Scope] = {"same": "same", "tool": "tool", "until": "tenant"}
"""The answers that hold for more than the call."""
_MEANT = {
    "same": "same: whenever it is planned like this in this task",
    "tool": "tool: all its calls in this task",
    "until": "until: the tool in all tasks, until a date",
    "bounds": "bounds: approve, with other bounds",
}


def ask(request: Mapping[str, Any], screen: Screen) -> list[Decision] | None:
    """One decision for each action that is asked about; None if the person leaves it for later."""
    decisions: list[Decision] = []
    for action in request["action_requests"]:
        one = {"action_requests": [action]}
        screen.lines(Line(text, "question") for text in question(one))
        decision = _decide(action, _config(request, action["name"]), screen)
        if decision is None:
            return None
        decisions.append(decision)
    return decisions


def _config(request: Mapping[str, Any], name: str) -> ReviewConfig:
    unknown: ReviewConfig = {"action_name": name, "allowed_decisions": ["approve", "reject"]}
    return next((config for config in request["review_configs"] if config["action_name"] == name), unknown)


def _offered(action: ActionRequest, config: ReviewConfig) -> list[str]:
    """The words that a person may answer with."""
    allowed: set[str] = {*config["allowed_decisions"], "later"}
    if "approve" in allowed:
        allowed |= {word for word, scope in _SCOPES.items() if scope in config.get("scopes", [])}
        allowed |= {"bounds"} if action.get("bounds") else set()
    return [name for name in _CHOICES if name in allowed]


def _decide(action: ActionRequest, config: ReviewConfig, screen: Screen) -> Decision | None:
    names = _offered(action, config)
    meant = [_MEANT[name] for name in names if name in _MEANT]
    if meant:
        screen.line("; ".join(meant), "quiet")
    asked = ", ".join(f"[{name[0]}]{name[1:]}" for name in names)
    letters = [_CHOICES[name] for name in names]
    choice = click.prompt(asked, type=click.Choice([*names, *letters]), show_choices=False, prompt_suffix="? ")
    kind = next(name for name in names if choice in (name, _CHOICES[name]))
    if kind == "approve":
        return {"type": "approve"}
    if kind == "until":
        return {"type": "approve", "scope": "tenant", "until": click.prompt("until", value_proc=_date)}
    if kind in _SCOPES:
        return {"type": "approve", "scope": _SCOPES[kind]}
    if kind == "bounds":
        return {"type": "approve", "bounds": _narrowed(action, config)}
    if kind == "reject":
        reason = click.prompt("why", default="", show_default=False)
        return {"type": "reject", "message": reason} if reason else {"type": "reject"}
    if kind == "edit":
        return {"type": "edit", "edited_action": {"name": action["name"], "args": _edited(action)}}
    return None


def _date(text: str) -> str:
    fault = term_fault({"until": text.strip()})
    if fault:
        raise click.UsageError(f"it {fault}")
    return text.strip()


def _narrowed(action: ActionRequest, config: ReviewConfig) -> Bounds:
    """The bounds that the person has changed."""
    bounds = action.get("bounds", {})
    while True:
        wanted = _object(dict(bounds))
        changed = {name: value for name, value in wanted.items() if value != bounds.get(name)}
        wrong = faults(changed, bounds, config.get("limits", {}))
        if not wrong:
            return cast("Bounds", changed)
        say(f"these bounds cannot be set: {'; '.join(wrong)}", err=True)


def _edited(action: ActionRequest) -> dict[str, Any]:
    """The arguments as the person wants them."""
    if "feedback" in action["args"]:  # the reviewer's question: the feedback is all there is to change
        return {**action["args"], "feedback": click.prompt("feedback", default="", show_default=False)}
    return _object(action["args"])


def _object(known: dict[str, Any]) -> dict[str, Any]:
    """A JSON object as the person wants it."""
    text = json.dumps(known, indent=2, ensure_ascii=False)
    while True:
        text = _changed(text)
        try:
            found = json.loads(text)
        except ValueError as fault:
            say(f"that is no JSON: {fault}", err=True)
            continue
        if isinstance(found, dict):
            return found
        say("it must be a JSON object: {...}", err=True)


def _changed(text: str) -> str:
    """The text, edited in $EDITOR, or typed in a line where there is no editor."""
    try:
        return click.edit(text, extension=".json") or text
    except click.ClickException:
        return str(click.prompt("as JSON", default=one_line(text)))
