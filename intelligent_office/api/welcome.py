"""The welcome of a fresh office: its first key, so that somebody can come in."""

import asyncio
import sys
from contextlib import suppress

import structlog

from intelligent_office.access.first_key import first_key, path_of
from intelligent_office.api.parts import Parts
from intelligent_office.api.problems import RETRY_SECONDS
from intelligent_office.errors import InvalidSetting, Unavailable

log = structlog.get_logger()


async def welcome(office: Parts) -> None:
    """Make a fresh office's first key, and say where it is. Only a terminal is shown the key itself: logs are kept.

    Raises:
        Unavailable: the database is away.
    """
    try:
        text = await first_key(office.database, office.keys, office.settings)
    except InvalidSetting as error:
        log.warning("key.not_stored", reason=str(error), remedy="office keys create")
        return
    if text:
        shown = text if sys.stderr.isatty() else "`office keys show` prints it"
        path = path_of(office.settings.home)
        print(f"office: the first key is in {path}, and opens everything: {shown}", file=sys.stderr, flush=True)


async def welcome_later(office: Parts) -> None:
    """Do so when the database has come back."""
    while True:
        await asyncio.sleep(RETRY_SECONDS)
        with suppress(Unavailable):
            return await welcome(office)
