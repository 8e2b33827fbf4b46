"""Sets of values that grow along edges until nothing changes any more."""

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
MOST_VALUES = 52
"""A node with as many values takes in no more at all: a call there says nothing any more."""
ANYTHING = 1


class Flow:
    """Nodes with value sets, edges that copy, and watchers that act on new values."""

    def __init__(self, count: int) -> None:
        self.sets: list[set[int] | None] = [None] * count
        self._edges: list[dict[int, None] | None] = [None] * count
        self._watchers: list[list[Watcher] | None] = [None] * count
        self._new: dict[int, list[int]] = {}
        self._queue: list[int] = []
        self._acts: deque[tuple[list[int], Watcher]] = deque()
        """Watchers that came late, with what was there before them."""

    def new_node(self) -> int:
        """Add a node."""
        node = len(self.sets)
        self.sets.append(None)
        self._edges.append(None)
        self._watchers.append(None)
        return node

    def add(self, node: int, value: int) -> None:
        """The node may have a value."""
        if not node:
            return
        values = self.sets[node]
        if values is None:
            self.sets[node] = {value}
        elif value in values:
            return
        else:
            crowd = len(values)
            if crowd >= CROWD:
                if crowd >= MOST_VALUES or (value & 1 and ANYTHING in values):
                    return
                let_in = self._let_in((value,), values)
                if not let_in:
                    return
                value = let_in[0]
            values.add(value)
        new = self._new
        if node in new:
            new[node].append(value)
        elif self._edges[node] is not None or self._watchers[node] is not None:
            new[node] = [value]
            self._queue.append(node)

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
        if values:
            there = self.sets[target]
            if there is None or not (len(there) >= MOST_VALUES or values <= there):
                self._pour(values, target)

    def _pour(self, news: Iterable[int], target: int) -> None:
        """Add values to a node, those that still tell something."""
        values = self.sets[target]
        if values is None:
            fresh = list(news)
            if len(fresh) > CROWD:
                fresh = self._let_in(fresh, set())
            self.sets[target] = set(fresh)
        else:
            fresh = [value for value in news if value not in values]
            if not fresh:
                return
            if len(values) + len(fresh) > CROWD:
                fresh = self._let_in(fresh, values)
                if not fresh:
                    return
            values.update(fresh)
        new = self._new
        if target in new:
            new[target].extend(fresh)
        elif self._edges[target] is not None or self._watchers[target] is not None:
            new[target] = fresh
            self._queue.append(target)

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
        if values:
            self._acts.append((list(values), watcher))

    def values(self, node: int) -> list[int]:
        """What the node may have so far, in a stable order."""
        values = self.sets[node]
        return sorted(values) if values else []

    def run(self) -> None:
        """Let everything flow until it comes to rest."""
        queue, new, all_edges, all_watchers = self._queue, self._new, self._edges, self._watchers
        acts = self._acts
        while queue or acts:
            while acts:
                seen, watcher = acts.popleft()
                watcher[0](seen, watcher)
            if not queue:
                break
            node = queue.pop()  # the latest first: what is new goes far at once, and then seldom again
            news = new.pop(node)
            edges = all_edges[node]
            if edges is not None:
                if len(news) == 1:
                    self._pass_on(news[0], edges)
                else:
                    self._pass_all_on(news, edges)
            watchers = all_watchers[node]
            if watchers is not None:
                for watcher in list(watchers):
                    watcher[0](news, watcher)

    def _pass_on(self, value: int, targets: Iterable[int]) -> None:
        """One new value goes on to other nodes: most often there is but one, and a look is enough."""
        queue, new, all_edges, all_watchers, sets = self._queue, self._new, self._edges, self._watchers, self.sets
        for target in targets:
            values = sets[target]
            if values is None:
                sets[target] = {value}
            elif value in values:
                continue
            elif len(values) < CROWD:
                values.add(value)
            else:
                if not (value & 1 and ANYTHING in values):
                    self._pour((value,), target)
                continue
            if target in new:
                new[target].append(value)
            elif all_edges[target] is not None or all_watchers[target] is not None:
                new[target] = [value]
                queue.append(target)

    def _pass_all_on(self, news: list[int], targets: Iterable[int]) -> None:
        sets = self.sets
        for target in targets:
            values = sets[target]
            if values is None or not (len(values) >= MOST_VALUES or values.issuperset(news)):
                self._pour(news, target)

    def _let_in(self, fresh: Sequence[int], values: set[int]) -> list[int]:
        """Those of some new values that still tell something in a crowd."""
        crowd = len(values)
        if crowd >= MOST_VALUES:
            return []
        dropped = 3 if crowd >= MOST_CONTAINERS else 1
        kept = []
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

    def add_found(self, node: int, value: int) -> None:
        """Add a value that was looked up here, not poured in from elsewhere: of these there may be any number."""
        values = self.sets[node]
        if values is None or len(values) < CROWD:
            self.add(node, value)
        elif value not in values and node:
            values.add(value)
            waiting = self._new.get(node)
            if waiting is None:
                self._new[node] = [value]
                self._queue.append(node)
            else:
                waiting.append(value)

    def widest(self, value: int) -> int:
        """The value that says most vaguely what a value says."""
        raise NotImplementedError

    def wider(self, value: int) -> frozenset[int]:
        """The values that say all a value says, and more."""
        raise NotImplementedError
