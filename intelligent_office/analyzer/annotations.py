"""The classes an annotation names: a pure question about syntax."""

import ast

from intelligent_office.analyzer.recovery import parse_expression

_UNTELLING = frozenset({"str", "int", "bool", "float", "bytes", "None", "Any", "object", "complex"})
_ALTERNATIVES = frozenset(
    {"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"}
)
_ELEMENTS = frozenset(
    {
        *("list", "List", "set", "Set", "frozenset", "FrozenSet", "tuple", "Tuple", "deque", "Deque"),
        *("Sequence", "MutableSequence", "Collection", "Iterable", "Iterator", "Generator"),
        *("AsyncIterable", "AsyncIterator", "AsyncGenerator"),
    }
)
_MAPPINGS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"})


def type_names(annotation: ast.expr) -> list[tuple[ast.expr, str]]:
    """The classes an annotation names, each as an instance, an element of a container, or the class itself."""
    found: list[tuple[ast.expr, str]] = []
    pending = [(annotation, "instance")]
    while pending:
        expression, shape = pending.pop()
        if isinstance(expression, ast.Name):
            if expression.id not in _UNTELLING:
                found.append((expression, shape))
        elif isinstance(expression, ast.Attribute):
            found.append((expression, shape))
        elif isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            parsed = parse_expression(expression.value, expression.lineno)
            if parsed is not None:
                pending.append((parsed, shape))
        elif isinstance(expression, ast.BinOp):
            pending.extend(((expression.left, shape), (expression.right, shape)))
        elif isinstance(expression, ast.Subscript):
            pending.extend(_inner_types(expression, shape))
    return found


def _inner_types(expression: ast.Subscript, shape: str) -> list[tuple[ast.expr, str]]:
    name = expression.value.attr if isinstance(expression.value, ast.Attribute) else getattr(expression.value, "id", "")
    inner = expression.slice.elts if isinstance(expression.slice, ast.Tuple) else [expression.slice]
    if name in _ALTERNATIVES:
        return [(item, shape) for item in (inner[:1] if name == "Annotated" else inner)]
    if shape == "instance" and name in ("type", "Type"):
        return [(item, "class") for item in inner]
    if shape == "instance" and name in _ELEMENTS:
        return [(item, "element") for item in inner]
    if shape == "instance" and name in _MAPPINGS:
        return [(item, "element") for item in inner[1:]]
    if name in ("Callable", "Literal", "type", "Type") or name in _ELEMENTS or name in _MAPPINGS:
        return []
    if name in ("Awaitable", "Coroutine"):
        return [(inner[-1], shape)]
    return [(expression.value, shape)]
