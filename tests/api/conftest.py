"""An office behind a real socket, one for all tests of a module."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from intelligent_office.api.app import create_app
from intelligent_office.settings import Settings
from tests.api.serving import served
from tests.conftest import Server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of the office's tasks."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def address(postgres: Server, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Where the office answers."""
    name = "api_" + request.module.__name__.rpartition(".")[2]
    settings = Settings(database_url=postgres.create(name, "office_template"), roots=[folder], _env_file=None)
    with served(lambda: create_app(settings)) as found:
        yield found
    postgres.drop(name)


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the office."""
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        yield client
