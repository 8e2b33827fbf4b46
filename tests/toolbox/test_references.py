"""References: what they lead to, what they refuse, and that nothing sneaks in through what they fetch."""

import pytest

from intelligent_office.errors import ToolError
from intelligent_office.toolbox.references import literal, malformed, references, refers, resolve

SOURCES = {
    "s1": {"text": "345", "output": {"value": 345}},
    "t1": {"text": "two files", "output": {"files": ["a.py", "b.py"], "sizes": [{"bytes": 10}], "none": None}},
    "v1.2": {"text": "dotted", "output": "plain"},
    "list": {"text": "[1]", "output": [1, [2, 3]]},
    "evil": {"text": "${s1} $${s1}", "output": {"deep": "${t1.output.files}"}},
    "flag": {"text": "yes", "output": {"on": True, "ratio": 0.5, "word": "é"}},
}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${s1}", "345"),
        ("${ s1 }", "345"),
        ("${s1.output}", {"value": 345}),
        ("${s1.output.value}", 345),
        ("${t1.output.files}", ["a.py", "b.py"]),
        ("${t1.output.files[0]}", "a.py"),
        ("${t1.output.files[-1]}", "b.py"),
        ("${t1.output.sizes[0].bytes}", 10),
        ("${t1.output.none}", None),
        ("${list.output[1][0]}", 2),
        ("${v1.2}", "dotted"),
        ("${v1.2.output}", "plain"),
        ("${flag.output.on}", True),
        ("${flag.output.ratio}", 0.5),
        ("twice ${s1.output.value}", "twice 345"),
        (" ${s1.output.value}", " 345"),
        ("${s1}${s1}", "345345"),
        ("${s1.output.value} and ${t1.output.files}", '345 and ["a.py", "b.py"]'),
        ("on: ${flag.output.on}", "on: true"),
        ("${flag.output.word}!", "é!"),
        ("it is ${t1.output.none}", "it is null"),
        ("$${s1}", "${s1}"),
        ("a $${s1} b ${s1}", "a ${s1} b 345"),
        ("$$${s1}", "$${s1}"),
        ("${evil}", "${s1} $${s1}"),
        ("${evil.output.deep}", "${t1.output.files}"),
        ("x ${evil}", "x ${s1} $${s1}"),
        ("costs $5 {s1} $ {s1} ${", "costs $5 {s1} $ {s1} ${"),
        ("", ""),
        (7, 7),
        (None, None),
        (["${s1}", {"deep": ["${s1.output.value}"]}], ["345", {"deep": [345]}]),
        ({"${s1}": "${s1}"}, {"${s1}": "345"}),
    ],
)
async def test_a_reference_becomes_what_it_names(written, expected):
    found = (await resolve({"input": written}, SOURCES))["input"]

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("${s9}", "There is no step or subtask `s9` to refer to; there are `s1`, `t1`"),
        ("${s9.output.value}", "`s9`"),
        ("${s1.output.valu}", "`s1.output` has no part `valu`; there is `value`; did you mean `value`?"),
        ("${s1.output.value.deep}", "`s1.output.value` is a number and has no part `deep`"),
        ("${s1.output[0]}", "`s1.output` is an object, not a list"),
        ("${t1.output.files[2]}", "`t1.output.files` has 2 items: there is no `[2]`"),
        ("${t1.output.files.first}", "`t1.output.files` is a list and has no part `first`"),
        ("${t1.output.none.x}", "`t1.output.none` is empty"),
        ("${v1.2.output.length}", "`v1.2.output` is text"),
        ("${flag.output.on.x}", "is true or false"),
        ("${}", "`${}` is not a reference; write `$${}`"),
        ("${a b}", "`${a b}` is not a reference"),
        ("${s1.output.}", "There is no step or subtask `s1.output.`"),
        ("${s1.output[x]}", "is not a reference"),
        ("${s1.output[99999999999999999999]}", "is not a reference"),
        ("${__class__}", "is not a reference"),
        ("${s1.output.__class__}", "`s1.output` has no part `__class__`"),
        ("text ${nobody} text", "`nobody`"),
    ],
)
async def test_a_reference_that_leads_nowhere_says_what_is_there(written, told):
    with pytest.raises(ToolError) as failure:
        await resolve({"input": ["fine", written]}, SOURCES)

    assert told in str(failure.value)


async def test_a_source_without_others_is_told_as_none():
    with pytest.raises(ToolError, match="there is none"):
        await resolve("${s1}", {})


async def test_a_subtask_with_several_final_steps_is_read_whole_whichever_of_them_was_set_aside():
    """The text is that of all of them, the data that of the last."""
    kept = {"artifact_id": "abc", "media_type": "application/json", "size": 9}
    large = {"text": "pre…", "output": None, "artifact": kept}
    small = {"text": "small", "output": 2, "artifact": None}

    async def load(wanted):
        return {"text": "previously", "output": 1}

    for parts, text, output in (((large, small), "previously\nsmall", 2), ((small, large), "small\npreviously", 1)):
        source = {"text": "…", "output": parts[-1]["output"], "parts": list(parts)}
        found = await resolve({"text": "${t1}", "data": "${t1.output}"}, {"t1": source}, load)
        assert found == {"text": text, "data": output}


async def test_an_output_kept_as_artifact_is_loaded_once_and_only_when_referred_to():
    loaded = []
    artifact = {"artifact_id": "abc", "media_type": "application/json", "size": 9}
    sources = {
        "big": {"text": "pre…", "output": None, "artifact": artifact},
        "other": {"text": "pre…", "output": None, "artifact": {**artifact, "artifact_id": "def"}},
        "small": {"text": "s", "output": 1, "artifact": None},
    }

    async def load(wanted):
        loaded.append(wanted["artifact_id"])
        return {"text": "the whole", "output": {"lines": [1, 2]}}

    inputs = {"a": "${big}", "b": "${big.output.lines[1]}", "c": "${small}"}
    assert await resolve(inputs, sources, load) == {"a": "the whole", "b": 2, "c": "s"}
    assert loaded == ["abc"]


def test_the_ids_referred_to_are_found_however_deep():
    inputs = {"a": ["${s1}", {"b": "x ${t1.output.files[0]} ${v1.2.output}"}], "c": "$${s9} ${a b}", "${key}": 1}

    assert references(inputs) == {"s1", "t1", "v1.2"}


def test_what_only_looks_like_a_reference_is_found():
    assert malformed({"a": "${s1} $${x y} ${x + 1}"}) == [
        "`${x + 1}` is not a reference; write `$${x + 1}` to mean it literally."
    ]


@pytest.mark.parametrize("text", ["${s1}", "$${s1}", "a ${ b", "${}", "$", "{}", "$$${x}", "${${s1}}"])
async def test_a_text_written_literally_survives_as_it_is(text):
    assert await resolve(literal(text), SOURCES) == text
    assert references(literal(text)) == set()


def test_a_plain_value_refers_to_nothing():
    assert not refers({"a": ["$5", "{s1}", 3, None]})
    assert refers({"a": [{"b": "$${x}"}]})


async def test_deep_inputs_are_searched_without_recursion():
    deep: object = "${s1}"
    for _ in range(50_000):
        deep = [deep]

    assert references(deep) == {"s1"}
