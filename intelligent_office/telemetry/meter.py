"""What a piece of work costs: whoever starts it sets up a meter, and every call of a model inside is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal


@dataclass
class Meter:
    """Adds up what is spent while it runs."""

    cost_usd: Decimal = Decimal(0)


_meter: ContextVar[Meter | None] = ContextVar("office_meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Everything inside is counted, in tasks and threads that start there, too; by the innermost meter alone."""
    meter = Meter()
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def count_cost(usd: Decimal) -> None:
    """Say what a call has cost; outside any meter nobody wants to know."""
    meter = _meter.get()
    if meter:
        meter.cost_usd += usd
