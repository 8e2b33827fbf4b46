"""Types as evidence: what a declared type, a cast or a test tells of a value."""

from collections.abc import Iterator
from typing import ClassVar

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.definitions import Definitions
from intelligent_office.analyzer.languages.syntax import Parts, first, line_of, text_of

ELEMENT, VALUE, ITSELF, TEXT = "element", "value", "itself", "text"


class Types(Definitions):
    """What the walks of languages with declared types have in common."""

    known_types: ClassVar[dict[str, str]] = {}
    """What the library's types hold, by short name: `ELEMENT` (a list of its argument), `VALUE` (a map to its last
    argument), `ITSELF` (its first argument, sooner or later), `TEXT` (a string)."""

    def types(self, declared: Node) -> list[int]:
        """Nodes that tell what a type stands for: classes, or values such as a list of objects of a class."""
        role, parts = self.role(declared), self.parts(declared)
        if role == "generic":
            return self._generic(parts)
        if role == "list_type":
            return [self.container("list", [], [self.instance(part) for part in parts["value"]])]
        if role == "types":
            return [node for part in parts["value"] for node in self.types(part)]
        if role == "through":
            return self.types(parts["value"][-1])
        held = self.held_by(text_of(declared).rpartition(".")[2])
        if held == TEXT:
            return [self.constant(("str",))]
        if held in (ELEMENT, VALUE):
            return [self.container("list" if held == ELEMENT else "dict", [], [])]
        return super().types(declared)

    def held_by(self, name: str) -> str:
        """What objects of a type of the library hold, in the words of `known_types`; nothing if it is not known."""
        return self.known_types.get(name, "")

    def instance(self, declared: Node) -> int:
        """A node for any object of a type."""
        node = self.new_node()
        self.evidence(node, declared, weak=False)
        return node

    def _generic(self, parts: Parts) -> list[int]:
        name = text_of(parts["name"][0]).rpartition(".")[2]
        arguments = parts.get("argument", [])
        held = self.held_by(name) if arguments else ""
        if held == ELEMENT:
            return [self.container("list", [], [self.instance(arguments[0])])]
        if held == VALUE:
            return [self.container("dict", [], [self.instance(arguments[-1])])]
        if held == ITSELF:
            return self.types(arguments[0])
        return [value] if (value := self.generic(parts)) else []

    def on_generic(self, _node: Node, parts: Parts, _hint: str) -> int:
        """A class with arguments for its type parameters, as the base of another or to be made."""
        return self.generic(parts)

    def generic(self, parts: Parts) -> int:
        """The class of a generic type; its type parameters may mean what they are given here."""
        value = self.visit(parts["name"][0])
        for place, argument in enumerate(parts.get("argument", []) if value else []):
            self.emit(ops.SET_ATTRIBUTE, value, f"<{place}>", self.instance(argument), line_of(argument))
        return value

    def declare_generics(self, parts: Parts, owner: int) -> None:
        """Type parameters are names of types: of their bounds, and of what the type is made with anywhere."""
        named = [node for node in parts.get("generic", ()) if "name" in self.parts(node)]
        for place, node in enumerate(named):
            own = self.parts(node)
            value = self.attribute(owner, f"<{place}>", line_of(node)) if owner else self.new_node()
            for bound in own.get("bound", []):
                self.evidence(value, bound, weak=True)
            self.scope.declare(text_of(own["name"][0]), value)

    def _is_no_value(self, _node: Node, _parts: Parts, _hint: str) -> int:
        return 0

    on_list_type = on_types = on_type_parameter = _is_no_value

    # Casts and tests

    def on_cast(self, _node: Node, parts: Parts, hint: str) -> int:
        """A value that is said to be of a type."""
        return self.narrowed(self.visit(parts["value"][0], hint), parts["type"][0])

    def narrowed(self, value: int, declared: Node) -> int:
        """A value, as far as it is of a type."""
        types = self.types(declared)
        if not value or len(types) != 1:
            return self.typed(value, declared, weak=False)
        target = self.new_node()
        self.emit(ops.NARROW, target, value, types[0], True)
        return target

    def on_is(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`value instanceof Type`; with a target, which then is that value."""
        value = self.visit(parts["value"][0])
        target = first(parts, "target")
        if target is not None:
            self.bind(target, self.narrowed(value, parts["type"][0]), self.scope.declare)
        return 0

    def on_test(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`if`: where a test says of what type a variable is, it is that in the first branch."""
        condition = parts["condition"][0]
        is_plain = "!" not in text_of(condition) and " not " not in text_of(condition)
        if is_plain:
            self.enter("block")
        self.visit(condition)
        found = list(self._tests(condition))
        if found:
            known = [(name, self.narrowed(self.visit(name), declared)) for name, declared in found]
            self.enter("narrowed")
            for name, value in known:
                self.scope.declare(text_of(name), value)
        for body in parts.get("body", []):
            self.visit(body)
        if found:
            self.leave()
        if is_plain:
            self.leave()
        for other in parts.get("otherwise", []):
            self.visit(other)
        return 0

    # Cases

    def on_switch(self, _node: Node, parts: Parts, _hint: str) -> int:
        """What a case says of a type holds for the subject; an arm's last part is the value."""
        self.subjects.append(self.visit(parts["subject"][0]))
        for body in parts.get("body", []):
            self.visit(body)
        values = [self._arm(arm) for arm in parts.get("arm", [])]
        self.subjects.pop()
        return self.joined(values)

    def _arm(self, arm: Node) -> int:
        self.enter("block")
        value = 0
        for child in arm.named_children:
            value = self.visit(child)
        self.leave()
        return value

    def on_case(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`case Type name`: the subject, if it is of that type."""
        return self._bind_case(parts, self.subjects[-1] if self.subjects else 0)

    def on_part(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`Type name` inside of a pattern."""
        return self._bind_case(parts, 0)

    def _bind_case(self, parts: Parts, value: int) -> int:
        target = first(parts, "target")
        if target is not None:
            self.bind(target, self.narrowed(value, parts["type"][0]), self.scope.declare)
        for inner in parts.get("inner", []):
            self.visit(inner)
        return 0

    def _tests(self, condition: Node) -> Iterator[tuple[Node, Node]]:
        """The variables that a condition tests if it holds, each with its type."""
        role, parts = self.role(condition), self.parts(condition)
        if role == "is":
            if self.role(parts["value"][0]) == "name" and "target" not in parts:
                yield parts["value"][0], parts["type"][0]
        elif role == "through":
            yield from self._tests(parts["value"][-1])
        elif any(child.type == "&&" for child in condition.children):
            for child in condition.named_children:
                yield from self._tests(child)
