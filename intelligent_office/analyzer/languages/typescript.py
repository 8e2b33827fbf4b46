"""TypeScript: JavaScript with types, which tell what values may be, and with what only its compiler knows."""

from typing import ClassVar

import tree_sitter_typescript
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.declared_types import ELEMENT, ITSELF, TEXT, VALUE
from intelligent_office.analyzer.languages.javascript import JavaScript
from intelligent_office.analyzer.languages.javascript_modules import DECLARATIONS, WHOLE
from intelligent_office.analyzer.languages.language import Language
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, items, line_of, text_of
from intelligent_office.analyzer.summary import ClassSummary, FunctionSummary

_UNKNOWN = frozenset({"any", "unknown", "object", "void", "never", "symbol", "undefined", "null"})
_SPOKEN_OF = ("interface_declaration", "type_alias_declaration", "enum_declaration", "internal_module", "module")
"""What may be declared without being somewhere else: the rest of what is only declared is from outside."""


class TypeScript(JavaScript):
    """What the query cannot say of TypeScript."""

    members = frozenset({"field", "signature"})
    known_types: ClassVar[dict[str, str]] = {
        **dict.fromkeys(
            (
                *("Array", "ReadonlyArray", "Set", "ReadonlySet", "Iterable", "Iterator", "IterableIterator"),
                *("Generator", "AsyncIterable", "AsyncIterator", "AsyncGenerator", "AsyncIterableIterator"),
            ),
            ELEMENT,
        ),
        **dict.fromkeys(("Map", "ReadonlyMap", "WeakMap", "Record"), VALUE),
        **dict.fromkeys(
            (
                *("Promise", "PromiseLike", "Readonly", "Partial", "Required", "NonNullable", "Awaited"),
                *("Pick", "Omit", "Extract", "Exclude", "DeepPartial"),
            ),
            ITSELF,
        ),
        "string": TEXT,
    }

    def file(self, root: Node) -> None:
        """A file of declarations speaks of what is somewhere else."""
        self._only_declares = self.file_name.endswith(DECLARATIONS)
        self._namespaces: list[ClassSummary] = []
        super().file(root)

    # Types

    def types(self, declared: Node) -> list[int]:
        """Object types are objects with typed fields."""
        text = text_of(declared)
        if text in _UNKNOWN:
            return []
        if text in ("number", "boolean", "bigint"):
            return [self.constant(("int" if text != "boolean" else "bool",))]
        if self.role(declared) == "object_type":
            return [self._object_type(declared)]
        return super().types(declared)

    def _object_type(self, declared: Node) -> int:
        fields: list[tuple[object, int]] = []
        for member in items([declared]):
            name, kind = member.child_by_field_name("name"), member.child_by_field_name("type")
            if member.type == "property_signature" and name is not None and kind is not None:
                fields.append((self.member_name(name), self.instance(kind)))
        return self.container("object", fields, []) if fields else 0

    def on_object_type(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """A type is no value."""
        return 0

    def on_alias(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`type Name = …` is all that the type tells."""
        name = text_of(parts["name"][0])
        self.enter("block")
        self.declare_generics(parts, 0)
        types = self.types(parts["value"][0])
        self.leave()
        value = self.joined(types)
        self.declared_names.append(name)
        if value:
            self.scope.declare(name, value)
        return value

    def on_cast(self, _node: Node, parts: Parts, hint: str) -> int:
        """`value as Type`: objects need not be made by a class to be of a type."""
        value = self.visit(parts["value"][0], hint)
        if text_of(parts["type"][0]) == "const":
            return value
        return self.typed(value, parts["type"][0], weak=False)

    def on_new(self, node: Node, parts: Parts, hint: str) -> int:
        """`new Class<Type>()` tells what the class's type parameters may mean."""
        made = super().on_new(node, parts, hint)
        if "types" in parts:
            self.generic({"name": parts["callee"], "argument": items(parts["types"])})
        return made

    # Functions and classes

    def parameter(self, function: FunctionSummary, parameter: Node) -> None:
        """A parameter with a modifier is a field as well; `this` as a parameter is only a type."""
        parts = self.parts(parameter)
        if parts.get("target") and parts["target"][0].type == "this":
            return
        super().parameter(function, parameter)
        if "property" in parts and function.positional:
            name, value, _ = function.positional[-1]
            self.emit(ops.SET_ATTRIBUTE, self.self_node(), name, value, line_of(parameter))

    def on_signature(self, node: Node, parts: Parts, hint: str) -> int:
        """A method that somebody else has: one, however often it is declared."""
        if self.function_name(parts["name"][0]) in self.scope.attributes:
            return 0
        return self.on_function(node, parts, hint)

    def on_class(self, node: Node, parts: Parts, hint: str) -> int:
        """Decorators are called with the class."""
        if self._only_declares and node.type.endswith("class_declaration"):
            self.declared_names.append(text_of(parts["name"][0]))
            return 0
        if "arguments" in parts:
            self.generic({"name": parts["base"][:1], "argument": items(parts["arguments"])})
        value = super().on_class(node, parts, hint)
        around = node.parent
        beside = around.named_children if around is not None and around.type == "export_statement" else []
        for decorator in (*parts.get("decorator", []), *beside):
            if decorator.type == "decorator":
                self.call(self.visit(self.parts(decorator)["value"][0]), (value,), line_of(decorator))
        return value

    def class_body(self, body: Node, _parts: Parts) -> None:
        """Decorators stand before what they are called for."""
        decorators: list[Node] = []
        for child in body.named_children:
            if child.type == "decorator":
                decorators.append(child)
                continue
            parameters = child.child_by_field_name("parameters")
            inside = [child, *(items([parameters]) if parameters is not None else ())]
            decorators += [inner for part in inside for inner in part.named_children if inner.type == "decorator"]
            self.visit(child)
            name = child.child_by_field_name("name")
            for decorator in decorators if not child.is_extra else ():
                self._decorate(decorator, self.member_name(name) if name is not None else "")
            if not child.is_extra:
                decorators = []

    def _decorate(self, decorator: Node, name: str) -> None:
        """`@decorator method()`: called with the prototype, the name and a descriptor."""
        method = self.scope.attributes.get(name, [0])[-1]
        fields: list[tuple[object, int]] = [("value", method)] if method else []
        descriptor = self.container("object", fields, [])
        callee = self.visit(self.parts(decorator)["value"][0])
        self.call(callee, (0, self.constant(name), descriptor), line_of(decorator))

    def on_decorator(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """See `class_body`."""
        return 0

    # Modules

    def on_namespace(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`namespace A.B { … }` is an object with what is declared in it."""
        named = parts["name"][0]
        if named.type == "string":
            return 0
        self._namespace(text_of(named).split("."), parts["body"][0])
        return 0

    def _namespace(self, names: list[str], body: Node) -> None:
        name, *inner = names
        value = self._declared_object(name)
        if value is None:
            node = self.new_node()
            self.begin_class(name, node, (), line_of(body))
            self.declared_names.append(name)
        else:
            node = value.node
            self._reopen(value)
        outer = self.scope
        space = self.enter("block")
        cls = self.summary.classes[outer.frame.class_index]
        self._namespaces.append(cls)
        if inner:
            self._namespace(inner, body)
        else:
            self.children(body)
        self._namespaces.pop()
        for declared in space.declared:
            cls.attributes.setdefault(declared, space.node(declared))
        assert outer.parent is not None
        self.scope = outer.parent
        self._fields.pop()
        self.scope.declare(name, node)

    def _declared_object(self, name: str) -> ClassSummary | None:
        """The class, enumeration or namespace that the present scope has under a name."""
        values = self.scope.declared.get(name, ())
        return next((cls for cls in self.summary.classes if cls.node in values), None)

    def _reopen(self, cls: ClassSummary) -> None:
        scope: Scope = self.begin_class(cls.name.rpartition(".")[2], cls.node, (), cls.line)
        self.summary.classes.pop()
        scope.frame.class_index = self.summary.classes.index(cls)

    def on_export(self, node: Node, parts: Parts, hint: str) -> int:
        """In a namespace, what is exported is declared; `export = value` is what `require` returns."""
        if self._namespaces:
            self.children(node)
            return 0
        if not parts and any(child.type == "=" for child in node.children):
            self._export(WHOLE, items([node])[0])
            return 0
        before = len(self.declared_names)
        super().on_export(node, parts, hint)
        for name in self.declared_names[before:] if self._only_declares and "default" not in parts else ():
            self.summary.exports.setdefault(name, self.module.node(name))
        return 0

    def on_ambient(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`declare …`: types are as good as elsewhere, the rest is outside under its own name."""
        for child in items([node]):
            if child.type in _SPOKEN_OF:
                self.visit(child)
            else:
                self._only_speak_of(child)
        return 0

    def _only_speak_of(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        names = [name] if name is not None else [child.child_by_field_name("name") for child in items([node])]
        self.declared_names += [text_of(child) for child in names if child is not None]

    def on_import_alias(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`import Name = Space.Inner`."""
        value = self.visit(parts["value"][0])
        self.scope.declare(text_of(parts["name"][0]), value)
        return value

    def on_import_require(self, node: Node, parts: Parts, _hint: str) -> int:
        """`import name = require("./file")`."""
        value = self.on_require(node, parts, "")
        self.scope.declare(text_of(parts["name"][0]), value)
        return value


LANGUAGE = Language("typescript", tree_sitter_typescript.language_typescript, "tree-sitter-typescript", TypeScript)
