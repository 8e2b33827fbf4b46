"""A parsed file, with what the query says of its nodes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tree_sitter import Node, Parser, Query, QueryCursor, Tree

Parts = dict[str, list[Node]]
"""The captured parts of a node, by the second half of their names: `@call.callee` is `callee`."""


class Mark(NamedTuple):
    """What a node is, and its parts."""

    role: str
    parts: Parts


def parsed(parser: Parser, query: Query, source: bytes) -> tuple[Tree, dict[int, Mark]]:
    """Parse a file, and mark every node that the query names."""
    tree = parser.parse(source)
    return tree, marked(tree, query)


def best(parser: Parser, readings: Iterable[str]) -> Tree:
    """The tree of the first reading of a file that has no errors, or else of that with the fewest."""
    trees: list[Tree] = []
    for text in dict.fromkeys(readings):
        trees.append(parser.parse(text.encode("utf-8", "replace")))
        if not trees[-1].root_node.has_error:
            return trees[-1]
    return min(trees, key=_damage)


def marked(tree: Tree, query: Query) -> dict[int, Mark]:
    """What each node is that the query names.

    The first pattern in the query file that names a node decides what it is; further patterns that name it the same
    add their parts.
    """
    ranks: dict[int, int] = {}
    marks: dict[int, Mark] = {}
    for pattern, captures in QueryCursor(query).matches(tree.root_node):
        role, parts = _split(captures)
        node = captures[role][0].id
        known = marks.get(node)
        if known is not None and known.role == role:
            _merge(known.parts, parts)
            ranks[node] = min(ranks[node], pattern)
        elif known is None or pattern < ranks[node]:
            marks[node] = Mark(role, parts)
            ranks[node] = pattern
    return marks


def _split(captures: dict[str, list[Node]]) -> tuple[str, Parts]:
    role = ""
    parts: Parts = {}
    for name, nodes in captures.items():
        _, dot, part = name.partition(".")
        if dot:
            parts[part] = nodes
        else:
            role = name
    return role, parts


def _merge(parts: Parts, more: Parts) -> None:
    for name, nodes in more.items():
        known = parts.setdefault(name, [])
        seen = {node.id for node in known}
        known.extend(node for node in nodes if node.id not in seen)


def broken_lines(tree: Tree) -> list[int]:
    """The lines on which the parser found something it did not understand."""
    return sorted({line_of(node) for node in _broken(tree)})


def _broken(tree: Tree) -> Iterator[Node]:
    pending = [tree.root_node] if tree.root_node.has_error else []
    while pending:
        node = pending.pop()
        if node.is_error or node.is_missing:
            yield node
        else:
            pending.extend(child for child in node.children if child.has_error or child.is_missing)


def _damage(tree: Tree) -> int:
    """How many lines the parser did not understand."""
    return sum(node.end_point[0] - node.start_point[0] + 1 for node in _broken(tree))


def text_of(node: Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def line_of(node: Node) -> int:
    """The line on which a node begins."""
    return int(node.start_point[0]) + 1


def first(parts: Parts, name: str) -> Node | None:
    """The part of a name, if there is one."""
    nodes = parts.get(name)
    return nodes[0] if nodes else None


def items(nodes: list[Node]) -> list[Node]:
    """The named children of some nodes, without comments."""
    return [child for node in nodes for child in node.named_children if not child.is_extra]
