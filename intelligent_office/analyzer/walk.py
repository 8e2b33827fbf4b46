"""What every walk over a module needs: numbered nodes, literals, and the scope it is in."""

import ast
from collections.abc import Callable, Iterable
from typing import Any

from intelligent_office.analyzer.scopes import Scope
from intelligent_office.analyzer.summary import ModuleSummary

LONGEST_KEY = 40
LARGEST_INDEX = 64
"""Strings and integers beyond these are not told apart: they hardly serve as keys."""

Visit = Callable[[Any], int]


class Walk:
    """The state of a walk over one module."""

    def __init__(self) -> None:
        self.summary = ModuleSummary()
        self.scope = Scope("module", None, 0, [], self.new_node)
        self._literals: dict[tuple[str, object], int] = {}
        self._fixed: set[int] = set()
        """Nodes that hold a literal, and nothing else ever."""
        self._visits: dict[type, Visit] = {}

    def release(self) -> None:
        """Let go of everything at once: the parts of a walk refer to each other."""
        self.__dict__.clear()

    def block(self, statements: Iterable[ast.stmt]) -> None:
        """Walk statements in order; the statement half knows how."""
        raise NotImplementedError

    def new_node(self) -> int:
        """Number the next node."""
        node = self.summary.node_count
        self.summary.node_count = node + 1
        return node

    def emit(self, *operation: Any) -> None:
        """Add an operation to the function being walked."""
        self.scope.operations.append(operation)

    def visit(self, expression: ast.expr | None) -> int:
        """The node that holds an expression's value."""
        if expression is None:
            return 0
        visit = self._visits.get(expression.__class__)
        return visit(expression) if visit else 0

    def literal(self, value: object) -> int:
        """The one node of this module for a literal."""
        if value is None or value is ...:
            return 0
        kind = value.__class__.__name__
        if kind == "str":
            if len(value) > LONGEST_KEY or not value:  # type: ignore[arg-type]
                value = None
        elif kind != "int" or not -LARGEST_INDEX < value < LARGEST_INDEX:  # type: ignore[operator]
            value = None
        node = self._literals.get((kind, value))
        if node is None:
            node = self._literals[kind, value] = self.new_node()
            self._fixed.add(node)
            self.summary.constants[node] = (kind,) if value is None else value
        return node

    def assign(self, target: ast.expr, node: int) -> None:
        """Bind a target; the statement half knows how."""
        raise NotImplementedError
