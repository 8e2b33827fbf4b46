"""The listening connection: it comes back whatever became of the last one."""

import pytest
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from intelligent_office.database.listener import Listener
from intelligent_office.errors import InvalidSetting

SECONDS = 100


@pytest.mark.parametrize("failure", [InvalidSetting(name="OFFICE_HOME", reason="gone"), OSError("no more files")])
async def test_a_bell_rings_after_a_failure_to_connect_that_is_no_outage(database_url: str, failure: Exception):
    failures = [failure]

    async def connect() -> AsyncConnection[DictRow]:
        if failures:
            raise failures.pop()
        return await AsyncConnection.connect(database_url, autocommit=True, row_factory=dict_row)

    listener = Listener(connect)
    with listener.bell("office_cancel") as bell:
        assert await bell.wait(SECONDS)
    await listener.close()
    assert failures == []
