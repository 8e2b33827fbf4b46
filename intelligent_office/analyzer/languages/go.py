"""Go: methods beside their types, variables that hide others, functions with several results."""

import re
from collections.abc import Callable
from typing import ClassVar

import tree_sitter_go
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.go_library import GoSolver
from intelligent_office.analyzer.languages.go_packages import DOTS, IMPORTS, PACKAGE, PARTS, SIGNATURES, GoLinked
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.sequence import Sequence
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of
from intelligent_office.analyzer.languages.types import TEXT
from intelligent_office.analyzer.summary import FunctionSummary

ELEMENT = "[]"
"""The attribute under which objects of a named list or map type have their elements."""
CALLED = "__call__"
"""The attribute of a named function type that holds the functions converted to it."""
_LITERAL_TYPES = ("slice_type", "array_type", "implicit_length_array_type")
_PAIRED = frozenset({"cast", "item", "receive"})
"""Expressions that may give a second value, which says whether there is a first."""


class Go(Sequence):
    """What the query cannot say of Go."""

    known_types: ClassVar[dict[str, str]] = {"string": TEXT}

    def __init__(self, file: str = "") -> None:
        super().__init__(file)
        self._types: dict[str, Scope] = {}
        self._open: list[Scope] = []
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

    # Types

    def on_type(self, node: Node, parts: Parts, _hint: str) -> int:
        """`type Name ...`: whatever it is made of, it may have methods."""
        name = text_of(parts["name"][0])
        value = self.new_node()
        self._named_class(name, name, value, parts["type"][0], line_of(node), first(parts, "generics"))
        (self.block_scope() if self.scope.kind != "module" else self.module).declare(name, value)
        return 0

    def on_alias(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`type Name = Other`."""
        self.scope.declare(text_of(parts["name"][0]), self.visit(parts["type"][0]))
        return 0

    def on_struct(self, node: Node, _parts: Parts, hint: str) -> int:
        """A struct without a name of its own."""
        value = self.new_node()
        self._named_class("", hint or self.class_name(), value, node, line_of(node), None)
        return value

    def on_interface(self, node: Node, _parts: Parts, hint: str) -> int:
        """An interface without a name of its own."""
        if not any(child.type == "method_elem" for child in node.named_children):
            return 0
        value = self.new_node()
        self._named_class("", hint or self.class_name(), value, node, line_of(node), None)
        return value

    def _named_class(
        self, known_as: str, name: str, value: int, made_of: Node, line: int, generics: Node | None
    ) -> None:
        outer = self.scope
        if generics is not None or outer.kind != "module":
            self.scope = self.new_scope("block", outer, outer.frame)
        if generics is not None:
            self._generics(generics, value)
        protocol: tuple[int, ...] = ()
        if made_of.type == "interface_type":
            base = self.new_node()
            self.emit(ops.IMPORT, base, "typing", 0, "Protocol", line)
            protocol = (base,)
        scope = self.begin_class(name, value, protocol, line)
        self._open.append(scope)
        if known_as and outer.kind == "module":
            self._types[known_as] = scope
        self._made_of(made_of, value, line)
        self.scope = outer

    def _made_of(self, made_of: Node, value: int, line: int) -> None:
        cls = self.summary.classes[self.frame.class_index]
        if made_of.type == "struct_type":
            self._struct(made_of, value)
        elif made_of.type == "interface_type":
            for child in items([made_of]):
                if child.type == "type_elem" and len(items([child])) == 1 and items([child])[0].type != "negated_type":
                    cls.bases += (self.known(self.visit(items([child])[0])),)
                elif child.type == "method_elem":
                    self.visit(child)
        elif made_of.type in (*_LITERAL_TYPES, "map_type", "channel_type"):
            held = made_of.child_by_field_name("value") or made_of.child_by_field_name("element")
            if held is not None:
                self._set(value, ELEMENT, self.instance(held), line)
        elif made_of.type == "function_type":
            self.scope.attributes[CALLED] = [self.new_node()]
        else:
            cls.bases += (self.known(self.visit(made_of)),)

    def _set(self, cls: int, name: str, value: int, line: int) -> None:
        """Every object of a class has something in a field."""
        owner = self.new_node()
        self.emit(ops.EVIDENCE, owner, cls, "instance", False)
        self.emit(ops.SET_ATTRIBUTE, owner, name, value, line)

    def _struct(self, node: Node, value: int) -> None:
        cls = self.summary.classes[self.frame.class_index]
        names: list[str] = []
        for field in items(items([node])):
            declared = field.child_by_field_name("type")
            if field.type != "field_declaration" or declared is None:
                continue
            own = field.children_by_field_name("name")
            if own:
                held = self.instance(declared)
                for name in own:
                    self._set(value, text_of(name), held, line_of(name))
                    names.append(text_of(name))
                continue
            cls.bases += (self.known(self.visit(declared)),)
            plain = declared.child_by_field_name("type") if declared.type == "generic_type" else declared
            short = text_of(plain or declared).rpartition(".")[2]
            self._set(value, short, self.instance(declared), line_of(field))
            names.append(short)
        cls.annotated = tuple(names)

    def _generics(self, generics: Node, owner: int) -> None:
        place = 0
        for declaration in items([generics]):
            bounds = declaration.children_by_field_name("type")
            for name in declaration.children_by_field_name("name"):
                value = self.attribute(owner, f"<{place}>", line_of(name)) if owner else self.new_node()
                for bound in items(bounds):
                    self.evidence(value, bound, weak=True)
                self.scope.declare(text_of(name), value)
                place += 1

    def types(self, declared: Node) -> list[int]:
        """Maps, and whatever else is no name."""
        if self.role(declared) == "map_type":
            return [self.container("dict", [], [self.instance(self.parts(declared)["value"][0])])]
        return super().types(declared)

    def on_map_type(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """A type as a value."""
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

    def on_composite(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`Type{...}`."""
        return self._literal(parts["type"][0], parts["body"][0])

    def _literal(self, declared: Node, body: Node) -> int:
        while declared.type in ("pointer_type", "parenthesized_type"):
            declared = declared.named_children[0]
        entries = items([body])
        if declared.type in _LITERAL_TYPES or declared.type == "map_type":
            held = declared.child_by_field_name("element") or declared.child_by_field_name("value")
            return self._elements(declared.type == "map_type", held, entries)
        target = self.new_node()
        self.evidence(target, declared, weak=False)
        scope = self._types.get(text_of(declared)) if declared.type == "type_identifier" else None
        names = self.summary.classes[scope.frame.class_index].annotated if scope is not None else ()
        for place, entry in enumerate(entries):
            if entry.type == "keyed_element":
                key, source = entry.named_children[0], entry.named_children[-1]
                plain = key.named_children[0] if key.named_children else key
                name = text_of(plain) if plain.type == "identifier" else ELEMENT
                if name == ELEMENT:
                    self.visit(plain)
            else:
                source, name = entry, names[place] if place < len(names) else ELEMENT
            value = self._element(None, source, name)
            if value:
                self.emit(ops.SET_ATTRIBUTE, target, name, value, line_of(source))
        return target

    def _elements(self, is_map: bool, held: Node | None, entries: list[Node]) -> int:
        fields: list[tuple[object, int]] = []
        anything: list[int] = []
        for place, entry in enumerate(entries):
            key: object = place
            source = entry
            if entry.type == "keyed_element":
                named = entry.named_children[0]
                plain = named.named_children[0] if named.named_children else named
                key = self.string(plain) if self.role(plain) == "string" else None
                if key is None:
                    self._element(None, named, "")
                source = entry.named_children[-1]
            value = self._element(held, source, "")
            if value and key is not None and is_map == isinstance(key, str):
                fields.append((key, value))
            elif value:
                anything.append(value)
        if not is_map and anything:
            anything += [value for _, value in fields]
            fields = []
        if not fields and not anything and held is not None:
            anything = [self.instance(held)]
        return self.container("dict" if is_map else "list", fields, anything)

    def _element(self, held: Node | None, source: Node, hint: str) -> int:
        """One element of a literal, whose type may be left out."""
        inner = source.named_children[0] if source.type == "literal_element" and source.named_children else source
        if inner.type == "literal_value":
            if held is not None:
                return self._literal(held, inner)
            for entry in items([inner]):
                self.visit(entry)
            return 0
        return self.visit(inner, hint if hint != ELEMENT else "")

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
