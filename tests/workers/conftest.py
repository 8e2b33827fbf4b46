"""What tests of workers stand on."""

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from intelligent_office.workers import worker
from tests.firm import PATIENCE, Firm


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """No lease and no grace runs out because a machine is slow."""
    return settings.model_copy(update={"lease_seconds": 1000.0, "grace_seconds": 1000.0})


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do the moments of whoever has to go."""
    monkeypatch.setattr(worker, "LAST_WORDS_SECONDS", PATIENCE)


@pytest.fixture
async def firm(settings: Settings, database: Database) -> Firm:
    return Firm(settings, database)
