"""`GET /tools`: what there is, and what is not there now."""

import pytest

from intelligent_office.api.app import create_app
from intelligent_office.settings import Settings
from tests.api.keys import client_of, home_with_key
from tests.api.serving import served
from tests.examples.processes import IT, running


@pytest.fixture
def address(database_url, tmp_path):
    """An office with one service that is there and one that is not."""
    path = tmp_path / "services.toml"
    with running(IT) as it:
        path.write_text(
            f'[services.it]\nurl = "{it.url}"\nconnect_seconds = 300\n[services.away]\ncommand = ["/nowhere/at-all"]\n'
        )
        home = home_with_key(tmp_path / "home")
        settings = Settings(database_url=database_url, home=home, services_file=path, _env_file=None)
        with served(lambda: create_app(settings, worker=False)) as found:
            yield found


async def test_tools_of_services_are_listed_and_those_that_are_away_with_the_reason(address):
    async with client_of(address) as client:
        listed = (await client.get("/tools")).json()
    assert {"it__get_ip", "echo"} <= {tool["name"] for tool in listed["tools"]}
    away = {one["name"]: one for one in listed["unavailable"]}
    assert {name: one["source"] for name, one in away.items()} == {"web_search": "built-in", "away__*": "service away"}
    assert "No such file or directory" in away["away__*"]["reason"]


async def test_one_tool_is_shown_with_its_policy_and_what_is_derived_of_a_service(address):
    async with client_of(address) as client:
        tool = (await client.get("/tools/it__get_ip")).json()
        missing = await client.get("/tools/nope")
    reach = tool["policy"]["network"], tool["policy"]["files"], tool["policy"]["cost"]
    assert reach == ("service it", "none", None)
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
