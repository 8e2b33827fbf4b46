"""Classes as they were written before there was a word for them: a function, and what is put on its prototype."""

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import items, text_of
from intelligent_office.analyzer.languages.walk import Walk
from intelligent_office.analyzer.summary import METHOD, ClassSummary


class Prototypes:
    """What a file puts on prototypes, and the classes that come of it."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._members: list[tuple[Scope, str, str, int]] = []
        self._bases: list[tuple[Scope, str, int]] = []

    def assign(self, owner: str, name: str, value: Node) -> int:
        """`A.prototype.name = value`, `A.prototype = value`."""
        walk = self._walk
        cls = owner.removesuffix(".prototype")
        if name == "__proto__" or (name == "prototype" and walk.role(value) != "object"):
            self._inherit(cls, value)
            return 0
        if name == "prototype":
            fields: list[tuple[object, int]] = walk.object_fields(value, cls)[0]  # type: ignore[attr-defined]
            for key, node in fields:
                self._members.append((walk.scope, cls, str(key), node))
            return 0
        node = walk.known(walk.visit(value, f"{cls}.{name}"))
        self._members.append((walk.scope, cls, name, node))
        return node

    def called(self, name: str, arguments: list[Node]) -> None:
        """`inherits(A, B)`, `Object.setPrototypeOf(A.prototype, B.prototype)`."""
        if len(arguments) == 2 and name in ("inherits", "setPrototypeOf"):
            cls = text_of(arguments[0])
            if name == "inherits" or cls.endswith(".prototype"):
                self._inherit(cls.removesuffix(".prototype"), arguments[1])

    def _inherit(self, cls: str, source: Node) -> None:
        """The base is the class whose prototype, or an object made by which, is in the expression."""
        walk = self._walk
        role, parts = walk.role(source), walk.parts(source)
        if role in ("call", "new"):
            handed = items(parts.get("arguments", []))
            source = parts["callee"][0] if role == "new" or not handed else handed[0]
            role, parts = walk.role(source), walk.parts(source)
        if role == "member" and text_of(parts["name"][0]) == "prototype":
            source = parts["object"][0]
        if base := walk.visit(source):
            self._bases.append((walk.scope, cls, base))

    def make_classes(self) -> None:
        """Once the file is walked: functions with prototypes, or with a capital letter and a `this`, are classes."""
        walk = self._walk
        wanted = {(scope.holder(cls), cls) for scope, cls, _, _ in self._members}
        wanted |= {(scope.holder(cls), cls) for scope, cls, _ in self._bases}
        made: dict[tuple[Scope | None, str], ClassSummary] = {}
        for scope in list(walk.scopes):
            for name, values in scope.declared.items():
                for place, value in enumerate(values):
                    index = walk.function_at.get(value, -1)
                    is_maker = name[:1].isupper() and value in walk.self_nodes
                    if index >= 0 and (is_maker or (scope, name) in wanted):
                        made[scope, name] = cls = self._class_of(index)
                        values[place] = cls.node
        for scope, name, member, value in self._members:
            owner = made.get((scope.holder(name), name))
            if owner is not None:
                self._add_method(owner, member, value)
        for scope, name, base in self._bases:
            owner = made.get((scope.holder(name), name))
            if owner is not None:
                owner.bases += (base,)

    def _class_of(self, index: int) -> ClassSummary:
        summary = self._walk.summary
        function = summary.functions[index]
        cls = ClassSummary(function.name, function.line, self._walk.new_node(), -1, max(function.parent, 0))
        summary.classes.append(cls)
        self._add_method(cls, CONSTRUCTOR, function.node)
        return cls

    def _add_method(self, cls: ClassSummary, name: str, value: int) -> None:
        """A function becomes a method: its `this` is its first parameter."""
        walk = self._walk
        known = cls.attributes.get(name)
        if known:
            walk.summary.functions[0].operations.append((ops.COPY, known, value))
            return
        cls.attributes[name] = value
        index = walk.function_at.get(value, -1)
        function = walk.summary.functions[index] if index >= 0 else None
        if function is None or function.owner >= 0:
            return
        node = walk.self_nodes.get(value) or walk.new_node()
        function.positional = (("this", node, 0), *function.positional)
        function.binding = "instance"
        function.owner = walk.summary.classes.index(cls)
        function.kind = METHOD if name != CONSTRUCTOR else function.kind
