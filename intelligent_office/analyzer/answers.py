"""The plain data an analysis answers with."""

from dataclasses import dataclass, field
from typing import Literal

Certainty = Literal["direct", "inferred", "override", "dynamic"]
Status = Literal["success", "not_found", "ambiguous", "unknown_name"]

CERTAINTIES: tuple[Certainty, ...] = ("direct", "inferred", "override", "dynamic")
"""From the surest to the least sure."""


def counted(number: int, noun: str) -> str:
    """A number of things: `1 call`, `2 calls`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True, slots=True)
class Function:
    """A function, a method, a lambda, or the top level of a module."""

    name: str
    file: str
    line: int
    end_line: int
    kind: str


@dataclass(frozen=True, slots=True)
class Call:
    """One place where one function may call another."""

    caller: str
    callee: str
    file: str
    line: int
    text: str
    certainty: Certainty
    external: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a part of one, that the analysis could not take in."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a chain: the call in `file` at `line` leads from caller to callee."""

    caller: Function
    callee: Function
    file: str
    line: int
    text: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Chain:
    """Calls that lead from one function to another; no hops where start and end are the same."""

    start: Function
    end: Function
    hops: tuple[Hop, ...]

    @property
    def functions(self) -> tuple[Function, ...]:
        """Every function on the way, both ends included."""
        return (self.start, *(hop.callee for hop in self.hops))

    @property
    def certainty(self) -> Certainty:
        """As sure as the least sure hop."""
        return max((hop.certainty for hop in self.hops), key=CERTAINTIES.index, default="direct")


@dataclass(frozen=True, slots=True)
class Gap:
    """Why no chain exists: what the start reaches, who calls the end, and where the two come nearest."""

    reached: tuple[Function, ...] = ()
    reached_total: int = 0
    callers_of_end: tuple[Function, ...] = ()
    callers_total: int = 0
    unresolved: tuple[Call, ...] = ()
    """Calls of unknown target within reach of the start whose name fits a function that leads to the end."""
    nearest: tuple[tuple[Function, Function], ...] = ()
    """Functions side by side in a class or module: the first is within reach, the second leads to the end."""
    backwards: int = 0
    """Calls of the shortest chain from the end to the start; 0 if there is none."""


@dataclass(frozen=True, slots=True)
class Chains:
    """The answer to: how does the start come to call the end?"""

    status: Status
    start: str
    end: str
    chains: tuple[Chain, ...] = ()
    candidates: dict[str, tuple[Function, ...]] = field(default_factory=dict)
    suggestions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    explanation: Gap | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A function some calls away from the one asked about, with the hop that was taken to it."""

    function: Function
    depth: int
    hop: Hop
