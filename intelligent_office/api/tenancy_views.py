"""What tenants and keys look like over HTTP, and what may be asked about them."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from intelligent_office.access.keys import LONGEST_LABEL, MOST_DAYS, Scope
from intelligent_office.access.tenants import LONGEST_NAME, MOST_OF_A_LIMIT
from intelligent_office.api.views import BudgetView, View
from intelligent_office.models.spending import MOST_USD
from intelligent_office.task_requests import Number

Limit = Annotated[int | None, Field(ge=0, le=MOST_OF_A_LIMIT, description="None is the setting's."), Number]


class KeyView(View):
    """A key without its secret."""

    key_id: str
    tenant: str
    label: str
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None = Field(description="Since then it opens nothing.")
    last_used_at: datetime | None = Field(description="To the minute.")


class KeyList(View):
    keys: list[KeyView] = Field(description="The newest first, and revoked ones last.")


class NewKeyView(KeyView):
    """A key with its secret, shown this once."""

    key: str = Field(description="To be sent as `Authorization: Bearer KEY` or `X-API-Key: KEY`.")


class KeyWish(BaseModel):
    """A key that is to be made."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    tenant: str = Field(description="Whose; a new one comes into being.")
    scopes: list[Scope] = Field(default=["submit", "approve"], min_length=1, description="What it opens.")
    label: str = Field(default="", max_length=LONGEST_LABEL, description="What it is for.")
    expires_days: Annotated[float | None, Number] = Field(
        default=None, gt=0, le=MOST_DAYS, description="None: until it is revoked."
    )


class TenantView(View):
    """Somebody whose tasks nobody else sees, with its own limits."""

    tenant: str
    name: str
    created_at: datetime
    disabled_at: datetime | None = Field(description="Since then its keys open nothing.")
    concurrency: int | None = Field(description="Tasks at work at once; None is the setting's, here and below.")
    requests_per_minute: int | None
    tasks_per_day: int | None
    keys: int = Field(description="Those that open something.")


class TenantList(View):
    tenants: list[TenantView] = Field(description="By name.")


class TenantDetails(TenantView):
    budget: BudgetView


class TenantChange(BaseModel):
    """What is to be changed of a tenant; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: str = Field(default="", max_length=LONGEST_NAME, description="For people.")
    disabled: bool = Field(default=False, strict=True, description="Whether its keys open nothing.")
    concurrency: Limit = None
    requests_per_minute: Limit = None
    tasks_per_day: Limit = None
    monthly_budget_usd: Annotated[float | None, Number] = Field(
        default=None, ge=0, le=MOST_USD, description="What models and tools may cost it in a month (UTC)."
    )

    def changes(self) -> dict[str, Any]:
        """What was named, for the tenants; the budget is kept elsewhere."""
        return self.model_dump(include=self.model_fields_set & set(TenantChange.model_fields) - {"monthly_budget_usd"})

    @property
    def has_budget(self) -> bool:
        return "monthly_budget_usd" in self.model_fields_set


class TenantWish(TenantChange):
    """A tenant that is to be known before its first task."""

    tenant: str

    @model_validator(mode="after")
    def _is_open(self) -> Self:
        if self.disabled:
            raise ValueError("a new tenant cannot be disabled already")
        return self
