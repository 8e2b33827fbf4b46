"""Many requests at once: they wait for one another, and the office goes on behind them."""

import asyncio
import resource

import psycopg
from fastapi import FastAPI

from intelligent_office.api.app import create_app
from intelligent_office.api.problems import problem_of
from intelligent_office.api.serving import MOST_FILES, open_many_files
from intelligent_office.database.turns import Turns, stand_in_line
from intelligent_office.errors import Unavailable
from tests.api.keys import client_of, home_with_key
from tests.api.serving import served

CROWD = 30


async def test_who_asks_whether_the_office_is_ready_does_not_stand_behind_a_crowd(settings, database_url):
    """As workers do not, who ask the same database in the same way."""
    made: list[FastAPI] = []

    def make_app() -> FastAPI:
        changes = {"pool_size": 2, "home": home_with_key(settings.home)}
        made.append(create_app(settings.model_copy(update=changes), worker=False))
        return made[0]

    with served(make_app) as address, psycopg.connect(database_url) as elsewhere:
        async with client_of(address) as http, client_of(address) as operator:
            assert (await http.get("/keys/current")).status_code == 200
            elsewhere.execute("LOCK TABLE api_keys")  # nobody's key is found out until this is over
            crowd = [asyncio.create_task(http.get("/keys/current")) for _ in range(CROWD)]
            while made[0].state.request_counts.under_way < CROWD:
                assert (await operator.get("/healthz")).status_code == 200
            assert (await operator.get("/readyz")).status_code == 200
            elsewhere.rollback()
            assert {response.status_code for response in await asyncio.gather(*crowd)} == {200}


async def test_who_has_stood_in_line_for_too_long_is_told_of_the_crowd_and_not_that_the_database_is_away():
    turns = Turns(0, longest_wait_seconds=0.01)

    async def request() -> None:
        stand_in_line("acme")
        async with turns.one():
            pass

    [refusal] = await asyncio.gather(request(), return_exceptions=True)
    assert isinstance(refusal, Unavailable)
    assert "so many requests" in problem_of(refusal, instance="/tasks", request_id="r").detail


def test_a_server_opens_as_many_files_as_it_may_because_each_connection_is_one():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = min(256, soft)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
        open_many_files()
        most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (max(few, most), hard)
        more, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        open_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (more, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
