"""Models: who is asked for each role."""

import asyncio

from fastapi import APIRouter

from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import ModelOverview

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
async def list_models(_who: Who, office: Office) -> ModelOverview:
    """The models that each role asks, in their order; without any key."""
    return ModelOverview(roles=await asyncio.to_thread(office.models.overview))
