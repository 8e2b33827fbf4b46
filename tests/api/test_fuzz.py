"""Requests that a machine makes up from the OpenAPI document: none may break the office, and no answer the document."""

import asyncio
from pathlib import Path

import pytest

from bench.fuzz import fuzz
from intelligent_office.api.app import create_app
from intelligent_office.settings import Settings
from tests.api.keys import home_with_key
from tests.api.serving import served


@pytest.mark.timeout(180)
async def test_made_up_requests_are_answered_as_the_document_says(settings: Settings, tmp_path: Path):
    changes = {"home": home_with_key(tmp_path), "requests_per_minute": 1_000_000}
    with served(lambda: create_app(settings.model_copy(update=changes), worker=False)) as address:
        assert await asyncio.to_thread(fuzz, address, examples=3, seed=1, phases="examples,fuzzing") == 0
