"""Webhooks: what was told to other systems, whether an address listens, and the secret that signs."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field

from intelligent_office.api.bodies import JsonRoute, UnkeptRoute
from intelligent_office.api.openapi import problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import View
from intelligent_office.models.spending import in_utc
from intelligent_office.task_requests import LONGEST_URL, Number, Text
from intelligent_office.webhooks.deliveries import Deliveries, DeliveryStatus, RedeliveredStatus

router = APIRouter(tags=["webhooks"], route_class=JsonRoute)
unkept = APIRouter(tags=["webhooks"], route_class=UnkeptRoute)

ADDRESSES: dict[str, Example] = {"address": {"summary": "An address", "value": {"url": "https://example.org/hook"}}}

REDELIVERIES: dict[str, Example] = {
    "failed": {"summary": "All that has failed since a day", "value": {"since": "2026-11-20T00:00:00Z"}},
    "address": {"summary": "What an address has missed", "value": {"status": "stopped", "url": "https://example.org/"}},
}


class Address(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: Text = Field(max_length=LONGEST_URL)


class Redelivery(BaseModel):
    """Which deliveries are to be made again."""

    model_config = ConfigDict(extra="forbid")

    status: RedeliveredStatus = "failed"
    url: Text | None = Field(default=None, max_length=LONGEST_URL, description="Only those to this address.")
    since: datetime | None = Field(default=None, description="Only those of then or later; UTC if it names no zone.")
    limit: Annotated[int, Number] = Field(default=100, ge=1, le=500, description="At most so many, the oldest.")


class TryView(View):
    """One try at a delivery."""

    at: datetime
    status_code: int | None = Field(description="None if there was no answer.")
    error: str = Field(description="Why it does not count as delivered; empty if it does.")
    answer: str = Field(description="The beginning of the answer's body.")
    seconds: float


class DeliveryView(View):
    """Something that is told to an address."""

    delivery_id: str = Field(description="The `webhook-id` of every try.")
    task_id: str | None = Field(description="None for a test.")
    url: str
    event: str
    status: DeliveryStatus = Field(
        description="`failed`: nobody tries any more. `stopped`: the address is told nothing."
    )
    tries: int
    next_try_at: datetime | None
    created_at: datetime
    log: list[TryView] = Field(description="The latest tries, oldest first.")


class WholeDelivery(DeliveryView):
    payload: str = Field(description="The body, as JSON.")


class DeliveryPage(View):
    deliveries: list[DeliveryView] = Field(description="Newest first.")
    next: str | None = Field(description="The `cursor` of the next page; None on the last one.")


class Redeliveries(View):
    deliveries: list[DeliveryView] = Field(description="Those that are made again, the oldest first.")


class StopView(View):
    """An address that is told nothing more: it is gone, or nothing but failures has come of it for days."""

    url: str
    at: datetime
    reason: str


class StopList(View):
    stopped: list[StopView] = Field(description="The latest first.")


class Secret(View):
    secret: str = Field(description="Verifies the signatures of the tenant's webhooks.")


async def deliveries(office: Office) -> Deliveries:
    return Deliveries(office.database, office.settings)


Sent = Annotated[Deliveries, Depends(deliveries)]
Cursor = Annotated[Text | None, Query(max_length=200, description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/webhooks/deliveries", responses=problems(404, 422, 503))
async def list_deliveries(
    who: Who, sent: Sent, status: DeliveryStatus | None = None, limit: Limit = 50, cursor: Cursor = None
) -> DeliveryPage:
    """List deliveries, newest first."""
    return await _page(sent, who.tenant, None, status, limit, cursor)


@router.get("/tasks/{task_id}/webhooks", responses=problems(404, 422, 503))
async def list_deliveries_of_task(
    task_id: str,
    who: Who,
    office: Office,
    sent: Sent,
    status: DeliveryStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> DeliveryPage:
    """List the deliveries about a task, newest first."""
    await office.tasks.get(task_id, who.tenant)
    return await _page(sent, who.tenant, task_id, status, limit, cursor)


@router.get("/webhooks/deliveries/{delivery_id}", responses=problems(404, 503))
async def show_delivery(delivery_id: str, who: Who, sent: Sent) -> WholeDelivery:
    """One delivery, with what is told."""
    return WholeDelivery.model_validate(await sent.get(delivery_id, who.tenant))


@router.post(
    "/webhooks/deliveries/{delivery_id}/redeliver",
    status_code=HTTPStatus.ACCEPTED,
    responses=problems(404, 409, 503),
)
async def redeliver(delivery_id: str, who: Who, sent: Sent) -> DeliveryView:
    """Have a delivery made again, whatever became of it: the same id, the same body."""
    return DeliveryView.model_validate(await sent.redeliver(delivery_id, who.tenant))


@router.post("/webhooks/deliveries/redeliver", status_code=HTTPStatus.ACCEPTED, responses=problems(422, 503))
async def redeliver_many(
    which: Annotated[Redelivery, Body(openapi_examples=REDELIVERIES)], who: Who, sent: Sent
) -> Redeliveries:
    """Have many deliveries made again, after a receiver was mended; those to stopped addresses are left."""
    found = await sent.redeliver_many(
        who.tenant, status=which.status, url=which.url, since=in_utc(which.since), limit=which.limit
    )
    return Redeliveries(deliveries=[DeliveryView.model_validate(one) for one in found])


@unkept.post("/webhooks/test", status_code=HTTPStatus.OK, responses=problems(422, 503))
async def try_webhook(
    address: Annotated[Address, Body(openapi_examples=ADDRESSES)], who: Who, sent: Sent
) -> WholeDelivery:
    """Tell an address something now, once; the answer says what came of it."""
    return WholeDelivery.model_validate(await sent.test(address.url, who.tenant))


@router.get("/webhooks/stopped", responses=problems(503))
async def list_stopped_webhooks(who: Who, sent: Sent) -> StopList:
    """List the addresses that are told nothing more, and why."""
    return StopList(stopped=[StopView.model_validate(stop) for stop in await sent.stops(who.tenant)])


@router.post("/webhooks/enable", status_code=HTTPStatus.NO_CONTENT, responses=problems(404, 422, 503))
async def enable_webhook(address: Annotated[Address, Body(openapi_examples=ADDRESSES)], who: Who, sent: Sent) -> None:
    """Tell such an address again what happens from now on."""
    await sent.enable(address.url, who.tenant)


@unkept.get("/webhooks/secret", responses=problems(403, 503))
async def show_secret(who: Who, sent: Sent) -> Secret:
    """The secret by which the tenant's webhooks are verified; made when it is first asked for."""
    return Secret(secret=await sent.secret(who.tenant))


@unkept.post("/webhooks/secret", status_code=HTTPStatus.OK, responses=problems(403, 503))
async def rotate_secret(who: Who, sent: Sent) -> Secret:
    """Make a new secret; for a day, the one before signs as well."""
    return Secret(secret=await sent.rotate_secret(who.tenant))


async def _page(
    sent: Deliveries, tenant: str, task_id: str | None, status: DeliveryStatus | None, limit: int, cursor: str | None
) -> DeliveryPage:
    found = await sent.list(tenant, task_id=task_id, status=status, limit=limit + 1, before=cursor)
    shown = found[:limit]
    following = shown[-1].delivery_id if len(found) > limit else None
    return DeliveryPage(deliveries=[DeliveryView.model_validate(one) for one in shown], next=following)


router.include_router(unkept)
