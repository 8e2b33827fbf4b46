"""Modules of Rust, what they use of each other, and the paths that lead there."""

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.rust_modules import INLINE, STARS
from intelligent_office.analyzer.languages.rust_patterns import Patterns
from intelligent_office.analyzer.languages.scopes import Frame, Scope
from intelligent_office.analyzer.languages.syntax import Parts, items, line_of, text_of
from intelligent_office.analyzer.summary import ClassSummary

_ROOTS = frozenset({"crate", "self", "super"})
_ITEMS_FIRST = frozenset({"struct_item", "enum_item", "union_item", "trait_item", "type_item", "use_declaration"})


class Paths(Patterns):
    """Everything with `::` in it."""

    def __init__(self, file: str = "") -> None:
        super().__init__(file)
        self._classes: dict[int, dict[str, Scope]] = {}
        """By scope, the types that are declared in it."""
        self._inline: list[str] = []
        """The modules around, in this file."""

    def _items(self, body: Node) -> None:
        nodes = [child for child in body.named_children if not child.is_extra]
        for node in nodes:
            if node.type in _ITEMS_FIRST:
                self.visit(node)
        for node in nodes:
            if node.type not in _ITEMS_FIRST:
                self.visit(node)

    def on_module(self, node: Node, parts: Parts, _hint: str) -> int:
        """`mod name;` is another file, `mod name { ... }` a module in this one."""
        name = text_of(parts["name"][0])
        if "body" not in parts:
            self.scope.declare(name, self.imported(("self", name), line_of(node)))
            return 0
        value = self.new_node()
        outer = self.scope
        outer.declare(name, value)
        cls = ClassSummary(self.full_name(name), line_of(node), value, -1, 0)
        self.summary.facts.setdefault(INLINE, []).append(len(self.summary.classes))
        self.summary.classes.append(cls)
        frame = Frame(outer.frame.index, outer.frame.operations, cls.name + ".")
        self.scope = inner = self.new_scope("module", outer, frame)
        self._inline.append(name)
        self._items(parts["body"][0])
        self._inline.pop()
        self.scope = outer
        cls.attributes = {known: inner.node(known) for known in inner.declared}
        return 0

    def imported(self, path: tuple[str, ...], line: int) -> int:
        """A node for what stands at the end of a path."""
        target = self.new_node()
        if self._inline and path[0] in ("self", "super"):
            path = self._from_inline(path)
        self.emit(ops.IMPORT, target, "::".join(path), 0, path[-1], line)
        return target

    def _from_inline(self, path: tuple[str, ...]) -> tuple[str, ...]:
        depth = len(self._inline)
        rest = list(path)
        if rest and rest[0] not in ("self", "super"):
            return path
        if rest and rest[0] == "self":
            rest.pop(0)
        while rest and rest[0] == "super" and depth:
            rest.pop(0)
            depth -= 1
        return ("self", *self._inline[:depth], *rest)

    def on_use(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`use a::{b, c as d, e::*};`."""
        self._use(parts["tree"][0], ())
        return 0

    def _use(self, tree: Node, prefix: tuple[str, ...]) -> None:
        if tree.type == "use_list":
            for child in items([tree]):
                self._use(child, prefix)
        elif tree.type == "scoped_use_list":
            path = tree.child_by_field_name("path")
            listed = tree.child_by_field_name("list")
            if listed is not None:
                self._use(listed, prefix + (_segments(path) if path is not None else ()))
        elif tree.type == "use_wildcard":
            self._use_all(prefix + (_segments(tree.named_children[0]) if tree.named_children else ()))
        elif tree.type == "use_as_clause":
            meant, alias = tree.child_by_field_name("path"), tree.child_by_field_name("alias")
            if meant is not None and alias is not None:
                self._bind_use(prefix + _segments(meant), text_of(alias), line_of(tree))
        else:
            full = prefix + _segments(tree)
            if len(full) > 1 and full[-1] == "self":
                full = full[:-1]
            if full:
                self._bind_use(full, full[-1], line_of(tree))

    def _use_all(self, path: tuple[str, ...]) -> None:
        """A module in a file sees the names around it anyhow."""
        is_around = bool(self._inline) and path == ("super",) * len(path) and len(path) <= len(self._inline)
        holder = self.scope.holder(path[0]) if len(path) == 1 else None
        enum = self._classes.get(id(holder), {}).get(path[0]) if holder is not None else None
        for name, nodes in enum.attributes.items() if enum is not None and self.scope.kind != "module" else ():
            if name[:1].isupper():
                self.block_scope().declare(name, nodes[0])
        if path and not is_around:
            self.summary.facts.setdefault(STARS, []).append(list(self._from_inline(path) if self._inline else path))

    def _bind_use(self, path: tuple[str, ...], name: str, line: int) -> None:
        if name == "_" or len(path) < 2:
            return
        self.block_scope().declare(name, self.imported(path, line))

    # Names and paths

    def on_name(self, node: Node, parts: Parts, hint: str) -> int:
        """A variable, or a struct without fields, which is its only object."""
        return self._object(node, super().on_name(node, parts, hint))

    def on_path(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`a::b::c`."""
        return self._object(node, self._at_path(node))

    def _object(self, node: Node, value: int) -> int:
        """What is named like a type is an object of it, unless it is called."""
        name = text_of(node).rpartition("::")[2]
        is_constant = len(name) > 1 and name.isupper()
        if not value or node.type not in ("identifier", "scoped_identifier") or not name[:1].isupper() or is_constant:
            return value
        around = node.parent
        while around is not None and around.type == "generic_function":
            around = around.parent
        if around is not None and around.type == "call_expression" and self.parts(around)["callee"][0].id == node.id:
            return value
        target = self.new_node()
        self.emit(ops.EVIDENCE, target, value, "instance", False)
        return target

    def _at_path(self, node: Node) -> int:
        segments = _segments(node)
        line = line_of(node)
        if not segments:  # <Type as Trait>::name
            named = node.child_by_field_name("name")
            owner = self.visit(node.child_by_field_name("path"))
            return self.attribute(owner, text_of(named), line) if owner and named is not None else owner
        place = 0
        if segments[0] in _ROOTS:
            place = next((at for at, name in enumerate(segments) if name[:1].isupper()), len(segments) - 1)
            value = self.imported(segments[: place + 1], line)
        elif segments[0] == "Self" or self.scope.holder(segments[0]) is not None:
            value = self.read_name(segments[0], line)
        else:
            value = self.scope.node(segments[0])
        for name in segments[place + 1 :]:
            value = self.attribute(value, name, line)
        return value


def _segments(node: Node) -> tuple[str, ...]:
    """The names of a path; none if it begins with a type in angle brackets."""
    if node.type in ("scoped_identifier", "scoped_type_identifier"):
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
        if path is None:
            return (text_of(name),) if name is not None else ()
        before = _segments(path)
        return (*before, text_of(name)) if before and name is not None else ()
    if node.type in ("generic_type", "generic_type_with_turbofish"):
        inner = node.child_by_field_name("type")
        return _segments(inner) if inner is not None else ()
    return () if node.type in ("bracketed_type", "qualified_type") else (text_of(node),)
