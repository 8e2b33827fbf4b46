"""What a piece of work costs: whoever starts it sets up a meter, and what models and programs use inside is counted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass
class Meter:
    """Adds up what is spent while it runs."""

    cost_usd: Decimal = Decimal(0)
    resources: dict[str, Any] = field(default_factory=dict)
    """What the last program that was run has used."""


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


def count_resources(**used: Any) -> None:
    """Say what a program has used: `*_seconds`, `*_bytes`, and where it ran."""
    meter = _meter.get()
    if meter:
        meter.resources = used


def count_cost(usd: Decimal) -> None:
    """Say what a call has cost: to the meter, and to the trace of the role or the tool that made the call, if any."""
    meter = _meter.get()
    if meter:
        meter.cost_usd += usd
    tracing = sys.modules.get("langsmith.run_helpers")  # where nothing is traced, it need not be imported for this
    run = tracing.get_current_run_tree() if tracing else None
    if run:
        run.add_metadata({"cost_usd": float(usd) + run.metadata.get("cost_usd", 0.0)})
