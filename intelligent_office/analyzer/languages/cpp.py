"""C++: constructors without `new`, variables that make objects, operators, overloads."""

from typing import ClassVar

import tree_sitter_cpp
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.c import has_word
from intelligent_office.analyzer.languages.c_includes import TAGS
from intelligent_office.analyzer.languages.cpp_classes import DESTRUCTOR
from intelligent_office.analyzer.languages.cpp_library import CPP_TYPES
from intelligent_office.analyzer.languages.cpp_overloads import CppOverloads
from intelligent_office.analyzer.languages.declarators import Declarator, declarator
from intelligent_office.analyzer.languages.language import Language
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of


class Cpp(CppOverloads):
    """What the query cannot say of C++."""

    grammar_name = "cpp"
    implicit_self = True
    static_binding = "static"
    known_types: ClassVar[dict[str, str]] = CPP_TYPES

    def file(self, root: Node) -> None:
        """Which types of C are defined is known at the end."""
        self._defined_types: set[str] = set()
        super().file(root)

    def finish(self) -> None:
        """Types that C knows by their plain names are none of their own."""
        super().finish()
        tags = self.summary.facts.get(TAGS, ())
        self.summary.facts[TAGS] = [name for name in tags if name not in self._defined_types]

    def on_typedef(self, node: Node, parts: Parts, hint: str) -> int:
        """C knows a structure by its plain name only if it is defined as one."""
        self._defined_types.update(declarator(part).name for part in parts["declarator"])
        return super().on_typedef(node, parts, hint)

    # Variables

    def on_declaration(self, node: Node, parts: Parts, hint: str) -> int:
        """Variables, prototypes, constructors that are called by a declaration."""
        if self.scope.kind == "class":
            return (
                self.on_prototype(node, parts, hint)
                if "declarator" in parts
                else super().on_declaration(node, parts, hint)
            )
        return super().on_declaration(node, parts, hint)

    def variable(self, node: Node, declared: Declarator, types: list[int]) -> None:
        """A variable of a class is made by its constructor."""
        if declared.node is not None and declared.node.type == "structured_binding_declarator":
            value = self.visit(declared.value)
            for name in items([declared.node]):
                self.scope.declare(text_of(name), value)
            return
        in_function = self.scope.around(("function", "class", "module")).kind == "function"
        if declared.is_function:
            if in_function and types and not declared.is_indirect:
                misread = items(declared.parameters)
                self.see([part.child_by_field_name("type") for part in misread])
                self._made(declared, types, [self._misread(part) for part in misread])
            else:
                self._note(self.full(declared.name), node, declared)
            return
        if declared.node is not None and declared.node.type == "qualified_identifier":
            self.visit(declared.value)
            return
        given = declared.value
        is_object = bool(types) and not declared.is_indirect and not declared.is_list
        is_object = is_object and not declared.is_pointer_to_function and not has_word(node, "extern")
        if is_object and (given is None or given.type in ("argument_list", "initializer_list")):
            arguments = self.arguments(items([given])) if given is not None and given.type == "argument_list" else ()
            fields = self.initial(given, types, is_list=False) if given is not None and not arguments else 0
            if given is not None and given.type == "initializer_list":
                arguments = tuple([0] * len(items([given])))
                self.see(items([given]))
            self._made(declared, types, list(arguments), fields)
            return
        super().variable(node, declared, types)

    def _made(self, declared: Declarator, types: list[int], arguments: list[int], fields: int = 0) -> None:
        node = self.new_node()
        if fields:
            self.emit(ops.COPY, node, fields)
        for cls in types:
            self.emit(ops.EVIDENCE, node, cls, "exact", False)
            self.call(cls, tuple(arguments), declared.line)
        self.put(declared.name, node)

    def _misread(self, parameter: Node) -> int:
        """An argument that looks like the type of a parameter: `Class object(argument);`."""
        kind = parameter.child_by_field_name("type")
        return (
            self.read_name(text_of(kind), line_of(kind)) if kind is not None and kind.type == "type_identifier" else 0
        )

    def held(self, declared: Declarator, types: list[int], given: Node | None = None) -> int:
        """A function gets the name of the variable."""
        if given is not None and self.role(given) == "lambda":
            return self.visit(given, declared.name)
        return super().held(declared, types, given)

    def on_range(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`for (auto& element : container)`."""
        source, line = self.visit(parts["source"][0]), line_of(parts["source"][0])
        self.enter("block")
        element = self.new_node()
        if source:
            self.emit(ops.ITERATE, element, source, line, False)
        declared = declarator(first(parts, "declarator"))
        for kind in parts.get("type", []):
            element = self.typed(element, kind, weak=True)
        if declared.node is not None and declared.node.type == "structured_binding_declarator":
            for name in items([declared.node]):
                self.scope.declare(text_of(name), element)
        elif declared.name:
            self.scope.declare(declared.name, element)
        self.visit(parts["body"][0])
        self.leave()
        return 0

    # Expressions

    def on_call(self, node: Node, parts: Parts, hint: str) -> int:
        """Casts, `make_unique<Class>(…)`, and calls."""
        callee = parts["callee"][0]
        inner = callee
        while inner.type == "qualified_identifier" and (last := inner.child_by_field_name("name")) is not None:
            inner = last
        if self.role(inner) == "template":
            name = text_of(self.parts(inner)["name"][0])
            given = items(self.parts(inner)["arguments"])
            arguments = self.arguments(items(parts["arguments"]))
            if name.endswith("_cast") and given and arguments:
                return self.narrowed(arguments[0], given[0]) if arguments[0] else self.instance(given[0])
            if name in ("make_unique", "make_shared", "any_cast", "get_if") and given:
                types = self.types(given[0])
                made = [self.call(cls, arguments, line_of(callee)) for cls in types] if name.startswith("make_") else []
                return self.joined(made) or self.instance(given[0])
        return super().on_call(node, parts, hint)

    def on_new(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`new Class(arguments)`."""
        arguments = self.arguments(items(parts.get("arguments", [])))
        types = self.types(parts["callee"][0])
        return self.joined([self.call(cls, arguments, line_of(parts["callee"][0])) for cls in types])

    def on_delete(self, node: Node, parts: Parts, _hint: str) -> int:
        """`delete object` runs its destructor."""
        value = self.visit(parts["value"][-1])
        if value:
            self.emit(ops.SPECIAL, 0, value, (DESTRUCTOR,), (), line_of(node))
        return 0

    def on_operation(self, node: Node, parts: Parts, _hint: str) -> int:
        """An operator that a class may define."""
        left, right = self.visit(parts["left"][0]), self.visit(parts["right"][0])
        operator = node.child_by_field_name("operator")
        if not left or operator is None:
            return left
        target = self.new_node()
        self.emit(ops.SPECIAL, target, left, (f"operator{text_of(operator)}",), (right,), line_of(operator))
        self.emit(ops.COPY, target, left)
        return target

    def on_lambda(self, node: Node, parts: Parts, hint: str) -> int:
        """`[captured](parameters) { … }`."""
        for child in node.named_children:
            if child.type == "lambda_capture_specifier":
                for capture in items([child]):
                    if capture.type == "lambda_capture_initializer":
                        left, right = capture.child_by_field_name("left"), capture.child_by_field_name("right")
                        if left is not None:
                            self.scope.declare(text_of(left), self.visit(right))
        return super().on_lambda(node, parts, hint)


LANGUAGE = Language("cpp", tree_sitter_cpp.language, "tree-sitter-cpp", Cpp)
