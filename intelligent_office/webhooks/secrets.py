"""The secret of a tenant, by which whoever gets its webhooks knows that they come from the office."""

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from intelligent_office.database.pool import Database, Row

ROTATION_HOURS = 24
"""For so long after a change, the earlier secret signs as well."""
_BYTES = 32


async def secrets_of(database: Database, tenant: str) -> Sequence[str]:
    """What signs for the tenant, the current one first; made when it is first asked for."""
    row = await database.one("known_webhook_secrets", tenant=tenant, hours=ROTATION_HOURS)
    if row is None:
        row = await database.one("webhook_secrets", tenant=tenant, fresh=_fresh(), hours=ROTATION_HOURS)
    return _both(row)


async def rotate(database: Database, tenant: str) -> Sequence[str]:
    """Make a new one; the current one goes on signing for a day."""
    return _both(await database.one("rotate_webhook_secret", tenant=tenant, fresh=_fresh()))


def headers(secrets: Sequence[str], delivery_id: str, at: datetime, payload: str) -> dict[str, str]:
    """The headers that the Standard Webhooks specification asks for: one signature a secret."""
    moment = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(delivery_id, moment, payload) for secret in secrets]
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _fresh() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"


def _both(row: Row | None) -> Sequence[str]:
    assert row is not None, "the statement returns the tenant's row"
    return [secret for secret in (row["webhook_secret"], row["previous_webhook_secret"]) if secret]
