"""What planners are shown of tools, and what they are told of wrong calls."""

from typing import Annotated, Any, Literal

import pytest
from langchain_core.tools import InjectedToolArg, StructuredTool, tool
from pydantic import BaseModel, Field

from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.registry import RegisteredTool, Registry


@tool("lend", parse_docstring=True)
async def lend(
    operation: Literal["take", "give"],
    scope: Annotated[ToolScope, InjectedToolArg],
    amount: int = 1,
    rate: int | float = 0.5,  # noqa: PYI041  # pydantic keeps whole numbers whole
    names: list[str] | None = None,
    note: str = "",
) -> str:
    """Lend things.

    Args:
        operation: what to do
        amount: how many
        rate: how fast
        names: to whom
        note: why
    """
    return f"{operation} {amount} {rate} {names} {note} {scope.tenant}"


def _demands(inputs: dict[str, Any]) -> list[str]:
    return ["`lend` needs a note to give."] if inputs["operation"] == "give" and not inputs.get("note") else []


@pytest.fixture
def registry():
    policy = ToolPolicy(
        risk="guarded",
        risk_of=lambda inputs: "safe" if inputs.get("operation") == "take" else "guarded",
        idempotent=lambda inputs: inputs.get("operation") == "take",
        demands=_demands,
    )
    other = StructuredTool.from_function(lambda: "x", name="bend", description="Bend.")
    return Registry([Tool(definition=lend, policy=policy), Tool(definition=other, policy=ToolPolicy(), source="shop")])


def test_cards_come_by_name_and_hide_the_circumstances(registry):
    bend, lending = registry.cards()

    assert (bend["name"], bend["source"], bend["risk"]) == ("bend", "shop", "dangerous")
    assert (lending["name"], lending["source"], lending["risk"]) == ("lend", "built-in", "guarded")
    assert lending["description"] == "Lend things."
    assert list(lending["parameters"]["properties"]) == ["operation", "amount", "rate", "names", "note"]
    assert lending["parameters"]["required"] == ["operation"]
    assert lending["parameters"]["additionalProperties"] is False
    assert lending["parameters"]["properties"]["note"] == {"default": "", "description": "why", "type": "string"}


def test_only_allowed_tools_are_shown(registry):
    assert [card["name"] for card in registry.cards(["lend", "unknown"])] == ["lend"]


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(ValueError, match="lend"):
        Registry([Tool(definition=lend, policy=ToolPolicy())] * 2)


@pytest.mark.parametrize(
    "inputs",
    [
        {"operation": "take"},
        {"operation": "take", "amount": 3, "rate": 1, "names": ["x"], "note": "n"},
        {"operation": "take", "rate": 0.25, "names": None},
        {"operation": "${s1}"},
        {"operation": "take", "amount": "${s1}"},
        {"operation": "take", "amount": "${s1.output.value}", "names": "${s1.output.names}"},
        {"operation": "take", "rate": "${s1}", "names": ["${s1}", "b"]},
        {"operation": "take", "names": ["${s1.output.value}"]},
    ],
)
def test_a_call_that_fits_has_no_faults(registry, inputs):
    assert registry.faults("lend", inputs) == []


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({}, "`lend` needs the input `operation`."),
        ({"operation": "steal"}, '`operation` must be one of `take`, `give`; it is "steal".'),
        ({"operation": "take", "amount": "three"}, '`amount` must be of type integer; it is "three".'),
        ({"operation": "take", "amount": 1.5}, "`amount` must be of type integer; it is 1.5."),
        ({"operation": "take", "amount": ["${s1}"]}, '`amount` must be of type integer; it is ["${s1}"].'),
        ({"operation": "take", "rate": "fast"}, '`rate` must be of type integer or number; it is "fast".'),
        ({"operation": "take", "names": "x"}, '`names` must be of type array or null; it is "x".'),
        ({"operation": "take", "names": ["x", 5]}, "`names[1]` must be of type string; it is 5."),
        ({"operation": "take", "amuont": 2}, "`lend` has no input `amuont`; did you mean `amount`?"),
        (
            {"operation": "take", "zzz": "${s1}"},
            "`lend` has no input `zzz`; it takes `operation`, `amount`, `rate`, `names`, `note`.",
        ),
        ({"operation": "take", "scope": {}}, "`lend` has no input `scope`"),
        ({"operation": "give"}, "`lend` needs a note to give."),
        ({"operation": "take", "note": "${a b}"}, "`${a b}` is not a reference; write `$${a b}` to mean it literally."),
    ],
)
def test_a_wrong_call_is_told_so_that_it_can_be_mended(registry, inputs, told):
    assert told in " ".join(registry.faults("lend", inputs))


def test_every_fault_of_a_call_is_told_at_once(registry):
    assert len(registry.faults("lend", {"operation": "steal", "amount": "x", "rate": [], "foo": 1})) == 4


def test_a_fault_quotes_no_more_than_a_piece_of_a_huge_value(registry):
    assert len(registry.faults("lend", {"operation": "x" * 1_000_000})[0]) < 500


def test_an_unknown_tool_is_told_with_near_names(registry):
    assert registry.faults("lende", {}) == ["There is no tool `lende`; did you mean `lend`, `bend`?"]
    assert registry.faults("xyz", {}) == ["There is no tool `xyz`; there are `bend`, `lend`."]


def test_inputs_nested_too_deeply_are_a_fault_and_no_crash(registry):
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert registry.faults("lend", {"operation": "take", "note": deep})


def test_risk_and_repeatability_depend_on_the_call(registry):
    assert (registry.risk("lend", {"operation": "take"}), registry.idempotent("lend", {"operation": "take"})) == (
        "safe",
        True,
    )
    assert (registry.risk("lend", {"operation": "give"}), registry.idempotent("lend", {})) == ("guarded", False)


def test_a_tool_that_nobody_knows_is_dangerous_and_not_repeatable(registry):
    assert (registry.risk("rm", {}), registry.idempotent("rm", {})) == ("dangerous", False)


def test_resolved_inputs_are_checked_as_they_are(registry):
    found = registry.named("lend").inputs.faults({"operation": "${s1}"}, resolved=True)

    assert found == ['`operation` must be one of `take`, `give`; it is "${s1}".']
    assert registry.named("lend").inputs.faults({"operation": "take", "note": "${a b}"}, resolved=True) == []


@pytest.mark.parametrize(
    ("given", "resolved", "read"),
    [
        ("${s1}", "3", 3),
        ("${s1}", " 3.5\n", 3.5),
        ("${s1}", "1e3", 1000.0),
        ("${s1}", "three", "three"),
        ("${s1}", "true", "true"),
        ("${s1}", "NaN", "NaN"),
        ("${s1}", "-Infinity", "-Infinity"),
        ("${s1}", "1" * 5_000, "1" * 5_000),
        ("3", "3", "3"),
    ],
)
def test_only_the_text_of_another_step_is_read_as_a_number(registry, given, resolved, read):
    lending = registry.named("lend").inputs

    assert lending.read_numbers({"rate": given}, {"rate": resolved}) == {"rate": read}
    assert lending.read_numbers({"note": given}, {"note": resolved}) == {"note": resolved}


def test_an_input_called_scope_stays_the_models():
    class Login(BaseModel):
        scope: str = Field(description="OAuth scope")

    login = StructuredTool.from_function(lambda scope: scope, name="login", description="Log in.", args_schema=Login)

    assert not RegisteredTool(Tool(definition=login, policy=ToolPolicy())).takes_scope
    assert RegisteredTool(Tool(definition=lend, policy=ToolPolicy())).takes_scope


def test_a_tool_described_by_json_schema_may_allow_inputs_it_does_not_name():
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": True}
    remote = StructuredTool.from_function(
        lambda **given: str(given), name="remote", description="Remote.", args_schema=schema
    )
    registered = RegisteredTool(Tool(definition=remote, policy=ToolPolicy()))

    assert registered.inputs.faults({"a": 1, "b": 2}) == []
    assert registered.inputs.faults({"a": "x"}) == ['`a` must be of type integer; it is "x".']
    assert not registered.takes_scope


@pytest.mark.parametrize("operation", [["take"], {"take": 1}, None], ids=["a list", "an object", "nothing"])
def test_inputs_that_a_policy_cannot_make_sense_of_count_as_the_worst_the_tool_can_do(operation):
    policy = ToolPolicy(
        risk="guarded",
        risk_of=lambda inputs: {"take": "safe"}[inputs["operation"]],  # type: ignore[arg-type,return-value]
        idempotent=lambda inputs: inputs["operation"] in {"take", "look"},
    )
    registry = Registry([Tool(definition=lend, policy=policy)])
    assert registry.risk("lend", {"operation": operation}) == "guarded"
    assert registry.idempotent("lend", {"operation": operation}) is False
    assert registry.risk("lend", {"operation": "take"}) == "safe"


def test_inputs_that_are_missing_together_are_told_together():
    def three(a: int, b: int, c: int = 0) -> str:
        """Take three numbers."""
        return str(a + b + c)

    registered = Registry([Tool(definition=StructuredTool.from_function(three), policy=ToolPolicy())])
    assert registered.faults("three", {"c": 1}) == ["`three` needs the inputs `a`, `b`."]
    assert registered.faults("three", "x") == ['What `three` is given must be of type object; it is "x".']  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"kind": "city", "name": 5}, "`place.name` must be of type string; it is 5."),
        ({"kind": "city"}, "`move` needs the input `place.name`."),
        ({"kind": "spot", "at": "x"}, '`place.at` must be of type number; it is "x".'),
        ("moon", '`place` must be one of `home`, `work`; it is "moon".'),
        (5, "`place` must be of type object or string; it is 5."),
        ({"kind": "moon"}, '`place` does not fit: \'name\' is a required property; it is {"kind": "moon"}.'),
    ],
)
def test_of_several_choices_the_fault_is_told_of_the_one_that_is_meant(given, fault):
    city = {"properties": {"kind": {"const": "city"}, "name": {"type": "string"}}, "required": ["name"]}
    spot = {"properties": {"kind": {"const": "spot"}, "at": {"type": "number"}}}
    named = {"type": "string", "enum": ["home", "work"]}
    place = {"anyOf": [{"type": "object", **spot}, {"type": "object", **city}, named]}
    move = StructuredTool.from_function(
        lambda place: str(place),
        name="move",
        description="Move.",
        args_schema={"type": "object", "properties": {"place": place}},
    )
    registered = RegisteredTool(Tool(definition=move, policy=ToolPolicy()))
    assert registered.inputs.faults({"place": given}) == [fault]
