"""Types of Go: whatever has a name may have methods; literals say what an object begins with."""

from typing import ClassVar

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.declared_types import TEXT
from intelligent_office.analyzer.languages.go_library import CALLED, ELEMENT
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.sequence import Sequence
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of

_LITERAL_TYPES = ("slice_type", "array_type", "implicit_length_array_type")


class GoTypes(Sequence):
    """Structs, interfaces, named lists and functions, and literals of them."""

    known_types: ClassVar[dict[str, str]] = {"string": TEXT}

    def __init__(self, file: str = "") -> None:
        super().__init__(file)
        self._types: dict[str, Scope] = {}
        self._open: list[Scope] = []

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

    # Literals

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
