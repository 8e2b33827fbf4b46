"""What happened to a task, told to people: events in, lines out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from intelligent_office.models.quotes import usd
from intelligent_office.records import Event

Style = Literal["plain", "heading", "good", "bad", "quiet", "question"]

_VALUE = 60
"""Characters of an input that are worth a look."""
_RESULT = 160
"""Characters of a result: the whole stands in the answer."""


@dataclass(frozen=True)
class Line:
    """One line of the story."""

    text: str
    style: Style = "plain"


class Story:
    """Tells one task, event by event; remembers what the later ones need to be understood.

    Args:
        named: whether each line says which subtask it is about, where there are several.
    """

    def __init__(self, *, named: bool = True) -> None:
        self._named = named
        self.attempts = 0
        """The most often that any subtask was planned."""
        self._subtasks: dict[str, dict[str, Any]] = {}
        self._plans: dict[str, dict[str, Any]] = {}
        """The plan in force, by subtask."""
        self._tellers: dict[str, Callable[[Event], list[Line]]] = {
            "role.finished": self._role_finished,
            "step.finished": self._step_finished,
            "approval.asked": lambda event: [Line(text, "question") for text in question(event.data["request"])],
            "approval.answered": lambda event: _answered(event.data),
            "task.abandoned": lambda event: [
                Line(f"{event.data['worker']} was not heard of again: the task goes on elsewhere", "bad")
            ],
            "approval.expiring": lambda event: [
                Line(f"question: unanswered, it counts as refused from {event.data['expires_at']} on", "bad")
            ],
            "approval.expired": lambda _: [Line("question: nobody answered in time, so it counts as refused", "bad")],
            "model.replaced": lambda event: [_replaced(event.data)],
            "model.spared": lambda event: [_spared(event.data)],
            "prompt.cut": lambda event: [_cut(event.data)],
            "cancel.requested": lambda _: [Line("asked to stop", "bad")],
            "budget.warned": lambda event: _warned(event.data),
            "task.resumed": lambda event: _resumed(event.data),
        }
        self._of_role: dict[str, Callable[[str, dict[str, Any]], list[Line]]] = {
            "analyst": self._analysed,
            "planner": self._planned,
            "validator": _validated,
            "broker": self._granted,
            "reviewer": _reviewed,
        }

    def tell(self, event: Event) -> list[Line]:
        """The lines that an event is worth; most are worth none."""
        teller = self._tellers.get(event.kind)
        lines = teller(event) if teller else []
        name = event.subtask if self._named and len(self._subtasks) > 1 else ""
        return [Line(f"{name} {line.text}", line.style) if name else line for line in lines]

    def now(self, event: Event) -> str | None:
        """What goes on after this event, in a few words; None if it does not say."""
        if event.kind == "role.started":
            return event.role
        if event.kind == "step.started":
            return self._call(event.subtask, event.data["step_id"]) or str(event.data["action"])
        return None

    def _role_finished(self, event: Event) -> list[Line]:
        teller = self._of_role.get(event.role)
        return teller(event.subtask, event.data) if teller else []

    def _analysed(self, _: str, update: dict[str, Any]) -> list[Line]:
        self._subtasks = update.get("subtasks", {})
        if len(self._subtasks) < 2:
            return []
        return [
            Line("subtasks:", "heading"),
            *(
                Line(f"  {name}  {part['objective']}{_after(part['dependencies'])}")
                for name, part in self._subtasks.items()
            ),
        ]

    def _planned(self, subtask: str, update: dict[str, Any]) -> list[Line]:
        attempt, plan = update.get("attempt", 1), update.get("plan")
        self.attempts = max(self.attempts, attempt)
        number = f" {attempt}" if attempt > 1 else ""
        if not plan:
            return [Line(f"plan{number}: none could be made", "bad")]
        self._plans[subtask] = plan
        known = " (from the cache)" if update.get("planned_by") == "cache" else ""
        return [Line(f"plan{number}{known}:", "heading"), *(Line(f"  {_step(step)}") for step in plan["steps"])]

    def _granted(self, subtask: str, update: dict[str, Any]) -> list[Line]:
        if update.get("plan"):  # a human may have edited it
            self._plans[subtask] = update["plan"]
        lines = []
        for name, grant in update.get("grants", {}).items():
            if grant["decision"] != "automatic" or grant["reason"]:  # what is safe says nothing
                why = f": {grant['reason']}" if grant["reason"] else ""
                style: Style = "plain" if grant["decision"] in ("approved", "edited") else "bad"
                lines.append(Line(f"broker: {name} {grant['decision']} by {grant['by']}{one_line(why)}", style))
        return lines

    def _step_finished(self, event: Event) -> list[Line]:
        result = event.data["result"]
        good = result["status"] == "succeeded"
        seconds = "known from before" if result["reused"] else f"{result['seconds']:.2f} s"
        tries = f", {result['attempts']} attempts" if result["attempts"] > 1 else ""
        text = _glance(result["text"])
        name = f"{result['step_id']} {event.data['action']}"
        told = "" if good else f" {result['status'].replace('_', ' ')}"
        mark = "✓" if good else "·" if result["status"] == "skipped" else "✗"
        return [Line(f"{mark} {name}{told} ({seconds}{tries}): {text}", "good" if good else "bad")]

    def _call(self, subtask: str, step_id: str) -> str:
        steps = self._plans.get(subtask, {}).get("steps", [])
        return next((_step(step) for step in steps if step["step_id"] == step_id), "")


def question(request: Mapping[str, Any]) -> list[str]:
    """What a human is asked, as lines: each call with all of its arguments."""
    lines = []
    for action in request["action_requests"]:
        review = action["name"] == "review"  # no call, but what the reviewer cannot decide
        lines.append(action["description"] if review else f"may it call {action['name']}? {action['description']}")
        shown = {name: value for name, value in action["args"].items() if value or not review}
        lines += [f"    {name}: {_whole(value)}" for name, value in shown.items()]
    return lines


def _validated(_: str, update: dict[str, Any]) -> list[Line]:
    validation = update.get("validation", {})
    if validation.get("verdict") == "APPROVED":
        return [Line("validator: the plan is approved", "quiet")]
    return [Line(f"validator: the plan is rejected. {one_line(' '.join(validation.get('reasons', [])))}", "bad")]


def _reviewed(_: str, update: dict[str, Any]) -> list[Line]:
    review = update.get("review", {})
    verdict, finding = review.get("verdict", ""), _glance(review.get("finding", ""))
    by = review.get("by", "rules")
    return [
        Line(
            f"reviewer: {verdict} (by {by}){f'. {finding}' if finding else ''}",
            "good" if verdict == "APPROVED" else "bad",
        )
    ]


def _replaced(facts: dict[str, Any]) -> Line:
    """Who answered in whose place; that a model failed for a moment is worth no line."""
    return Line(
        f"{facts['model_role']}: {facts['by']} answered, after {one_line('; '.join(facts['troubles']))}", "quiet"
    )


def _spared(facts: dict[str, Any]) -> Line:
    return Line(f"{facts['model_role']}: {facts['candidate']} has answered this before", "quiet")


def _cut(facts: dict[str, Any]) -> Line:
    """The user should know that a model did not read all of it."""
    missing = ", ".join(f"{number} characters of the {tag}" for tag, number in facts["characters"].items())
    return Line(f"{facts['model_role']}: too long for the model, which did not see {missing}", "bad")


def _answered(facts: dict[str, Any]) -> list[Line]:
    kinds = ", ".join(decision["type"] for decision in facts["answer"]["decisions"])
    return [Line(f"answer: {kinds} (by {facts['by']})", "question")]


def _warned(facts: dict[str, Any]) -> list[Line]:
    whose = "the task's budget" if facts["budget"] == "task" else "the tenant's budget for this month"
    return [Line(f"money: {usd(facts['spent_usd'])} of {whose} of {usd(facts['limit_usd'])} are spent", "bad")]


def _resumed(facts: dict[str, Any]) -> list[Line]:
    budget = f", with a budget of {usd(facts['max_cost_usd'])}" if "max_cost_usd" in facts else ""
    return [Line(f"goes on{budget}", "heading")]


def _step(step: dict[str, Any]) -> str:
    return f"{step['step_id']}  {step['action']}  {call_in_short(step['inputs'])}{_after(step.get('dependencies', []))}"


def call_in_short(inputs: Mapping[str, Any]) -> str:
    """The arguments of a call in a line."""
    return " ".join(f"{name}={_short(value)}" for name, value in inputs.items())


def _after(names: list[str]) -> str:
    return f"  (after {', '.join(names)})" if names else ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = shortened(one_line(text), _VALUE)
    return f'"{text}"' if " " in text or not text else text


def _whole(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.replace("\n", "\n      ")


def _glance(text: str) -> str:
    """The first line of a result, and how many more there are."""
    lines = text.strip().splitlines() or [""]
    more = f" … and {len(lines) - 1} more lines" if len(lines) > 2 else f" / {lines[1].strip()}" if lines[1:] else ""
    return shortened(lines[0], _RESULT) + more


def one_line(text: str) -> str:
    return " ".join(text.split())


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
