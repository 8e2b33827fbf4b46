"""Requests that a machine makes up from the OpenAPI document: none may break the office, and no answer the document."""

import asyncio
import socket
from pathlib import Path

import pytest

from bench.fuzz import fuzz
from intelligent_office.api.app import create_app
from intelligent_office.settings import Settings
from tests.api.keys import home_with_key
from tests.api.serving import served


@pytest.fixture
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name leads anywhere: webhooks of made-up requests call nobody, however long the system would look for them."""

    def unknown(host: str, *_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not looked for")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)


@pytest.mark.usefixtures("_offline")
async def test_made_up_requests_are_answered_as_the_document_says(settings: Settings, tmp_path: Path):
    changes = {"home": home_with_key(tmp_path), "requests_per_minute": 1_000_000}
    with served(lambda: create_app(settings.model_copy(update=changes), worker=False)) as address:
        patience = ("--request-timeout", "300")
        assert await asyncio.to_thread(fuzz, address, *patience, examples=3, seed=1, phases="examples,fuzzing") == 0
