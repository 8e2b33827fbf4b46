"""The first key: a fresh office makes one that opens everything, so that a newcomer can begin."""

import asyncio
import os
from pathlib import Path

from intelligent_office.access.keys import SCOPES, Keys
from intelligent_office.access.secrets import draw, key_id_of
from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidSetting
from intelligent_office.settings import Settings

_LONGEST = 200


def path_of(home: Path) -> Path:
    """Where the first key is kept, for its owner's eyes only."""
    return home.expanduser() / "api-key"


async def first_key(database: Database, keys: Keys, settings: Settings) -> str | None:
    """Make the first key if there is none at all; it, or None if there was one.

    A key that lies in the file already is taken: it was put there for this, or its database is new. The file is written
    before the key is known, so that no known key is lost.

    Raises:
        InvalidSetting: the file cannot be read or written.
        Unavailable: the database is away.
    """
    if await database.one("any_key") is not None:
        return None
    async with database.transaction() as statements:
        await statements.run("lock_keys")
        if await statements.one("any_key") is not None:
            return None
        text = await asyncio.to_thread(_taken_or_written, path_of(settings.home))
        await keys.insert(statements, text, settings.tenant, SCOPES, by="first start", label="first key")
    return text


def stored_key(home: Path) -> str | None:
    """The key in the file; None if there is none.

    Raises:
        InvalidSetting: the file cannot be read.
    """
    path = path_of(home)
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            text = file.read(_LONGEST).strip()
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise InvalidSetting(name="OFFICE_HOME", reason=f"{failure.strerror}: {path}") from None
    return text if key_id_of(text) else None


def _taken_or_written(path: Path) -> str:
    if stored := stored_key(path.parent):
        return stored
    text = draw()
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o755 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n")
        beside.replace(path)
    except OSError as failure:
        raise InvalidSetting(name="OFFICE_HOME", reason=f"{failure.strerror}: {path}") from None
    return text
