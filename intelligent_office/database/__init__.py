"""Everything that is kept: pool, embedded server, migrations, and SQL under names. The only place with SQL."""

from intelligent_office.database.pool import Database

__all__ = ["Database"]
