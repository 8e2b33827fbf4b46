"""Walk expressions: which node holds their value, and which operations fill it."""

import ast

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.displays import Displays
from intelligent_office.analyzer.narrowing import access_path
from intelligent_office.analyzer.recovery import parse_expression


class Expressions(Displays):
    """The expression half of the walk over a module."""

    def __init__(self) -> None:
        super().__init__()
        self._visits = {
            ast.Name: self.name,
            ast.Constant: self.constant,
            ast.Attribute: self.spine,
            ast.Call: self.spine,
            ast.Subscript: self.spine,
            ast.BinOp: self.binary,
            ast.BoolOp: self.boolean,
            ast.Compare: self.compare,
            ast.UnaryOp: self.unary,
            ast.IfExp: self.conditional,
            ast.Lambda: self.lambda_,
            ast.List: self.sequence,
            ast.Tuple: self.sequence,
            ast.Set: self.sequence,
            ast.Dict: self.dictionary,
            ast.ListComp: self.comprehension,
            ast.SetComp: self.comprehension,
            ast.GeneratorExp: self.comprehension,
            ast.DictComp: self.dictionary_comprehension,
            ast.JoinedStr: self.joined_string,
            ast.FormattedValue: self.formatted,
            ast.Await: self.await_,
            ast.Yield: self.yield_,
            ast.YieldFrom: self.yield_from,
            ast.Starred: self.starred,
            ast.NamedExpr: self.named,
            ast.Slice: self.slice_,
        }

    def name(self, expression: ast.Name) -> int:
        """A variable as it stands."""
        name = expression.id
        node = self.scope.current.get(name)
        return self.scope.read(name) if node is None else node

    def constant(self, expression: ast.Constant) -> int:
        """A literal: itself where it may serve as a key, else any value of its type."""
        return self.literal(expression.value)

    def spine(self, expression: ast.expr) -> int:
        """Attributes, calls and subscripts hang to the left of each other; a long row of them is walked by a loop."""
        row: list[ast.expr] = []
        inner: ast.expr = expression
        while True:
            row.append(inner)
            if isinstance(inner, ast.Call):
                inner = inner.func
            elif isinstance(inner, ast.Attribute | ast.Subscript):
                inner = inner.value
            else:
                break
        row.pop()
        node = self.visit(inner)
        previous: ast.expr = inner
        for outer in reversed(row):
            kind = outer.__class__
            if kind is ast.Attribute:
                node = self.attribute(outer, node)  # type: ignore[arg-type]
            elif kind is ast.Call:
                node = self.call(outer, node, previous)  # type: ignore[arg-type]
            else:
                node = self.subscript(outer, node)  # type: ignore[arg-type]
            previous = outer
        return node

    def attribute(self, expression: ast.Attribute, owner: int) -> int:
        """Read an attribute of a value that has been walked."""
        if self.scope.has_paths:
            stored = self.scope.read_path(access_path(expression))
            if stored is not None:
                return stored
        if not owner:
            return 0
        node = self.new_node()
        self.scope.operations.append((ops.ATTRIBUTE, node, owner, expression.attr, expression.end_lineno))
        return node

    def subscript(self, expression: ast.Subscript, owner: int) -> int:
        """Read an item of a value that has been walked."""
        key = expression.slice
        if self.scope.has_paths:
            stored = self.scope.read_path(access_path(expression))
            if stored is not None:
                self.visit(key)
                return stored
        if isinstance(key, ast.Slice):
            return self._slice_of(owner, key, expression.lineno)
        key_node = self.visit(key)
        if not owner:
            return 0
        node = self.new_node()
        self.emit(ops.ITEM, node, owner, key_node, expression.lineno)
        return node

    def _slice_of(self, owner: int, key: ast.Slice, line: int) -> int:
        self.slice_(key)
        if not owner:
            return 0
        node = self.new_node()
        start, stop = small_integer(key.lower, 0), small_integer(key.upper, None)
        self.emit(ops.SLICE, node, owner, start, stop, line)
        return node

    def slice_(self, expression: ast.Slice) -> int:
        """Walk the bounds of a slice."""
        for bound in (expression.lower, expression.upper, expression.step):
            self.visit(bound)
        return 0

    def call(self, expression: ast.Call, callee: int, function: ast.expr) -> int:
        """Call a value that has been walked."""
        positional = tuple([self.argument(argument) for argument in expression.args])
        keywords = tuple([(keyword.arg, self.visit(keyword.value)) for keyword in expression.keywords])
        attribute = function.attr if function.__class__ is ast.Attribute else ""
        if not callee and not attribute:
            return 0
        line = function.end_lineno
        if function.__class__ is ast.Name:
            special = self._special_call(expression, function, line)
            if special is not None:
                return special
        scope = self.scope
        kept = self._updated_paths(expression, function) if attribute == "update" else None
        if kept is None and scope.has_paths:
            scope.forget_paths()
        node = self.new_node()
        scope.operations.append((ops.CALL, node, callee, positional, keywords, line, attribute, False))
        for path, source in kept or ():
            scope.bind_path(path, source)
        return node

    def argument(self, expression: ast.expr) -> int:
        """Node of a positional argument; one with a star is negative, and iterated over whoever is called."""
        if expression.__class__ is ast.Starred:
            source = self.visit(expression.value)
            if source:
                self.emit(ops.ITERATE, self.new_node(), source, expression.lineno, False)
            return -source
        return self.visit(expression)

    def _special_call(self, expression: ast.Call, function: ast.Name, line: int | None) -> int | None:
        if function.id == "super" and not expression.args:
            node = self.new_node()
            self.emit(ops.SUPER, node, self.scope.class_index, self.scope.self_node, line)
            return node
        if function.id in ("eval", "exec") and expression.args:
            return self._evaluated(expression.args[0])
        return None

    def _evaluated(self, expression: ast.expr) -> int | None:
        """Code in a literal string is code like any other, at the place of the call."""
        if not (isinstance(expression, ast.Constant) and isinstance(expression.value, str)):
            return None
        body = parse_expression(expression.value, expression.lineno)
        return None if body is None else self.visit(body)

    def _updated_paths(self, expression: ast.Call, function: ast.expr) -> list[tuple[str, int]] | None:
        """`d.update({"a": f})` stores at known paths, and touches nothing else."""
        if not isinstance(function, ast.Attribute) or len(expression.args) != 1 or expression.keywords:
            return None
        owner, literal = access_path(function.value), expression.args[0]
        if not owner or not isinstance(literal, ast.Dict):
            return None
        stored = []
        for key, value in zip(literal.keys, literal.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(value, ast.Name):
                return None
            stored.append((f"{owner}[{key.value!r}]", self.name(value)))
        return stored

    def await_(self, expression: ast.Await) -> int:
        """`await x`."""
        source = self.visit(expression.value)
        if not source:
            return 0
        node = self.new_node()
        self.emit(ops.AWAIT, node, source, expression.lineno)
        return node

    def yield_(self, expression: ast.Yield) -> int:
        """`yield x` hands x to whoever iterates over the generator."""
        node = self.visit(expression.value)
        function = self.summary.functions[self.scope.function]
        function.yielded = function.yielded or self.new_node()
        if node:
            self.emit(ops.COPY, function.yielded, node)
        return 0

    def yield_from(self, expression: ast.YieldFrom) -> int:
        """`yield from x` hands on the elements of x."""
        source = self.visit(expression.value)
        function = self.summary.functions[self.scope.function]
        function.yielded = function.yielded or self.new_node()
        if not source:
            return 0
        self.emit(ops.ITERATE, function.yielded, source, expression.lineno, False)
        node = self.new_node()
        self.emit(ops.AWAIT, node, source, expression.lineno)
        return node

    def starred(self, expression: ast.Starred) -> int:
        """`*x` where no row of values is built."""
        return self.visit(expression.value)

    def named(self, expression: ast.NamedExpr) -> int:
        """`(name := value)`."""
        node = self.visit(expression.value)
        self.assign(expression.target, node)
        return node

    def lambda_(self, expression: ast.Lambda) -> int:
        """A function without a name; the statement half keeps its body for later."""
        raise NotImplementedError


def small_integer(expression: ast.expr | None, default: int | None) -> int | None:
    """A literal bound of a slice; anything else is taken for the default."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, int):
        return int(expression.value)
    return default
