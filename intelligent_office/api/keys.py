"""Keys: the caller's own one and its neighbours', without their secrets."""

from fastapi import APIRouter

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.tenancy_views import KeyList, KeyView

router = APIRouter(prefix="/keys", tags=["keys"], route_class=JsonRoute)


@router.get("", responses=problems(503))
async def list_own_keys(who: Who, office: Office) -> KeyList:
    """The keys of the caller's tenant, the newest first, and revoked ones last."""
    return KeyList(keys=[KeyView.model_validate(key) for key in await office.keys.list(who.tenant)])


@router.get("/current", responses=problems(503))
async def show_current_key(who: Who, office: Office) -> KeyView:
    """The key that this request was made with: whose it is, and what it opens."""
    return KeyView.model_validate(await office.keys.get(who.key_id, who.tenant))


@router.delete("/{key_id}", responses=problems(404, 503))
async def revoke_own_key(key_id: str, who: Who, office: Office) -> KeyView:
    """Let a key open nothing from the next request on: the caller's own, or with the scope `admin` a neighbour's."""
    key = await office.keys.get(key_id, who.tenant)
    if key.key_id != who.key_id:
        who.need("admin")
    return KeyView.model_validate(await office.keys.revoke(key_id, who.tenant))
