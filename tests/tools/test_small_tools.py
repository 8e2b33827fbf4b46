"""Calculators, echo and ai_tool: thin doors, tried through the door."""

from typing import Any

import pytest

from intelligent_office.contracts import Answer
from intelligent_office.errors import ModelError, ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.workshop import Workshop
from tests.fakes import ScriptedModels
from tests.tools.calling import call
from tools.ai_tool import ai_tool
from tools.calculator import calculator
from tools.echo import echo
from tools.math_calculator import math_calculator

SCOPE = ToolScope(task_id="t")
NONE: Any = None
"""Attachments that nobody asks for."""


@pytest.mark.parametrize(
    ("operation", "a", "b", "text", "value"),
    [
        ("add", 3, 4, "7", 7),
        ("subtract", 3, 4.5, "-1.5", -1.5),
        ("multiply", 15, 23, "345", 345),
        ("divide", 10, 4, "2.5", 2.5),
        ("divide", 10, 5, "2", 2),
        ("add", 2**80, 1, "1208925819614629174706177", 2**80 + 1),
        ("add", 0.1, 0.2, "0.3", 0.1 + 0.2),
    ],
)
async def test_two_numbers_are_worked_with(operation, a, b, text, value):
    said, data = await call(calculator(), operation=operation, a=a, b=b)

    assert (said, data) == (text, {"value": value})
    assert type(data["value"]) is type(value)


@pytest.mark.parametrize(
    ("operation", "a", "b", "told_as"),
    [
        ("divide", 1, 0, "`1 / 0` cannot be worked out: it divides by zero."),
        ("divide", 1.5, 0.0, "divides by zero"),
        ("multiply", 1e308, 10, "too large"),
        ("multiply", 10**3_000, 10**3_000, "digits"),
        ("add", 10**400, 0.5, "too large"),
    ],
)
async def test_numbers_without_a_result_are_told(operation, a, b, told_as):
    with pytest.raises(ToolError) as failure:
        await call(calculator(), operation=operation, a=a, b=b)

    assert told_as in str(failure.value)


async def test_a_number_may_come_as_the_text_of_another_step(database, settings):
    workshop = Workshop([Tool(definition=calculator(), policy=ToolPolicy(idempotent=True))], database, settings)
    sources = {"s1": {"text": " 345 ", "output": {"value": "1208925819614629174706176"}}}
    inputs = {"operation": "add", "a": "${s1}", "b": "${s1.output.value}"}
    assert workshop.faults("calculator", inputs) == []
    step: Any = {"step_id": "s2", "action": "calculator", "inputs": inputs, "idempotency_key": "k"}

    result = await workshop.invoke(step, sources, ToolScope(task_id="t"))

    assert (result["text"], result["error"]) == (str(2**80 + 345), None)


async def test_an_expression_is_worked_out():
    assert await call(math_calculator(), expression="15 * 23") == ("345", {"value": 345})


async def test_echo_says_what_it_is_told():
    assert await call(echo(), text="hello ${x}") == ("hello ${x}", {"text": "hello ${x}"})


async def test_ai_tool_hands_instruction_and_text_to_the_models():
    models = ScriptedModels(ai_tool=[Answer(text="short")])

    tool = ai_tool(models, NONE)
    assert await call(tool, SCOPE, instruction="Shorten.", text="long") == ("short", {"text": "short"})
    assert models.asked == [("ai_tool", {"instruction": "Shorten.", "text": "long"})]


async def test_ai_tool_fails_when_no_model_answers():
    with pytest.raises(ModelError):
        await call(ai_tool(ScriptedModels(), NONE), SCOPE, instruction="Shorten.")
