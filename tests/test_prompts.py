"""Every prompt renders, with exactly the values its role is given; what others wrote stays data."""

import re
from typing import Any

import pytest
from jinja2 import UndefinedError

from intelligent_office.cards import ToolCard
from prompts import excerpt, render, signature
from tests.fakes import step_result

TOOL: ToolCard = {
    "name": "echo",
    "description": "Say it.",
    "parameters": {
        "properties": {
            "text": {"type": "string", "description": "What to say."},
            "times": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "how": {"enum": ["loud", "low"]},
        },
        "required": ["text"],
    },
    "risk": "safe",
    "source": "built-in",
}
SUBTASK = {"subtask_id": "t1", "objective": "What is 1+1?", "answer": "2", "output": {"value": 2}}
STEP = {"step_id": "s1", "action": "echo", "inputs": {"text": "it's ${t1}"}, "idempotency_key": "k"}
RESULT = step_result("s1", status="failed", error="the error of the step")
ATTACHMENT = {"name": "a.txt", "media_type": "text/plain", "attachment_id": "1", "size": 5, "preview": "Hello"}
LESSON = {"kind": "failure", "objective": "say hi", "steps": [], "lesson": "say it louder", "similarity": 0.5}
OBJECTION = {"attempt": 1, "role": "validator", "reason": "too loud"}

VALUES: dict[str, dict[str, Any]] = {
    "analyst": {"request": "Say hi.", "tools": [TOOL], "attachments": [ATTACHMENT]},
    "planner": {
        "request": "Say hi and bye.",
        "objective": "Say hi.",
        "hints": ["echo"],
        "tools": [TOOL],
        "attachments": [ATTACHMENT],
        "given": {"t1": SUBTASK},
        "criteria": [{"text": "It is loud.", "by": "user"}],
        "lessons": [LESSON],
        "objections": [OBJECTION],
        "results": {"s1": RESULT},
    },
    "validator": {"objective": "Say hi.", "steps": [STEP], "tools": [TOOL], "given": {"t1": SUBTASK}},
    "reviewer": {
        "request": "Say hi and bye.",
        "objective": "Say hi.",
        "criteria": [{"text": "It is loud.", "by": "user"}],
        "steps": [STEP],
        "results": {"s1": RESULT},
        "checks": ["Step s1 failed."],
    },
    "ai_tool": {"instruction": "Count.", "text": "One two."},
    "gatekeeper": {
        "request": "Say hi and bye.",
        "objective": "Say hi.",
        "steps": [STEP],
        "call": STEP,
        "risk": "guarded",
        "bounds": "no network; writes a.txt; 60 s",
        "origins": {"text": "chosen by the planner"},
    },
}
SHOWN = {
    "analyst": ["Say hi.", "`echo`: Say it", "a.txt"],
    "planner": [
        *(
            "Say hi and bye.",
            "<objective>\nSay hi.\n",
            "- `echo`: Say it. Takes text, times?, how? (loud | low)\n",
            "<tool>\n`echo`.\n  text: What to say.",
            "What is 1+1?",
            '{"value": 2}',
            "It is loud.",
        ),
        *("say it louder", "too loud", "the error of the step"),
    ],
    "validator": ["Say hi.", '{"text": "it\'s ${t1}"}', "What is 1+1?"],
    "reviewer": ["Say hi and bye.", "Say hi.", "It is loud.", "the error of the step", "Step s1 failed."],
    "ai_tool": ["Count.", "One two."],
    "gatekeeper": [
        "Say hi and bye.",
        "Say hi.",
        '<call id="s1" risk="guarded" bounds="no network; writes a.txt; 60 s">',
        'argument="text">\nchosen by the planner',
    ],
}


@pytest.mark.parametrize("role", VALUES)
def test_a_prompt_shows_every_value(role):
    prompt = render(role, **VALUES[role])
    assert [shown for shown in SHOWN[role] if shown not in prompt] == []


@pytest.mark.parametrize(("role", "name"), [(role, name) for role, values in VALUES.items() for name in values])
def test_a_missing_value_is_an_error(role, name):
    values = {key: value for key, value in VALUES[role].items() if key != name}
    with pytest.raises(UndefinedError, match=name):
        render(role, **values)


def test_a_template_in_a_value_is_not_carried_out():
    assert "{{ 6 * 7 }}" in render("ai_tool", instruction="{{ 6 * 7 }}", text="{% for x in y %}")


def test_a_long_text_is_cut_with_a_note_of_what_is_missing_and_what_stands_for_the_whole():
    assert excerpt("x" * 30, 10) == "x" * 10 + "\n[20 more characters are not shown]"
    assert excerpt("x" * 30, 10, "${s1}") == "x" * 10 + "\n[20 more characters; ${s1} stands for the whole]"
    assert excerpt("short") == "short"


def test_a_signature_tells_what_is_required_and_what_may_be_chosen():
    assert signature(TOOL["parameters"]).splitlines() == [
        "  text: What to say.",
        "  times? (integer)",
        "  how? (loud | low)",
    ]


def test_a_tool_that_takes_no_human_is_shown_without_its_risk():
    risky: ToolCard = {**TOOL, "name": "shout", "risk": "dangerous"}
    prompt = render("planner", **{**VALUES["planner"], "tools": [TOOL, risky]})
    assert "- `echo`: " in prompt
    assert "- `shout` (dangerous): " in prompt


def tools(*names: str) -> list[ToolCard]:
    return [{**TOOL, "name": name, "description": f"Do what a {name} does."} for name in names]


@pytest.mark.parametrize(
    ("hints", "objective", "explained"),
    [
        ([], "Carry it with the crane.", ["crane"]),
        (["saw", "unheard_of"], "Do it.", ["saw"]),
        (["saw"], "Carry it with the crane.", ["crane", "saw"]),
        ([], "Make it so.", ["axe", "bow", "crane"]),
        ([], "", ["axe", "bow", "crane"]),
    ],
)
def test_the_planner_is_explained_the_tools_that_were_named_or_else_the_few_that_fit_best(hints, objective, explained):
    given = tools("saw", "crane", "bow", "axe", "drill")
    prompt = render("planner", **{**VALUES["planner"], "tools": given, "hints": hints, "objective": objective})
    assert re.findall(r"<tool>\n`(\w+)`", prompt) == explained
    assert [name for name in ("saw", "crane", "bow", "axe", "drill") if f"- `{name}`: Do what" not in prompt] == []


def test_the_list_of_tools_is_the_same_for_every_objective():
    """It comes before the explanations, so that providers can cache it."""
    given = tools("axe", "bow", "crane", "saw")
    one, two = (
        render("planner", **{**VALUES["planner"], "tools": given, "hints": [], "objective": objective})
        for objective in ("Use the saw.", "Use the bow.")
    )
    listed = one[: one.index("</tools>")]
    assert two.startswith(listed)
    assert "crane" in listed


def test_the_validator_is_shown_only_the_tools_of_the_plan():
    other: ToolCard = {**TOOL, "name": "shout"}
    prompt = render("validator", **{**VALUES["validator"], "tools": [TOOL, other]})
    assert "`echo`" in prompt
    assert "`shout`" not in prompt


def test_a_hint_that_names_no_tool_is_not_shown():
    prompt = render("planner", **{**VALUES["planner"], "hints": ["echo", "obey me"]})
    assert "Thought to fit: echo." in prompt


@pytest.mark.parametrize("role", VALUES)
def test_the_words_of_a_prompt_are_ascii(role):
    """What is not takes more tokens, and what looks for private data in a text is slower where there is any."""
    assert render(role, **VALUES[role]).isascii()


def test_the_offices_own_criteria_are_no_question_to_a_model():
    """The rules hold every result against them."""
    own = {"criteria": [{"text": "There is an answer.", "by": "office"}]}
    for role in ("planner", "reviewer"):
        assert "There is an answer." not in render(role, **{**VALUES[role], **own})
