import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import procrastinate
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
        assert [name for name in await names(connection) if name[0].isdigit()] == ["0001_good"]
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


async def test_tables_of_jobs_that_an_older_library_has_made_are_brought_up_to_date(empty_url, tmp_path, database):
    """Its own SQL, file by file, leads to the same functions and columns as its whole schema does."""
    folder = Path(procrastinate.__file__).parent / "sql" / "migrations"
    async with connected(empty_url) as connection:
        for path in sorted(folder.glob("*.sql")):
            if path.name < "03":
                await connection.execute(path.read_bytes(), prepare=False)
        await connection.execute("CREATE TABLE schema_changes (name text PRIMARY KEY, applied_at timestamptz)")
        await connection.execute("INSERT INTO schema_changes (name) VALUES ('procrastinate 2.15.1')")
        await migrate(connection, tmp_path)
        assert f"procrastinate {procrastinate.__version__}" in await names(connection)
        brought = await shape(connection)
    async with database.pool.connection() as connection:
        assert brought >= await shape(connection)


async def shape(connection):
    """The functions and columns that Procrastinate works with; older ones may be there beside them."""
    functions = (
        "SELECT proname || pg_get_function_identity_arguments(oid) AS thing FROM pg_proc WHERE proname LIKE 'procr%'"
    )
    columns = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_name LIKE 'procr%'"
    cursor = await connection.execute(f"{functions} UNION ALL {columns}")
    return {row["thing"] for row in await cursor.fetchall()}
