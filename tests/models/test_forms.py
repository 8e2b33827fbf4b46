"""What providers are told of the form of an answer, and what is read out of it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from intelligent_office.contracts import Analysis, Answer, Flaws, Judgement, PlanDraft
from intelligent_office.models.forms import Form, Misfit

SCHEMAS = [Analysis, PlanDraft, Flaws, Judgement, Answer]
STEP = {"step_id": "s1", "action": "echo", "inputs": {"text": "hi"}}


def keywords(schema):
    """Every keyword a schema uses, the names of properties left out."""
    if isinstance(schema, list):
        return {word for item in schema for word in keywords(item)}
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for key, value in schema.items():
        children = list(value.values()) if key == "properties" else value
        found |= keywords(children)
    return found


@pytest.mark.parametrize("schema", SCHEMAS)
def test_no_form_refers_to_a_definition_elsewhere(schema):
    form = Form(schema)
    for told in (form.schema, form.narrow, form.closed):
        Draft202012Validator.check_schema(told)
        assert keywords(told) & {"$ref", "$defs", "title"} == set()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_narrow_form_uses_only_what_every_provider_knows(schema):
    known = {"type", "description", "enum", "items", "minItems", "maxItems", "properties", "required", "anyOf"}
    assert keywords(Form(schema).narrow) <= known
    assert keywords(Form(schema).closed) <= known


def test_a_closed_form_asks_for_open_objects_as_text():
    step = Form(PlanDraft).closed["properties"]["steps"]["items"]
    assert step["properties"]["inputs"]["type"] == "string"
    assert [choice["type"] for choice in step["properties"]["outputs_expectation"]["anyOf"]] == ["string", "null"]
    assert Form(PlanDraft).narrow["properties"]["steps"]["items"]["properties"]["inputs"] == {"type": "object"}


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "hi"}',
        '  {"text": "hi"}\n',
        '```json\n{"text": "hi"}\n```',
        'Here:\n```\n{"text": "hi"}\n```\nDone {really}.',
        'Sure! {"text": "hi"} Anything else?',
        '<think>maybe {"text": "no"}</think>{"text": "hi"}',
        'For example {"text": "no"}; but here it is: {"text": "hi"}',
        '{"text": "hi", "more": {"x": 1}}',
        'Not {this}, but {"words": 1} and {"text": "hi"}',
        '{"text": "hi"} and {"more": "cut o',
    ],
)
def test_an_answer_is_found_in_what_stands_around_it(text):
    assert Form(Answer).read(text)["text"] == "hi"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("hello", "no JSON object"),
        ('<think>perhaps {"text": "no"}</think> I cannot say.', "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('{"text": 5}', "`text`"),
        ('{"words": "x"}', "`text`: Field required"),
        ('{"text": "cut o', "cut off"),
        ('{"text": ', "cut off"),
        ('{"words": [{"text": "hi"}, {"text": "h', "cut off"),
        ('```json\n{"words": {"text": "hi"},', "cut off"),
        ("{" * 10_000, "no JSON object"),
        ('{"a":' * 10_000, "no JSON object|cut off"),
    ],
)
def test_what_does_not_fit_is_told_for_the_model_to_mend(text, fault):
    with pytest.raises(Misfit, match=fault):
        Form(Answer).read(text)


def test_a_plan_with_too_many_faults_names_only_the_first():
    draft = {"steps": [{"step_id": "s 1"} for _ in range(50)]}
    with pytest.raises(Misfit) as misfit:
        Form(PlanDraft).read(json.dumps(draft))
    assert str(misfit.value).count("`") == 10


def test_null_for_what_may_be_left_out_is_left_out():
    draft = {"steps": [STEP | {"dependencies": None, "timeout_seconds": None}], "confidence": None}
    assert Form(PlanDraft).read(json.dumps(draft)) == {"steps": [STEP]}


def test_null_among_a_steps_inputs_is_kept():
    draft = {"steps": [STEP | {"inputs": {"text": None}}]}
    assert Form(PlanDraft).read(json.dumps(draft))["steps"][0]["inputs"] == {"text": None}


def test_an_open_object_written_as_text_is_opened():
    draft = {"steps": [STEP | {"inputs": '{"text": "hi"}', "outputs_expectation": '{"type": "object"}'}]}
    step = Form(PlanDraft).read(json.dumps(draft))["steps"][0]
    assert (step["inputs"], step["outputs_expectation"]) == ({"text": "hi"}, {"type": "object"})


def test_a_text_that_looks_like_json_stays_a_text_where_a_text_is_wanted():
    assert Form(Answer).read(json.dumps({"text": '{"a": 1}'})) == {"text": '{"a": 1}'}


@given(st.text(max_size=200))
def test_no_text_is_read_as_anything_but_an_answer_or_a_misfit(text):
    with suppress(Misfit):
        assert isinstance(Form(Answer).read(text)["text"], str)


@given(st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5), max_size=4))
def test_inputs_come_through_as_they_were_written(inputs):
    draft = {"steps": [STEP | {"inputs": inputs}]}
    assert Form(PlanDraft).read(json.dumps(draft))["steps"][0]["inputs"] == inputs
    draft["steps"][0]["inputs"] = json.dumps(inputs)
    assert Form(PlanDraft).read(json.dumps(draft))["steps"][0]["inputs"] == inputs
