"""Sets of values that grow along edges until nothing changes any more.

Where much meets, many nodes come to hold the very same sets, by the same steps. So equal sets are one object, and what
two of them give together is worked out once and then remembered.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Watcher = tuple[Any, ...]
"""First the function to call with new values and the watcher itself, then whatever that function needs."""

CROWD = 10
"""A node with as many values takes in no more faint ones: that anything may be there stands for them. Nor does it take
in an instance of a class if it may hold any instance of an ancestor of that class."""
MOST_CONTAINERS = 12
"""A node with as many values takes in no more containers: where so much meets, what is in which is lost anyway."""
THRONG = 20
"""A node with as many values takes in any instance of a whole family of classes for an instance of one of them."""
MOST_VALUES = 56
"""A node with as many values takes in no more at all: a call there says nothing any more."""
ANYTHING = 1


class ValueSet(frozenset[int]):
    """Values that nodes may have. Of equal sets there is only one, made by `Flow`."""

    __slots__ = ("joined", "less", "row")
    joined: "dict[ValueSet, ValueSet]"
    """By another set: the two together, as far as the other still tells something."""
    less: "dict[ValueSet, Sequence[int]]"
    """By a smaller set: what this one has beside it."""
    row: tuple[int, ...]
    """The values in a stable order."""


class Flow:
    """Nodes with value sets, edges that copy, and watchers that act on new values."""

    def __init__(self, count: int) -> None:
        self.sets: list[ValueSet | None] = [None] * count
        self._told: list[ValueSet | None] = [None] * count
        """What of each node's values has gone on from there."""
        self._edges: list[dict[int, None] | None] = [None] * count
        self._watchers: list[list[Watcher] | None] = [None] * count
        self._waiting: set[int] = set()
        self._queue: list[int] = []
        self._acts: deque[tuple[Sequence[int], Watcher]] = deque()
        """Watchers that came late, with what was there before them."""
        self._interned: dict[frozenset[int], ValueSet] = {}
        self._single: dict[int, ValueSet] = {}
        self._empty = self._set_of(())

    def _set_of(self, values: Iterable[int]) -> ValueSet:
        """The one set of these values."""
        made = ValueSet(values)
        known = self._interned.get(made)
        if known is not None:
            return known
        made.joined = {}
        made.less = {}
        made.row = tuple(sorted(made))
        self._interned[made] = made
        return made

    def _only(self, value: int) -> ValueSet:
        found = self._single.get(value)
        if found is None:
            found = self._single[value] = self._set_of((value,))
        return found

    def new_node(self) -> int:
        """Add a node."""
        self.sets.append(None)
        self._told.append(None)
        self._edges.append(None)
        self._watchers.append(None)
        return len(self.sets) - 1

    def add(self, node: int, value: int) -> None:
        """The node may have a value."""
        if node:
            single = self._single.get(value)
            self._pour(self._only(value) if single is None else single, node)

    def add_all(self, node: int, values: Iterable[int]) -> None:
        """The node may have several values."""
        for value in values:
            self.add(node, value)

    def add_found(self, node: int, value: int) -> None:
        """Add a value that was looked up here, not poured in from elsewhere: of these there may be any number."""
        values = self.sets[node]
        if values is None or len(values) < CROWD:
            self.add(node, value)
        elif value not in values and node:
            self._become(node, self._set_of((*values, value)))

    def connect(self, source: int, target: int) -> None:
        """Whatever the source may have, the target may have too."""
        if not source or not target or source == target:
            return
        edges = self._edges[source]
        if edges is None:
            self._edges[source] = {target: None}
        elif target in edges:
            return
        else:
            edges[target] = None
        values = self.sets[source]
        if values is not None:
            self._pour(values, target)

    def _pour(self, news: ValueSet, target: int) -> None:
        """Add values to a node, those that still tell something."""
        values = self.sets[target]
        if values is None:
            values = self._empty
        elif values is news:
            return
        joined = values.joined.get(news)
        if joined is None:
            joined = values.joined[news] = self._join(values, news)
        if joined is not values:
            self._become(target, joined)

    def _become(self, node: int, values: ValueSet) -> None:
        """The node has more than it had: if anything waits for it, that has to go on."""
        self.sets[node] = values
        if node not in self._waiting and (self._edges[node] is not None or self._watchers[node] is not None):
            self._waiting.add(node)
            self._queue.append(node)

    def _join(self, values: ValueSet, news: ValueSet) -> ValueSet:
        fresh: Sequence[int] = [value for value in news.row if value not in values]
        if len(values) + len(fresh) > CROWD:
            fresh = self._let_in(fresh, values)
        return self._set_of((*values, *fresh)) if fresh else values

    def watch(self, node: int, act: Callable[[Sequence[int], Watcher], None], *rest: Any) -> None:
        """Call `act` with the values the node has and with those it gets later."""
        if not node:
            return
        watcher = (act, *rest)
        watchers = self._watchers[node]
        if watchers is None:
            self._watchers[node] = [watcher]
        else:
            watchers.append(watcher)
        values = self.sets[node]
        if values is not None:
            self._acts.append((values.row, watcher))

    def values(self, node: int) -> list[int]:
        """What the node may have so far, in a stable order."""
        values = self.sets[node]
        return list(values.row) if values is not None else []

    def run(self) -> None:
        """Let everything flow until it comes to rest."""
        queue, waiting, all_edges, all_watchers = self._queue, self._waiting, self._edges, self._watchers
        sets, all_told, acts = self.sets, self._told, self._acts
        while queue or acts:
            while acts:
                seen, watcher = acts.popleft()
                watcher[0](seen, watcher)
            if not queue:
                break
            node = queue.pop()  # the latest first: what is new goes far at once, and then seldom again
            waiting.discard(node)
            values = sets[node]
            told = all_told[node]
            if values is told or values is None:
                continue
            all_told[node] = values
            edges = all_edges[node]
            if edges is not None:
                self._pass_on(values, edges)
            watchers = all_watchers[node]
            if watchers is not None:
                news = values.row if told is None else self._beside(values, told)
                for watcher in list(watchers):
                    watcher[0](news, watcher)

    def _pass_on(self, values: ValueSet, targets: Iterable[int]) -> None:
        """Pour a node's values along all its edges: what `_pour` does, without a call for each."""
        queue, waiting, all_edges, all_watchers = self._queue, self._waiting, self._edges, self._watchers
        sets, empty = self.sets, self._empty
        for target in targets:
            there = sets[target]
            if there is values:
                continue
            if there is None:
                there = empty
            joined = there.joined.get(values)
            if joined is None:
                joined = there.joined[values] = self._join(there, values)
            if joined is there:
                continue
            sets[target] = joined
            if target not in waiting and (all_edges[target] is not None or all_watchers[target] is not None):
                waiting.add(target)
                queue.append(target)

    def _beside(self, values: ValueSet, told: ValueSet) -> Sequence[int]:
        """What a set has more than it had."""
        news = values.less.get(told)
        if news is None:
            news = values.less[told] = tuple([value for value in values.row if value not in told])
        return news

    def _let_in(self, fresh: Sequence[int], values: ValueSet) -> list[int]:
        """Those of some new values that still tell something in a crowd."""
        crowd = len(values)
        if crowd >= MOST_VALUES:
            return []
        dropped = 3 if crowd >= MOST_CONTAINERS else 1
        kept: list[int] = []
        for value in fresh:
            if value & dropped:
                if value & 1 and ANYTHING not in values and ANYTHING not in kept:
                    kept.append(ANYTHING)
                continue
            if not value & 3:
                if not self.wider(value).isdisjoint(values):
                    continue
                if crowd >= THRONG:
                    value = self.widest(value)
                    if value in values:
                        continue
            if value not in kept:
                kept.append(value)
        return kept

    def widest(self, value: int) -> int:
        """The value that says most vaguely what a value says."""
        raise NotImplementedError

    def wider(self, value: int) -> frozenset[int]:
        """The values that say all a value says, and more."""
        raise NotImplementedError
