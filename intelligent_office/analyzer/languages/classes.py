"""Classes: their bases, members and fields."""

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.declared_types import Types
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.scopes import Frame, Scope
from intelligent_office.analyzer.languages.syntax import Mark, Parts, first, line_of, text_of
from intelligent_office.analyzer.summary import ClassSummary, FunctionSummary

OVERLOADS = "overloads"
"""The fact that lists nodes which hold several functions of one class under one name."""


class Classes(Types):
    """What the walks of all languages do with classes."""

    def __init__(self, file: str = "") -> None:
        super().__init__(file)
        self._fields: list[list[tuple[Node, Parts]]] = []

    def on_class(self, node: Node, parts: Parts, hint: str) -> int:
        """A class, declared by name or as a value."""
        named = first(parts, "name")
        is_value = "expression" in parts or named is None
        own = text_of(named) if named is not None else ""
        name = (hint or own if is_value else own) or self.class_name()
        value = self.new_node()
        if is_value or "generic" in parts:
            self.enter("block")
        if is_value:
            self.scope.declare(own or name, value)
        self.declare_generics(parts, value)
        bases = tuple([self.known(self.base(base)) for base in parts.get("base", [])])
        self.begin_class(name, value, bases, line_of(node))
        for body in parts.get("body", []):
            self.class_body(body, parts)
        self.end_class()
        if is_value or "generic" in parts:
            self.leave()
        if not is_value:
            self.declare_class(own, value)
        return value

    def base(self, node: Node) -> int:
        """The node of a class that another inherits."""
        return self.visit(node)

    def declare_class(self, name: str, value: int) -> None:
        """A class is known by name: one in another class is a member of that."""
        self.declared_names.append(name)
        self.scope.declare(name, value)
        if self.scope.kind == "class":
            self.scope.types.add(name)
            self.add_member(name, value)

    def class_name(self) -> str:
        """A name for a class without one."""
        self.frame.lambda_count += 1
        return f"<class{self.frame.lambda_count}>"

    def class_body(self, body: Node, _parts: Parts) -> None:
        """Walk the members of a class."""
        self.children(body)

    def begin_class(self, name: str, node: int, bases: tuple[int, ...], line: int) -> Scope:
        """Open a class; what is walked from now on is in its body."""
        outer = self.scope
        owner = outer.frame.class_index if outer.kind == "class" else -1
        cls = ClassSummary(self.full_name(name), line, node, owner, outer.frame.index, bases)
        frame = Frame(outer.frame.index, outer.frame.operations, cls.name + ".")
        frame.class_index = len(self.summary.classes)
        frame.self_node = node
        self.summary.classes.append(cls)
        self._fields.append([])
        self.scope = self.new_scope("class", outer, frame)
        return self.scope

    def on_field(self, node: Node, parts: Parts, _hint: str) -> int:
        """A field of a class: a function is one of its methods, other values are set when an object is made."""
        value = first(parts, "value")
        name = self.member_name(parts["name"][0])
        mark = self.bare(value) if value is not None else None
        if mark is not None and mark.role in ("lambda", "closure"):
            self.add_member(name, self._field_function(value, mark, name, is_static="static" in parts))
        elif value is not None or "type" in parts or self.implicit_self:
            self._fields[-1].append((node, parts))
        return 0

    def _field_function(self, node: Node | None, mark: Mark, name: str, *, is_static: bool) -> int:
        assert node is not None
        return self.define(node, mark.parts, name, binding="class" if is_static else "instance")

    def end_class(self) -> ClassSummary:
        """Close the class: set its fields, and give it its attributes."""
        scope = self.scope
        cls = self.summary.classes[scope.frame.class_index]
        for node, parts in self._fields.pop():
            self.field(scope, cls, node, parts)
        for name, nodes in scope.attributes.items():
            cls.attributes[name] = self._together(nodes)
        assert scope.parent is not None
        self.scope = scope.parent
        return cls

    def _together(self, nodes: list[int]) -> int:
        """One node for all that a class has under one name."""
        if len(nodes) == 1:
            return nodes[0]
        target = self.new_node()
        if all(node in self.function_at for node in nodes):
            self.summary.facts.setdefault(OVERLOADS, []).append(target)
        for node in nodes:
            self.emit(ops.COPY, target, node)
        return target

    def field(self, scope: Scope, cls: ClassSummary, _node: Node, parts: Parts) -> None:
        """Set a field: of the class at once, of an object where it is made."""
        name = parts["name"][0]
        value = first(parts, "value")
        frame = Frame(scope.frame.index, scope.frame.operations, scope.frame.qualified)
        frame.class_index = scope.frame.class_index
        frame.self_node = cls.node
        if "static" not in parts:
            maker = self._maker(scope)
            if maker is not None:
                frame.index, frame.operations = maker[0], maker[1].operations
                frame.self_node = maker[1].positional[0][1]
            else:
                frame.self_node = self.new_node()
                frame.operations.append((ops.EVIDENCE, frame.self_node, cls.node, "instance", False))
        self.scope = self.new_scope("field", scope.parent, frame)
        held = self.bound_value(name, value, parts)
        if held and not self.implicit_self:
            self.emit(ops.SET_ATTRIBUTE, frame.self_node, self.member_name(name), held, line_of(name))
        self.scope = scope
        if self.implicit_self:
            self.add_member(self.member_name(name), self.known(held))

    def _maker(self, scope: Scope) -> tuple[int, FunctionSummary] | None:
        """The first constructor that the class itself has."""
        nodes = scope.attributes.get(CONSTRUCTOR, ())
        for node in nodes:
            function = self.summary.functions[self.function_at[node]]
            if function.positional:
                return self.function_at[node], function
        return None
