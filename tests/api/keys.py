"""The key that tests show at the door. It lies in the home before the first start, and so becomes the first key."""

from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from intelligent_office.access.keys import Keys
from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings

KEY = f"office_{'0' * 16}_{'7' * 64}"
SHOWN = {"Authorization": f"Bearer {KEY}"}


def home_with_key(folder: Path) -> Path:
    """A home for an office whose first key is `KEY`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "api-key").write_text(KEY)
    return folder


async def key_for(tenant: str, database_url: str) -> str:
    """A key of another tenant, with which it may hand tasks in."""
    async with Database(Settings(database_url=SecretStr(database_url), _env_file=None)) as database:
        return (await Keys(database).create(tenant, ["submit"], by="test"))[1]


def client_of(address: str, key: str = KEY, **options: Any) -> httpx.AsyncClient:
    """A client that shows a key; no certificates are loaded, because there are none to look at."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.AsyncClient(base_url=address, headers=headers, **{"timeout": 300, "verify": False, **options})
