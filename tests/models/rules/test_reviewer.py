"""Criteria that rules can judge, and those they hand on."""

import pytest

from intelligent_office.models.rules.criteria import is_exact
from intelligent_office.models.rules.offline import answer
from tests.fakes import step_result


def judge(*criteria, text="", output=None, by="user", objective="do it", request="do it", **changes):
    step = {"step_id": "s1", "action": "echo", "inputs": {}, "idempotency_key": "k"}
    values = {
        "request": request,
        "objective": objective,
        "criteria": [{"text": criterion, "by": by} for criterion in criteria],
        "steps": [step],
        "results": {"s1": step_result("s1", text=text, output=output, **changes)},
        "checks": [],
    }
    return answer("reviewer", values)


HOPS = {"status": "success", "path": ["a", "b", "c"], "hops": [{}, {}]}

MET = [
    ("contains 'hello'", "Hello world", None),
    ("The answer must mention main", "main calls b", None),
    ('includes "a b" and "c"', "c, a b", None),
    ("it does not contain 'error'", "all good", None),
    ("equals 345", "345", {"value": 345}),
    ("the result is 345", "345", {"value": 345.0}),
    ('equals "yes"', "yes", None),
    ("has at least 2 lines", "a\nb", None),
    ("at least 2 hops", "", HOPS),
    ("at most three hops", "", HOPS),
    ("exactly 3 functions", "", HOPS),
    ("is a number", "3.5", None),
    ("is greater than 3", "4", {"value": 4}),
    ("the result should be below 5", "4", {"value": 4}),
    ("starts with 'a'", "abc", None),
    ("is not empty", "x", None),
    ("is valid JSON", '{"a": 1}', None),
]

UNMET = [
    ("contains 'bye'", "hello", None),
    ("does not contain 'hello'", "hello", None),
    ("equals 346", "345", {"value": 345}),
    ("at least 3 hops", "", HOPS),
    ("at least 3 lines", "a\nb", None),
    ("is a number", "many", None),
    ("is greater than 5", "4", {"value": 4}),
    ("is valid JSON", "{", None),
]


@pytest.mark.parametrize(("criterion", "text", "output"), MET)
def test_a_criterion_that_is_met_is_approved(criterion, text, output):
    assert judge(criterion, text=text, output=output) == {"verdict": "APPROVED", "finding": ""}


@pytest.mark.parametrize(("criterion", "text", "output"), UNMET)
def test_a_criterion_that_is_not_met_is_named(criterion, text, output):
    judgement = judge(criterion, text=text, output=output)
    assert judgement["verdict"] == "REVISE"
    assert criterion in judgement["finding"]


@pytest.mark.parametrize(
    "criterion", ["is elegant", "lists all callers", "at least 3 hops", "contains a valid explanation"]
)
def test_a_criterion_that_no_rule_can_judge_is_handed_on(criterion):
    judgement = judge(criterion, text="x")
    assert judgement["verdict"] == "ESCALATE"
    assert criterion in judgement["finding"]


def test_what_is_unmet_weighs_more_than_what_cannot_be_judged():
    assert judge("is elegant", "contains 'y'", text="x")["verdict"] == "REVISE"


def test_the_offices_own_criteria_are_met_when_every_step_succeeded():
    assert judge("The request is met.", text="x", by="office")["verdict"] == "APPROVED"


def test_a_failed_step_is_never_approved():
    judgement = judge(text="", status="failed", error="no such file")
    assert judgement["verdict"] == "REVISE"
    assert "no such file" in judgement["finding"]


def test_a_step_that_was_not_carried_out_is_never_approved():
    step = {"step_id": "s1", "action": "echo", "inputs": {}, "idempotency_key": "k"}
    values = {"request": "x", "objective": "x", "criteria": [], "steps": [step], "results": {}, "checks": []}
    assert answer("reviewer", values)["verdict"] == "REVISE"


def test_a_criterion_that_another_part_may_meet_is_handed_on():
    judgement = judge("contains 'y'", text="x", objective="do x", request="do x, then do y")
    assert judgement["verdict"] == "ESCALATE"


def test_a_preview_is_not_taken_for_the_whole():
    artifact = {"artifact_id": "a", "media_type": "text/plain", "size": 9999}
    assert judge("contains 'hello'", text="hello …", artifact=artifact)["verdict"] == "APPROVED"
    assert judge("contains 'bye'", text="hello …", artifact=artifact)["verdict"] == "ESCALATE"
    assert judge("does not contain 'bye'", text="hello …", artifact=artifact)["verdict"] == "ESCALATE"


@pytest.mark.parametrize(
    ("criterion", "exact"),
    [
        ("contains 'hello'", True),
        ('includes "a b" and "c"', True),
        ("the result is 345", True),
        ("at least 2 hops", True),
        ("is valid JSON", True),
        ("includes examples", False),
        ("mentions everything", False),
        ("equals mine", False),
        ("is elegant", False),
    ],
)
def test_a_criterion_is_exact_if_no_reader_could_mean_another_thing_by_it(criterion, exact):
    assert is_exact(criterion) == exact
