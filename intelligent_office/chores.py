"""Which chores workers do beside tasks: the one list of them all."""

from collections.abc import Sequence

from intelligent_office.database.pool import Database
from intelligent_office.jobs import Chore
from intelligent_office.settings import Settings


def chores(settings: Settings, database: Database) -> Sequence[Chore]:  # noqa: ARG001 - what chores are made of
    """Each with what it needs; a job without its chore here fails."""
    return []
