"""Go: methods beside their types, variables that hide others, functions with several results."""

import re
from collections.abc import Callable

import tree_sitter_go
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.go_library import GoSolver
from intelligent_office.analyzer.languages.go_packages import DOTS, IMPORTS, PACKAGE, PARTS, SIGNATURES, GoLinked
from intelligent_office.analyzer.languages.go_types import GoTypes
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import FunctionSummary

_PAIRED = frozenset({"cast", "item", "receive"})
"""Expressions that may give a second value, which says whether there is a first."""


class Go(GoTypes):
    """What the query cannot say of Go."""

    def __init__(self, file: str = "") -> None:
        super().__init__(file)
        self._results: dict[int, list[int]] = {}

    # Files

    def file(self, root: Node) -> None:
        """Types first: methods may stand before them."""
        tops = [child for child in root.named_children if not child.is_extra]
        for node in tops:
            if node.type in ("type_declaration", "import_declaration", "package_clause"):
                self.visit(node)
        for node in tops:
            if node.type not in ("type_declaration", "import_declaration", "package_clause"):
                self.visit(node)

    def finish(self) -> None:
        """A type is complete once all its methods are known; what a file declares its package has."""
        for scope in self._open:
            self._fields.append([])
            self.scope = scope
            self.end_class()
        for name in self.module.declared:
            self.summary.exports[name] = self.module.node(name)

    def on_package(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`package name`."""
        self.summary.facts[PACKAGE] = text_of(parts["name"][0])
        return 0

    def on_import(self, node: Node, parts: Parts, _hint: str) -> int:
        """An import goes by the name it is given, or by that of the package."""
        path = text_of(parts["path"][0]).strip('"`')
        named = first(parts, "name")
        name = text_of(named) if named is not None else ""
        target = self.new_node()
        self.emit(ops.IMPORT, target, path, 0, "", line_of(node))
        if name == ".":
            self.summary.facts.setdefault(DOTS, []).append(path)
        elif name != "_":
            self.summary.facts.setdefault(IMPORTS, []).append((path, name, target))
        return 0

    # Functions

    def method(self, node: Node, parts: Parts, name: str) -> int:
        """What a method takes and gives decides which interfaces it is for."""
        value = super().method(node, parts, name)
        kinds = [kind for part in ("parameters", "result") for kind in _kinds(parts.get(part, []))]
        self.summary.facts.setdefault(SIGNATURES, {})[self.function_at[value]] = ",".join(kinds)
        return value

    def on_function(self, node: Node, parts: Parts, hint: str) -> int:
        """Functions are known all over the package, but for those that nobody can name."""
        name = text_of(parts["name"][0])
        if self.scope.kind == "class" or name not in ("_", "init"):
            return super().on_function(node, parts, hint)
        return self.define(node, parts, name)

    def on_method(self, node: Node, parts: Parts, _hint: str) -> int:
        """A method belongs to the type of its receiver."""
        declared = parts["receiver"][0].child_by_field_name("type")
        while declared is not None and declared.type in ("pointer_type", "parenthesized_type"):
            declared = declared.named_children[0]
        plain = (
            declared.child_by_field_name("type")
            if declared is not None and declared.type == "generic_type"
            else declared
        )
        if plain is None:
            return 0
        name = text_of(plain)
        if name not in self._types:
            self._types[name] = self._part(name, line_of(node))
        outer = self.scope
        self.scope = self._types[name]
        value = self.method(node, parts, text_of(parts["name"][0]))
        self.scope = outer
        return value

    def _part(self, name: str, line: int) -> Scope:
        """A type of another file of the package."""
        scope = self.begin_class(name, self.module.node(name), (), line)
        self.summary.facts.setdefault(PARTS, []).append((name, scope.frame.class_index))
        self._open.append(scope)
        assert scope.parent is not None
        self.scope = scope.parent
        return scope

    def parameters(self, function: FunctionSummary, parts: Parts) -> None:
        """Parameters share types; the receiver is one before the others."""
        for receiver in parts.get("receiver", ()):
            self._receiver(receiver)
        if "generics" in parts:
            self._generics(parts["generics"][0], 0)
        for declaration in items(parts.get("parameters", [])):
            self._parameter(function, declaration)
        for result in parts.get("result", ()):
            self._declare_results(function, result)

    def _receiver(self, receiver: Node) -> None:
        declared = receiver.child_by_field_name("type")
        while declared is not None and declared.type in ("pointer_type", "parenthesized_type"):
            declared = declared.named_children[0]
        cls = self.summary.classes[self.frame.class_index].node
        arguments = declared.child_by_field_name("type_arguments") if declared is not None else None
        for place, name in enumerate(items([arguments]) if arguments is not None else []):
            self.scope.declare(text_of(name), self.attribute(cls, f"<{place}>", line_of(name)))
        named = receiver.child_by_field_name("name")
        if named is not None:
            self.scope.declare(text_of(named), self.self_node())

    def _parameter(self, function: FunctionSummary, declaration: Node) -> None:
        declared = declaration.child_by_field_name("type")
        names = [text_of(name) for name in declaration.children_by_field_name("name")] or [""]
        if declaration.type == "variadic_parameter_declaration":
            value = self.new_node()
            if declared is not None:
                element = self.instance(declared)
                self.emit(ops.COPY, value, self.container("list", [], [element]))
            function.rest = value
            self.scope.declare(names[0], value)
            return
        for name in names:
            value = self.new_node()
            if declared is not None:
                self.evidence(value, declared, weak=False)
            function.positional += ((name, value, 0),)
            if name not in ("", "_"):
                self.scope.declare(name, value)

    def _declare_results(self, function: FunctionSummary, result: Node) -> None:
        if result.type != "parameter_list":
            function.returned = self.typed(0, result, weak=True)
            return
        nodes: list[int] = []
        for declaration in items([result]):
            declared = declaration.child_by_field_name("type")
            for name in [text_of(name) for name in declaration.children_by_field_name("name")] or [""]:
                value = self.typed(0, declared, weak=True) if declared is not None else self.new_node()
                nodes.append(value)
                if name not in ("", "_"):
                    self.scope.declare(name, value)
        self._results[self.frame.index] = nodes
        single = len(nodes) == 1
        function.returned = nodes[0] if single else self.container("tuple", list(enumerate(nodes)), [])

    def on_return(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Each value goes to its place among the results."""
        values = [
            value for part in items([node]) for value in (items([part]) if part.type == "expression_list" else [part])
        ]
        places = self._results.get(self.frame.index)
        if not places:
            return super().on_return(node, {"value": values}, "") if values else 0
        for place, value in zip(places, self._values(values, len(places)), strict=False):
            if value:
                self.emit(ops.COPY, place, value)
        return 0

    def _values(self, nodes: list[Node], count: int, hints: list[str] | None = None) -> list[int]:
        """As many values as are wanted, from as many expressions or from one."""
        if len(nodes) != 1 or count < 2:
            return [
                self.visit(node, hints[place] if hints and place < len(hints) else "")
                for place, node in enumerate(nodes)
            ]
        value = self.visit(nodes[0])
        mark = self.bare(nodes[0])
        if mark is not None and mark.role in _PAIRED:
            return [value] + [0] * (count - 1)
        parts = [self.new_node() if value else 0 for _ in range(count)]
        for place, part in enumerate(parts):
            if part:
                self.emit(ops.UNPACK, part, value, place, line_of(nodes[0]))
        return parts

    # Variables

    def on_short(self, node: Node, parts: Parts, _hint: str) -> int:
        """`a, b := ...` declares what the block does not have."""
        targets = _listed(parts["target"][0])
        values = self._values(_listed(parts["value"][0]), len(targets), [self.hint(target) for target in targets])
        is_new = any(child.type == ":=" for child in node.children)
        for target, value in zip(targets, values, strict=False):
            if not is_new:
                self.bind(target, value, self.scope.assign)
            elif self.role(target) == "name":
                self._declare(text_of(target), value)
        return 0

    def _declare(self, name: str, value: int) -> None:
        if name == "_":
            return
        value = self.known(value)
        if self.is_in_block(name):
            self.scope.assign(name, value)
        else:
            self.let(name, value)

    def on_assign(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`a, b = ...`."""
        targets = _listed(parts["target"][0])
        values = self._values(_listed(parts["value"][0]), len(targets), [self.hint(target) for target in targets])
        for target, value in zip(targets, values, strict=False):
            self.bind(target, self.known(value), self.scope.assign)
        return 0

    def bind(self, target: Node, value: int, bind: Callable[[str, int], None]) -> None:
        """What a pointer leads to counts as the pointer."""
        while self.role(target) == "through" and self.parts(target).get("value"):
            target = self.parts(target)["value"][-1]
        if text_of(target) != "_":
            super().bind(target, value, bind)

    def on_var(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`var a, b Type = ...`, or constants."""
        names = [text_of(target) for target in parts["target"]]
        sources = _listed(parts["value"][0]) if "value" in parts else []
        values = self._values(sources, len(names), names) if sources else [0] * len(names)
        declared = first(parts, "type")
        for name, value in zip(names, values, strict=False):
            if declared is not None:
                value = self.typed(value, declared, weak=bool(value))
            if name == "_":
                continue
            if self.scope.kind == "module":
                self.scope.declare(name, self.known(value))
            else:
                self.let(name, self.known(value))
        return 0

    # Expressions

    def on_call(self, node: Node, parts: Parts, hint: str) -> int:
        """`new` and `make` take a type."""
        callee = parts["callee"][0]
        arguments = items(parts["arguments"])
        name = text_of(callee) if callee.type == "identifier" else ""
        if name in ("new", "make") and arguments and self.scope.holder(name) is None:
            for argument in arguments[1:]:
                self.visit(argument)
            return self.instance(arguments[0])
        if callee.type == "index_expression":  # an element, or a generic function with its type
            value = self.joined([self.visit(callee), self.visit(self.parts(callee)["object"][0])])
            return self.call(value, self.arguments(arguments), line_of(callee))
        return super().on_call(node, parts, hint)

    def on_conversion(self, node: Node, parts: Parts, _hint: str) -> int:
        """`Type(value)` with a type that is no name: a conversion, or a generic function."""
        declared, value = parts["type"][0], self.visit(parts["value"][0])
        if declared.type == "generic_type":
            return self.call(self.visit(declared), (value,), line_of(node))
        return self.typed(0, declared, weak=False)

    def on_receive(self, node: Node, parts: Parts, _hint: str) -> int:
        """`<-channel`."""
        element = self.new_node()
        if source := self.visit(parts["source"][0]):
            self.emit(ops.ITERATE, element, source, line_of(node), False)
        return element

    def on_send(self, node: Node, parts: Parts, _hint: str) -> int:
        """`channel <- value`."""
        channel, value = self.visit(parts["channel"][0]), self.visit(parts["value"][0])
        if channel and value:
            self.emit(ops.SET_ITEM, channel, self.new_node(), value, line_of(node))
        return 0

    # Statements

    def on_range(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`for key, value := range source`."""
        clause = parts["clause"][0]
        source = clause.child_by_field_name("right")
        value = self.visit(source)
        self.enter("block")
        left = clause.child_by_field_name("left")
        targets = _listed(left) if left is not None else []
        if targets:
            element = self.new_node()
            if value:
                self.emit(ops.ITERATE, element, value, line_of(clause), False)
            is_new = any(child.type == ":=" for child in clause.children)
            for place, target in enumerate(targets):
                held = element if place == len(targets) - 1 else self.new_node()
                if is_new and self.role(target) == "name":
                    self._declare(text_of(target), held)
                elif not is_new:
                    self.bind(target, held, self.scope.assign)
        self.visit(parts["body"][0])
        self.leave()
        return 0

    def on_type_switch(self, node: Node, parts: Parts, _hint: str) -> int:
        """In each case the variable is of the type of the case."""
        self.enter("block")
        self.visit(first(parts, "initializer"))
        value = self.visit(parts["value"][0])
        alias = first(parts, "alias")
        for case in node.named_children:
            if case.type not in ("type_case", "default_case"):
                continue
            self.enter("block")
            types = case.children_by_field_name("type")
            if alias is not None:
                narrowed = [self.narrowed(value, declared) for declared in types]
                self.let(text_of(alias), self.known(self.joined(narrowed) if types else value))
            named = {declared.id for declared in types}
            for child in case.named_children:
                if child.id not in named:
                    self.visit(child)
            self.leave()
        self.leave()
        return 0


def _listed(node: Node) -> list[Node]:
    return items([node]) if node.type == "expression_list" else [node]


def _kinds(lists: list[Node]) -> list[str]:
    """The types of parameters or results, without packages and white space."""
    found = ["|"]
    for part in lists:
        if part.type != "parameter_list":
            return [*found, _plain(text_of(part))]
        for declaration in items([part]):
            declared = declaration.child_by_field_name("type")
            dots = "..." if declaration.type == "variadic_parameter_declaration" else ""
            count = max(1, len(declaration.children_by_field_name("name")))
            found += [dots + _plain(text_of(declared) if declared is not None else "")] * count
    return found


def _plain(declared: str) -> str:
    return re.sub(r"\s+|\b\w+\.", "", declared).replace("interface{}", "any")


LANGUAGE = Language("go", tree_sitter_go.language, "tree-sitter-go", Go)
FAMILY = Family(GoLinked, GoSolver)
