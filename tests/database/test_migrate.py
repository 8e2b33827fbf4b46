import asyncio
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg.rows import dict_row

from intelligent_office.database.migrate import MIGRATIONS, migrate
from intelligent_office.errors import Unavailable


@pytest.fixture
def empty_url(postgres):
    """The address of a database with nothing in it."""
    yield postgres.create("office_empty")
    postgres.drop("office_empty")


@asynccontextmanager
async def connected(url):
    connecting = psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=0, row_factory=dict_row)
    async with await connecting as connection:
        yield connection


async def names(connection):
    cursor = await connection.execute("SELECT name FROM schema_changes ORDER BY name")
    return [row["name"] for row in await cursor.fetchall()]


async def test_many_processes_that_meet_an_empty_database_all_succeed(empty_url):
    async def start():
        async with connected(empty_url) as connection:
            await migrate(connection)
            return await names(connection)

    results = await asyncio.gather(*(start() for _ in range(8)))

    expected = sorted(path.stem for path in MIGRATIONS.glob("*.sql"))
    for applied in results:
        assert [name for name in applied if name[0].isdigit()] == expected
        assert any(name.startswith("langgraph-checkpoint-postgres ") for name in applied)


async def test_a_database_that_is_up_to_date_is_asked_one_question(settings):
    async with connected(settings.database_url.get_secret_value()) as connection:
        asked = []
        execute = connection.execute

        async def counted(query, *arguments, **options):
            asked.append(query)
            return await execute(query, *arguments, **options)

        connection.execute = counted
        await migrate(connection)
        assert len(asked) == 1


async def test_a_failing_migration_leaves_nothing_of_itself(empty_url, tmp_path):
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good (x int);")
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE half (x int); SELECT 1 / 0;")
    async with connected(empty_url) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await migrate(connection, tmp_path)
        assert await names(connection) == ["0001_good"]
        cursor = await connection.execute("SELECT to_regclass('half') AS half")
        assert await cursor.fetchone() == {"half": None}

        (tmp_path / "0002_bad.sql").write_text("CREATE TABLE half (x int);")
        await migrate(connection, tmp_path)
        assert "0002_bad" in await names(connection)


async def test_a_database_of_a_newer_office_is_refused(settings):
    async with connected(settings.database_url.get_secret_value()) as connection:
        await connection.execute("INSERT INTO schema_changes (name) VALUES ('9999_future')")
        with pytest.raises(Unavailable, match=r"newer version.*9999_future"):
            await migrate(connection)
