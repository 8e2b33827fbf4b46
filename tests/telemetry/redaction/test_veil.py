"""Hiding and restoring: nothing is lost, nothing shows, and the same value has the same placeholder."""

import re
import time
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intelligent_office.telemetry.redaction.finding import find
from intelligent_office.telemetry.redaction.veil import Redaction, Veil, confide
from intelligent_office.telemetry.scope import Scope, working_for
from tests.telemetry.redaction.planted import BESIDE, PLANTED

ALICE = "alice@example.com"
PLACEHOLDER = re.compile(r"<EMAIL_[a-z]{6}>")

VALUES = [value for values in PLANTED.values() for value in values] + [
    before + value + behind for _, before, value, behind in BESIDE
]
TRICKS = [
    "\\n",
    "\\u0040",
    "\\\\",
    "\u200b",
    "４",
    "<EMAIL_bcdfgh>",
    "EMAIL_bcdfgh",
    "&lt;",
    "<",
    ">",
    "_",
    "://",
    ":",
    "@",
]
TRICKS += ["00", "+1", " ", "password=", "-----BEGIN PRIVATE KEY-----", "\x00", "\ud800", "ß", "İ"]
SEPARATORS = [", ", "\n", "; ", "|", "\\n", " and ", ") (", "><", '", "', "\t"]
PIECES = st.one_of(st.sampled_from(VALUES), st.sampled_from(TRICKS), st.text(max_size=8))
TEXTS = st.lists(PIECES, max_size=12).map("".join)
DATA = st.recursive(
    st.one_of(TEXTS, st.integers(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)


@given(TEXTS)
@settings(deadline=None, max_examples=500)
def test_what_is_hidden_comes_back_exactly(text: str):
    veil = Veil()
    assert veil.restore(veil.hide(text)) == text


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_hiding_twice_still_comes_back_exactly(text: str):
    veil = Veil()
    assert veil.restore(veil.hide(veil.hide(text))) == text


@given(DATA)
@settings(deadline=None, max_examples=150)
def test_plain_data_comes_back_exactly(value: Any):
    veil = Veil()
    assert veil.restore(veil.hide(value)) == value


@given(st.lists(st.sampled_from(VALUES), min_size=2, max_size=8), st.sampled_from(SEPARATORS))
@settings(deadline=None, max_examples=300)
def test_of_values_side_by_side_none_shows(values: list[str], separator: str):
    hidden = Veil().hide(separator.join(["", *values, ""]))
    assert find(re.sub(r"<[A-Z]+_[a-z]{6}>", "…", hidden)) == (), hidden


@pytest.mark.parametrize("value", VALUES)
def test_a_value_does_not_show(value):
    hidden = Veil().hide(f"It is {value} and nothing else.")
    assert value not in hidden
    assert hidden.startswith("It is ")
    assert hidden.endswith(" and nothing else.")


def test_a_value_has_the_same_placeholder_in_every_question_of_a_task_and_another_in_another_task():
    with working_for(Scope("task-1")):
        first, second = Veil().hide(f"to {ALICE}"), Veil().hide(f"{{'cc': '{ALICE}'}}")
    with working_for(Scope("task-2")):
        other = Veil().hide(f"to {ALICE}")
    assert PLACEHOLDER.findall(first) == PLACEHOLDER.findall(second)
    assert PLACEHOLDER.findall(first) != PLACEHOLDER.findall(other)


def test_placeholders_are_put_back_in_keys_and_values_of_an_answer():
    veil = Veil()
    name = veil.hide(ALICE)
    answer = {"steps": [{"inputs": {name: [f"Dear {name},", 7, None]}}]}
    assert veil.restore(answer) == {"steps": [{"inputs": {ALICE: [f"Dear {ALICE},", 7, None]}}]}


def test_a_placeholder_that_a_model_writes_inexactly_is_put_back():
    veil = Veil()
    name = veil.hide(ALICE)
    bare = name.strip("<>")
    for written in (name.lower(), bare, bare.lower(), name.replace("_", r"\_"), f"&lt;{bare}&gt;"):
        assert veil.restore(f"Ask {written}.") == f"Ask {ALICE}."


def test_a_placeholder_that_was_never_given_stays():
    veil = Veil()
    name = veil.hide(ALICE)
    invented = name.replace(name[-4:-1], "zzz" if name[-4:-1] != "zzz" else "xxx")
    for text in (invented, "<EMAIL_bcdfgh>", "<EMAIL_1>", f"x{name.strip('<>')}", f"{name.strip('<>')}x"):
        assert veil.restore(text) == text


def test_what_looks_like_a_placeholder_in_a_text_is_never_taken_for_one():
    with working_for(Scope("task-1")):
        usual = Veil().hide(ALICE)
        text = f"{usual} stands for {ALICE}, says {usual.lower()}"
        veil = Veil()
        hidden = veil.hide([text, ALICE])
        assert ALICE not in str(hidden)
        assert veil.restore(hidden) == [text, ALICE]


def test_what_is_hidden_already_stays_as_it_is():
    veil = Veil()
    hidden = veil.hide(f"password='s3same!' https://ada:s3same!@host.example {ALICE}")
    assert veil.hide(hidden) == hidden


def test_off_hides_nothing_but_the_secrets_of_the_settings():
    redaction = Redaction("off", ["word-is-friend", "short"])
    text = f"{ALICE} and short"
    assert redaction.hidden(text) == text
    assert "friend" not in redaction.hidden("The word-is-friend.")


def test_chosen_kinds_alone_are_hidden():
    hidden = Redaction("ip,email").hidden(f"{ALICE} 192.168.1.17 4111111111111111")
    assert hidden.endswith("4111111111111111")
    assert "192" not in hidden
    assert ALICE not in hidden


def test_numbers_and_objects_do_not_show_what_they_hold_where_nothing_comes_back_from():
    hidden = Redaction().hidden({"card": 4111111111111111, "error": ValueError(ALICE), "count": 3})
    assert hidden["count"] == 3
    assert "4111" not in str(hidden)
    assert ALICE not in str(hidden)


def test_a_text_for_an_embedder_is_the_same_for_every_task():
    redaction = Redaction()
    with working_for(Scope("task-1")):
        first = redaction.blanked(f"write to {ALICE}")
    assert first == redaction.blanked(f"write to {ALICE}") == "write to <EMAIL>"


@pytest.mark.parametrize(
    "unit",
    [
        "Dear Alice, the invoice of 2026-11-20 over 1,234.50 EUR is due. ",
        "alice@example.com +49 30 901820 4111 1111 1111 1111 192.168.1.17 ",
        "a@",
        "://:",
        "1 ",
        "0 1-",
        "\\",
        "a.",
        "DE89 ",
        "-----BEGIN PRIVATE KEY-----\n",
        "password=a1 ",
        "token ",
        ":0",
        "+1 (",
        "sk-",
        "sk-a1",
        "-eyJ",
        "SG.a",
        "key=",
        "://a:b",
        "\u200b",
        "a" * 64 + "@",
    ],
)
def test_a_text_ten_times_as_long_takes_about_ten_times_as_long(unit):
    """A pattern that goes back and forth would take a hundred times as long, and more."""

    def seconds(characters: int) -> float:
        text = unit * (characters // len(unit))
        started = time.thread_time()
        find(text)
        return time.thread_time() - started

    seconds(21_000)  # whatever is made at first use
    short = min(seconds(25_000) for _ in range(3))
    # A collection of garbage, or a neighbour, may hold up some of these.
    assert any(seconds(250_000) < 40 * max(short, 0.002) for _ in range(10))


@given(st.lists(PIECES, max_size=12), st.sampled_from(SEPARATORS))
@settings(deadline=None)
def test_numbered_text_shows_nothing_and_comes_back_in_any_task_that_hides_the_same(pieces, separator):
    text = separator.join(pieces)
    veils = []
    for task in ("task-1", "task-2"):
        with working_for(Scope(task)):
            veils.append(Veil())
    one, other = (veil.hide(text) for veil in veils)
    numbered = veils[0].numbered(one)
    assert numbered == veils[1].numbered(other)
    if numbered is not None:
        assert veils[1].renamed(numbered) == other


def test_what_differs_in_private_values_alone_is_numbered_alike():
    first, second = Veil(), Veil()
    numbered = first.numbered(first.hide({"to": "bob@example.org", "cc": [ALICE, "bob@example.org"]}))
    assert numbered == second.numbered(second.hide({"to": ALICE, "cc": ["eve@example.net", ALICE]}))
    assert numbered == {"to": "<EMAIL_0>", "cc": ["<EMAIL_1>", "<EMAIL_0>"]}


def test_a_number_that_somebody_wrote_is_not_taken_for_a_value():
    veil = Veil()
    assert veil.numbered(veil.hide(f"{ALICE} and <EMAIL_0>")) is None


@pytest.mark.parametrize("text", ["<EMAIL_1>", "<PHONE_0>"])
def test_a_number_that_stands_for_nothing_here_is_not_given_back(text):
    veil = Veil()
    veil.hide(ALICE)
    assert veil.renamed({"text": text}) is None


@pytest.mark.parametrize("before", ["", "u", "me", "joe:"])
@pytest.mark.parametrize("after", ["", ".", "..", "/end"])
def test_a_secret_is_hidden_in_base64_wherever_it_stands(before, after):
    told = b64encode(f"{before}open sesame?>{after}".encode()).decode()
    for spelled in (told, told.translate(str.maketrans("+/", "-_"))):
        hidden = Redaction("off", secrets=["open sesame?>"]).hidden(f"it is {spelled} here")
        assert "<KEY_" in hidden
        assert len(hidden) < 40, hidden


def test_a_secret_that_is_learned_later_is_hidden_by_everybody_from_then_on():
    redaction = Redaction("off", ["word-is-friend"])
    text = "say word-is-friend or speak-and-enter"
    assert redaction.blanked(text).endswith("speak-and-enter")
    confide("speak-and-enter")
    confide("short")
    assert "enter" not in redaction.blanked(text)
    assert "friend" not in redaction.blanked(text)
    assert redaction.blanked("short") == "short"
