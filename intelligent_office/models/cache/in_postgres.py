"""Answers kept in PostgreSQL, where every office has one."""

from intelligent_office.database.pool import Database
from intelligent_office.telemetry.scope import Scope


class PostgresShelf:
    """A row an answer. What has expired is not found, and swept by workers."""

    def __init__(self, database: Database, seconds: float) -> None:
        """Keep each answer for so long."""
        self._database = database
        self._seconds = seconds

    async def find(self, key: str, scope: Scope) -> str | None:
        row = await self._database.one("find_answer", key=key, tenant=scope.tenant, task_id=scope.task_id)
        return row["answer"] if row else None

    async def keep(self, key: str, text: str, scope: Scope) -> None:
        await self._database.run(
            "keep_answer", key=key, answer=text, tenant=scope.tenant, task_id=scope.task_id, seconds=self._seconds
        )

    async def forget(self, scope: Scope) -> None:
        await self._database.run("forget_answers", tenant=scope.tenant, task_id=scope.task_id)

    async def close(self) -> None:
        """The database is somebody else's to close."""
