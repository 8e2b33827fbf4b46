"""`ai_tool`: work on text and images that needs a language model."""

from typing import Annotated, Any

from langchain_core.tools import BaseTool, InjectedToolArg, tool

from intelligent_office.attachments.kinds import IMAGES
from intelligent_office.attachments.reading import text_in
from intelligent_office.attachments.stored import Attachments
from intelligent_office.contracts import Answer
from intelligent_office.seams import Image, Models, ToolScope
from intelligent_office.toolbox.policy import ToolPolicy
from tools.read_attachment import named

POLICY = ToolPolicy(
    risk="safe",
    idempotent=True,
    seconds=300,
    network="service models",
    files="none",
    cost="model",
    examples=[{"instruction": "Summarize in one sentence.", "text": "${s1}"}],
)


def ai_tool(models: Models, stored: Attachments) -> BaseTool:
    """Make the tool for one door to the models; whose attachments it looks at is said at each call."""

    @tool("ai_tool", parse_docstring=True, response_format="content_and_artifact")
    async def ask(
        instruction: str,
        scope: Annotated[ToolScope, InjectedToolArg],
        text: str = "",
        attachments: list[str] = [],  # noqa: B006  # never changed; None would make another schema
    ) -> tuple[str, dict[str, Any]]:
        """Have a language model write, summarize, translate, classify, extract or explain something.

        Args:
            instruction: What to do, complete in itself: the model sees nothing but this and the text.
            scope: For whom and where.
            text: The text to work on, if there is one.
            attachments: Names of attachments to look at.
        """
        texts, images = await _looked_up(attachments, scope)
        whole = "\n\n".join([*([text] if text else []), *texts])
        seen = {"images": images} if images else {}
        answer = await models.ask("ai_tool", Answer, instruction=instruction, text=whole, **seen)
        return answer["text"], {"text": answer["text"]}

    async def _looked_up(names: list[str], scope: ToolScope) -> tuple[list[str], list[Image]]:
        texts, images = [], []
        for name in names:
            attachment, content = await named(stored, name, scope)
            if attachment["media_type"] in IMAGES:
                images.append(Image(name, attachment["media_type"], content))
            else:
                found = await text_in(attachment, content)
                texts.append(found if len(names) == 1 else f"[{name}]\n{found}")
        return texts, images

    return ask
