"""`math_calculator`: the value of an arithmetic expression."""

from typing import Any

from langchain_core.tools import BaseTool, tool

from intelligent_office.toolbox.arithmetic import evaluate, shown
from intelligent_office.toolbox.policy import ToolPolicy

POLICY = ToolPolicy(
    risk="safe",
    idempotent=True,
    seconds=60,
    network="none",
    files="none",
    cost=0.0,
    examples=[{"expression": "(2 + 3)^2 / 4"}],
)


def math_calculator() -> BaseTool:
    """Make the tool."""

    @tool("math_calculator", parse_docstring=True, response_format="content_and_artifact")
    async def work_out(expression: str) -> tuple[str, dict[str, Any]]:
        """Work out an arithmetic expression, exactly where whole numbers allow it.

        Args:
            expression: Numbers with + - * / // % ** ^ and parentheses, pi, e, and functions such as sqrt, abs, round,
                min, max, sin, cos, tan, log, ln, exp, factorial. For example `(2 + 3)^2 / 4`.
        """
        value = evaluate(expression)
        return shown(value), {"value": value}

    return work_out
