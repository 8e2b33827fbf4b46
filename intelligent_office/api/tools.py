"""Tools: what the office can do."""

from fastapi import APIRouter

from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import ToolList

router = APIRouter(prefix="/tools", tags=["tools"])


@router.get("")
async def list_tools(_who: Who, office: Office) -> ToolList:
    """The tools that plans may use, and those that cannot be used now."""
    await office.toolbox.refresh()
    return ToolList(tools=office.toolbox.cards(), unavailable=office.toolbox.absences())
