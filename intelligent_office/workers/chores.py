"""Which chores workers do beside tasks: the one list of them all."""

from collections.abc import Sequence
from functools import partial

from intelligent_office.database.pool import Database
from intelligent_office.retention import Retention
from intelligent_office.settings import Settings
from intelligent_office.webhooks.courier import Courier
from intelligent_office.webhooks.schedule import DELAYS
from intelligent_office.workers.jobs import Chore, TryAgain


def chores(settings: Settings, database: Database) -> Sequence[Chore]:
    """Each with what it needs; a job without its chore here fails."""
    courier = Courier(database, settings)
    return [
        Chore("webhook.deliver", partial(_deliver, courier), delays=DELAYS),
        Chore("webhook.sweep", courier.sweep, cron="41 3 * * *"),
        Chore("retention.prune", Retention(database, settings).prune, cron="23 * * * *"),
    ]


async def _deliver(courier: Courier, delivery_id: str) -> None:
    seconds = await courier.deliver(delivery_id)
    if seconds is not None:
        raise TryAgain(seconds)
