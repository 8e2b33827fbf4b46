"""Tenants: who the office works for, each with limits of its own or those of the settings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intelligent_office.database.pool import Database
from intelligent_office.errors import Conflict, InvalidRequest, Missing
from intelligent_office.records import Record
from intelligent_office.settings import TENANT_NAME

LIMITS = ("concurrency", "requests_per_minute", "tasks_per_day")
MOST_OF_A_LIMIT = 1_000_000_000
MOST_TENANTS = 1000
"""The most that are listed."""
LONGEST_NAME = 100

_NAME = re.compile(TENANT_NAME)


@dataclass(frozen=True, kw_only=True)
class Tenant(Record):
    """Somebody whose tasks nobody else sees."""

    tenant: str
    name: str
    """For people; empty if nobody gave one."""
    created_at: datetime
    disabled_at: datetime | None
    """Since when its keys open nothing."""
    concurrency: int | None
    """Tasks at work at once; None means the setting, here and below."""
    requests_per_minute: int | None
    tasks_per_day: int | None
    keys: int
    """Those that open something."""


class Tenants:
    """All tenants."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, tenant: str | None = None, *, limit: int = MOST_TENANTS) -> Sequence[Tenant]:
        """Every tenant that was ever heard of, by name; or one of them alone."""
        rows = await self._database.all("list_tenants", tenant=tenant, limit=limit)
        return [Tenant.from_row(row) for row in rows]

    async def get(self, tenant: str) -> Tenant:
        """One tenant.

        Raises:
            Missing: there is none.
        """
        row = await self._database.one("list_tenants", tenant=tenant, limit=1)
        if row is None:
            raise Missing(kind="tenant", name=tenant)
        return Tenant.from_row(row)

    async def add(self, tenant: str, **changes: Any) -> Tenant:
        """Make a tenant known before its first task.

        Raises:
            InvalidRequest: the name is not usable, or a limit.
            Conflict: it is known already.
        """
        check_name(tenant)
        _check(changes)
        async with self._database.transaction() as statements:
            if await statements.one("add_tenant", tenant=tenant) is None:
                raise Conflict(reason=f"There is a tenant `{tenant}` already")
            await statements.run("change_tenant", tenant=tenant, changes=changes)
        return await self.get(tenant)

    async def change(self, tenant: str, **changes: Any) -> Tenant:
        """Change what is named: `name`, `disabled`, and limits, of which None is the setting's again.

        Raises:
            InvalidRequest: a limit is not usable.
            Missing: there is no such tenant.
        """
        _check(changes)
        await self._database.run("change_tenant", tenant=tenant, changes=changes)
        return await self.get(tenant)


def check_name(tenant: str) -> None:
    """See to it that a tenant's name can stand in paths, logs and lists.

    Raises:
        InvalidRequest: it cannot.
    """
    if not _NAME.fullmatch(tenant):
        reason = f"`{tenant:.80}` is no tenant's name: it has 1 to 64 letters, digits, dots, dashes and underscores"
        raise InvalidRequest(reason=f"{reason}, and begins with a letter or a digit")


def _check(changes: dict[str, Any]) -> None:
    for limit in LIMITS:
        amount = changes.get(limit)
        if amount is not None and not 0 <= amount <= MOST_OF_A_LIMIT:
            raise InvalidRequest(reason=f"`{limit}` is a number from 0 to {MOST_OF_A_LIMIT}")
    name = changes.get("name") or ""
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidRequest(reason=f"A name has at most {LONGEST_NAME} printable characters")
