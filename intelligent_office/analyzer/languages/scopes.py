"""Names and where they are declared: one node for each variable, whatever the order of the code.

A name that is read has a node of its own in the scope where it stands. Once the whole file is walked, it becomes the
node of the innermost declaration around it, or of a name that the file does not bind.
"""

from collections.abc import Callable, Iterable

from intelligent_office.analyzer.summary import COPY, ModuleSummary, Operation


class Frame:
    """A function being walked."""

    __slots__ = ("class_index", "home", "index", "lambda_count", "operations", "qualified", "self_node")

    def __init__(self, index: int, operations: list[Operation], qualified: str, home: "Frame | None" = None) -> None:
        self.index = index
        self.operations = operations
        self.qualified = qualified
        """What the names of functions inside begin with."""
        self.home = self if home is None else home
        """The frame whose object `this` is: that of the function around an arrow function."""
        self.class_index: int = -1 if home is None else home.class_index
        self.self_node = 0
        self.lambda_count = 0


class Scope:
    """The names of a module, function, class or block; in what is "narrowed", more is known of some of them."""

    __slots__ = (
        "assigned",
        "attributes",
        "declared",
        "frame",
        "kind",
        "new_node",
        "nodes",
        "parent",
        "type_names",
        "types",
    )

    def __init__(self, kind: str, parent: "Scope | None", frame: Frame, new_node: Callable[[], int]) -> None:
        self.kind = kind
        self.parent: Scope | None = parent
        self.frame = frame
        self.new_node = new_node
        self.nodes: dict[str, int] = {}
        self.declared: dict[str, list[int]] = {}
        self.assigned: dict[str, list[int]] = {}
        self.attributes: dict[str, list[int]] = {}
        """Of a class: the nodes of what its body defines."""
        self.type_names: dict[str, str] = {}
        """The declared types of variables and fields, where the language has overloads."""
        self.types: set[str] = set()
        """Of a class: the names of classes in it, the only ones that need no object."""

    def node(self, name: str) -> int:
        """The node of a name as this scope sees it."""
        node = self.nodes.get(name)
        if node is None:
            node = self.nodes[name] = self.new_node()
        return node

    def declare(self, name: str, value: int = 0) -> None:
        """The scope has a variable, which may hold a value."""
        self.node(name)
        bound = self.declared.setdefault(name, [])
        if value and value not in bound:
            bound.append(value)

    def assign(self, name: str, value: int) -> None:
        """A variable of this scope or of one around it may hold a value."""
        bound = self.assigned.setdefault(name, [])
        if value and value not in bound:
            bound.append(value)

    def around(self, kinds: tuple[str, ...]) -> "Scope":
        """The innermost scope of some kinds, this one included."""
        scope = self
        while scope.kind not in kinds and scope.parent is not None:
            scope = scope.parent
        return scope

    def holder(self, name: str, *passed: str) -> "Scope | None":
        """The scope whose variable a name means; class bodies, and what is `passed`, are no places to look for them."""
        scope: Scope | None
        scope = self
        while scope is not None and (name not in scope.declared or scope._is_hidden(name) or scope.kind in passed):
            scope = scope.parent
        return scope

    def _is_hidden(self, name: str) -> bool:
        return self.kind == "class" and name not in self.types


def settle(scopes: Iterable[Scope], module: Scope, summary: ModuleSummary) -> None:
    """Give all names of a file their meaning."""
    scopes = list(scopes)
    for scope in scopes:
        for name, values in scope.assigned.items():
            declarer = scope.holder(name, "narrowed") or module
            for value in values or [0]:
                declarer.declare(name, value)
    operations = summary.functions[0].operations
    for scope in scopes:
        for name, node in list(scope.nodes.items()):
            holder = scope.holder(name)
            if holder is scope:
                _hold(node, scope.declared[name], summary, operations)
            elif holder is not None:
                summary.aliases[node] = holder.node(name)
            else:
                whole = summary.unresolved.setdefault(name, node)
                if whole != node:
                    summary.aliases[node] = whole


def _hold(node: int, values: list[int], summary: ModuleSummary, operations: list[Operation]) -> None:
    """A variable that is bound once *is* what it is bound to."""
    if len(values) == 1:
        if values[0] != node:
            summary.aliases[node] = values[0]
        return
    operations.extend((COPY, node, value) for value in values if value != node)
