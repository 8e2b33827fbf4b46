"""The queue: what waits for workers, and how many there are. It is about all tenants, and for operators."""

from fastapi import APIRouter

from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import QueueView
from intelligent_office.workers.queue import look_at_queue

router = APIRouter(prefix="/queue", tags=["admin"])


@router.get("", responses=problems(503))
async def show_queue(_who: Who, office: Office) -> QueueView:
    """What is queued and running, of which tenants and how urgent, and how many workers there are and should be."""
    return QueueView.model_validate(await look_at_queue(office.database, office.settings))
