"""C#'s classes: properties, indexers, operators, and what the head of a class says."""

import re

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.class_based import ClassBased
from intelligent_office.analyzer.languages.csharp_library import OF_LIBRARY
from intelligent_office.analyzer.languages.csharp_namespaces import EXTENSIONS, NAMESPACES, PARTS
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import ClassSummary

_ARGUMENTS = re.compile(r"<[^<>]*>")
_INTERFACE = re.compile(r"I[A-Z]")
_OPEN = frozenset({"virtual", "abstract", "override"})


class CSharpClasses(ClassBased):
    """What stands in a class, and what makes it one."""

    def file(self, root: Node) -> None:
        """Nothing has been seen yet."""
        self.namespace = ""
        self.named: tuple[tuple[str, int], ...] = ()
        """The arguments with names that were looked at last."""
        self.interfaces: set[int] = set()
        self._class_parts: Parts = {}
        self._base_arguments: list[list[Node]] = []
        super().file(root)

    # Properties, indexers and operators

    def on_property(self, node: Node, parts: Parts, _hint: str) -> int:
        """A property with code has functions, one without is a field."""
        name = text_of(parts["name"][0])
        words = {text_of(word) for word in parts.get("modifier", [])}
        binding = "static" if "static" in words else "instance"
        found = self._accessors(node, parts)
        for accessor, is_getter, body in found:
            kind = parts["type"]
            own: Parts = {"body": [body], "type": kind} if is_getter else {"body": [body], "setter": kind}
            value = self.define(accessor, own, name, binding=binding)
            self.scope.attributes.setdefault(name, []).append(self._accessor(value, is_getter=is_getter))
        if not found:
            self._fields[-1].append((node, {**parts, "static": [node]} if "static" in words else parts))
        return 0

    def _accessors(self, node: Node, parts: Parts) -> list[tuple[Node, bool, Node]]:
        """The node of each accessor with code, whether it reads, and the code."""
        value = first(parts, "value")
        if value is not None and value.type == "arrow_expression_clause":
            return [(node, True, value)]
        accessors = [child for child in items(parts.get("accessors", [])) if child.type == "accessor_declaration"]
        bodies = [(accessor, accessor.child_by_field_name("body")) for accessor in accessors]
        return [
            (accessor, any(child.type == "get" for child in accessor.children), body)
            for accessor, body in bodies
            if body is not None
        ]

    def on_indexer(self, node: Node, parts: Parts, _hint: str) -> int:
        """`this[key]`."""
        for accessor, is_getter, body in self._accessors(node, parts):
            own: Parts = {"body": [body], "parameters": parts["parameters"]}
            own["type" if is_getter else "setter"] = parts["type"]
            value = self.define(accessor, own, "Item", binding="instance")
            self.add_member("__getitem__" if is_getter else "__setitem__", value)
        return 0

    def on_overload(self, node: Node, parts: Parts, _hint: str) -> int:
        """An operator belongs to its left side."""
        sign = text_of(parts["sign"][0]) if "sign" in parts else f" {text_of(parts['type'][0])}"
        value = self.define(node, parts, f"operator{sign}", binding="static")
        self.summary.functions[self.function_at[value]].binding = "instance"
        self.add_member(f"operator{sign}", value)
        return value

    # Classes

    def on_class(self, node: Node, parts: Parts, hint: str) -> int:
        """What its head says is known when its body begins."""
        self._class_parts = parts
        return super().on_class(node, parts, hint)

    def begin_class(self, name: str, node: int, bases: tuple[int, ...], line: int) -> Scope:
        """Classes have a namespace, and may have parts, and parameters."""
        scope = super().begin_class(name, node, bases, line)
        parts, self._class_parts = self._class_parts, {}
        index = scope.frame.class_index
        self.summary.facts.setdefault(NAMESPACES, []).append(self.namespace)
        if any(text_of(word) == "partial" for word in parts.get("modifier", [])):
            self.summary.facts.setdefault(PARTS, []).append(index)
        if "interface" in parts:
            self.interfaces.add(index)
        if any(not _INTERFACE.match(text_of(base)) for base in parts.get("base", [])):
            self.derived.add(index)
        cls = self.summary.classes[index]
        components = [self.parts(part) for part in items(parts.get("components", []))]
        components = [part for part in components if "target" in part and "type" in part]
        cls.annotated = tuple([text_of(part["target"][0]) for part in components])
        for part in components:
            self.add_member(text_of(part["target"][0]), self.instance(part["type"][0]))
        self._base_arguments.append(parts.get("arguments", []))
        return scope

    def end_class(self) -> ClassSummary:
        """A head that hands arguments to the base class is a constructor."""
        handed = self._base_arguments.pop()
        cls = self.summary.classes[self.scope.frame.class_index]
        if handed and CONSTRUCTOR not in self.scope.attributes:
            around = handed[0].parent
            while around is not None and self.role(around) != "class":
                around = around.parent
            if around is not None:
                given: Parts = {"parameters": self.parts(around).get("components", [])}
                value = self.define(around, given, cls.name.rpartition(".")[2], binding="instance")
                self.add_member("", value, is_constructor=True)
                arguments = self.arguments(items(handed))
                self.named = ()
                self.call_base(self.function_at[value], line_of(handed[0]), arguments)
        return super().end_class()

    def declare_class(self, name: str, value: int) -> None:
        """A class in parts is the same in all files."""
        index = len(self.summary.classes) - 1
        while self.summary.classes[index].node != value:
            index -= 1
        if index in self.summary.facts.get(PARTS, ()) and self.scope.kind != "class":
            return
        super().declare_class(name, value)

    def on_constant(self, _node: Node, parts: Parts, _hint: str) -> int:
        """A constant of an enumeration is an object of it."""
        value = self.new_node()
        owner = self.summary.classes[self.scope.frame.class_index].node
        self.emit(ops.EVIDENCE, value, owner, "instance", False)
        self.add_member(text_of(parts["name"][0]), value)
        return value

    def is_of_library(self, node: Node) -> bool:
        """Whether nothing but the library is called."""
        parts = self.parts(node)
        if self.role(node) == "call":
            mark = self.bare(parts["callee"][0])
            named = mark.parts.get("object", []) if mark is not None and mark.role == "member" else []
        else:
            named = parts.get("callee") or [self._declared_around(node)]
        names = {_ARGUMENTS.sub("", text_of(part)) for part in named}
        return bool(names) and names <= OF_LIBRARY - self.own_types

    def _declared_around(self, node: Node) -> Node:
        declared = None
        around = node.parent
        while around is not None and declared is None:
            declared, around = around.child_by_field_name("type"), around.parent
        return declared if declared is not None else node

    # Methods

    def on_function(self, node: Node, parts: Parts, hint: str) -> int:
        """Words before a method say how it may be called."""
        words = {text_of(word) for word in parts.get("modifier", [])}
        flags: dict[str, list[Node]] = {word: [node] for word in ("static", "async", "abstract") if word in words}
        is_method = self.scope.kind == "class"
        if is_method and not words & _OPEN and not self._is_interface(self.scope) and "explicit" not in parts:
            flags["closed"] = [node]
        return super().on_function(node, {**parts, **flags}, hint)

    def _is_interface(self, scope: Scope) -> bool:
        return scope.frame.class_index in self.interfaces

    def method(self, node: Node, parts: Parts, name: str) -> int:
        """`this` before the first parameter makes a method of what that is; `~Class` is called by nobody here."""
        value = super().method(node, parts, f"~{name}" if "destructor" in parts else name)
        given = items(parts.get("parameters", []))
        if given and given[0].type == "parameter" and text_of(given[0]).startswith("this "):
            declared = self.parts(given[0])["type"][0]
            own = {text_of(self.parts(part)["name"][0]) for part in parts.get("generic", []) if self.parts(part)}
            known = self.types(declared) if text_of(declared) not in own else []
            extensions = self.summary.facts.setdefault(EXTENSIONS, {})
            extensions.setdefault(name, []).append([value, known[0] if known else 0])
        return value
