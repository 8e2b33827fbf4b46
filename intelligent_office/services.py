"""What the process owns on behalf of the roles; bound to the nodes when the graph is wired."""

from dataclasses import dataclass

from intelligent_office.archive.stored import StoredArchive
from intelligent_office.database.pool import Database
from intelligent_office.models.cache.in_postgres import PostgresShelf
from intelligent_office.models.cache.in_redis import RedisShelf
from intelligent_office.models.cache.shelf import Shelf
from intelligent_office.models.clock import Clock
from intelligent_office.models.router import ModelRouter
from intelligent_office.models.tool_bills import ToolBills
from intelligent_office.models.usage import DatabaseUsage
from intelligent_office.seams import Archive, Models, Toolbox
from intelligent_office.settings import Settings
from intelligent_office.telemetry import traces
from intelligent_office.toolbox.plugins import installed
from intelligent_office.toolbox.remote.directory import Directory
from intelligent_office.toolbox.remote.pins import Pins
from intelligent_office.toolbox.workshop import Workshop
from tools.built_in import built_in, left_out
from tools.python_exec import Sandboxed


@dataclass(frozen=True)
class Services:
    models: Models
    toolbox: Toolbox
    archive: Archive

    async def close(self) -> None:
        """Hang up on models and services; a later question opens new lines."""
        await self.toolbox.close()
        await self.models.close()


def make_services(
    settings: Settings, database: Database, *, clock: Clock | None = None, pinned: bool = True
) -> Services:
    """The real ones. Nothing is opened or connected before it is used.

    Whoever runs a graph has them made, so this is also where its traces are kept from showing what is private.

    Args:
        settings: What they are made by.
        database: Where they keep things.
        clock: What waits and tells the time; the machine's, if none.
        pinned: Whether tools of services are held against what they were like; that asks the database.
    """
    usage = DatabaseUsage(database, settings.tenant_budget_usd)
    models = ModelRouter(settings, usage, shelf=_shelf(settings, database), clock=clock)
    traces.configure(models.redaction)
    own = built_in(models, database, settings)
    plugins, broken = installed(tool.name for tool in own)
    return Services(
        models=models,
        toolbox=Workshop(
            [*own, *plugins],
            database,
            settings,
            absences=[*left_out(settings), *broken],
            sources=[Sandboxed(settings), Directory(settings, Pins(database) if pinned else None)],
            redaction=models.redaction,
            purse=ToolBills(usage),
        ),
        archive=StoredArchive(database, models),
    )


def _shelf(settings: Settings, database: Database) -> Shelf | None:
    """Where answers of models are kept, if they are."""
    if not settings.cache_seconds:
        return None
    if settings.redis_url:
        return RedisShelf(settings.redis_url.get_secret_value(), settings.cache_seconds)
    return PostgresShelf(database, settings.cache_seconds)
