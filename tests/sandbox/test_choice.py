"""The strongest sandbox that works is taken, and where none does nothing runs."""

import pytest

from intelligent_office.sandbox.choice import back_ends, choose
from intelligent_office.settings import load_settings


@pytest.fixture
def without_bubblewrap(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def test_bubblewrap_comes_first(bubblewrap):
    choice = choose()
    assert choice.sandbox
    assert (choice.sandbox.name, choice.faults) == ("bubblewrap", {})


def test_monty_is_there_where_nothing_stronger_is_and_it_is_told_why(without_bubblewrap):
    choice = choose()
    assert choice.sandbox
    assert choice.sandbox.name == "monty"
    assert "bwrap is not installed" in choice.faults["bubblewrap"]


def test_the_one_that_is_asked_for_is_taken_or_none(without_bubblewrap):
    monty, none = choose("monty"), choose("bubblewrap")
    assert monty.sandbox
    assert (monty.sandbox.name, none.sandbox) == ("monty", None)
    assert none.reason.startswith("bubblewrap: the program bwrap is not installed")


@pytest.mark.parametrize("name", ["auto", *back_ends()])
def test_every_back_end_can_be_asked_for(monkeypatch, name):
    monkeypatch.setenv("OFFICE_SANDBOX", name)
    assert load_settings().sandbox == name
