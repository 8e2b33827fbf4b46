"""Java: members without `this`, types in files of their name, constructors that call each other."""

import re
from typing import ClassVar

import tree_sitter_java
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.java_library import CLOSED, JAVA_TYPES, JavaSolver
from intelligent_office.analyzer.languages.java_packages import PACKAGE, STARS, STATIC_STARS, JavaLinked
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, items, line_of, text_of
from intelligent_office.analyzer.languages.walk import Walk
from intelligent_office.analyzer.summary import ClassSummary

_QUALIFIED = re.compile(r"[a-z_]\w*(\.[a-z_]\w*)+\.[A-Z]\w*")
"""A class by its full name: packages are written small."""


class Java(Walk):
    """What the query cannot say of Java."""

    implicit_self = True
    static_binding = "static"
    known_types: ClassVar[dict[str, str]] = JAVA_TYPES

    def file(self, root: Node) -> None:
        """Types are known all over the file, wherever they stand."""
        classes = [mark for mark in self.marks.values() if mark.role == "class"]
        self._types = {text_of(name) for mark in classes for name in mark.parts.get("name", ())}
        self._foreign: set[str] = set()
        self._of_library = {"String", "Object", "StringBuilder", "Thread", "System", *JAVA_TYPES}
        self._derived: set[int] = set()
        self._components: list[list[Node]] = []
        self._subjects: list[int] = []
        super().file(root)

    # Names and types

    def called_name(self, name: str) -> str:
        """Methods and variables of one name do not know of each other."""
        return f"{name}()"

    def read_name(self, name: str, line: int) -> int:
        """A type of this file is known by name alone."""
        if name in self._types and not self.is_local(name):
            return self.scope.node(name)
        return super().read_name(name, line)

    def on_type_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A type: of this file, imported, inherited, or of the package."""
        name = text_of(node)
        is_near = name in self._types or self.scope.holder(name) is not None
        may_inherit = not is_near and any(self.summary.classes[cls].bases for cls, _ in self.owners())
        return super().read_name(name, line_of(node)) if may_inherit else self.scope.node(name)

    def on_path(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`Outer.Inner`, or a type with its package."""
        return self._at_path(text_of(node).split("."), line_of(node))

    def _at_path(self, names: list[str], line: int) -> int:
        place = next((place for place, name in enumerate(names) if name[:1].isupper()), 0)
        value = self._imported(".".join(names[:place]), names[place], line) if place else self.read_name(names[0], line)
        for name in names[place + 1 :]:
            value = self.attribute(value, name, line)
        return value

    def _imported(self, package: str, name: str, line: int) -> int:
        target = self.new_node()
        self.emit(ops.IMPORT, target, package, 0, name, line)
        return target

    def held_by(self, name: str) -> str:
        """A class of the program may bear the name of one of the library."""
        return "" if name in self._types or name in self._foreign else super().held_by(name)

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
        callee = self.visit(parts["callee"][0])
        if "body" in parts:
            callee = self._class_here(self.class_name(), callee, parts["body"][0], line_of(node))
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
            self._derived.add(index)
        components = items(parts.get("components", []))
        for name, kind in (("enum", "Enum"), ("components", "Record")):
            if name in parts:
                cls.bases += (self._imported("java.lang", kind, cls.line),)
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
                self._call_base(self.function_at[value], cls.line)
        return super().end_class()

    def _is_busy(self, node: Node, parts: Parts) -> bool:
        """Whether something is called for a field of each object."""
        pending = [] if "static" in parts else list(parts.get("value", [node] if node.type == "block" else []))
        while pending:
            inner = pending.pop()
            role = self.role(inner)
            named = self.parts(inner).get("callee" if role == "new" else "object", [])
            if role in ("call", "new") and not any(self._is_of_library(part) for part in named):
                return True
            if role != "lambda":
                pending.extend(inner.named_children)
        return False

    def _is_of_library(self, node: Node) -> bool:
        named = self.parts(node)["name"][0] if self.role(node) == "generic" else node
        name = text_of(named)
        return name in self._of_library and name not in self._types and name not in self._foreign

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

    def on_function(self, node: Node, parts: Parts, hint: str) -> int:
        """The short constructor of a record takes its components."""
        if "compact" in parts and self._components:
            parts = {**parts, "parameter": self._components[-1]}
        return super().on_function(node, parts, hint)

    def method(self, node: Node, parts: Parts, name: str) -> int:
        """Nobody overrides what is private or static."""
        value = super().method(node, parts, name)
        if "closed" in parts or "static" in parts:
            self.summary.facts.setdefault(CLOSED, []).append(value)
        return value

    def body(self, body: Node | None) -> None:
        """A constructor that does not call another calls that of the base class."""
        around = body.parent if body is not None else None
        if body is not None and around is not None and "constructor" in self.parts(around):
            if not any(child.type == "explicit_constructor_invocation" for child in body.named_children):
                self._call_base(self.frame.index, line_of(around))
            if "compact" in self.parts(around):
                for name, value, _ in self.summary.functions[self.frame.index].positional[1:]:
                    self.emit(ops.SET_ATTRIBUTE, self.self_node(), name, value, line_of(around))
        super().body(body)

    def _call_base(self, index: int, line: int) -> None:
        function = self.summary.functions[index]
        if self.frame.class_index not in self._derived:
            return
        base, callee, made = self.new_node(), self.new_node(), self.new_node()
        function.operations += (
            (ops.SUPER, base, self.frame.class_index, function.positional[0][1], line),
            (ops.ATTRIBUTE, callee, base, CONSTRUCTOR, line),
            (ops.CALL, made, callee, (), (), line, "", False),
        )

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

    def on_switch(self, _node: Node, parts: Parts, _hint: str) -> int:
        """What a case says of a type holds for the subject."""
        self._subjects.append(self.visit(parts["subject"][0]))
        self.on_block(parts["body"][0], {}, "")
        self._subjects.pop()
        return 0

    def on_type_pattern(self, node: Node, parts: Parts, _hint: str) -> int:
        """`case Type name`, or a part of a record."""
        is_whole = node.type == "type_pattern" and bool(self._subjects)
        value = self.narrowed(self._subjects[-1] if is_whole else 0, parts["type"][0])
        self.bind(parts["target"][0], value, self.scope.declare)
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
            value = self._imported(above, owner, line)
            for member in (name, self.called_name(name)):
                self.scope.declare(member, self.attribute(value, member, line))
            return 0
        (self._of_library if package.startswith("java") else self._foreign).add(name)
        self.scope.declare(name, self._imported(package, name, line))
        return 0

    def string(self, node: Node) -> str:
        """The content of a string literal."""
        return text_of(node).strip('"').strip("\n")


LANGUAGE = Language("java", tree_sitter_java.language, "tree-sitter-java", Java)
FAMILY = Family(JavaLinked, JavaSolver)
