"""Java: members without `this`, types in files of their name, constructors that call each other."""

import re
from typing import ClassVar

import tree_sitter_java
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.class_based import ClassBased
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.java_library import JAVA_TYPES, JavaSolver
from intelligent_office.analyzer.languages.java_packages import PACKAGE, STARS, STATIC_STARS, JavaLinked
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.overloads import NULL
from intelligent_office.analyzer.languages.syntax import Parts, items, line_of, text_of

_QUALIFIED = re.compile(r"[a-z_]\w*(\.[a-z_]\w*)+\.[A-Z]\w*")
"""A class by its full name: packages are written small."""


class Java(ClassBased):
    """What the query cannot say of Java."""

    known_types: ClassVar[dict[str, str]] = JAVA_TYPES
    literals: ClassVar[dict[str, str]] = {
        "character_literal": "char",
        "true": "bool",
        "false": "bool",
        "null_literal": NULL,
        "decimal_floating_point_literal": "double",
        "class_literal": "Class",
    }

    def file(self, root: Node) -> None:
        """What is known before the first line."""
        self._of_library = {"String", "Object", "StringBuilder", "Thread", "System", *JAVA_TYPES}
        self._components: list[list[Node]] = []
        super().file(root)

    # Names and types

    def called_name(self, name: str) -> str:
        """Methods and variables of one name do not know of each other."""
        return f"{name}()"

    def on_type_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A type by its short name."""
        return self.type_named(text_of(node), line_of(node))

    def on_path(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`Outer.Inner`, or a type with its package."""
        return self._at_path(text_of(node).split("."), line_of(node))

    def _at_path(self, names: list[str], line: int) -> int:
        place = next((place for place, name in enumerate(names) if name[:1].isupper()), 0)
        value = self.imported(".".join(names[:place]), names[place], line) if place else self.read_name(names[0], line)
        for name in names[place + 1 :]:
            value = self.attribute(value, name, line)
        return value

    def types(self, declared: Node) -> list[int]:
        """`var` says nothing."""
        return [] if text_of(declared) == "var" else super().types(declared)

    # Values

    def on_sum(self, _node: Node, parts: Parts, _hint: str) -> int:
        """What is added to a string becomes one."""
        self.visit(parts["left"][0])
        self.visit(parts["right"][0])
        return self.constant(("str",)) if self._is_text(parts["left"][0]) or self._is_text(parts["right"][0]) else 0

    def _is_text(self, node: Node) -> bool:
        while self.role(node) == "sum":
            if self.role(self.parts(node)["right"][0]) == "string":
                return True
            node = self.parts(node)["left"][0]
        return self.role(node) == "string"

    def on_member(self, node: Node, parts: Parts, hint: str) -> int:
        """`Outer.this` is an object of a class around; a class may be named with its package."""
        owner, name = parts["object"][0], parts["name"][0]
        if name.type == "this":
            return self.instance(owner)
        text = text_of(node)
        if _QUALIFIED.fullmatch(text) and self.scope.holder(text.partition(".")[0]) is None:
            return self._at_path(text.split("."), line_of(node))
        return super().on_member(node, parts, hint)

    def on_reference(self, node: Node, parts: Parts, _hint: str) -> int:
        """`Class::method`, `object::method`, `Class::new`."""
        owner = self.visit(parts["object"][0])
        if "name" not in parts or not owner:
            return owner
        return self.attribute(owner, self.called_name(text_of(parts["name"][0])), line_of(node))

    def on_super_method(self, node: Node, parts: Parts, _hint: str) -> int:
        """`Interface.super.method()`."""
        named = parts["name"][0]
        arguments = self.arguments(items(parts["arguments"]))
        callee = self.attribute(self.on_super(node, {}, ""), self.called_name(text_of(named)), line_of(named))
        return self.call(callee, arguments, line_of(named))

    def on_new(self, node: Node, parts: Parts, _hint: str) -> int:
        """`new Class(arguments)`, perhaps of a class that is written there."""
        arguments = self.arguments(items(parts["arguments"]))
        given = self.given
        callee = self.visit(parts["callee"][0])
        if "body" in parts:
            callee = self._class_here(self.class_name(), callee, parts["body"][0], line_of(node))
        self.given = given
        return self.call(callee, arguments, line_of(node))

    def _class_here(self, name: str, base: int, body: Node, line: int) -> int:
        value = self.new_node()
        self.begin_class(name, value, (base,) if base else (), line)
        self.class_body(body, {})
        self.end_class()
        return value

    # Classes

    def class_body(self, body: Node, parts: Parts) -> None:
        """Records have fields and a constructor without saying so, enumerations and they a base."""
        index = self.scope.frame.class_index
        cls = self.summary.classes[index]
        if "superclass" in parts:
            self.derived.add(index)
        components = items(parts.get("components", []))
        for name, kind in (("enum", "Enum"), ("components", "Record")):
            if name in parts:
                cls.bases += (self.imported("java.lang", kind, cls.line),)
        named = [part for part in map(self.parts, components) if "target" in part and "type" in part]
        cls.annotated = tuple([text_of(part["target"][0]) for part in named])
        for part in named:
            self.add_member(text_of(part["target"][0]), self.instance(part["type"][0]))
        self._components.append(components)
        self.children(body)
        self._components.pop()

    def on_constant(self, node: Node, parts: Parts, _hint: str) -> int:
        """A constant of an enumeration is an object of it, or of a class of its own."""
        name, line = text_of(parts["name"][0]), line_of(node)
        arguments = self.arguments(items(parts.get("arguments", [])))
        callee = self.summary.classes[self.scope.frame.class_index].node
        if "body" in parts:
            callee = self._class_here(name, callee, parts["body"][0], line)
        value = self.call(callee, arguments, line)
        self.add_member(name, value)
        return value

    def on_static(self, _node: Node, parts: Parts, _hint: str) -> int:
        """Code that runs when the class is loaded."""
        return self.on_block(parts["body"][0], {}, "")

    def on_initializer(self, node: Node, parts: Parts, _hint: str) -> int:
        """Code that runs when an object is made, like the values of its fields."""
        self._fields[-1].append((node, parts))
        return 0

    def is_of_library(self, node: Node) -> bool:
        """Whether nothing but Java's own is called."""
        named = self.parts(node).get("callee" if self.role(node) == "new" else "object", [])
        names = [text_of(self.parts(part)["name"][0] if self.role(part) == "generic" else part) for part in named]
        return any(name in self._of_library - self.own_types - self.foreign for name in names)

    # Constructors and methods

    def on_function(self, node: Node, parts: Parts, hint: str) -> int:
        """The short constructor of a record takes its components."""
        if "compact" in parts and self._components:
            parts = {**parts, "parameter": self._components[-1]}
        return super().on_function(node, parts, hint)

    def body(self, body: Node | None) -> None:
        """A constructor that does not call another calls that of the base class."""
        around = body.parent if body is not None else None
        if body is not None and around is not None and "constructor" in self.parts(around):
            if not any(child.type == "explicit_constructor_invocation" for child in body.named_children):
                self.call_base(self.frame.index, line_of(around))
            if "compact" in self.parts(around):
                for name, value, _ in self.summary.functions[self.frame.index].positional[1:]:
                    self.emit(ops.SET_ATTRIBUTE, self.self_node(), name, value, line_of(around))
        super().body(body)

    def on_constructor_call(self, node: Node, parts: Parts, _hint: str) -> int:
        """`this(...)` or `super(...)`."""
        arguments = self.arguments(items(parts["arguments"]))
        owner = self.visit(parts["constructor"][0])
        return self.call(self.attribute(owner, CONSTRUCTOR, line_of(node)), arguments, line_of(node))

    # Statements

    def on_resource(self, node: Node, parts: Parts, _hint: str) -> int:
        """`try (Type name = value)` closes what it has opened."""
        if "target" in parts:
            value = self.bound_value(parts["target"][0], parts["value"][0], parts)
            self.bind(parts["target"][0], value, self.scope.declare)
        else:
            value = self.visit(parts["value"][0])
        if value:
            self.emit(ops.SPECIAL, 0, value, ("close()",), (), line_of(node))
        return 0

    def on_is_pattern(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`value instanceof Record(Type part)`."""
        self.visit(parts["value"][0])
        self.children(parts["pattern"][0])
        return 0

    # Files

    def on_package(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`package com.acme;`."""
        self.summary.facts[PACKAGE] = text_of(parts["name"][0])
        return 0

    def on_import(self, node: Node, parts: Parts, _hint: str) -> int:
        """`import com.acme.Class;`, of all in a package, or of static members."""
        full, line = text_of(parts["name"][0]), line_of(node)
        if "star" in parts:
            self.summary.facts.setdefault(STATIC_STARS if "static" in parts else STARS, []).append(full)
            return 0
        package, _, name = full.rpartition(".")
        if "static" in parts:
            above, _, owner = package.rpartition(".")
            value = self.imported(above, owner, line)
            for member in (name, self.called_name(name)):
                self.scope.declare(member, self.attribute(value, member, line))
            return 0
        (self._of_library if package.startswith("java") else self.foreign).add(name)
        self.scope.declare(name, self.imported(package, name, line))
        return 0

    def string(self, node: Node) -> str:
        """The content of a string literal."""
        return text_of(node).strip('"').strip("\n")


LANGUAGE = Language("java", tree_sitter_java.language, "tree-sitter-java", Java)
FAMILY = Family(JavaLinked, JavaSolver)
