"""`echo`: says what it is told."""

from typing import Any

from langchain_core.tools import BaseTool, tool

from intelligent_office.toolbox.policy import ToolPolicy

POLICY = ToolPolicy(
    risk="safe",
    idempotent=True,
    seconds=60,
    network="none",
    files="none",
    cost=0.0,
    examples=[{"text": "hello"}],
)


def echo() -> BaseTool:
    """Make the tool."""

    @tool("echo", parse_docstring=True, response_format="content_and_artifact")
    async def say(text: str) -> tuple[str, dict[str, Any]]:
        """Say a text, unchanged.

        Args:
            text: What to say.
        """
        return text, {"text": text}

    return say
