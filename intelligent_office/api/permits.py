"""Permits: what people have allowed a tool for all tasks of the tenant, and taking that back."""

from typing import Annotated

from fastapi import APIRouter, Query

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import PermitList, PermitView
from intelligent_office.permits import Permits

router = APIRouter(prefix="/permits", tags=["approvals"], route_class=JsonRoute)


@router.get("", responses=problems(503))
async def list_permits(
    who: Who,
    office: Office,
    every: Annotated[bool, Query(alias="all", description="Also those that were revoked or have expired.")] = False,
) -> PermitList:
    """The tenant's permits, newest first."""
    found = await Permits(office.database).list(who.tenant, every=every)
    return PermitList(permits=[PermitView.model_validate(one) for one in found])


@router.delete("/{permit_id}", responses=problems(404, 503))
async def revoke_permit(permit_id: str, who: Who, office: Office) -> PermitView:
    """Take a permit back: it allows nothing from the next call on. Doing so again changes nothing."""
    return PermitView.model_validate(await Permits(office.database).revoke(permit_id, who.tenant, by=who.name))
