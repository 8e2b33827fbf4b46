"""An office whose webhooks may call this machine, and a receiver that listens."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from intelligent_office.webhooks import courier
from tests.firm import PATIENCE
from tests.outbound.servers import WebServer, says, web
from tests.webhooks.firm import Firm


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No try is late because a machine is slow."""
    monkeypatch.setattr(courier, "LIMITS", replace(courier.LIMITS, seconds=PATIENCE, connect_seconds=PATIENCE))
    monkeypatch.setattr(courier, "LEASE_SECONDS", 1000.0)


@pytest.fixture
async def firm(database: Database, settings: Settings) -> Firm:
    return Firm(database, settings.model_copy(update={"webhook_allow": ["127.0.0.1"]}))


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    """A receiver that is content with everything."""
    async with web(says(b"thanks", "204 No Content")) as server:
        yield server
