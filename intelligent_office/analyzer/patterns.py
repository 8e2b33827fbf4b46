"""Walk `match` statements."""

import ast

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.expressions import Expressions
from intelligent_office.analyzer.scopes import Versions


class Patterns(Expressions):
    """What patterns capture and prove."""

    def match(self, statement: ast.Match) -> None:
        """Each case in turn, with what its pattern captures."""
        subject = self.visit(statement.subject)
        scope = self.scope
        before = scope.current
        was_alive = scope.alive
        ends: list[Versions | None] = [before]
        for case in statement.cases:
            scope.current, scope.alive = dict(before), was_alive
            if isinstance(statement.subject, ast.Name) and isinstance(case.pattern, ast.MatchClass):
                scope.current[statement.subject.id] = self._narrowed(subject, case.pattern.cls)
            self.pattern(case.pattern, subject)
            if case.guard is not None:
                self.truth(self.visit(case.guard), case.guard.lineno)
            self.block(case.body)
            ends.append(scope.current if scope.alive else None)
        scope.has_paths = True
        scope.alive = was_alive
        scope.merge(ends)

    def _narrowed(self, subject: int, cls: ast.expr) -> int:
        if not subject:
            return 0
        node = self.new_node()
        self.emit(ops.NARROW, node, subject, self.visit(cls), True)
        return node

    def pattern(self, pattern: ast.pattern, subject: int) -> None:
        """Bind what a pattern captures."""
        if isinstance(pattern, ast.MatchAs):
            self._as_pattern(pattern, subject)
        elif isinstance(pattern, ast.MatchClass):
            self._class_pattern(pattern, self._narrowed(subject, pattern.cls))
        elif isinstance(pattern, ast.MatchOr):
            for alternative in pattern.patterns:
                self.pattern(alternative, subject)
        elif isinstance(pattern, ast.MatchSequence):
            for index, element in enumerate(pattern.patterns):
                self.pattern(element, self._part(ops.UNPACK, subject, index, pattern.lineno))
        elif isinstance(pattern, ast.MatchMapping):
            self._mapping_pattern(pattern, subject)
        elif isinstance(pattern, ast.MatchStar) and pattern.name is not None:
            self.scope.bind(pattern.name, 0)
        elif isinstance(pattern, ast.MatchValue):
            self.visit(pattern.value)

    def _as_pattern(self, pattern: ast.MatchAs, subject: int) -> None:
        if pattern.pattern is not None:
            if isinstance(pattern.pattern, ast.MatchClass):
                subject = self._narrowed(subject, pattern.pattern.cls)
            self.pattern(pattern.pattern, subject)
        if pattern.name is not None:
            self.scope.bind(pattern.name, subject)

    def _mapping_pattern(self, pattern: ast.MatchMapping, subject: int) -> None:
        for key, value in zip(pattern.keys, pattern.patterns, strict=True):
            self.pattern(value, self._part(ops.ITEM, subject, self.visit(key), pattern.lineno))
        if pattern.rest is not None:
            self.scope.bind(pattern.rest, subject)

    def _class_pattern(self, pattern: ast.MatchClass, subject: int) -> None:
        for name, value in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            self.pattern(value, self._part(ops.ATTRIBUTE, subject, name, pattern.lineno))
        for value in pattern.patterns:
            self.pattern(value, 0)

    def _part(self, operation: int, subject: int, place: object, line: int) -> int:
        if not subject:
            return 0
        node = self.new_node()
        self.emit(operation, node, subject, place, line)
        return node
