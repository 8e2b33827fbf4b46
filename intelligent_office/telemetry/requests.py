"""How many requests were answered, and how long that took: counted in this process, from its start."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the upper ends of the histogram's buckets; the last bucket has none."""


@dataclass(frozen=True)
class Kind:
    """What is counted together."""

    method: str
    route: str
    """The template, `/tasks/{task_id}`: paths are without number, and name tasks."""
    status: int


@dataclass
class Durations:
    """A histogram."""

    seconds: float = 0.0
    """Of all requests together."""
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """How many requests fell between each bound and the one before."""

    @property
    def count(self) -> int:
        return sum(self.buckets)

    def add(self, seconds: float) -> None:
        self.seconds += seconds
        self.buckets[bisect_left(BOUNDS, seconds)] += 1


class RequestCounts:
    """The counts of one door."""

    def __init__(self) -> None:
        self.durations: defaultdict[Kind, Durations] = defaultdict(Durations)
        self.under_way = 0

    def add(self, kind: Kind, seconds: float) -> None:
        """Count a request that was answered."""
        self.durations[kind].add(seconds)
