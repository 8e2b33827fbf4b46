"""An office behind a real socket, with a real database and a real worker; one for all tests of a module."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from intelligent_office.api import health
from intelligent_office.api.app import create_app
from intelligent_office.attachments import reading
from intelligent_office.settings import Settings
from tests.api.keys import client_of, home_with_key
from tests.api.listening import listen
from tests.api.serving import served
from tests.conftest import Server

Submit = Callable[..., Awaitable[str]]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a database takes its time to say that it is there, and a process to read a file."""
    monkeypatch.setattr(health, "ANSWER_SECONDS", 300.0)
    monkeypatch.setattr(reading, "PDF_SECONDS", 300.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working folder of the office's tasks."""
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def address(
    postgres: Server, request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the office answers."""
    name = "api_" + request.module.__name__.rpartition(".")[2]
    home = home_with_key(tmp_path_factory.mktemp("home"))
    database_url = postgres.create(name, "office_template")
    settings = Settings(database_url=database_url, home=home, roots=[folder], lease_seconds=1000, _env_file=None)
    with served(lambda: create_app(settings)) as found:
        yield found
    postgres.drop(name)


@pytest.fixture
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the office, with a key that opens everything."""
    async with client_of(address) as client:
        yield client


@pytest.fixture
def submit(http: httpx.AsyncClient, folder: Path) -> Submit:
    """Hands a task in; its id."""

    async def submit(description: str, **more: Any) -> str:
        response = await http.post("/tasks", json={"description": description, "folder": str(folder), **more})
        assert response.status_code == 202, response.text
        return str(response.json()["task_id"])

    return submit


@pytest.fixture
def waiting(http: httpx.AsyncClient, submit: Submit) -> Submit:
    """Hands a task in that soon waits for a human's word on one call; its id."""

    async def waiting(description: str = 'write "hello" to hello.txt', **more: Any) -> str:
        task_id = await submit(description, **more)
        async with aclosing(listen(http, f"/tasks/{task_id}/events")) as events:
            async for heard in events:
                if heard.kind == "approval.asked":
                    return task_id
        raise AssertionError("the task ended without a question")

    return waiting
