"""Places where something is called."""

from typing import NamedTuple

DIRECT, INFERRED, OVERRIDE, DYNAMIC = range(4)

Keywords = tuple[tuple[str | None, int], ...]


class Site(NamedTuple):
    """A place in the source where something is called."""

    number: int
    caller: int
    line: int
    target: int
    positional: tuple[int, ...] = ()
    """Nodes of the arguments; of one with a star, the negative."""
    keywords: Keywords = ()
    callee: int = 0
    is_decorator: bool = False
    certainty: int = INFERRED
