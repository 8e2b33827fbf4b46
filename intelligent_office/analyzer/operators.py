"""Walk operators, comparisons and conditions."""

import ast

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.narrowing import Proof, proofs
from intelligent_office.analyzer.walk import Walk

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


class Operators(Walk):
    """Expressions that combine values."""

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

    def partial_name(self, prefix: str, suffix: str) -> int:
        """A string of which only the ends are known."""
        if not (prefix + suffix).isidentifier():
            return self.literal("")
        node = self.new_node()
        self.emit(ops.FORMAT_NAME, node, prefix, suffix)
        return node
