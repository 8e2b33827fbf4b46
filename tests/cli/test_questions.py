"""Asking a person: what is typed becomes decisions."""

import io
import sys
from datetime import UTC, datetime, timedelta

import pytest

from intelligent_office.cli.questions import ask
from intelligent_office.cli.screen import Screen

ACTION = {"name": "send", "args": {"to": "ada", "text": "hello"}, "description": "Step s1 is guarded."}


def request(*actions, allowed=("approve", "edit", "reject")):
    configs = [{"action_name": action["name"], "allowed_decisions": list(allowed)} for action in actions]
    return {"action_requests": list(actions), "review_configs": configs}


@pytest.fixture
def answered(monkeypatch):
    """What becomes of a request when a person types these lines."""

    def answer(asked, *lines):
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return ask(asked, Screen())

    return answer


def test_each_action_gets_a_decision_of_its_own(answered, capsys):
    assert answered(request(ACTION, ACTION), "a", "r", "not him") == [
        {"type": "approve"},
        {"type": "reject", "message": "not him"},
    ]
    assert "to: ada" in capsys.readouterr().out


def test_a_refusal_needs_no_reason(answered):
    assert answered(request(ACTION), "reject", "") == [{"type": "reject"}]


def test_leaving_one_question_leaves_all_of_them(answered):
    assert answered(request(ACTION, ACTION), "a", "l") is None


OFFERS = {
    "action_name": "send",
    "allowed_decisions": ["approve", "edit", "reject"],
    "scopes": ["call", "same", "tool", "tenant"],
    "limits": {"seconds": 60},
}


@pytest.mark.parametrize(
    ("lines", "decision"),
    [
        (["a"], {"type": "approve"}),
        (["s"], {"type": "approve", "scope": "same"}),
        (["tool"], {"type": "approve", "scope": "tool"}),
        (["u", "soon", "2001-01-01", "DAY"], {"type": "approve", "scope": "tenant", "until": "DAY"}),
        (["b", '{"seconds": 99}', '{"seconds": 5}'], {"type": "approve", "bounds": {"seconds": 5}}),
    ],
)
def test_a_yes_may_hold_for_more_or_for_less(answered, monkeypatch, lines, decision):
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    monkeypatch.delenv("VISUAL", raising=False)
    day = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
    lines = [line.replace("DAY", day) for line in lines]
    decision = {name: day if value == "DAY" else value for name, value in decision.items()}
    action = {**ACTION, "bounds": {"network": "none", "seconds": 30}}
    assert answered({"action_requests": [action], "review_configs": [OFFERS]}, *lines) == [decision]


def test_only_the_scopes_of_the_question_are_offered(answered, capsys):
    config = {**OFFERS, "scopes": ["call", "same"]}
    assert answered({"action_requests": [ACTION], "review_configs": [config]}, "u", "t", "s") == [
        {"type": "approve", "scope": "same"}
    ]
    assert "[u]ntil" not in capsys.readouterr().out


def test_what_is_not_allowed_is_not_offered(answered, capsys):
    assert answered(request(ACTION, allowed=["approve", "reject"]), "e", "a") == [{"type": "approve"}]
    assert "[e]dit" not in capsys.readouterr().out


def test_arguments_are_edited_in_the_editor(answered, monkeypatch, tmp_path):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/ada/bob/ "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    edited = {"name": "send", "args": {"to": "bob", "text": "hello"}}
    assert answered(request(ACTION), "e") == [{"type": "edit", "edited_action": edited}]


def test_without_an_editor_arguments_are_typed_until_they_are_an_object(answered, monkeypatch):
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    monkeypatch.delenv("VISUAL", raising=False)
    [decision] = answered(request(ACTION), "e", "{", "[1]", '{"to": "eve", "text": ""}')
    assert decision["edited_action"]["args"] == {"to": "eve", "text": ""}


def test_feedback_for_another_attempt_is_asked_for_in_words(answered):
    review = {"name": "review", "args": {"finding": "dull", "answer": "x", "feedback": ""}, "description": "?"}
    [decision] = answered(request(review), "e", "more colour")
    assert decision["edited_action"]["args"] == {"finding": "dull", "answer": "x", "feedback": "more colour"}
