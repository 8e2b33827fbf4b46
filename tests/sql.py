"""SQL of a test's own: what the office never says, or never looks at."""

from typing import Any

from intelligent_office.database.pool import Database


async def query(database: Database, sql: str | bytes) -> list[dict[str, Any]]:
    """What a statement answers; nothing if it answers nothing."""
    async with database.pool.connection() as connection:
        cursor = await connection.execute(sql if isinstance(sql, bytes) else sql.encode())
        return await cursor.fetchall() if cursor.description else []


async def listeners(database: Database) -> int:
    """How many connections wait for notifications."""
    sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    return len(await query(database, sql))


async def listening(database: Database) -> None:
    """Wait until somebody listens."""
    while not await listeners(database):
        pass
