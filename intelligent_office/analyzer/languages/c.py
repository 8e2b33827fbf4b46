"""C: declarators, structures that hold functions, macros."""

import re
from collections.abc import Callable, Iterator

import tree_sitter_c
from tree_sitter import Node, Tree

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.c_includes import INCLUDES, PRIVATE, TAG, CLinked
from intelligent_office.analyzer.languages.c_library import CSolver
from intelligent_office.analyzer.languages.c_macros import without_likely_noise, without_noise
from intelligent_office.analyzer.languages.c_preprocessing import with_namespaces, with_whole_branches
from intelligent_office.analyzer.languages.declarators import Declarator, declarator
from intelligent_office.analyzer.languages.language import Family, Language, grammar
from intelligent_office.analyzer.languages.syntax import Mark, Parts, first, items, line_of, parsed, text_of
from intelligent_office.analyzer.languages.walk import Walk
from intelligent_office.analyzer.summary import FunctionSummary

_WORD = re.compile(r"[A-Za-z_]\w*")
_TYPES = frozenset(
    {"int", "char", "void", "float", "double", "long", "short", "unsigned", "signed", "bool", "_Bool", "static"}
    | {"inline", "const", "extern", "volatile", "struct", "register", "restrict", "true", "false"}
)
"""Words that a macro may stand for without being another name of anything."""


class C(Walk):
    """What the query cannot say of C."""

    grammar_name = "c"

    def readings(self, text: str) -> Iterator[str]:
        """Without the macros that are no part of any syntax; where that leaves errors, more like a compiler sees it."""
        plain = without_noise(with_namespaces(text))
        yield plain
        cleaned = without_likely_noise(plain)
        yield cleaned
        yield with_whole_branches(plain)
        yield with_whole_branches(cleaned)

    def file(self, root: Node) -> None:
        """Macros are parsed apart; their trees live as long as the walk."""
        self._trees: list[Tree] = []
        self._private: set[str] = set()
        super().file(root)

    def finish(self) -> None:
        """Whatever is declared outside of functions can be seen where the file is included."""
        for name in self.module.declared:
            self.summary.exports[name] = self.module.node(name)
        self.summary.facts[PRIVATE] = sorted(self._private & self.module.declared.keys())

    def put(self, name: str, value: int, *, is_private: bool = False) -> None:
        """A name is declared here; what is private is seen in this file only, or where that is included."""
        self.scope.declare(name, value)
        if is_private and self.scope is self.module:
            self._private.add(name)

    # Types

    def on_type_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A type by its plain name."""
        return self.scope.node(text_of(node))

    def on_struct(self, node: Node, parts: Parts, hint: str) -> int:
        """A structure, with its fields or by name only."""
        named, body = first(parts, "name"), first(parts, "body")
        name = text_of(named) if named is not None else hint
        if body is None:
            return self.scope.node(TAG + name)
        value = self.new_node()
        self.begin_class(name or self.class_name(), value, (), line_of(named or node))
        self.children(body)
        self.end_class()
        if named is not None:
            holder = self.scope.parent if self.scope.kind == "class" and self.scope.parent else self.scope
            holder.declare(TAG + name, value)
        return value

    def on_fields(self, _node: Node, parts: Parts, _hint: str) -> int:
        """Fields of a structure; without a name, those of one in it."""
        if self.scope.kind != "class":
            return 0  # broken syntax around
        declared = [declarator(part) for part in parts.get("declarator", [])]
        types = self.types_of(parts, declared[0].name if declared else "")
        cls = self.summary.classes[self.scope.frame.class_index]
        for one in declared:
            self.add_member(one.name, self.held(one, types))
            cls.annotated += (one.name,)
        if not declared:
            cls.bases += tuple(types)
            cls.annotated += ("",)
        return 0

    def types_of(self, parts: Parts, hint: str = "") -> list[int]:
        """The nodes of a declaration's type, which may be defined right there."""
        declared = first(parts, "type")
        if declared is None:
            return []
        if self.role(declared) == "struct":
            return [self.visit(declared, hint)]
        return self.types(declared)

    def held(self, declared: Declarator, types: list[int], given: Node | None = None) -> int:
        """A node for what a variable of some type holds."""
        value = self.initial(given, types, is_list=declared.is_list) if given is not None else 0
        node = self.new_node()
        if value:
            self.emit(ops.COPY, node, value)
        if declared.is_function:
            return node
        if declared.is_list and given is None and types:
            element = self.new_node()
            for cls in types:
                self.emit(ops.EVIDENCE, element, cls, "instance", False)
            self.emit(ops.COPY, node, self.container("list", [], [element]))
        elif not declared.is_list:
            for cls in types:
                self.emit(ops.EVIDENCE, node, cls, "instance", given is not None)
        return node

    # Values

    def on_compound(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`(struct point){1, 2}`."""
        declared, value = parts["type"][0], parts["value"][0]
        is_list = any(child.type == "abstract_array_declarator" for child in declared.named_children)
        return self.initial(value, self.types(declared), is_list=is_list)

    def on_initializer(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Values in braces, of which no type is known."""
        return self.initial(node, [], is_list=False)

    def initial(self, given: Node, types: list[int], *, is_list: bool) -> int:
        """What a variable is given at first: fields of a structure by name or place, elements of an array."""
        if given.type != "initializer_list":
            return self.visit(given)
        entries = [_designated(child) for child in items([given])]
        if is_list or not types:
            values = [(name, self.initial(value, types, is_list=False)) for name, value in entries]
            named: list[tuple[object, int]] = [(name, value) for name, value in values if name]
            if named and not types:
                return self.container("object", named, [value for name, value in values if not name])
            return self.container("list", [], [value for _, value in values if value])
        target = self.new_node()
        for cls in types:
            self.emit(ops.EVIDENCE, target, cls, "instance", False)
        for place, (name, value) in enumerate(entries):
            if held := self.initial(value, [], is_list=False):
                self.emit(ops.SET_ATTRIBUTE, target, name or f"#{place}", held, line_of(value))
        return target

    def on_item(self, node: Node, parts: Parts, hint: str) -> int:
        """`array[index]`: which one does not matter."""
        for part in parts.get("key", []):
            self.visit(part)
        return super().on_item(node, {"object": parts["object"]}, hint)

    # Functions

    def on_definition(self, node: Node, parts: Parts, _hint: str) -> int:
        """A function with its body."""
        declared = declarator(parts["declarator"][0])
        if not declared.is_function or declared.node is None:
            self.children(node)
            return 0
        return self.defined(node, declared, parts)

    def defined(self, node: Node, declared: Declarator, parts: Parts) -> int:
        """A function that stands by itself."""
        inside: Parts = {"parameters": declared.parameters, "body": parts["body"]}
        if "type" in parts:
            inside["type"] = parts["type"]
        value = self.define(node, inside, declared.name)
        self.summary.functions[self.function_at[value]].line = declared.line
        self.put(declared.name, value, is_private=is_static(node))
        return value

    def parameter(self, function: FunctionSummary, parameter: Node) -> None:
        """A parameter has a declarator of its own; without one it is `void`, or has no name."""
        if parameter.type == "variadic_parameter":
            function.rest = self.new_node()
            return
        if parameter.type == "identifier":  # its type stands behind the parentheses, or it is that of a macro
            declared, types = Declarator(parameter, [], is_function=False, is_list=False), []
        else:
            inner = parameter.child_by_field_name("declarator")
            kind = parameter.child_by_field_name("type")
            if kind is None or (inner is None and text_of(kind) == "void"):
                return
            declared, types = declarator(inner), self.types(kind)
        value = self.new_node()
        if not declared.is_function and not declared.is_pointer_to_function:
            for cls in types:
                self.emit(ops.EVIDENCE, value, cls, "instance", True)
        fallback = parameter.child_by_field_name("default_value")
        given = self.known(self.visit(fallback)) if fallback is not None else 0
        function.positional += ((declared.name, value, given),)
        if declared.name:
            self.scope.declare(declared.name, value)

    # Variables

    def on_declaration(self, node: Node, parts: Parts, _hint: str) -> int:
        """Variables, with values or without; a function without its body says nothing."""
        declared = [declarator(part) for part in parts.get("declarator", [])]
        types = self.types_of(parts)
        for one in declared:
            self.variable(node, one, types)
        return 0

    def variable(self, node: Node, declared: Declarator, types: list[int]) -> None:
        """One variable."""
        if not declared.name or declared.is_function or (has_word(node, "extern") and declared.value is None):
            for value in [declared.value] if declared.value is not None else []:
                self.visit(value)
            return
        self.put(declared.name, self.held(declared, types, declared.value), is_private=is_static(node))

    def on_typedef(self, _node: Node, parts: Parts, _hint: str) -> int:
        """Another name of a type; that of a pointer to a function tells nothing."""
        declared = [declarator(part) for part in parts["declarator"]]
        types = self.types_of(parts, declared[0].name)
        for one in declared:
            is_plain = bool(types) and not one.is_function and not one.is_pointer_to_function and not one.is_list
            self.put(one.name, types[0] if is_plain else 0, is_private=True)
        return 0

    def on_enumerator(self, _node: Node, parts: Parts, _hint: str) -> int:
        """A constant of an enumeration."""
        name = text_of(parts["name"][0])
        self.put(name, self.constant(("int",)), is_private=True)
        return 0

    def _bind_name(self, name: str, value: int, bind: Callable[[str, int], None], line: int) -> None:
        """A variable that is not declared in this file is one of another."""
        if bind != self.scope.assign or self.scope.holder(name) is not None:
            super()._bind_name(name, value, bind, line)
        elif value:
            self.emit(ops.COPY, self.global_node(name), value)

    def global_node(self, name: str) -> int:
        """The node of a name outside of functions."""
        return self.module.node(name)

    # Macros and files

    def on_macro(self, node: Node, parts: Parts, _hint: str) -> int:
        """A macro with parameters is a function: what it expands to is what it does."""
        named, value = parts["name"][0], parts["value"][0]
        inside: Parts = {"parameters": parts["parameters"], "body": [self._expansion(value)]}
        function = self.define(node, inside, text_of(named))
        record = self.summary.functions[self.function_at[function]]
        record.end_line = int(value.end_point[0]) + 1
        self.module.declare(text_of(named), function)
        self._private.add(text_of(named))
        return 0

    def _expansion(self, value: Node) -> Node:
        """What a macro is replaced by, parsed where it stands, as the body of a function."""
        parser, query = grammar(self.grammar_name)
        row = int(value.start_point[0])
        tree, marks = parsed(parser, query, b"\n" * row + b"void macro(void) {" + (value.text or b"") + b"\n;}")
        self._trees.append(tree)
        self.marks.update(marks)
        body = tree.root_node.named_children[0].child_by_field_name("body")
        if body is None:
            return tree.root_node
        self.marks[body.id] = Mark("expansion", {})
        return body

    def on_expansion(self, node: Node, _parts: Parts, _hint: str) -> int:
        """The statements of a macro; the value of the last is the macro's."""
        value = 0
        for child in items([node]):
            is_expression = child.type == "expression_statement" and bool(child.named_children)
            value = self.visit(child.named_children[0] if is_expression else child) or value
        return value

    def on_abbreviation(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`#define name other`."""
        name, text = text_of(parts["name"][0]), text_of(parts["value"][0]).strip()
        if _WORD.fullmatch(text) and text != name and text not in _TYPES:
            self.module.declare(name, self.global_node(text))
            self._private.add(name)
        return 0

    def on_include(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`#include`, with quotes or in angles."""
        path = text_of(parts["path"][0])
        self.summary.facts.setdefault(INCLUDES, []).append(path)
        return 0


def _designated(entry: Node) -> tuple[str, Node]:
    """An entry of an initializer, and the name of the field it is for."""
    if entry.type != "initializer_pair":
        return "", entry
    value = entry.child_by_field_name("value")
    named = [text_of(part).lstrip(".") for part in entry.named_children if part.type == "field_designator"]
    return named[0] if len(named) == 1 else "", value if value is not None else entry


def has_word(node: Node, word: str) -> bool:
    """Whether a declaration says `static`, `extern` …"""
    return any(child.type == "storage_class_specifier" and text_of(child) == word for child in node.named_children)


def is_static(node: Node) -> bool:
    """Whether what is declared is seen in its own file only."""
    return has_word(node, "static")


LANGUAGE = Language("c", tree_sitter_c.language, "tree-sitter-c", C)
FAMILY = Family(CLinked, CSolver)
