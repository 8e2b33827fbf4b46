"""Administration: tenants, their limits and their keys. It needs the scope `admin`.

An administrator of the office's own tenant looks after all of them; of any other, after that one, whose limits it sees.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from intelligent_office.access.tenants import Tenant
from intelligent_office.api.bodies import UnkeptRoute
from intelligent_office.api.openapi import NEW_KEYS, NEW_TENANTS, TENANT_CHANGES, problems
from intelligent_office.api.parts import Office, Parts, Who
from intelligent_office.api.tenancy_views import (
    KeyList,
    KeyView,
    KeyWish,
    NewKeyView,
    TenantChange,
    TenantDetails,
    TenantList,
    TenantView,
    TenantWish,
)
from intelligent_office.api.views import BudgetView
from intelligent_office.errors import Missing
from intelligent_office.models.spending import Spending

router = APIRouter(prefix="/admin", tags=["admin"], route_class=UnkeptRoute)


@router.get("/tenants", responses=problems(503))
async def list_tenants(who: Who, office: Office) -> TenantList:
    """Every tenant that the key reaches, by name."""
    return TenantList(tenants=[TenantView.model_validate(tenant) for tenant in await office.tenants.list(who.reach)])


@router.post("/tenants", status_code=HTTPStatus.CREATED, responses=problems(409, 422, 503))
async def add_tenant(
    request: Request,
    response: Response,
    wish: Annotated[TenantWish, Body(openapi_examples=NEW_TENANTS)],
    _who: Who,
    office: Office,
) -> TenantDetails:
    """Make a tenant known, with its limits, before its first task or key."""
    async with office.database.as_one():
        made = await office.tenants.add(wish.tenant, **wish.changes())
        await _change_budget(made, wish, office)
        details = await _details(made, office)
    response.headers["Location"] = request.url_for("show_tenant", tenant=made.tenant).path
    return details


@router.get("/tenants/{tenant}", responses=problems(404, 503))
async def show_tenant(tenant: str, who: Who, office: Office) -> TenantDetails:
    """A tenant, its limits, and what it has spent this month."""
    if who.reach not in (None, tenant):
        raise Missing(kind="tenant", name=tenant)
    return await _details(await office.tenants.get(tenant), office)


@router.patch("/tenants/{tenant}", responses=problems(404, 422, 503))
async def change_tenant(
    tenant: str, change: Annotated[TenantChange, Body(openapi_examples=TENANT_CHANGES)], _who: Who, office: Office
) -> TenantDetails:
    """Change a tenant's limits or budget (null takes its own back), or shut it out; its tasks are still done."""
    async with office.database.as_one():
        changed = await office.tenants.change(tenant, **change.changes())
        await _change_budget(changed, change, office)
        return await _details(changed, office)


@router.get("/keys", responses=problems(503))
async def list_keys(
    who: Who, office: Office, tenant: Annotated[str | None, Query(description="Only this tenant's.")] = None
) -> KeyList:
    """The keys of all tenants that the key reaches, the newest first, and revoked ones last; never their secrets."""
    within = tenant is None or who.reach in (None, tenant)
    keys = await office.keys.list(who.reach if tenant is None else tenant) if within else []
    return KeyList(keys=[KeyView.model_validate(key) for key in keys])


@router.post("/keys", status_code=HTTPStatus.CREATED, responses=problems(422, 503))
async def create_key(
    response: Response,
    request: Request,
    wish: Annotated[KeyWish, Body(openapi_examples=NEW_KEYS)],
    who: Who,
    office: Office,
) -> NewKeyView:
    """Make a key. The answer shows it, this once."""
    if wish.tenant != who.tenant:
        who.need_to_operate()
    made, text = await office.keys.create(
        wish.tenant, wish.scopes, by=who.name, label=wish.label, days=wish.expires_days
    )
    response.headers["Location"] = request.url_for("show_key", key_id=made.key_id).path
    return NewKeyView.model_validate({**made.as_json(), "key": text})


@router.get("/keys/{key_id}", responses=problems(404, 503))
async def show_key(key_id: str, who: Who, office: Office) -> KeyView:
    """A key without its secret."""
    return KeyView.model_validate(await office.keys.get(key_id, who.reach))


@router.delete("/keys/{key_id}", responses=problems(404, 503))
async def revoke_key(key_id: str, who: Who, office: Office) -> KeyView:
    """Let a key open nothing any more, from the next request on."""
    return KeyView.model_validate(await office.keys.revoke(key_id, who.reach))


async def _change_budget(tenant: Tenant, change: TenantChange, office: Parts) -> None:
    if change.has_budget:
        await _spending(office).set_budget(tenant.tenant, change.monthly_budget_usd)


async def _details(tenant: Tenant, office: Parts) -> TenantDetails:
    budget = await _spending(office).budget(tenant.tenant)
    shown = TenantView.model_validate(tenant).model_dump()
    return TenantDetails(**shown, budget=BudgetView.model_validate(budget.as_json()))


def _spending(office: Parts) -> Spending:
    return Spending(office.database, office.settings.tenant_budget_usd)
