"""An office whose webhooks may call this machine, and a receiver that listens."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from tests.outbound.servers import WebServer, says, web
from tests.webhooks.firm import Firm


@pytest.fixture
async def firm(database: Database, settings: Settings) -> AsyncIterator[Firm]:
    allowed = settings.model_copy(update={"webhook_allow": ["127.0.0.1"]})
    async with asyncio.timeout(30):
        yield Firm(database, allowed)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    """A receiver that is content with everything."""
    async with web(says(b"thanks", "204 No Content")) as server:
        yield server
