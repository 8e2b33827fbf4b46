"""The keys of tenants: made, shown once, recognised at every request, revoked."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from intelligent_office.access.secrets import Hashes, draw, key_id_of
from intelligent_office.access.tenants import check_name
from intelligent_office.database.pool import Database, Row, Statements
from intelligent_office.errors import InvalidRequest, Missing, Unauthenticated
from intelligent_office.records import Record

Scope = Literal["submit", "approve", "admin"]
"""`submit`: hand tasks in, look at them, cancel them; `approve`: look at them, answer their questions; `admin`: look
after the tenant's keys and dead letters; with a key of the office's own tenant, after all tenants and their limits."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
LONGEST_LABEL = 100
MOST_DAYS = 3660
MOST_KEYS = 1000
"""The most that are listed."""


@dataclass(frozen=True, kw_only=True)
class Key(Record):
    """A key without its secret."""

    key_id: str
    tenant: str
    label: str
    scopes: list[Scope]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""

    @property
    def title(self) -> str:
        """How it signs: by its label and its id, for labels are not unique; and as a key, whatever it is called."""
        return f"key:{self.label} ({self.key_id})" if self.label else f"key:{self.key_id}"


@dataclass(frozen=True, kw_only=True)
class Recognised(Key):
    """A key that somebody has proved to have, with what its tenant may do."""

    requests_per_minute: int | None
    tasks_per_day: int | None


class Keys:
    """The keys of all tenants."""

    trusted_seconds = 5.0
    """For so long a key that opens something is not asked about again by those who follow a task with it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hashes = Hashes()
        self._found_open: dict[str, float] = {}
        """When a key was last found to open something, by its id."""

    async def create(
        self, tenant: str, scopes: Sequence[Scope], *, by: str, label: str = "", days: float | None = None
    ) -> tuple[Key, str]:
        """Make a key.

        Args:
            tenant: whose; if there is no such tenant, there is from now on.
            scopes: what it opens; at least one.
            by: who makes it.
            label: what it is for.
            days: how long it opens anything; None means until it is revoked.

        Returns:
            what is known of it, and the key itself, which is kept nowhere.

        Raises:
            InvalidRequest: the name, the scopes, the label or the days are not usable.
        """
        check_name(tenant)
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            named = f"`{unknown[0]}` is no scope" if unknown else "A key needs a scope"
            raise InvalidRequest(reason=f"{named}; there are {', '.join(SCOPES)}")
        if len(label) > LONGEST_LABEL or not label.isprintable():
            raise InvalidRequest(reason=f"A label has at most {LONGEST_LABEL} printable characters")
        if days is not None and not 0 < days <= MOST_DAYS:
            raise InvalidRequest(reason=f"A key expires after more than 0 and at most {MOST_DAYS} days")
        text = draw()
        async with self._database.transaction() as statements:
            return await self.insert(statements, text, tenant, scopes, by=by, label=label, days=days), text

    async def insert(
        self,
        statements: Statements,
        text: str,
        tenant: str,
        scopes: Sequence[Scope],
        *,
        by: str,
        label: str,
        days: float | None = None,
    ) -> Key:
        """Keep a key that was made already, within a transaction."""
        row = await statements.one(
            "create_key",
            key_id=key_id_of(text),
            tenant=tenant,
            label=label,
            digest=self._hashes.make(text),
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            created_by=by,
            days=days,
        )
        assert row is not None, "an INSERT returns its row"
        return Key.from_row(row)

    async def recognise(self, text: str) -> Recognised:
        """Whose key this is.

        Raises:
            Unauthenticated: it opens nothing. Only who has the key itself learns why.
        """
        key_id = key_id_of(text)
        if key_id is None:
            raise Unauthenticated(reason="This is no key of this office")
        row = await self._database.one("recognise_key", key_id=key_id)
        if not await self._hashes.fits(text, row["digest"] if row else None) or row is None:
            raise Unauthenticated(reason="This is no key of this office")
        if closed := _closed(row):
            raise Unauthenticated(reason=closed)
        if row["to_be_noted"]:
            await self._database.run("note_use_of_key", key_id=key_id)
        return Recognised.from_row(row)

    async def insist_on(self, key_id: str) -> None:
        """See to it that a key which somebody has shown a while ago still opens something.

        Raises:
            Unauthenticated: it does not.
        """
        now = time.monotonic()
        if now - self._found_open.get(key_id, -math.inf) < self.trusted_seconds:
            return
        row = await self._database.one("recognise_key", key_id=key_id)
        closed = _closed(row) if row else f"The key {key_id} is gone"
        if closed:
            self._found_open.pop(key_id, None)
            raise Unauthenticated(reason=closed)
        self._found_open[key_id] = now

    async def get(self, key_id: str, tenant: str | None = None) -> Key:
        """One key; with a tenant, only if it is the tenant's.

        Raises:
            Missing: there is none.
        """
        return _found(await self._database.one("read_key", key_id=key_id, tenant=tenant), key_id)

    async def list(self, tenant: str | None = None, *, limit: int = MOST_KEYS) -> Sequence[Key]:
        """The keys of a tenant, or of all; the newest first, and revoked ones last."""
        rows = await self._database.all("list_keys", tenant=tenant, limit=limit)
        return [Key.from_row(row) for row in rows]

    async def revoke(self, key_id: str, tenant: str | None = None) -> Key:
        """Let a key open nothing any more, from the next request on; with a tenant, only if it is the tenant's.

        Raises:
            Missing: there is none.
        """
        return _found(await self._database.one("revoke_key", key_id=key_id, tenant=tenant), key_id)


def _closed(row: Row) -> str:
    """Why a key opens nothing, if it does not."""
    if row["revoked_at"]:
        return f"The key {row['key_id']} was revoked"
    if row["expired"]:
        return f"The key {row['key_id']} has expired"
    return f"The tenant {row['tenant']} is disabled" if row["disabled_at"] else ""


def _found(row: Row | None, key_id: str) -> Key:
    if row is None:
        raise Missing(kind="key", name=key_id)
    return Key.from_row(row)
