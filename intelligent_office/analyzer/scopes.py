"""The variables of one scope, version by version, as its code runs from top to bottom.

Each assignment makes a new version (a node); where ways through the code meet again, a new node holds the versions of
all of them. A name that is read before anything here bound it is looked up in the scopes around once they are known.
"""

from collections.abc import Callable, Iterable

from intelligent_office.analyzer.summary import COPY, Operation

Versions = dict[str, int]
Access = str
"""A variable's name, or a path from one such as `self.name`; a path always holds a dot or a bracket."""


class Loop:
    """A loop being walked: versions from before it, and those that reach its head again."""

    __slots__ = ("before", "heads", "jumps")

    def __init__(self, before: Versions) -> None:
        self.before = before
        self.heads: Versions = {}
        self.jumps: list[Versions] = []


class Scope:
    """Current versions and all versions of the names of a module, class or function."""

    def __init__(
        self, kind: str, parent: "Scope | None", function: int, operations: list[Operation], new_node: Callable[[], int]
    ) -> None:
        self.kind = kind
        self.parent = parent
        self.function = function
        self.operations = operations
        self.new_node = new_node
        self.current: Versions = {}
        self.versions: dict[str, list[int]] = {}
        self.free: Versions = {}
        self.loops: list[Loop] = []
        self.outer_names: dict[str, str] = {}
        self.late_bindings: dict[str, list[int]] = {}
        """Versions bound by functions inside, which run after this scope's own code has been walked."""
        self.early: dict[str, list[int]] = {}
        """Versions that were in force while a call made for its effect may have read them."""
        self.same: dict[int, int] = {}
        """Heads of loops in which a name was read only: it is what it was before the loop."""
        self._wholes: dict[str, int] = {}
        self._tick = 0
        self._bound_at: dict[str, int] = {}
        self.class_index = -1
        self.self_node = 0
        self.lambda_count = 0
        self.alive = True
        self.has_paths = False
        self.qualified = ""

    def read(self, name: Access) -> int:
        """The node that holds what `name` means at this point."""
        node = self.current.get(name)
        if node is not None:
            return node
        if self.loops:
            node = self._read_before_loop(name, len(self.loops) - 1)
            if node is not None:
                self.current[name] = node
                return node
        return self._read_outside(name)

    def _read_before_loop(self, name: str, depth: int) -> int | None:
        loop = self.loops[depth]
        before = loop.before.get(name)
        if before is None and depth:
            before = self._read_before_loop(name, depth - 1)
            if before is not None:
                loop.before[name] = before
        if before is None:
            return None
        head = loop.heads.get(name)
        if head is None:
            head = loop.heads[name] = self.new_node()
            self.operations.append((COPY, head, before))
        return head

    def _read_outside(self, name: str) -> int:
        if self.kind == "class" and self.parent is not None and name not in self.outer_names:
            return self.parent.read(name)
        node = self.free.get(name)
        if node is None:
            node = self.free[name] = self.new_node()
        return node

    def bind(self, name: str, node: int) -> None:
        """From here on, `name` means `node`."""
        if self.has_paths:
            self.forget_paths(name)
        if self.kind == "module":
            if self._bound_at.get(name, self._tick) < self._tick and name in self.current:
                self.early.setdefault(name, []).append(self.current[name])
            self._bound_at[name] = self._tick
        self.current[name] = node
        if name in self.outer_names:
            self._bind_outside(name, node)
        else:
            self.versions.setdefault(name, []).append(node)

    def _bind_outside(self, name: str, node: int) -> None:
        scope: Scope | None = self.parent
        if self.outer_names[name] == "global":
            while scope is not None and scope.parent is not None:
                scope = scope.parent
        else:
            while scope is not None and (scope.kind == "class" or name not in scope.versions):
                scope = scope.parent
        if scope is None:
            return
        whole = scope.known_whole(name)
        if whole and whole not in scope.versions[name]:
            self.operations.append((COPY, whole, node))
        scope.versions.setdefault(name, []).append(node)
        scope.late_bindings.setdefault(name, []).append(node)

    def known_whole(self, name: str) -> int:
        """The node of all versions, if anything asked for it yet."""
        return self._wholes.get(name, 0)

    def observe(self) -> None:
        """Something ran that may read any name as it is now: what is bound over later still counts."""
        self._tick += 1

    def whole(self, name: str) -> int:
        """All versions of a name in one node, for functions inside that read it at any time."""
        node = self._wholes.get(name)
        if node is None:
            node = self._wholes[name] = self.union(self.versions[name])
        return node

    def bind_path(self, path: Access, node: int) -> None:
        """Remember what was just stored at a path, until anything may have changed it."""
        self.current[path] = node
        self.has_paths = True

    def read_path(self, path: Access) -> int | None:
        """What was stored at a path a moment ago, if that is still certain."""
        return self.current.get(path) if self.has_paths else None

    def forget_paths(self, name: str = "") -> None:
        """Forget the paths that start at `name`, or all of them."""
        starts = (name + ".", name + "[") if name else ()
        kept = False
        for path in [path for path in self.current if "." in path or "[" in path]:
            if not starts or path.startswith(starts):
                del self.current[path]
            else:
                kept = True
        self.has_paths = kept

    def merge(self, ways: Iterable[Versions | None]) -> None:
        """Go on after a fork: every name means what it meant at the end of any of the ways taken."""
        open_ways = [way for way in ways if way is not None]
        self.alive = bool(open_ways)
        if not open_ways:
            return
        if len(open_ways) == 1:
            self.current = dict(open_ways[0])
            return
        merged = dict(open_ways[0])
        for way in open_ways[1:]:
            merged = self._join(merged, way)
        self.current = merged
        if self.has_paths:
            self.has_paths = any("." in name or "[" in name for name in merged)

    def _join(self, left: Versions, right: Versions) -> Versions:
        if left == right:
            return left
        joined = dict(left)
        for name, node in right.items():
            mine = left.get(name)
            if mine == node:
                continue
            if mine is None:
                if "." not in name and "[" not in name:
                    joined[name] = self._with_before(name, node)
                continue
            joined[name] = self.union((mine, node))
        for name, node in left.items():
            if name not in right:
                if "." in name or "[" in name:
                    del joined[name]
                else:
                    joined[name] = self._with_before(name, node)
        return joined

    def _with_before(self, name: str, node: int) -> int:
        """Inside a loop the other way may still hold the version from before the loop."""
        if not self.loops:
            return node
        before = self._read_before_loop(name, len(self.loops) - 1)
        return node if before is None or before == node else self.union((before, node))

    def union(self, nodes: Iterable[int]) -> int:
        """One node for several; 0 adds nothing."""
        distinct = sorted({node for node in nodes if node})
        if len(distinct) < 2:
            return distinct[0] if distinct else 0
        node = self.new_node()
        for source in distinct:
            self.operations.append((COPY, node, source))
        return node

    def enter_loop(self) -> None:
        """Start a loop's body: what is read now may also come from the end of the body."""
        if self.has_paths:
            self.forget_paths()
        self.loops.append(Loop(self.current))
        self.current = {}

    def jump(self) -> None:
        """Break or continue: what is bound here reaches the loop's head and what follows it."""
        if self.loops and self.alive:
            self.loops[-1].jumps.append(self.current)
        self.alive = False

    def leave_loop(self) -> None:
        """Join the ends of the body with what was there before it."""
        loop = self.loops.pop()
        ends = [*loop.jumps, *([self.current] if self.alive else [])]
        after = loop.before
        changed: dict[str, list[int]] = {}
        for end in ends:
            for name, node in end.items():
                if node != loop.heads.get(name) and "." not in name and "[" not in name:
                    changed.setdefault(name, []).append(node)
        self.same.update({head: after[name] for name, head in loop.heads.items() if name not in changed})
        for name, nodes in changed.items():
            head = loop.heads.get(name)
            if head is not None:
                self.operations.extend((COPY, head, node) for node in dict.fromkeys(nodes))
                after[name] = head
            else:
                before = after.get(name)
                if before is None and self.loops:
                    before = self._read_before_loop(name, len(self.loops) - 1)
                after[name] = self.union(nodes if before is None else (before, *nodes))
        self.current = after
        self.has_paths = False
        self.alive = True
