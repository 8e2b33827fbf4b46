"""Patterns and blocks of Rust: what a value is taken apart into, and what a block is worth."""

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.sequence import Sequence
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of

_TRANSPARENT = frozenset({"Some", "Ok", "Borrowed", "Owned"})
_WRAPPED = frozenset({"reference_pattern", "ref_pattern", "mut_pattern", "match_pattern", "field_pattern"})


class Patterns(Sequence):
    """Everything that binds variables, and everything that has the value of its last expression."""

    def match(self, pattern: Node, value: int) -> None:
        """Declare the variables of a pattern."""
        found: dict[str, list[int]] = {}
        self._collect(pattern, value, found)
        for name, values in found.items():
            self.let(name, self.known(self.joined(values)))

    def _collect(self, pattern: Node, value: int, found: dict[str, list[int]]) -> None:
        kind = pattern.type
        if kind in ("identifier", "shorthand_field_identifier"):
            if not text_of(pattern)[:1].isupper():
                found.setdefault(text_of(pattern), []).append(value)
        elif kind in ("tuple_pattern", "slice_pattern"):
            self._collect_parts(_places(pattern), value, kind == "slice_pattern", found)
        elif kind == "tuple_struct_pattern":
            self._collect_tuple(pattern, value, found)
        elif kind == "struct_pattern":
            self._collect_fields(pattern, found)
        elif kind == "captured_pattern" or kind == "or_pattern":
            for part in items([pattern]):
                self._collect(part, value, found)
        elif kind in _WRAPPED:
            for part in items([pattern])[-1:] if kind != "match_pattern" else items([pattern])[:1]:
                self._collect(part, value, found)

    def _collect_tuple(self, pattern: Node, value: int, found: dict[str, list[int]]) -> None:
        named, *inner = _places(pattern)
        is_held = text_of(named).rpartition("::")[2] in _TRANSPARENT
        owner = 0 if is_held else self.instance(named)
        for at, part in enumerate(inner):
            held = value if is_held else self.attribute(owner, str(at), line_of(part))
            self._collect(part, held, found)

    def _collect_fields(self, pattern: Node, found: dict[str, list[int]]) -> None:
        named = pattern.child_by_field_name("type")
        owner = self.instance(named) if named is not None else 0
        for field in items([pattern]):
            if field.type == "field_pattern":
                self._collect_field(field, owner, found)

    def _collect_parts(self, parts: list[Node], value: int, is_list: bool, found: dict[str, list[int]]) -> None:
        for at, part in enumerate(parts):
            held = self.new_node() if value else 0
            if value and is_list:
                self.emit(ops.ITERATE, held, value, line_of(part), False)
            elif value:
                self.emit(ops.UNPACK, held, value, at, line_of(part))
            self._collect(part, held, found)

    def _collect_field(self, field: Node, owner: int, found: dict[str, list[int]]) -> None:
        named, inner = field.child_by_field_name("name"), field.child_by_field_name("pattern")
        if named is not None:
            held = self.attribute(owner, text_of(named), line_of(named)) if owner else 0
            self._collect(inner if inner is not None else named, held, found)

    # Statements that bind

    def on_let(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`let pattern: Type = value else { ... }`."""
        pattern = first(parts, "pattern")
        source = first(parts, "value")
        named = text_of(pattern) if pattern is not None and pattern.type == "identifier" else ""
        value = self.visit(source, named)
        declared = first(parts, "type")
        if declared is not None:
            value = self.typed(value, declared, weak=bool(value))
        self.visit(first(parts, "otherwise"))
        if pattern is not None:
            self.match(pattern, value)
        return 0

    def on_if(self, _node: Node, parts: Parts, hint: str) -> int:
        """What the condition binds is known in the first branch; `while` is the same."""
        self.enter("block")
        self.visit(parts["condition"][0])
        value = self.visit(parts["body"][0], hint)
        self.leave()
        return self.joined([value, self.visit(first(parts, "otherwise"), hint)])

    def on_match(self, _node: Node, parts: Parts, hint: str) -> int:
        """`match value { pattern if guard => result, ... }`."""
        value = self.visit(parts["value"][0])
        results: list[int] = []
        for arm in items(parts["body"]):
            pattern = arm.child_by_field_name("pattern")
            if arm.type != "match_arm" or pattern is None:
                continue
            self.enter("block")
            self.match(pattern, value)
            self.visit(pattern.child_by_field_name("condition"))
            results.append(self.visit(arm.child_by_field_name("value"), hint))
            self.leave()
        return self.joined(results)

    def on_for(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`for pattern in source { ... }`."""
        source = self.visit(parts["source"][0])
        element = self.new_node()
        if source:
            self.emit(ops.ITERATE, element, source, line_of(parts["source"][0]), False)
        self.enter("block")
        if (pattern := first(parts, "pattern")) is not None:
            self.match(pattern, element)
        self.visit(parts["body"][0])
        self.leave()
        return 0

    def on_block(self, node: Node, _parts: Parts, hint: str) -> int:
        """A block is worth its last expression. Its types and functions are known from its beginning."""
        self.enter("block")
        value = 0
        children = [child for child in node.named_children if not child.is_extra]
        for child in children:
            if child.type in ("function_item", "use_declaration"):
                self.block_scope().declare(text_of(child.child_by_field_name("name") or child), 0)
        for child in children:
            value = self._statement(child, hint if child is children[-1] else "")
        self.leave()
        return value

    def _statement(self, node: Node, hint: str) -> int:
        if node.type != "expression_statement":
            value = self.visit(node, hint)
            return 0 if node.type.endswith(("_item", "_declaration")) else value
        value = 0
        for child in items([node]):
            value = self.visit(child, hint)
        return 0 if node.children and node.children[-1].type == ";" else value


def _places(pattern: Node) -> list[Node]:
    """The parts of a pattern, those without a name included."""
    return [child for child in pattern.children if child.type == "_" or (child.is_named and not child.is_extra)]
