"""What languages have in common whose programs are made of declared classes: Java and C#."""

from typing import ClassVar

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.class_solving import CLOSED
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.overloads import FUNCTION, GIVEN, TAKEN, TEXT, UNKNOWN, type_name
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, text_of
from intelligent_office.analyzer.languages.walk import Walk
from intelligent_office.analyzer.summary import ClassSummary, FunctionSummary


class ClassBased(Walk):
    """Members without `this`, types known wherever they stand, constructors that call each other."""

    implicit_self = True
    static_binding = "static"
    members = frozenset({"field", "property", "indexer", "overload", "constant", "initializer"})
    of_library: ClassVar[frozenset[str]] = frozenset()
    """Classes of the library whose making is nothing to speak of."""

    def file(self, root: Node) -> None:
        """Types are known all over the file."""
        classes = [mark for mark in self.marks.values() if mark.role == "class"]
        self.own_types = {text_of(name) for mark in classes for name in mark.parts.get("name", ())}
        self.foreign: set[str] = set()
        """Imported types that are not the library's."""
        self.derived: set[int] = set()
        """Classes that may have a base class."""
        self.given: tuple[str, ...] = ()
        """The types of the arguments that were looked at last."""
        super().file(root)

    # Names and types

    def read_name(self, name: str, line: int) -> int:
        """A type of this file is known by name alone."""
        if name in self.own_types and not self.is_local(name):
            return self.scope.node(name)
        return super().read_name(name, line)

    def type_named(self, name: str, line: int) -> int:
        """A type: of this file, imported, inherited, or of the package."""
        near = self.scope.node(name)
        is_near = name in self.own_types or self.scope.holder(name) is not None
        if is_near or not any(self.summary.classes[cls].bases for cls, _ in self.owners()):
            return near
        found = super().read_name(name, line)
        self.emit(ops.COPY, found, near)  # bases are found before there are members
        return found

    def imported(self, package: str, name: str, line: int) -> int:
        """A node for a type by its full name."""
        target = self.new_node()
        self.emit(ops.IMPORT, target, package, 0, name, line)
        return target

    def held_by(self, name: str) -> str:
        """A class of the program may bear the name of one of the library."""
        return "" if name in self.own_types or name in self.foreign else super().held_by(name)

    # Types of arguments

    def static_type(self, node: Node) -> str:
        """What the source says of the type of an expression."""
        role, parts = self.role(node), self.parts(node)
        if role in ("through", "named"):
            return self.static_type(parts["value"][-1])
        if role in ("string", "text"):
            return TEXT
        if role in ("sum", "operator") and TEXT in (
            self.static_type(parts["left"][0]),
            self.static_type(parts["right"][0]),
        ):
            return TEXT
        if role in ("lambda", "reference"):
            return FUNCTION
        if role in ("new", "cast") and (named := parts.get("callee" if role == "new" else "type")):
            return type_name(text_of(named[0]))
        if role == "self" and self.frame.class_index >= 0:
            return self.summary.classes[self.frame.class_index].name.rpartition(".")[2]
        if role == "name":
            return self._declared_type(text_of(node))
        if role == "member" and self.role(parts["object"][0]) == "self":
            return self._declared_type(text_of(parts["name"][0]))
        return self.literals.get(node.type, UNKNOWN) if role != "number" else self._number_type(text_of(node))

    literals: ClassVar[dict[str, str]] = {}
    """The types of literals, by the kinds of their nodes."""

    def _number_type(self, text: str) -> str:
        return {"l": "long", "f": "float", "d": "double", "m": "decimal"}.get(text[-1:].lower(), "int")

    def _declared_type(self, name: str) -> str:
        scope: Scope | None = self.scope
        while scope is not None and name not in scope.type_names:
            scope = scope.parent
        return scope.type_names[name] if scope is not None else UNKNOWN

    def arguments(self, nodes: list[Node]) -> tuple[int, ...]:
        """The values handed over; what is said of their types is kept for the call."""
        values = super().arguments(nodes)
        self.given = tuple([self.static_type(node) for node in nodes])
        return values

    def call(self, callee: int, arguments: tuple[int, ...], line: int, name: str = "") -> int:
        """Call something with what `arguments` has found."""
        given, self.given = self.given, ()
        target = super().call(callee, arguments, line, name)
        if any(given):
            self.summary.facts.setdefault(GIVEN, {})[target] = list(given)
        return target

    def on_declare(self, node: Node, parts: Parts, hint: str) -> int:
        """A variable has a type, said or seen."""
        value = super().on_declare(node, parts, hint)
        if self.role(parts["target"][0]) == "name":
            said = type_name(text_of(parts["type"][0])) if "type" in parts else UNKNOWN
            seen = self.static_type(parts["value"][0]) if "value" in parts and not said else said
            self.scope.type_names[text_of(parts["target"][0])] = seen
        return value

    def on_iterate(self, node: Node, parts: Parts, hint: str) -> int:
        """The variable of a loop has a type."""
        if "type" in parts and "target" in parts:
            self.scope.type_names[text_of(parts["target"][0])] = type_name(text_of(parts["type"][0]))
        return super().on_iterate(node, parts, hint)

    def on_field(self, node: Node, parts: Parts, hint: str) -> int:
        """A field has a type."""
        if "type" in parts:
            self.scope.type_names[text_of(parts["name"][0])] = type_name(text_of(parts["type"][0]))
        return super().on_field(node, parts, hint)

    def parameter(self, function: FunctionSummary, parameter: Node) -> None:
        """A parameter has a type."""
        super().parameter(function, parameter)
        parts = self.parts(parameter)
        said = type_name(text_of(parts["type"][0])) if "type" in parts else UNKNOWN
        self.summary.facts.setdefault(TAKEN, {}).setdefault(function.node, []).append(said)
        if self.role(parameter) == "parameter" and "target" in parts:
            self.scope.type_names[text_of(parts["target"][0])] = said
        else:
            self.scope.type_names[text_of(parameter)] = UNKNOWN

    # Classes

    def end_class(self) -> ClassSummary:
        """What an object does when it is made needs a constructor, written or not."""
        cls = self.summary.classes[self.scope.frame.class_index]
        name = cls.name.rpartition(".")[2]
        if CONSTRUCTOR not in self.scope.attributes and not name.startswith("<"):
            busy = next((node for node, parts in self._fields[-1] if self._is_busy(node, parts)), None)
            around = busy.parent if busy is not None else None
            while around is not None and self.role(around) != "class":
                around = around.parent
            if around is not None:
                value = self.define(around, {}, name, binding="instance")
                self.add_member(name, value, is_constructor=True)
                self.call_base(self.function_at[value], cls.line)
        return super().end_class()

    def _is_busy(self, node: Node, parts: Parts) -> bool:
        """Whether something is called for a field of each object."""
        pending = [] if "static" in parts else list(parts.get("value", [node] if node.type == "block" else []))
        while pending:
            inner = pending.pop()
            role = self.role(inner)
            if role in ("call", "new") and not self.is_of_library(inner):
                return True
            if role != "lambda":
                pending.extend(inner.named_children)
        return False

    def field(self, scope: Scope, cls: ClassSummary, node: Node, parts: Parts) -> None:
        """A block takes the place of a field's value."""
        if self.role(node) == "initializer":
            parts = {"name": [node], "value": [node]}
        super().field(scope, cls, node, parts)

    def bound_value(self, target: Node, source: Node | None, parts: Parts) -> int:
        """A block has no value."""
        if self.role(target) == "initializer":
            return self.on_block(target, {}, "")
        return super().bound_value(target, source, parts)

    # Constructors and methods

    def is_constructor(self, name: str) -> bool:
        """It is called like its class."""
        return name == self.summary.classes[self.scope.frame.class_index].name.rpartition(".")[2]

    def method(self, node: Node, parts: Parts, name: str) -> int:
        """Some methods nobody overrides."""
        value = super().method(node, parts, name)
        if self.is_closed(parts):
            self.summary.facts.setdefault(CLOSED, []).append(value)
        return value

    def is_closed(self, parts: Parts) -> bool:
        """Whether nobody overrides a method."""
        return "closed" in parts or "static" in parts

    def is_of_library(self, _node: Node) -> bool:
        """Whether nothing but the library is called."""
        return False

    def call_base(self, index: int, line: int, arguments: tuple[int, ...] = ()) -> None:
        """The base class makes its part of the object first."""
        function = self.summary.functions[index]
        if self.frame.class_index not in self.derived:
            return
        base, callee, made = self.new_node(), self.new_node(), self.new_node()
        function.operations += (
            (ops.SUPER, base, self.frame.class_index, function.positional[0][1], line),
            (ops.ATTRIBUTE, callee, base, CONSTRUCTOR, line),
            (ops.CALL, made, callee, arguments, (), line, "", False),
        )
