"""What tests of workers stand on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from tests.firm import PATIENCE, Firm


@pytest.fixture
async def firm(settings: Settings, database: Database) -> AsyncIterator[Firm]:
    async with asyncio.timeout(PATIENCE):
        yield Firm(settings, database)
