"""Walk lists, tuples, dictionaries, comprehensions and f-strings."""

import ast

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.narrowing import literal_key, proofs, target_names
from intelligent_office.analyzer.operators import Operators

LARGEST_LITERAL = 16
"""Literals in a list, tuple or set that are told apart by position: tables have thousands."""
LARGEST_DISPLAY = 200
"""Elements of a list, tuple or dictionary that are told apart; beyond it they are one."""


class Displays(Operators):
    """Expressions that make containers and strings."""

    def __init__(self) -> None:
        super().__init__()
        self._literal_tuples: dict[tuple[tuple[tuple[object, int], ...], frozenset[int]], int] = {}
        """Tuples of literals, each of which is one wherever it stands: nobody can put anything else into it."""

    def sequence(self, expression: ast.List | ast.Tuple | ast.Set) -> int:
        """A list, tuple or set with its elements by position."""
        kind = expression.__class__.__name__.lower()
        fields: list[tuple[object, int]] = []
        anything: set[int] = set()
        known = True
        for index, element in enumerate(expression.elts):
            if isinstance(element, ast.Starred):
                known = False
                source = self.visit(element.value)
                if source:
                    item = self.new_node()
                    self.emit(ops.ITERATE, item, source, element.lineno, False)
                    anything.add(item)
                continue
            node = self.visit(element)
            if node and known and index < LARGEST_DISPLAY:
                fields.append((index, node))
            elif node:
                anything.add(node)
        return self._container(kind, fields, anything)

    def _container(self, kind: str, fields: list[tuple[object, int]], anything: set[int]) -> int:
        fixed = self._fixed
        if not all(node in fixed for _, node in fields) or not all(node in fixed for node in anything):
            return self._container_node(kind, fields, anything)
        if len(fields) > LARGEST_LITERAL and not any(isinstance(key, str) for key, _ in fields):
            anything = anything.union(node for _, node in fields)
            fields = []
        if kind != "tuple":
            return self._container_node(kind, fields, anything)
        content = (tuple(fields), frozenset(anything))
        node = self._literal_tuples.get(content)
        if node is None:
            node = self._literal_tuples[content] = self._container_node(kind, fields, anything)
            fixed.add(node)
        return node

    def _container_node(self, kind: str, fields: list[tuple[object, int]], anything: set[int]) -> int:
        node = self.new_node()
        self.emit(ops.CONTAINER, node, kind, tuple(fields), tuple(sorted(anything)))
        return node

    def dictionary(self, expression: ast.Dict) -> int:
        """A dictionary with its values by key, where the key is a literal."""
        fields: list[tuple[object, int]] = []
        anything: set[int] = set()
        for key, value in zip(expression.keys, expression.values, strict=True):
            if key is not None:
                self.visit(key)
            node = self.visit(value)
            if key is None:
                if node:
                    item = self.new_node()
                    self.emit(ops.ITEM, item, node, 0, value.lineno)
                    anything.add(item)
            elif node:
                constant = literal_key(key)
                if constant is not None and len(fields) < LARGEST_DISPLAY:
                    fields.append((constant, node))
                else:
                    anything.add(node)
        return self._container("dict", fields, anything)

    def comprehension(self, expression: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> int:
        """A comprehension runs where it stands; its variables are its own."""
        before = self._generators(expression.generators)
        element = self.visit(expression.elt)
        self.restore(before)
        kind = {"ListComp": "list", "SetComp": "set"}.get(expression.__class__.__name__, "generator")
        return self._container_node(kind, [], {element} if element else set())

    def dictionary_comprehension(self, expression: ast.DictComp) -> int:
        """As above, with keys."""
        before = self._generators(expression.generators)
        self.visit(expression.key)
        element = self.visit(expression.value)
        self.restore(before)
        return self._container_node("dict", [], {element} if element else set())

    def _generators(self, generators: list[ast.comprehension]) -> dict[str, int | None]:
        before: dict[str, int | None] = {}
        for generator in generators:
            source = self.visit(generator.iter)
            for name in target_names(generator.target):
                before.setdefault(name, self.scope.current.get(name))
            node = self.new_node() if source else 0
            if source:
                self.emit(ops.ITERATE, node, source, generator.iter.lineno, bool(generator.is_async))
            self.assign(generator.target, node)
            for test in generator.ifs:
                self.truth(self.visit(test), test.lineno)
                for path, old in self.assume(proofs(test, wanted=True)):
                    before.setdefault(path, old)
        return before

    def joined_string(self, expression: ast.JoinedStr) -> int:
        """An f-string formats its parts; its fixed ends may be those of a name looked up later."""
        for value in expression.values:
            if isinstance(value, ast.FormattedValue):
                self.formatted(value)
        ends = [
            str(part.value) if isinstance(part, ast.Constant) else ""
            for part in (expression.values[:1] + expression.values[-1:])
        ]
        return self.partial_name(ends[0], ends[1]) if len(ends) > 1 else self.literal("")

    def formatted(self, expression: ast.FormattedValue) -> int:
        """`{value!r:spec}` in an f-string."""
        node = self.visit(expression.value)
        if expression.format_spec is not None:
            self.visit(expression.format_spec)
        if node and node not in self.summary.constants:
            names = ("__repr__",) if expression.conversion == ord("r") else ("__format__", "__str__", "__repr__")
            self.emit(ops.SPECIAL, 0, node, names, (), expression.lineno)
        return self.literal("")
