"""How a fresh office tells whoever started it of its first key."""

import sys
from typing import Any, cast

import pytest

from intelligent_office.access.first_key import stored_key
from intelligent_office.access.keys import Keys
from intelligent_office.api import welcome
from intelligent_office.api.parts import Parts
from intelligent_office.database.pool import Database
from intelligent_office.errors import Unavailable


def parts(settings: Any, database: Database) -> Parts:
    nothing = cast("Any", None)
    return Parts(settings, database, nothing, nothing, nothing, Keys(database), nothing, nothing, nothing)


@pytest.mark.parametrize("terminal", [True, False])
async def test_only_a_terminal_is_shown_the_key_and_everybody_where_it_is(
    settings, database, capsys, monkeypatch, terminal
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    await welcome.welcome(parts(settings, database))
    told = capsys.readouterr().err
    key = stored_key(settings.home)
    assert key
    assert (key in told) is terminal
    assert str(settings.home / "api-key") in told
    await welcome.welcome(parts(settings, database))
    assert capsys.readouterr().err == ""


async def test_a_home_that_cannot_be_written_keeps_nobody_from_serving(settings, database, tmp_path, capsys):
    (tmp_path / "file").touch()
    await welcome.welcome(parts(settings.model_copy(update={"home": tmp_path / "file"}), database))
    assert "office keys create" in capsys.readouterr().out
    assert await Keys(database).list() == []


async def test_a_database_that_comes_late_gets_its_key_then(settings, monkeypatch):
    monkeypatch.setattr(welcome, "RETRY_SECONDS", 0)

    class Late(Database):
        tries = 0

        async def one(self, name: str, /, **parameters: Any) -> Any:
            self.tries += 1
            if self.tries < 3:
                raise Unavailable(part="the database", reason="it is late")
            return await super().one(name, **parameters)

    async with Late(settings) as database:
        await welcome.welcome_later(parts(settings, database))
        assert len(await Keys(database).list()) == 1
