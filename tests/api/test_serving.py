"""A server that is a process of its own."""

import pytest
import uvicorn
from pydantic import SecretStr

from intelligent_office.api.app import create_app
from intelligent_office.api.serving import CONFIGURATION, Server
from intelligent_office.database.pool import Database
from intelligent_office.database.sealing import new_key
from intelligent_office.errors import InvalidSetting, Unavailable


async def test_a_server_that_may_not_start_closes_the_database_that_it_has_opened(settings, database):
    """Left open, it may keep the process from coming to its end: a pool that is connecting lets nobody cancel it."""
    async with Database(settings.model_copy(update={"encryption_key": SecretStr(new_key())})) as others:
        await others.insist_on_keys()
    app = create_app(settings, database=database)
    with pytest.raises(InvalidSetting, match="OFFICE_ENCRYPTION_KEY"):
        await Server(uvicorn.Config(app, **CONFIGURATION), database, app.state.parts).startup()
    with pytest.raises(Unavailable, match="not been opened"):
        _ = database.pool
