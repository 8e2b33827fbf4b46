"""What the text of a test proves, and which variable a piece of code speaks of: pure questions about syntax."""

import ast
from collections.abc import Iterator
from typing import NamedTuple


class Proof(NamedTuple):
    """`path` holds (or, if not wanted, does not hold) an instance of a type."""

    path: str
    subject: ast.expr
    type: ast.expr
    wanted: bool


def access_path(expression: ast.expr) -> str:
    """`self.name` or `table["key"]` as text; empty for what is not a path from a variable."""
    ends: list[str] = []
    while True:
        if isinstance(expression, ast.Name):
            return expression.id + "".join(reversed(ends))
        if isinstance(expression, ast.Attribute):
            ends.append("." + expression.attr)
        elif isinstance(expression, ast.Subscript) and isinstance(expression.slice, ast.Constant):
            ends.append(f"[{expression.slice.value!r}]")
        else:
            return ""
        expression = expression.value


def proofs(test: ast.expr, *, wanted: bool) -> list[Proof]:
    """What is known of variables once a test came out as wanted."""
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, wanted = test.operand, not wanted
    if isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) is wanted:
            return [proof for value in test.values for proof in proofs(value, wanted=wanted)]
        return []
    if (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Name)
        and test.func.id == "isinstance"
        and len(test.args) == 2
    ):
        path = access_path(test.args[0])
        return [Proof(path, test.args[0], test.args[1], wanted)] if path else []
    return []


def target_names(target: ast.expr) -> Iterator[str]:
    """The variables an assignment target binds."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Starred):
        yield from target_names(target.value)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from target_names(element)


def literal_key(expression: ast.expr) -> object:
    """The literal a key is, or None."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str | int):
        return expression.value
    return None
