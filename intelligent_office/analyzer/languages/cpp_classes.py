"""Classes of C++: methods that are defined elsewhere, constructors that make the parts of an object."""

import re

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.c import has_word
from intelligent_office.analyzer.languages.c_includes import DECLARED, PARTS, PLACEHOLDERS, TAGS
from intelligent_office.analyzer.languages.cpp_names import CppNames, path_of
from intelligent_office.analyzer.languages.declarators import Declarator, declarator
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import ClassSummary

BY_VALUE = "!"
"""What stands behind the name of a field that holds an object itself, not a pointer to one."""
_TEST = re.compile(r"(?:TYPED_)?TEST(?:_[FP])?")
DESTRUCTOR = "~"
_SPECIAL = {"operator()": "__call__"}


class CppClasses(CppNames):
    """Classes, their fields and methods, wherever these stand."""

    def file(self, root: Node) -> None:
        """Classes are continued all over the file."""
        self._opened: dict[str, Scope] = {}
        super().file(root)

    def finish(self) -> None:
        """Classes that are only continued here are closed."""
        for scope in self._opened.values():
            self.scope = scope
            self.end_class()
        self.scope = self.module
        super().finish()

    def on_struct(self, node: Node, parts: Parts, hint: str) -> int:
        """A class, with its members or by name only."""
        named, body = first(parts, "name"), first(parts, "body")
        name = ".".join(path_of(named)) if named is not None else hint
        if body is None:
            return self.at_path(name.split("."), line_of(node))
        value = self.new_node()
        bases = [base for clause in parts.get("bases", []) for child in _bases(clause) for base in self.types(child)]
        outer = self.scope
        if named is not None and outer is not self.module:
            self.put(name, value)
            outer.types.add(name)
        self.begin_class(name or self.class_name(), value, tuple(bases), line_of(named or node))
        full = self.summary.classes[-1].name
        if named is not None and (outer is self.module or outer.kind == "class"):
            self.module.declare(full, value)
            self.summary.facts.setdefault(TAGS, []).append(full)
        self._namespaces += name.split(".")
        self.children(body)
        del self._namespaces[-len(name.split(".")) :]
        self.end_class()
        return value

    def end_class(self) -> ClassSummary:
        """A method that is declared here and defined here needs no place for another definition."""
        waiting = set(self.summary.facts.setdefault(PLACEHOLDERS, []))
        for name, nodes in self.scope.attributes.items():
            real = [node for node in nodes if node not in waiting]
            self.scope.attributes[name] = real or nodes[:1]
        return super().end_class()

    def on_fields(self, node: Node, parts: Parts, _hint: str) -> int:
        """Fields, and methods that are defined elsewhere."""
        if self.scope.kind != "class":
            return super().on_declaration(node, parts, "")  # broken syntax around
        declared = [declarator(part) for part in parts.get("declarator", [])]
        types = self.types_of(parts, declared[0].name if declared else "")
        cls = self.summary.classes[self.scope.frame.class_index]
        given = node.child_by_field_name("default_value")
        for one in declared:
            if one.is_function:
                self._declare_method(node, one, parts, is_pure=given is not None)
                continue
            self.add_member(one.name, self.held(one, types, given))
            cls.annotated += (one.name,)
            if not one.is_indirect and not one.is_list:
                self.add_member(one.name + BY_VALUE, types[0] if types else 0)
        if not declared:
            cls.bases += tuple(types)
            cls.annotated += ("",)
        return 0

    def on_prototype(self, node: Node, parts: Parts, _hint: str) -> int:
        """A constructor, destructor or conversion that is defined elsewhere."""
        if self.scope.kind == "class":
            for part in parts["declarator"]:
                one = declarator(part)
                if one.is_function:
                    self._declare_method(node, one, {}, is_pure=False)
        return 0

    def _declare_method(self, node: Node, declared: Declarator, parts: Parts, *, is_pure: bool) -> None:
        name = _SPECIAL.get(declared.name, declared.name)
        cls = self.summary.classes[self.scope.frame.class_index]
        self._note(f"{cls.name}.{declared.name}", node, declared)
        if is_pure:
            inside: Parts = {"parameters": declared.parameters, "abstract": [node], "type": parts.get("type", [])}
            value = self.define(node, inside, declared.name, binding="instance")
            self.summary.functions[self.function_at[value]].line = declared.line
        else:
            value = self.new_node()
            self.summary.facts.setdefault(PLACEHOLDERS, []).append(value)
        self._add_method(name, value)

    def _note(self, full: str, node: Node, declared: Declarator) -> None:
        """What only a declaration says of a function: how many arguments may be left out, and whether it is static."""
        listed = items(declared.parameters)
        optional = sum(parameter.type == "optional_parameter_declaration" for parameter in listed)
        if optional or (has_word(node, "static") and self.scope.kind == "class"):
            count = sum(not _is_void(parameter) for parameter in listed)
            told = [count, optional, has_word(node, "static") and self.scope.kind == "class"]
            self.summary.facts.setdefault(DECLARED, []).append([full, told])

    def _add_method(self, name: str, value: int) -> None:
        own = self.summary.classes[self.scope.frame.class_index].name.rpartition(".")[2]
        self.add_member(DESTRUCTOR if name.startswith("~") else name, value, is_constructor=name == own)

    # Functions

    def on_definition(self, node: Node, parts: Parts, hint: str) -> int:
        """A function; in a class, or with a class before its name, a method."""
        declared = declarator(parts["declarator"][0])
        if "body" not in parts:
            return self.on_prototype(node, parts, hint) if node.child_by_field_name("default_method_clause") else 0
        if declared.node is None or not declared.is_function:
            if declared.node is None or declared.node.type != "operator_cast":
                self.children(node)
            return 0
        if _TEST.fullmatch(declared.name) and "type" not in parts and len(items(declared.parameters)) == 2:
            return self._test(node, declared, parts)
        names = path_of(declared.node)
        inside: Parts = {"parameters": declared.parameters, "body": parts["body"], "type": parts.get("type", [])}
        if len(names) == 1 and self.scope.kind != "class":
            return self.defined(node, declared, parts)
        outer = self.scope
        if len(names) > 1:
            self.scope = self._continued(".".join(names[:-1]), line_of(declared.node))
        is_static = has_word(node, "static")
        self._namespaces += names[:-1]
        value = self.define(node, inside, names[-1], binding="static" if is_static else "instance")
        del self._namespaces[len(self._namespaces) - len(names) + 1 :]
        self.summary.functions[self.function_at[value]].line = declared.line
        self._add_method(_SPECIAL.get(names[-1], names[-1]), value)
        full = self.summary.functions[self.function_at[value]].name
        self.scope = outer
        if outer is self.module or outer.kind == "class":
            self.module.declare(full, value)
        return value

    def _test(self, node: Node, declared: Declarator, parts: Parts) -> int:
        """`TEST_F(Fixture, Name) { … }` of GoogleTest: a method in a class that inherits the fixture."""
        fixture, named = items(declared.parameters)
        has_fixture = not declared.name.endswith("TEST") or declared.name.startswith("TYPED")
        kind = fixture.child_by_field_name("type")
        bases = tuple(self.types(kind)) if has_fixture and kind is not None else ()
        self.begin_class(f"{declared.name}.{text_of(fixture)}", self.new_node(), bases, declared.line)
        value = self.define(node, {"body": parts["body"]}, text_of(named), binding="instance")
        self.summary.functions[self.function_at[value]].line = declared.line
        self.add_member(text_of(named), value)
        self.end_class()
        return value

    def _continued(self, path: str, line: int) -> Scope:
        """The scope of a class whose methods are defined outside of it."""
        scope = self._opened.get(self.full(path))
        if scope is None:
            self.scope = self.module
            scope = self._opened[self.full(path)] = self.begin_class(path, self.new_node(), (), line)
            key = f"{path}@{'.'.join(self._namespaces)}"
            self.summary.facts.setdefault(PARTS, []).append([scope.frame.class_index, key])
        return scope

    def body(self, body: Node | None) -> None:
        """A constructor makes the parts of its object first."""
        around = body.parent if body is not None else None
        frame = self.frame
        if around is not None and around.type == "function_definition" and frame.class_index >= 0:
            name = self.summary.functions[frame.index].name.rpartition(".")[2]
            if name == self.summary.classes[frame.class_index].name.rpartition(".")[2]:
                self._make_parts(around)
        super().body(body)

    def _make_parts(self, definition: Node) -> None:
        listed = [child for child in definition.named_children if child.type == "field_initializer_list"]
        says_base = False
        for initializer in items(listed):
            if initializer.type != "field_initializer" or not initializer.named_children:
                continue
            named, *rest = initializer.named_children
            names, line = path_of(named), line_of(named)
            arguments = self.arguments(items(rest))
            is_field = named.type == "field_identifier" and not names[-1][:1].isupper()
            if is_field:
                self.call(self.attribute(self.self_node(), names[0] + BY_VALUE, line), arguments, line)
                if len(arguments) == 1 and arguments[0]:
                    self.emit(ops.SET_ATTRIBUTE, self.self_node(), names[0], arguments[0], line)
            else:
                says_base = True
                self.call(self.at_path(names, line), arguments, line)
        if not says_base:
            line = self.summary.functions[self.frame.index].line
            base = self.on_super(definition, {}, "")
            self.call(self.attribute(base, CONSTRUCTOR, line), (), line)


def _bases(clause: Node) -> list[Node]:
    return [child for child in items([clause]) if child.type not in ("access_specifier", "virtual")]


def _is_void(parameter: Node) -> bool:
    return text_of(parameter) == "void"
