"""Sums in words."""

import pytest

from intelligent_office.errors import NoRuleCovers
from tests.models.rules.words import cards, finished, plan

EXPRESSIONS = [
    ("what is 15 * 23?", "15 * 23"),
    ("sum of 3 and 5", "3 + 5"),
    ("calc 3+4", "3+4"),
    ("hello, can u calculate 3 * 7 ?", "3 * 7"),
    ("What's 15*23", "15*23"),
    ("tell me what 15 * 23 is", "15 * 23"),
    ("1. calculate 15 * 23", "15 * 23"),
    ("calculate (2+3)^2 / 4", "(2+3)^2 / 4"),
    ("15 times 23", "15 * 23"),
    ("15 multiplied by 23", "15 * 23"),
    ("the square root of 2", "sqrt(2)"),
    ("What is the square root of 2 plus 3?", "sqrt(2) + 3"),
    ("20 % of 350", "350 * 20 / 100"),
    ("What's 20 percent of 350?", "350 * 20 / 100"),
    ("what is 15% * 200", "(15 / 100) * 200"),
    ("what is 5!", "factorial(5)"),
    ("how much is 1,234.5 + 6", "1234.5 + 6"),
    ("3 x 4", "3 * 4"),
    ("10x5", "10 * 5"),
    ("what is two plus two", "2 + 2"),
    ("twenty-five times four", "25 * 4"),
    ("3 million divided by 7", "(3 * 1000000) / 7"),
    ("increase 200 by 10%", "(200 * (1 + 10 / 100))"),
    ("the average of 3, 4 and 5", "(3 + 4 + 5) / 3"),
    ("what is the sum of 3, 4 and 5?", "3 + 4 + 5"),
    ("the maximum of 3, 9 and 5", "max(3, 9, 5)"),
    ("What is the square of 12 plus 1?", "(12 ** 2) + 1"),
    ("what is 2 to the power of 10", "2 ** 10"),
    ("what is 10 mod 3", "10 % 3"),
    ("compute max(1,200)", "max(1,200)"),
    ("what is the cube root of 27", "(27 ** (1 / 3))"),
    ("half of 90", "90 / 2"),
    ("what is 100 / 7 rounded to 2 decimals", "round(100 / 7, 2)"),
    ("Please calculate 2 ** 0.5.", "2 ** 0.5"),
    ("What is the answer to 6 * 7?", "6 * 7"),
    ("work out 7 − 3 × 2 ÷ 4", "7 - 3 * 2 / 4"),
    ("what is -3 + pi", "-3 + pi"),
]

OPERATIONS = [
    ("add 3 and 4", {"operation": "add", "a": 3, "b": 4}),
    ("add 3 to 4", {"operation": "add", "a": 3, "b": 4}),
    ("subtract 3 from 10", {"operation": "subtract", "a": 10, "b": 3}),
    ("multiply 2.5 by 4", {"operation": "multiply", "a": 2.5, "b": 4}),
    ("divide 10 by 4", {"operation": "divide", "a": 10, "b": 4}),
    ("please divide minus 10 by 4", None),
]


@pytest.mark.parametrize(("wish", "expression"), EXPRESSIONS, ids=[wish for wish, _ in EXPRESSIONS])
def test_a_sum_in_words_becomes_an_expression(wish, expression):
    assert plan(wish) == [("math_calculator", {"expression": expression})]


@pytest.mark.parametrize(("wish", "inputs"), OPERATIONS[:-1], ids=[wish for wish, _ in OPERATIONS[:-1]])
def test_one_operation_on_two_numbers_goes_to_the_calculator(wish, inputs):
    assert plan(wish) == [("calculator", inputs)]


def test_operands_that_are_sums_themselves_go_to_the_math_calculator():
    assert plan("add 20% of 50 to 3 * 4") == [("math_calculator", {"expression": "(50 * 20 / 100) + (3 * 4)"})]


def test_without_the_calculator_the_math_calculator_does_the_operation():
    assert plan("divide 10 by 4", tools=cards("math_calculator")) == [("math_calculator", {"expression": "10 / 4"})]


@pytest.mark.parametrize(
    ("wish", "call"),
    [
        ("multiply the result by 2", ("calculator", {"operation": "multiply", "a": "${t1.output.value}", "b": 2})),
        ("subtract it from 1000", ("calculator", {"operation": "subtract", "a": 1000, "b": "${t1.output.value}"})),
        ("what is the result times 2?", ("math_calculator", {"expression": "(${t1.output.value}) * 2"})),
        ("the square root of that", ("math_calculator", {"expression": "sqrt((${t1.output.value}))"})),
        ("what is 10% of the sum", ("math_calculator", {"expression": "(${t1.output.value}) * 10 / 100"})),
        ("square it", ("math_calculator", {"expression": "(${t1.output.value}) ** 2"})),
    ],
)
def test_an_earlier_result_takes_part_in_a_sum(wish, call):
    assert plan(wish, t1=finished("what is 2 + 3", "5", {"value": 5})) == [call]


@pytest.mark.parametrize("wish", ["multiply the result by 2", "what is it plus 1"])
def test_a_result_that_nothing_made_cannot_be_calculated_with(wish):
    with pytest.raises(NoRuleCovers, match="nothing comes before it"):
        plan(wish)


@pytest.mark.parametrize(
    "wish",
    [
        "2026-11-20",
        "what is 2 3",
        "what is (2 + 3",
        "0x10 + 5",
        "1-800-555",
        "1,5 + 2",
        "42",
        "what is 3 apples plus 2",
    ],
)
def test_what_is_no_sum_is_not_calculated(wish):
    with pytest.raises(NoRuleCovers):
        plan(wish)
