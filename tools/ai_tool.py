"""`ai_tool`: work on text that needs a language model."""

from typing import Any

from langchain_core.tools import BaseTool, tool

from intelligent_office.contracts import Answer
from intelligent_office.seams import Models
from intelligent_office.toolbox.policy import ToolPolicy

POLICY = ToolPolicy(
    risk="safe",
    idempotent=True,
    seconds=300,
    network="service models",
    files="none",
    cost="model",
    examples=[{"instruction": "Summarize in one sentence.", "text": "${s1}"}],
)


def ai_tool(models: Models) -> BaseTool:
    """Make the tool for one door to the models."""

    @tool("ai_tool", parse_docstring=True, response_format="content_and_artifact")
    async def ask(instruction: str, text: str = "") -> tuple[str, dict[str, Any]]:
        """Have a language model write, summarize, translate, classify, extract or explain something.

        Args:
            instruction: What to do, complete in itself: the model sees nothing but this and the text.
            text: The text to work on, if there is one.
        """
        answer = await models.ask("ai_tool", Answer, instruction=instruction, text=text)
        return answer["text"], {"text": answer["text"]}

    return ask
