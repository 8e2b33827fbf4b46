"""Brings a database to the shape that this version of the office works with.

The office's own tables come from the numbered files in `migrations/`, the tables of jobs from Procrastinate's own SQL,
and LangGraph's checkpoint tables from its saver. Each step that was made leaves its name in `schema_changes`, so that
one query tells whether there is anything to do.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.errors import UndefinedTable
from psycopg.rows import DictRow

from intelligent_office.errors import Unavailable

MIGRATIONS = Path(__file__).parent / "migrations"
CHECKPOINTER = "langgraph-checkpoint-postgres"
QUEUE = "procrastinate"
_LOCK = 0x0FF1CE
_PAUSE = 0.02
_NUMBERED = re.compile(r"\d{4}_")


async def migrate(connection: AsyncConnection[DictRow], folder: Path = MIGRATIONS) -> None:
    """Apply what is missing, once, however many processes start at the same time.

    Args:
        connection: one in autocommit mode that returns rows as dicts.
        folder: the numbered files.

    Raises:
        Unavailable: the database belongs to a newer version of the office.
    """
    checkpoints = f"{CHECKPOINTER} {version(CHECKPOINTER)}"
    jobs = f"{QUEUE} {version(QUEUE)}"
    files = await asyncio.to_thread(_numbered_files, folder)
    needed = {*files, checkpoints, jobs}
    if needed <= await _applied(connection, files):
        return
    async with _alone(connection):
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_changes"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        applied = await _applied(connection, files)
        if jobs not in applied:  # first: the numbered files speak of jobs
            await _apply(connection, jobs, await asyncio.to_thread(_job_tables, applied))
        for name, sql in files.items():
            if name not in applied:
                await _apply(connection, name, sql)
        if checkpoints not in applied:
            # Imported late: it takes most of a second, and nearly always there is nothing to do.
            from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

            await AsyncPostgresSaver(connection).setup()
            await _record(connection, checkpoints)


def _numbered_files(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.sql"))}


def _job_tables(applied: set[str]) -> bytes:
    """What Procrastinate's tables need: all of them, or what its later versions have changed.

    Its files are found without importing it, which takes a fifth of a second, and nearly always there is nothing to do.
    """
    spec = find_spec(QUEUE)
    assert spec is not None, "the version of it is known"
    assert spec.origin is not None, "it is a package"
    folder = Path(spec.origin).parent / "sql"
    versions = [_version(name.removeprefix(f"{QUEUE} ")) for name in applied if name.startswith(f"{QUEUE} ")]
    if not versions:
        return (folder / "schema.sql").read_bytes()
    changes = sorted((folder / "migrations").glob("*.sql"))
    return b"\n".join(path.read_bytes() for path in changes if _version(path.stem) > max(versions))


def _version(text: str) -> tuple[int, ...]:
    """`3.10.0`, or the beginning of a file's name: `03.04.00_01_pre_…`."""
    return tuple(int(part) for part in text.partition("_")[0].split(".") if part.isdigit())


async def _apply(connection: AsyncConnection[DictRow], name: str, sql: bytes) -> None:
    """One step, with its name, or nothing of it."""
    async with connection.transaction():
        if sql:
            await connection.execute(sql, prepare=False)
        await _record(connection, name)


async def _applied(connection: AsyncConnection[DictRow], files: dict[str, bytes]) -> set[str]:
    try:
        cursor = await connection.execute("SELECT name FROM schema_changes")
    except UndefinedTable:
        return set()
    applied = {str(row["name"]) for row in await cursor.fetchall()}
    newer = sorted(name for name in applied - set(files) if _NUMBERED.match(name))
    if newer:
        reason = f"a newer version of the office has changed it ({newer[-1]}); update this installation"
        raise Unavailable(part="the database", reason=reason)
    return applied


async def _record(connection: AsyncConnection[DictRow], name: str) -> None:
    await connection.execute("INSERT INTO schema_changes (name) VALUES (%s)", [name])


@asynccontextmanager
async def _alone(connection: AsyncConnection[DictRow]) -> AsyncIterator[None]:
    """Keep other processes out.

    They ask again and again instead of waiting inside a statement: LangGraph creates an index concurrently, which waits
    for every running statement to end.
    """
    while True:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS ours", [_LOCK])
        row = await cursor.fetchone()
        if row and row["ours"]:
            break
        await asyncio.sleep(_PAUSE)
    try:
        yield
    finally:
        await connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
