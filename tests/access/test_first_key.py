"""The key that a fresh office makes for whoever starts it."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from intelligent_office.access.first_key import first_key, path_of, stored_key
from intelligent_office.access.keys import SCOPES, Keys
from intelligent_office.access.secrets import draw
from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidSetting
from intelligent_office.settings import Settings


@pytest.fixture
def home(tmp_path):
    return tmp_path / "deep" / "home"


def at(home: Path, **more: Any) -> Settings:
    return Settings(home=home, _env_file=None, **more)


async def test_the_first_key_is_the_tenants_of_whoever_sits_at_the_machine(database, home):
    await first_key(database, Keys(database), at(home, tenant="acme"))
    assert [key.tenant for key in await Keys(database).list()] == ["acme"]


async def test_the_first_start_makes_a_key_that_opens_everything_and_keeps_it_for_its_owner_alone(database, home):
    text = await first_key(database, Keys(database), at(home))
    assert text
    found = await Keys(database).recognise(text)
    assert (found.tenant, found.scopes) == ("default", list(SCOPES))
    assert stored_key(home) == text
    assert stat.S_IMODE(path_of(home).stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["api-key"]


async def test_a_later_start_makes_none_even_if_all_were_revoked(database, home):
    keys = Keys(database)
    made, _ = await keys.create("acme", ["submit"], by="me")
    await keys.revoke(made.key_id)
    assert await first_key(database, keys, at(home)) is None
    assert stored_key(home) is None


async def test_many_first_starts_at_once_make_one_key(settings, tmp_path):
    async def start(number):
        async with Database(settings) as database:
            return await first_key(database, Keys(database), at(tmp_path / f"home{number}"))

    made = await asyncio.gather(*(start(number) for number in range(6)))
    [text] = [text for text in made if text]
    async with Database(settings) as database:
        assert len(await Keys(database).list()) == 1
        assert (await Keys(database).recognise(text)).tenant == "default"


async def test_a_key_that_was_put_there_is_taken(database, home):
    home.mkdir(parents=True)
    text = draw()
    path_of(home).write_text(f" {text}\n\n")
    assert await first_key(database, Keys(database), at(home)) == text
    assert (await Keys(database).recognise(text)).label == "first key"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"sesame", b"x" * 10_000])
async def test_a_file_that_holds_no_key_is_replaced(database, home, content):
    home.mkdir(parents=True)
    path_of(home).write_bytes(content)
    text = await first_key(database, Keys(database), at(home))
    assert text
    assert stored_key(home) == text


async def test_a_home_that_cannot_be_used_leaves_no_key_that_nobody_has(database, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidSetting, match="OFFICE_HOME"):
        await first_key(database, Keys(database), at(tmp_path / "file"))
    assert await Keys(database).list() == []
