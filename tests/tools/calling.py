"""Calls a tool as the workshop does, without the workshop."""

from typing import Any, cast

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool

from intelligent_office.seams import ToolScope


async def call(tool: BaseTool, scope: ToolScope | None = None, **inputs: Any) -> tuple[str, Any]:
    """The text and the data that the tool answers with."""
    arguments = {**inputs, "scope": scope} if scope else inputs
    answer = await tool.ainvoke({"type": "tool_call", "id": "1", "name": tool.name, "args": arguments})
    message = cast("ToolMessage", answer)
    return str(message.text), message.artifact
