"""Walk expressions: which node holds their value, and which operations fill it."""

import ast
from collections.abc import Callable
from typing import Any

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.narrowing import Proof, access_path, proofs, target_names
from intelligent_office.analyzer.scopes import Scope
from intelligent_office.analyzer.summary import ModuleSummary

OPERATORS = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.MatMult: "matmul",
    ast.Div: "truediv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.BitAnd: "and",
    ast.FloorDiv: "floordiv",
}
COMPARISONS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}
UNARY = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}
TRUTH = ("__bool__", "__len__")
LONGEST_KEY = 40
LARGEST_INDEX = 64
LARGEST_DISPLAY = 200
"""Elements of a list, tuple or dictionary that are told apart; beyond it they are one."""

Visit = Callable[[Any], int]


class Expressions:
    """Expression half of the walk over a module."""

    def __init__(self) -> None:
        self.summary = ModuleSummary()
        self.scope = Scope("module", None, 0, [], self.new_node)
        self._literals: dict[tuple[str, object], int] = {}
        self._calls_made = 0
        self._visits: dict[type, Visit] = {
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

    def name(self, expression: ast.Name) -> int:
        """A variable as it stands."""
        name = expression.id
        node = self.scope.current.get(name)
        return self.scope.read(name) if node is None else node

    def constant(self, expression: ast.Constant) -> int:
        """A literal: itself where it may serve as a key, else any value of its type."""
        return self.literal(expression.value)

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
            self.summary.constants[node] = (kind,) if value is None else value
        return node

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
            special = self._special_call(expression, function, line)  # type: ignore[arg-type]
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
        """Node of a positional argument; one with a star is negative."""
        if expression.__class__ is ast.Starred:
            return -self.visit(expression.value)  # type: ignore[attr-defined]
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
        try:
            body = ast.parse(expression.value.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
        for inner in ast.walk(body):
            if isinstance(inner, ast.expr):
                inner.lineno = inner.end_lineno = expression.lineno
        return self.visit(body)

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

    def binary(self, expression: ast.BinOp) -> int:
        """`a + b + c` leans to the left, maybe a thousand times: a loop walks it."""
        row: list[ast.BinOp] = []
        inner: ast.expr = expression
        while isinstance(inner, ast.BinOp):
            row.append(inner)
            inner = inner.left
        node = self.visit(inner)
        affixed = self._affixed(row, inner)
        if affixed:
            return affixed
        for outer in reversed(row):
            right = self.visit(outer.right)
            node = self.operate(node, right, OPERATORS[outer.op.__class__], outer.lineno)
        return node

    def _affixed(self, row: list[ast.BinOp], leftmost: ast.expr) -> int:
        """`"do_" + name` and `"do_%s" % name`: a name of which an end is known."""
        prefix = leftmost.value if isinstance(leftmost, ast.Constant) and isinstance(leftmost.value, str) else ""
        last = row[0].right
        suffix = last.value if isinstance(last, ast.Constant) and isinstance(last.value, str) else ""
        if isinstance(row[-1].op, ast.Mod):
            prefix, _, suffix = prefix.partition("%s")
        elif not all(isinstance(outer.op, ast.Add) for outer in row):
            return 0
        if not (prefix + suffix).isidentifier():
            return 0
        for outer in row:
            self.visit(outer.right)
        return self.partial_name(prefix, suffix)

    def operate(self, left: int, right: int, operator: str, line: int) -> int:
        """The value of an operator between two walked values."""
        constants = self.summary.constants
        if (not left or left in constants) and (not right or right in constants):
            return left
        node = self.new_node()
        self.emit(ops.OPERATOR, node, left, right, operator, line)
        return node

    def boolean(self, expression: ast.BoolOp) -> int:
        """`a and b or c`: any of them; later ones know what the earlier ones proved."""
        is_and = isinstance(expression.op, ast.And)
        before: dict[str, int | None] = {}
        nodes = []
        for value in expression.values:
            node = self.visit(value)
            nodes.append(node)
            if value is not expression.values[-1]:
                self.truth(node, value.lineno)
                for path, old in self.assume(proofs(value, wanted=is_and)):
                    before.setdefault(path, old)
        self.restore(before)
        return self.scope.union(nodes[-1:] if is_and else nodes)

    def assume(self, found: list[Proof]) -> list[tuple[str, int | None]]:
        """Go on with what was proved; returns what the paths held before."""
        before = []
        for proof in found:
            scope = self.scope
            old = scope.current.get(proof.path)
            source = self.visit(proof.subject)
            if not source:
                continue
            before.append((proof.path, old))
            narrowed = self.new_node()
            self.emit(ops.NARROW, narrowed, source, self.visit(proof.type), proof.wanted)
            if isinstance(proof.subject, ast.Name):
                scope.current[proof.path] = narrowed
            else:
                scope.bind_path(proof.path, narrowed)
        return before

    def restore(self, before: dict[str, int | None]) -> None:
        """Forget what was assumed."""
        for path, old in before.items():
            if old is None:
                self.scope.current.pop(path, None)
            else:
                self.scope.current[path] = old

    def compare(self, expression: ast.Compare) -> int:
        """Comparisons call special methods of the left side, `in` of the right."""
        left = self.visit(expression.left)
        for operator, comparator in zip(expression.ops, expression.comparators, strict=True):
            right = self.visit(comparator)
            name = COMPARISONS.get(operator.__class__)
            if name is not None:
                self.operate(left, right, name, expression.lineno)
            elif isinstance(operator, ast.In | ast.NotIn) and right:
                self.emit(ops.SPECIAL, 0, right, ("__contains__", "__iter__"), (left,), expression.lineno)
            left = right
        return self.literal(True)

    def unary(self, expression: ast.UnaryOp) -> int:
        """`not`, `-`, `+`, `~`; rows of them are walked by a loop."""
        inner: ast.expr = expression
        row: list[ast.UnaryOp] = []
        while isinstance(inner, ast.UnaryOp):
            row.append(inner)
            inner = inner.operand
        node = self.visit(inner)
        for outer in reversed(row):
            if isinstance(outer.op, ast.Not):
                self.truth(node, outer.lineno)
                node = self.literal(True)
            elif isinstance(outer.op, ast.USub) and isinstance(outer.operand, ast.Constant):
                value = outer.operand.value
                node = self.literal(-value) if isinstance(value, int) else node
            elif node:
                result = self.new_node()
                self.emit(ops.SPECIAL, result, node, (UNARY[outer.op.__class__],), (), outer.lineno)
                node = result
        return node

    def truth(self, node: int, line: int) -> None:
        """A value is asked whether it is true."""
        if node and node not in self.summary.constants:
            self.emit(ops.SPECIAL, 0, node, TRUTH, (), line)

    def conditional(self, expression: ast.IfExp) -> int:
        """`a if test else b`; a row of them hangs to the right."""
        nodes = []
        inner: ast.expr = expression
        before: dict[str, int | None] = {}
        while isinstance(inner, ast.IfExp):
            self.truth(self.visit(inner.test), inner.lineno)
            proved = dict(self.assume(proofs(inner.test, wanted=True)))
            nodes.append(self.visit(inner.body))
            self.restore(proved)
            for path, old in self.assume(proofs(inner.test, wanted=False)):
                before.setdefault(path, old)
            inner = inner.orelse
        nodes.append(self.visit(inner))
        self.restore(before)
        return self.scope.union(nodes)

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
        constants = self.summary.constants
        if all(node in constants for _, node in fields) and all(node in constants for node in anything):
            if kind == "tuple" or not fields:
                return self._container_node(kind, fields, anything)
            fields = fields[:LARGEST_INDEX]
        return self._container_node(kind, fields, anything)

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

    def assign(self, target: ast.expr, node: int) -> None:
        """Bind a target; the statement half knows how."""
        raise NotImplementedError

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

    def partial_name(self, prefix: str, suffix: str) -> int:
        """A string of which only the ends are known."""
        if not (prefix + suffix).isidentifier():
            return self.literal("")
        node = self.new_node()
        self.emit(ops.FORMAT_NAME, node, prefix, suffix)
        return node

    def formatted(self, expression: ast.FormattedValue) -> int:
        """`{value!r:spec}` in an f-string."""
        node = self.visit(expression.value)
        if expression.format_spec is not None:
            self.visit(expression.format_spec)
        if node and node not in self.summary.constants:
            names = ("__repr__",) if expression.conversion == ord("r") else ("__format__", "__str__", "__repr__")
            self.emit(ops.SPECIAL, 0, node, names, (), expression.lineno)
        return self.literal("")

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


def literal_key(expression: ast.expr) -> object:
    """The literal a key is, or None."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str | int):
        return expression.value
    return None
