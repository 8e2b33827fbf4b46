"""Jobs on a text that need no model."""

import pytest

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.offline import answer
from intelligent_office.models.rules.texts import JOBS as JOBS_BY_NAME
from intelligent_office.models.rules.texts import job

JOBS = [
    ("count the words", "a b\nc", "3"),
    ("How many lines are there?", "a\nb", "2"),
    ("count characters", "abc", "3"),
    ("convert to upper case", "aé", "AÉ"),
    ("make it lowercase", "AB", "ab"),
    ("reverse the text", "abc", "cba"),
    ("reverse the lines", "a\nb", "b\na"),
    ("sort the lines alphabetically", "b\na\nb", "a\nb\nb"),
    ("remove duplicate lines", "b\na\nb", "b\na"),
]


@pytest.mark.parametrize(("instruction", "text", "outcome"), JOBS)
def test_a_job_that_is_only_counting_and_sorting_is_done(instruction, text, outcome):
    assert answer("ai_tool", {"instruction": instruction, "text": text}) == {"text": outcome}


@pytest.mark.parametrize("name", JOBS_BY_NAME)
def test_a_job_that_the_planner_names_is_one_that_can_be_done(name):
    assert job(name) == name


@pytest.mark.parametrize("instruction", ["summarise", "translate to French", "count the sheep", "x" * 100_000])
def test_a_job_that_takes_understanding_is_refused(instruction):
    with pytest.raises(NoRuleCovers):
        answer("ai_tool", {"instruction": instruction, "text": "x"})
