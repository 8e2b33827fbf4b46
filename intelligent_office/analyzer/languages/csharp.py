"""C#: properties and their like, namespaces, extension methods, classes in parts."""

import re
from typing import ClassVar

import tree_sitter_c_sharp
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.csharp_classes import CSharpClasses
from intelligent_office.analyzer.languages.csharp_library import CSHARP_TYPES, CSharpSolver
from intelligent_office.analyzer.languages.csharp_namespaces import (
    GLOBAL_USES,
    STATIC_USES,
    USES,
    CSharpLinked,
)
from intelligent_office.analyzer.languages.declared_types import ELEMENT, VALUE
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.overloads import NULL
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import FunctionSummary

_ARGUMENTS = re.compile(r"<[^<>]*>")
_QUALIFIED = re.compile(r"\w+(\.[A-Z]\w*)+")
_INTERFACE = re.compile(r"I[A-Z]")
_SAME = frozenset({"ConfigureAwait", "GetAwaiter", "GetResult", "AsTask", "WithCancellation"})
"""Methods of tasks; a task and what comes of it are one here."""
_EMPTY_TYPES = frozenset({"object", "dynamic", "void"})


class CSharp(CSharpClasses):
    """What the query cannot say of C#."""

    known_types: ClassVar[dict[str, str]] = CSHARP_TYPES
    literals: ClassVar[dict[str, str]] = {
        "character_literal": "char",
        "boolean_literal": "bool",
        "null_literal": NULL,
        "real_literal": "double",
        "typeof_expression": "Type",
    }

    def file(self, root: Node) -> None:
        """What is known before the first line."""
        self._made: list[Node | None] = [None]
        self._results: dict[int, Node] = {}
        self._conditions: list[int] = []
        heads = [mark for mark in self.marks.values() if mark.role in ("use", "namespace")]
        named = [name for mark in heads for name in mark.parts.get("name", ())]
        self._roots = {_plain(name).partition(".")[0] for name in named}
        super().file(root)

    # Types

    def types(self, declared: Node) -> list[int]:
        """Types are names as any other."""
        text = text_of(declared)
        if self.role(declared) == "predefined":
            return [] if text in _EMPTY_TYPES else [self.constant(("str" if text == "string" else "int",))]
        if self.role(declared) == "tuple_type":
            parts = [part.child_by_field_name("type") for part in items([declared])]
            fields = [(place, self.instance(part)) for place, part in enumerate(parts) if part is not None]
            return [self.container("list", fields, [])]
        if self.role(declared) == "name" and not self.held_by(text):
            return [self.type_named(text, line_of(declared))]
        return super().types(declared)

    def base(self, node: Node) -> int:
        """A class is inherited by its name."""
        return self.known(next(iter(self.types(node)), 0)) if not self._is_held(node) else self.visit(node)

    def generic(self, parts: Parts) -> int:
        """The class of a generic type."""
        name = parts["name"][0]
        named = self.type_named(text_of(name), line_of(name))
        for place, argument in enumerate(parts.get("argument", [])):
            self.emit(ops.SET_ATTRIBUTE, named, f"<{place}>", self.instance(argument), line_of(argument))
        return named

    def on_generic(self, _node: Node, parts: Parts, _hint: str) -> int:
        """A function or class with arguments for its type parameters."""
        return self.visit(parts["name"][0])

    def on_tuple_type(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """A type is no value."""
        return 0

    def on_predefined(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`string`, as the owner of a function."""
        return self.scope.node(text_of(node))

    def on_path(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A type with its namespace, or in another."""
        line, names = line_of(node), _plain(node).split(".")
        if names[0] in self._roots and names[0] not in self.own_types:
            return self.imported(".".join(names[:-1]), names[-1], line)
        value = self.type_named(names[0], line)
        for name in names[1:]:
            value = self.attribute(value, name, line)
        return value

    # Values

    def member_name(self, node: Node) -> str:
        """Without arguments for type parameters."""
        return _ARGUMENTS.sub("", text_of(node)) if node.type == "generic_name" else text_of(node)

    function_name = member_name

    def on_member(self, node: Node, parts: Parts, hint: str) -> int:
        """What begins with a namespace is a full name."""
        text = _plain(node)
        start = text.partition(".")[0]
        is_full = start in self._roots and start not in self.own_types and _QUALIFIED.fullmatch(text)
        if is_full and self.scope.holder(start) is None:
            return self.on_path(node, parts, hint)
        return super().on_member(node, parts, hint)

    def on_conditional(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`object?.rest`."""
        self._conditions.append(self.visit(parts["object"][0]))
        value = self.visit(parts["rest"][0])
        self._conditions.pop()
        return value

    def on_binding(self, _node: Node, parts: Parts, _hint: str) -> int:
        """The first step of the rest."""
        owner = self._conditions[-1] if self._conditions else 0
        name = parts["name"][0]
        return self.attribute(owner, self.member_name(name), line_of(name)) if owner else 0

    def on_text(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A string with values put into it."""
        self.children(node)
        return self.constant(("str",))

    def on_operator(self, node: Node, parts: Parts, _hint: str) -> int:
        """Operators may be methods of their left side."""
        left, right = self.visit(parts["left"][0]), self.visit(parts["right"][0])
        if {"string", "text"} & {self.role(parts["left"][0]), self.role(parts["right"][0])}:
            return self.constant(("str",))
        target = self.new_node()
        if left:
            name = f"operator{text_of(parts['sign'][0])}"
            self.emit(ops.SPECIAL, target, left, (name,), (right,), line_of(node))
        return target

    def on_tuple(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`(a, b)`."""
        return self.on_list(node, {}, "")

    def on_anonymous(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`new { Name = value }`."""
        fields: list[tuple[object, int]] = []
        children = items([node])
        for name, value in zip(children[::2], children[1::2], strict=False):
            if name.type == "identifier":
                fields.append((text_of(name), self.known(self.visit(value))))
        return self.container("object", fields, [])

    def on_query(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`from x in xs where … select …`."""
        self.enter("block")
        selected = 0
        for child in items([node]):
            if child.type == "select_clause":
                selected = self.visit(items([child])[-1])
            else:
                self.visit(child)
        self.leave()
        return self.container("list", [], [selected] if selected else [])

    def on_from(self, node: Node, parts: Parts, _hint: str) -> int:
        """`from x in xs`."""
        source, element = self.visit(parts["source"][0]), self.new_node()
        if source:
            self.emit(ops.ITERATE, element, source, line_of(node), False)
        if "type" in parts:
            element = self.typed(element, parts["type"][0], weak=True)
        self.bind(parts["target"][0], element, self.scope.declare)
        return 0

    # Calls

    def on_call(self, node: Node, parts: Parts, hint: str) -> int:
        """Waiting for a task gives what comes of it."""
        mark = self.bare(parts["callee"][0])
        if mark is not None and mark.role == "member" and self.member_name(mark.parts["name"][0]) in _SAME:
            return self.visit(mark.parts["object"][0])
        if text_of(parts["callee"][0]) == "nameof":
            return 0
        return super().on_call(node, parts, hint)

    def arguments(self, nodes: list[Node]) -> tuple[int, ...]:
        """Those with a name go their own way."""
        given: list[int] = []
        named: list[tuple[str, int]] = []
        for node in nodes:
            parts = self.parts(node)
            if self.role(node) == "named":
                named.append((text_of(parts["name"][0]), self.known(self.visit(parts["value"][0]))))
            else:
                given.append(self.visit(node))
        self.named = tuple(named)
        self.given = tuple([self.static_type(node) for node in nodes if self.role(node) != "named"])
        return tuple(given)

    def on_named(self, _node: Node, parts: Parts, _hint: str) -> int:
        """An argument with a name, where names do not matter."""
        return self.visit(parts["value"][0])

    def call(self, callee: int, arguments: tuple[int, ...], line: int, name: str = "") -> int:
        """Call something with what `arguments` has found."""
        named, self.named = self.named, ()
        target = super().call(callee, arguments, line, name)
        if named:
            operation = self.frame.operations.pop()
            self.emit(*operation[:4], named, *operation[5:])
        return target

    def on_new(self, node: Node, parts: Parts, _hint: str) -> int:
        """`new Class(…) { Property = value, … }`; without a class it is the one that is declared."""
        callee = first(parts, "callee")
        initializer = parts.get("initializer", [])
        if callee is not None and self.role(callee) == "list_type":
            return self.visit(initializer[0]) if initializer else self.container("list", [], [])
        declared = callee if callee is not None else self._made[-1]
        if declared is None:
            self.arguments(items(parts.get("arguments", [])))
            self.named = ()
            for child in initializer:
                self.visit(child)
            return 0
        line = line_of(node)
        if callee is None and self._is_held(declared):
            made = self.types(declared)[0]
        else:
            found = self.types(declared) if callee is None else [self._type_made(callee)]
            arguments = self.arguments(items(parts.get("arguments", [])))
            made = self.call(found[0] if found else 0, arguments, line)
        for child in items(initializer):
            self._initialize(made, child)
        return made

    def _type_made(self, callee: Node) -> int:
        if callee.type == "generic_name":
            return self.generic(self.parts(callee))
        return self.type_named(text_of(callee), line_of(callee)) if callee.type == "identifier" else self.visit(callee)

    def _is_held(self, declared: Node) -> bool:
        parts = self.parts(declared)
        name = text_of(parts["name"][0]) if self.role(declared) == "generic" else text_of(declared)
        return self.held_by(name) in (ELEMENT, VALUE)

    def _initialize(self, made: int, child: Node) -> None:
        """`Property = value`, `[key] = value`, `{ key, value }`, or an element."""
        parts = self.parts(child)
        if self.role(child) == "assign" and parts["target"][0].type == "identifier":
            value = self.visit(parts["value"][0], text_of(parts["target"][0]))
            self.emit(ops.SET_ATTRIBUTE, made, text_of(parts["target"][0]), self.known(value), line_of(child))
        elif self.role(child) == "assign":
            self.emit(ops.SET_ITEM, made, 0, self.known(self.visit(parts["value"][0])), line_of(child))
        elif self.role(child) == "list":
            values = [self.visit(part) for part in items([child])]
            self.emit(ops.SET_ITEM, made, 0, self.known(values[-1] if values else 0), line_of(child))
        else:
            self.emit(ops.SET_ITEM, made, 0, self.known(self.visit(child)), line_of(child))

    # Variables

    def bound_value(self, target: Node, source: Node | None, parts: Parts) -> int:
        """A block has no value; `new()` makes what is declared."""
        self._made.append(first(parts, "type"))
        value = super().bound_value(target, source, parts)
        self._made.pop()
        return value

    def on_declare(self, node: Node, parts: Parts, hint: str) -> int:
        """A variable declared as an argument is where the value comes out."""
        value = super().on_declare(node, parts, hint)
        return self.visit(parts["target"][0]) if node.type == "declaration_expression" else value

    def bind(self, target: Node, value: int, bind: object) -> None:
        """Tuples are taken apart, and may declare what they are taken apart to."""
        role, parts = self.role(target), self.parts(target)
        if role == "tuple":
            self._unpack(items([target]), value, bind)  # type: ignore[arg-type]
        elif role == "through":
            self.bind(parts["value"][-1], value, bind)
        elif role == "declare":
            self.bind(parts["target"][0], self.typed(value, parts["type"][0], weak=True), self.scope.declare)
        else:
            super().bind(target, value, bind)  # type: ignore[arg-type]

    def on_using(self, node: Node, _parts: Parts, _hint: str) -> int:
        """What is used is disposed of."""
        is_block = node.type == "using_statement"
        if is_block:
            self.enter("block")
        self.children(node)
        pending = [child for child in node.named_children if child.type == "variable_declaration"]
        for declarator in (child for part in pending for child in part.named_children):
            name = declarator.child_by_field_name("name") if declarator.type == "variable_declarator" else None
            if name is not None:
                self.emit(ops.SPECIAL, 0, self.visit(name), ("Dispose", "DisposeAsync"), (), line_of(node))
        if is_block:
            self.leave()
        return 0

    def on_return(self, node: Node, parts: Parts, hint: str) -> int:
        """`return new(…)` makes what the function returns."""
        self._made.append(self._results.get(self.frame.index))
        value = super().on_return(node, parts, hint)
        self._made.pop()
        return value

    # Functions

    def parameters(self, function: FunctionSummary, parts: Parts) -> None:
        """`params` come last; a setter takes a `value`."""
        for given in (*parts.get("parameters", []), *parts.get("parameter", [])):
            if given.type not in ("parameter_list", "bracketed_parameter_list"):
                self.parameter(function, given)
                continue
            for child in items([given]):
                if child.type == "parameter":
                    self.parameter(function, child)
            name = given.child_by_field_name("name")
            if name is not None:
                function.rest = self.new_node()
                self.scope.declare(text_of(name), function.rest)
        if "setter" in parts:
            value = self.instance(parts["setter"][0])
            self.scope.nodes["value"] = value
            self.scope.declare("value", value)
            function.positional += (("value", value, 0),)

    def body(self, body: Node | None) -> None:
        """A constructor begins with another."""
        around = body.parent if body is not None else None
        parts = self.parts(around) if around is not None else {}
        if "type" in parts:
            self._results[self.frame.index] = parts["type"][0]
        if around is not None and "constructor" in parts and self.frame.self_node:
            initializer = first(parts, "initializer")
            if initializer is None:
                self.call_base(self.frame.index, line_of(around))
            else:
                is_own = any(child.type == "this" for child in initializer.children)
                owner = self.self_node() if is_own else self.on_super(initializer, {}, "")
                line = line_of(initializer)
                arguments = self.arguments([child for part in items([initializer]) for child in items([part])])
                self.call(self.attribute(owner, CONSTRUCTOR, line), arguments, line)
        self._made.append(self._results.get(self.frame.index))
        super().body(body)
        self._made.pop()

    # Files

    def on_namespace(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`namespace Acme.App { … }`, or for the rest of the file."""
        before, name = self.namespace, text_of(parts["name"][0])
        self.namespace = f"{before}.{name}" if before else name
        if "body" in parts:
            self.on_block(parts["body"][0], {}, "")
            self.namespace = before
        return 0

    def on_use(self, node: Node, parts: Parts, _hint: str) -> int:
        """`using Acme.Store;`, with its variants."""
        if "name" not in parts:
            return 0
        name = _plain(parts["name"][0])
        if "alias" in parts:
            prefix, _, last = name.rpartition(".")
            self.scope.declare(text_of(parts["alias"][0]), self.imported(prefix, last, line_of(node)))
            return 0
        kind = STATIC_USES if "static" in parts else GLOBAL_USES if "global" in parts else USES
        self.summary.facts.setdefault(kind, []).append(name)
        return 0

    def string(self, node: Node) -> str:
        """The content of a string literal."""
        return text_of(node).lstrip("@").strip('"')


def _plain(node: Node) -> str:
    """A dotted name without arguments for type parameters."""
    text = text_of(node).removeprefix("global::")
    while "<" in text and (shorter := _ARGUMENTS.sub("", text)) != text:
        text = shorter
    return text


LANGUAGE = Language("csharp", tree_sitter_c_sharp.language, "tree-sitter-c-sharp", CSharp)
FAMILY = Family(CSharpLinked, CSharpSolver)
