"""Prompts that would be too long: what gives way, and that the prompt says so."""

from typing import Any

import pytest

from intelligent_office.telemetry.scope import Scope, working_for
from prompts import BUDGETS, render
from prompts.room import Budget, Room, ends
from prompts.tokens import tokens
from tests.fakes import step_result
from tests.test_prompts import LESSON, OBJECTION, STEP, SUBTASK, TOOL, VALUES

SLACK = 100
"""Tokens by which a prompt may pass its budget: notes of what is left out."""

LONG = "x = compute(y)  # 12345\n" * 4_000
TEN_MEGABYTES = LONG * 110
"""As a tool may print it."""
REQUEST = ("Look at every file. " * 5_000)[:99_990] + " Thank you"
"""The longest that the doors accept."""

MUCH: dict[str, Any] = {
    "tools": [
        {**TOOL, "name": f"tool_{number}", "description": f"Do thing number {number}. " + "It does it well. " * 20}
        for number in range(200)
    ],
    "objections": [{**OBJECTION, "attempt": n, "reason": f"finding {n}: {LONG[:5000]}"} for n in range(50)],
    "lessons": [{**LESSON, "objective": f"do {n} " * 50, "similarity": n / 1000} for n in range(1000)],
    "results": {f"s{n}": step_result(f"s{n}", text=LONG) for n in range(30)},
    "steps": [{**STEP, "step_id": f"s{n}", "inputs": {"text": LONG[:9000]}} for n in range(100)],
    "given": {f"t{n}": {**SUBTASK, "subtask_id": f"t{n}", "answer": LONG, "output": [LONG]} for n in range(20)},
    "criteria": [{"text": LONG[:5000], "by": "user"}] * 20,
    "checks": ["Step s1 (echo): succeeded."] * 100,
    "hints": [],
}


def role_values(role: str, **changes: Any) -> dict[str, Any]:
    return {**VALUES[role], **{name: value for name, value in changes.items() if name in VALUES[role]}}


@pytest.mark.parametrize("role", BUDGETS)
@pytest.mark.parametrize("name", ["tools", "objections", "lessons", "results", "steps", "given", "criteria", "all"])
def test_no_amount_of_anything_makes_a_prompt_longer_than_its_budget(role, name):
    values = role_values(role, **(MUCH if name == "all" else {name: MUCH[name]}))
    prompt = render(role, **values)
    assert tokens(prompt) <= BUDGETS[role].total
    words = tokens(render(role, **{key: [] if isinstance(value, list) else value for key, value in values.items()}))
    assert tokens(prompt) - words <= BUDGETS[role].context + SLACK


@pytest.mark.parametrize("role", ["analyst", "planner", "validator", "reviewer"])
def test_a_request_of_the_longest_kind_is_shown_whole(role):
    prompt = render(role, **role_values(role, **MUCH, request=REQUEST, objective=REQUEST))
    assert REQUEST in prompt
    assert tokens(prompt) <= BUDGETS[role].total


@pytest.mark.parametrize("role", BUDGETS)
def test_what_cannot_fit_at_all_is_shown_from_both_ends_with_a_note(role):
    text = "始まり" + "漢" * 300_000 + "終わり"
    asked = dict.fromkeys(("request", "objective", "instruction", "text"), text)
    prompt = render(role, **role_values(role, **asked))
    assert tokens(prompt) <= BUDGETS[role].total
    assert "始まり" in prompt
    assert "終わり" in prompt
    assert "characters are left out here" in prompt


def test_the_task_is_told_when_what_was_asked_could_not_be_shown_whole():
    told: list[dict[str, Any]] = []
    with working_for(Scope("x", tell=told.append)):
        render("planner", **role_values("planner", **MUCH))
        assert told == [], "what may be left out is left out without a word to the user"
        prompt = render("planner", 3000, **role_values("planner", objective=REQUEST, request=REQUEST))
    [event] = told
    assert (event["kind"], event["model_role"]) == ("prompt.cut", "planner")
    assert f"[{event['characters']['objective']} characters are left out here" in prompt


def test_a_model_with_a_small_window_gets_a_shorter_prompt():
    prompt = render("planner", 3000, **role_values("planner", **MUCH, objective=REQUEST, request=REQUEST))
    assert tokens(prompt) <= 3000


def test_the_oldest_attempts_are_left_out_first_and_the_prompt_says_so():
    prompt = render("planner", **role_values("planner", objections=MUCH["objections"]))
    assert "finding 49:" in prompt
    assert "finding 0:" not in prompt
    assert " older attempts left out for want of room)" in prompt
    assert prompt.index("left out for want of room") < prompt.index("finding 49:")


def test_the_least_similar_lessons_are_left_out_first():
    prompt = render("planner", **role_values("planner", lessons=MUCH["lessons"]))
    assert "do 999 " in prompt
    assert "do 0 " not in prompt
    assert " less similar lessons left out for want of room)" in prompt


def test_a_tool_that_is_spoken_of_is_shown_with_its_arguments_among_two_hundred():
    prompt = render("planner", **role_values("planner", tools=MUCH["tools"], objective="Use tool_77 on it."))
    assert "<tool>\n`tool_77`. It does it well." in prompt
    assert "\n  text: What to say.\n" in prompt
    assert "- `tool_78`: Do thing number 78. Takes text, times?, how? (loud | low)\n" in prompt
    assert prompt.count("It does it well.") == prompt.count("`tool_77`. It does it well.") * 20, "the others in a line"


def test_a_tool_that_was_never_mentioned_is_named_before_any_is_left_out():
    prompt = render("planner", **role_values("planner", tools=MUCH["tools"]))
    shown = [number for number in range(200) if f"- `tool_{number}`: " in prompt]
    assert len(shown) == 200


def test_a_long_result_is_shown_by_its_beginning_and_what_stands_for_the_whole():
    prompt = render("planner", **role_values("planner", results={"s1": step_result("s1", text=TEN_MEGABYTES)}))
    assert "; ${s1} stands for the whole]" in prompt
    artifact = {"artifact_id": "a", "media_type": "text/plain", "size": len(TEN_MEGABYTES)}
    kept = step_result("s1", text=TEN_MEGABYTES[:4096], artifact=artifact)
    prompt = render("planner", **role_values("planner", results={"s1": kept}))
    assert f"; ${{s1}} ({len(TEN_MEGABYTES)} bytes) stands for the whole]" in prompt


def room_of(budget: Budget, *worths: float) -> str:
    room = Room()
    words = "\n\n".join(room.item(worth, "thing", f"thing of {worth} " + "x " * 50) for worth in worths)
    return room.fill(words, budget).strip()


def test_what_fits_is_all_shown_in_its_place():
    assert [line[:10] for line in room_of(Budget(1000, 1000), 3, 1, 2).split("\n\n")] == [
        "thing of 3",
        "thing of 1",
        "thing of 2",
    ]


def test_a_note_stands_where_the_first_was_left_out():
    lines = room_of(Budget(1000, 80), 3, 1, 2).split("\n\n")
    assert [line[:10] for line in lines] == ["thing of 3", "(2 things "]


def test_one_thing_left_out_is_told_in_the_singular():
    assert "(1 thing left out" in room_of(Budget(1000, 150), 3, 1, 2)


@pytest.mark.parametrize("text", ["a" * 1000, " " * 1000, "漢" * 1000, "a b\n" * 1000])
def test_the_ends_of_a_text_are_never_longer_than_the_room(text):
    for room in (10, 50, 100, 300, 5000):
        assert tokens(ends(text, room)[0]) <= max(room, 70)


PREFIX_SHARE = 0.6


def stable(role: str) -> int:
    """Tokens of what never changes: the words and the tools."""
    empty = {
        name: [] if isinstance(value, list) else {} if isinstance(value, dict) else ""
        for name, value in VALUES[role].items()
        if name not in ("tools", "steps", "call")
    }
    return tokens(render(role, **role_values(role, **empty)))


@pytest.mark.parametrize("role", BUDGETS)
def test_two_prompts_of_one_role_begin_alike_so_that_providers_can_cache_the_beginning(role):
    again = role_values(role, objections=[OBJECTION] * 2, results={"s1": step_result("s1", text="other")})
    elsewhere = role_values(role, request="Else.", objective="Else.", instruction="Else.", lessons=[], hints=[])
    for other in (again, elsewhere):
        one, two = render(role, **VALUES[role]), render(role, **other)
        same = next((n for n, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), len(one))
        assert tokens(one[:same]) >= PREFIX_SHARE * stable(role)


def test_another_attempt_changes_only_what_comes_after_the_task():
    again = role_values("planner", objections=[OBJECTION, {**OBJECTION, "attempt": 2, "reason": "again"}])
    one, two = render("planner", **VALUES["planner"]), render("planner", **again)
    assert two.startswith(one.rstrip())
