"""`read_attachment`: the words of a file that was handed in with the task."""

import io
from typing import Annotated, Any

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from intelligent_office.attachments.reading import text_in
from intelligent_office.attachments.stored import Attachments
from intelligent_office.contracts import Attachment
from intelligent_office.errors import Missing, ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.files.text import PAGE_LINES, read_page
from intelligent_office.toolbox.policy import ToolPolicy

POLICY = ToolPolicy(
    risk="safe", idempotent=True, seconds=60, network="none", files="none", cost=0, examples=[{"name": "notes.txt"}]
)


def read_attachment(attachments: Attachments) -> BaseTool:
    """Make the tool; whose attachments it reads is said at each call."""

    @tool("read_attachment", parse_docstring=True, response_format="content_and_artifact")
    async def read(
        name: str,
        scope: Annotated[ToolScope, InjectedToolArg],
        first_line: Annotated[int, Field(ge=1)] = 1,
        lines: Annotated[int, Field(ge=1)] = PAGE_LINES,
    ) -> tuple[str, dict[str, Any]]:
        """Read an attachment: text, JSON or PDF.

        Args:
            name: Its name.
            scope: For whom and where.
            first_line: The line to start with.
            lines: How many lines at most.
        """
        attachment, content = await named(attachments, name, scope)
        text = await text_in(attachment, content)
        page = read_page(io.BytesIO(text.encode()), first_line, lines, shown=name)
        last = page.first_line + page.lines - 1
        more = "" if page.complete else f"\n(Lines {page.first_line} to {last} of {page.total_lines}.)"
        found = {
            "content": page.content,
            "first_line": page.first_line,
            "lines": page.lines,
            "total_lines": page.total_lines,
        }
        return f"{page.content}{more}", found

    return read


async def named(attachments: Attachments, name: str, scope: ToolScope) -> tuple[Attachment, bytes]:
    """An attachment of the scope's task, whole.

    Raises:
        ToolError: the task has none of this name, or it is no longer kept.
    """
    given = await attachments.given(scope.task_id, scope.tenant)
    found = next((one for one in given if one["name"] == name), None)
    if found is None:
        there = ", ".join(f"`{one['name']}`" for one in given) or "none"
        raise ToolError(reason=f"The task has no attachment `{name}`; there are: {there}.")
    try:
        _, content = await attachments.read(scope.tenant, found["attachment_id"])
    except Missing:
        raise ToolError(reason=f"The attachment `{name}` is no longer kept.") from None
    return found, content
