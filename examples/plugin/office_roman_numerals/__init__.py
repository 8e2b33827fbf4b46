"""`roman_numerals`: a number as the Romans wrote it, and back."""

import re
from typing import Any

from langchain_core.tools import tool

from intelligent_office.errors import ToolError
from intelligent_office.toolbox.policy import Tool, ToolPolicy

SIGNS = {
    "M": 1000, "CM": 900, "D": 500, "CD": 400, "C": 100, "XC": 90, "L": 50, "XL": 40, "X": 10, "IX": 9, "V": 5, "IV": 4,
    "I": 1,
}  # fmt: skip

POLICY = ToolPolicy(
    risk="safe",
    idempotent=True,
    seconds=5,
    network="none",
    files="none",
    cost=0.0,
    examples=[{"value": "1984"}, {"value": "MCMLXXXIV"}],
)


def roman_numerals() -> Tool:
    """What the entry point names: the tool, with the policy it is called under."""

    @tool("roman_numerals", parse_docstring=True, response_format="content_and_artifact")
    async def convert(value: str) -> tuple[str, dict[str, Any]]:
        """Turn a whole number from 1 to 3999 into a Roman numeral, or a Roman numeral into a number.

        Args:
            value: Such as 1984 or MCMLXXXIV.
        """
        given = value.strip().upper()
        number = int(given) if re.fullmatch(r"[0-9]{1,4}", given) else _read(given)
        if not 1 <= number <= 3999 or given not in (str(number), _written(number)):
            raise ToolError(reason=f"`{value[:50]}` is neither a whole number from 1 to 3999 nor a Roman numeral.")
        text = _written(number) if given == str(number) else str(number)
        return text, {"number": number, "numeral": _written(number)}

    return Tool(definition=convert, policy=POLICY)


def _written(number: int) -> str:
    text = ""
    for sign, worth in SIGNS.items():
        count, number = divmod(number, worth)
        text += sign * count
    return text


def _read(numeral: str) -> int:
    """The sum of its signs; whether it is well formed shows when it is written again."""
    number, rest = 0, numeral[:20]
    for sign, worth in SIGNS.items():
        while rest.startswith(sign):
            number, rest = number + worth, rest[len(sign) :]
    return 0 if rest else number
