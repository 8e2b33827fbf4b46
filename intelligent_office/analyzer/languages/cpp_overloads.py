"""Overloads of C++: what the source says of the types of arguments and parameters."""

import re
from collections.abc import Iterable
from itertools import pairwise

from tree_sitter import Node

from intelligent_office.analyzer.languages.classes import OVERLOADS
from intelligent_office.analyzer.languages.cpp_classes import CppClasses
from intelligent_office.analyzer.languages.declarators import Declarator, declarator
from intelligent_office.analyzer.languages.overloads import FUNCTION, GIVEN, NULL, POINTER, TAKEN, TEXT, UNKNOWN
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, text_of
from intelligent_office.analyzer.summary import FunctionSummary

_ARGUMENTS = re.compile(r"<[^<>]*>")
_QUALIFIERS = re.compile(r"\b(?:const|volatile|struct|class|union|enum|typename|signed|register|mutable)\b|[&\s]+")
_WIDE = {
    **dict.fromkeys(("size_t", "uint64_t", "uintptr_t", "unsigned long", "unsigned long long"), "ulong"),
    **dict.fromkeys(("int64_t", "ptrdiff_t", "ssize_t", "long", "long long", "long int", "long long int"), "long"),
    **dict.fromkeys(("uint32_t", "unsigned", "unsigned int"), "uint"),
    **dict.fromkeys(("int32_t", "int16_t", "short", "short int"), "int"),
    **dict.fromkeys(("string", "string_view"), TEXT),
}
"""Names of one and the same type, or near enough."""
_LITERALS = {"char_literal": "char", "true": "bool", "false": "bool", "null": NULL, "nullptr": NULL}


def cpp_type(text: str, *, is_pointer: bool = False) -> str:
    """A type as it is compared: its short name without arguments, and whether it points to something."""
    while "<" in text and (shorter := _ARGUMENTS.sub("", text)) != text:
        text = shorter
    plain = _QUALIFIERS.sub(" ", text).strip()
    is_pointer = is_pointer or plain.endswith(POINTER)
    plain = plain.rstrip("* ").rpartition("::")[2]
    if plain in ("auto", UNKNOWN):
        return UNKNOWN
    plain = _WIDE.get(" ".join(plain.split()), plain)
    return plain + POINTER if is_pointer else plain


class CppOverloads(CppClasses):
    """Types of variables and arguments, as far as they are written down."""

    def file(self, root: Node) -> None:
        """No arguments have been seen yet."""
        self._given: tuple[str, ...] = ()
        """The types of the arguments that were looked at last."""
        names = [name for mark in self.marks.values() if mark.role == "struct" for name in mark.parts.get("name", ())]
        self._classes = {text_of(name) for name in names}
        super().file(root)

    def finish(self) -> None:
        """Functions of one name that differ in what they take are meant together."""
        super().finish()
        overloads = self.summary.facts.setdefault(OVERLOADS, [])
        for name, values in self.module.declared.items():
            if len(values) > 1 and all(value in self.function_at for value in values) and self._differ(values):
                overloads.append(self.module.node(name))

    def _differ(self, values: list[int]) -> bool:
        taken = self.summary.facts.get(TAKEN, {})
        heads = sorted([taken.get(value, []) for value in values])
        return all(one != other for one, other in pairwise(heads))

    # Types

    def static_type(self, node: Node) -> str:
        """What the source says of the type of an expression."""
        if node.type in _LITERALS:
            return _LITERALS[node.type]
        if node.type == "pointer_expression":
            return self._pointed(node)
        role, parts = self.role(node), self.parts(node)
        if role == "through":
            return self.static_type(parts["value"][-1]) if "value" in parts else UNKNOWN
        if role == "string":
            return "char*"
        if role == "number":
            text = text_of(node).lower()
            return ("float" if text.endswith("f") else "double") if "." in text and "x" not in text else "int"
        if role == "lambda":
            return FUNCTION
        if role == "new":
            return self.named_type(parts["callee"][0], is_pointer=True)
        if role == "self" and self.frame.class_index >= 0:
            return self.summary.classes[self.frame.class_index].name.rpartition(".")[2] + POINTER
        if role == "cast":
            return self.named_type(parts["type"][0])
        if role == "call":
            made = cpp_type(text_of(parts["callee"][0]))
            return made if made in self._classes or made == TEXT else UNKNOWN
        return self._declared_type(text_of(node)) if role in ("name", "type_name") else UNKNOWN

    def _pointed(self, node: Node) -> str:
        operator, argument = node.child_by_field_name("operator"), node.child_by_field_name("argument")
        inner = self.static_type(argument) if argument is not None else UNKNOWN
        if not inner or operator is None:
            return UNKNOWN
        if text_of(operator) == "&":
            return inner + POINTER
        return inner.removesuffix(POINTER) if inner.endswith(POINTER) else UNKNOWN

    def named_type(self, node: Node, *, is_pointer: bool = False) -> str:
        """A type that is written down, unless it is a parameter of a template."""
        name = cpp_type(text_of(node), is_pointer=is_pointer)
        is_open = any(name.rstrip(POINTER) in names for names in self._parameters)
        return UNKNOWN if is_open else name

    def _declared_type(self, name: str) -> str:
        scope: Scope | None = self.scope
        while scope is not None and name not in scope.type_names and name not in scope.declared:
            scope = scope.parent
        return scope.type_names.get(name, UNKNOWN) if scope is not None else UNKNOWN

    def _type_of(self, declaration: Node, declared: Declarator) -> str:
        kind = declaration.child_by_field_name("type")
        around = declared.node.parent if declared.node is not None else None
        is_pointer = declared.is_list
        while around is not None and around.type.endswith("_declarator"):
            is_pointer = is_pointer or around.type == "pointer_declarator"
            around = around.parent
        if kind is None or declared.is_pointer_to_function:
            return UNKNOWN
        return self.named_type(kind, is_pointer=is_pointer)

    def on_declaration(self, node: Node, parts: Parts, hint: str) -> int:
        """A variable has a type, said or seen."""
        value = super().on_declaration(node, parts, hint)
        for part in parts.get("declarator", []):
            declared = declarator(part)
            if declared.name:
                said = self._type_of(node, declared)
                seen = self.static_type(declared.value) if declared.value is not None and not said else said
                self.scope.type_names[declared.name] = seen
        return value

    def on_fields(self, node: Node, parts: Parts, hint: str) -> int:
        """A field has a type."""
        for part in parts.get("declarator", []):
            declared = declarator(part)
            if declared.name and not declared.is_function:
                self.scope.type_names[declared.name] = self._type_of(node, declared)
        return super().on_fields(node, parts, hint)

    def parameter(self, function: FunctionSummary, parameter: Node) -> None:
        """A parameter has a type."""
        before = len(function.positional)
        super().parameter(function, parameter)
        if len(function.positional) == before:
            return
        inner = parameter.child_by_field_name("declarator")
        declared = declarator(inner)
        said = self._type_of(parameter, declared)
        if said and declared.node is None and inner is not None and POINTER in text_of(inner):
            said += POINTER
        self.summary.facts.setdefault(TAKEN, {}).setdefault(function.node, []).append(said)
        if declared.name:
            self.scope.type_names[declared.name] = said

    # Arguments

    def arguments(self, nodes: list[Node]) -> tuple[int, ...]:
        """The values handed over; what is said of their types is kept for the call."""
        values = super().arguments(nodes)
        self.see(nodes)
        return values

    def see(self, nodes: Iterable[Node | None]) -> None:
        """What the next call is given."""
        self._given = tuple([self.static_type(node) if node is not None else UNKNOWN for node in nodes])

    def call(self, callee: int, arguments: tuple[int, ...], line: int, name: str = "") -> int:
        """Call something with what `arguments` has found."""
        given, self._given = self._given, ()
        target = super().call(callee, arguments, line, name)
        if any(given) and len(given) == len(arguments):
            self.summary.facts.setdefault(GIVEN, {})[target] = list(given)
        return target
