"""Tools: what the office can do."""

from fastapi import APIRouter

from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import ToolList
from intelligent_office.cards import ToolCard
from intelligent_office.errors import Missing, ToolError

router = APIRouter(prefix="/tools", tags=["tools"])


@router.get("")
async def list_tools(_who: Who, office: Office) -> ToolList:
    """The tools that plans may use, and those that cannot be used now."""
    await office.toolbox.refresh()
    return ToolList(tools=office.toolbox.cards(), unavailable=office.toolbox.absences())


@router.get("/{name}", responses=problems(404))
async def read_tool(name: str, _who: Who, office: Office) -> ToolCard:
    """One tool: its inputs, its policy and examples."""
    await office.toolbox.refresh()
    try:
        return office.toolbox.card(name)
    except ToolError:
        raise Missing(kind="tool", name=name) from None
