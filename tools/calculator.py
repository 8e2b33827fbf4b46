"""`calculator`: one of the four basic operations on two numbers."""

from typing import Any, Literal

from langchain_core.tools import BaseTool, tool

from intelligent_office.toolbox.arithmetic import calculate, shown
from intelligent_office.toolbox.policy import ToolPolicy

POLICY = ToolPolicy(
    risk="safe",
    idempotent=True,
    seconds=60,
    network="none",
    files="none",
    cost=0.0,
    examples=[{"operation": "divide", "a": "${s1.output.value}", "b": 4}],
)


def calculator() -> BaseTool:
    """Make the tool."""

    @tool("calculator", parse_docstring=True, response_format="content_and_artifact")
    async def work_out(
        operation: Literal["add", "subtract", "multiply", "divide"],
        a: int | float,  # noqa: PYI041  # whole numbers stay whole
        b: int | float,  # noqa: PYI041
    ) -> tuple[str, dict[str, Any]]:
        """Add, subtract, multiply or divide two numbers.

        Args:
            operation: What to do with them.
            a: The first number; `divide` divides it.
            b: The second number; `subtract` takes it from the first.
        """
        value = calculate(operation, a, b)
        return shown(value), {"value": value}

    return work_out
