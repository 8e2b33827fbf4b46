"""What one module says, boiled down to flows between numbered nodes.

A node stands for the values a variable version or an expression may have; node 0 is "nothing of interest". The
operations below are plain tuples whose first item is the operation, so that a summary can be marshalled.
"""

import marshal
from dataclasses import dataclass, field
from typing import Any

Operation = tuple[Any, ...]

COPY = 0  # (_, target, source)
ATTRIBUTE = 1  # (_, target, owner, name, line)
SET_ATTRIBUTE = 2  # (_, owner, name, source, line)
CALL = 3  # (_, target, callee, positional, keywords, line, attribute name or "", is_decorator)
ITEM = 4  # (_, target, owner, key node, line)
SET_ITEM = 5  # (_, owner, key node, source, line)
ITERATE = 6  # (_, target, source, line, is_async)
SPECIAL = 7  # (_, target, owner, method names, arguments, line)
OPERATOR = 8  # (_, target, left, right, operator, line)
NARROW = 9  # (_, target, source, class node, wanted)
SUPER = 10  # (_, target, class index, self node, line)
CONTAINER = 11  # (_, target, kind, ((key, source), ...), sources of any key)
IMPORT = 12  # (_, target, module, level, name or "", line)
UNPACK = 13  # (_, target, source, index, line)
REST = 14  # (_, target, source, start, end)
EVIDENCE = 15  # (_, target, type node, shape, is_weak)
AWAIT = 16  # (_, target, source, line)
RAISE = 17  # (_, source, line)
SLICE = 18  # (_, target, owner, start, stop, line)
ENTER = 19  # (_, target, source, line, is_async)
FORMAT_NAME = 20  # (_, target, prefix, suffix): a string known only by its ends
DELETE_ITEM = 21  # (_, owner, line)
ACCESSOR = 22  # (_, target, getter, setter): an attribute that is computed
MEMBER = 23  # (_, target, ((class index, self node), ...), name, node, line): of a class around, else a variable

MODULE, FUNCTION, METHOD, LAMBDA = "module", "function", "method", "lambda"


@dataclass(slots=True)
class FunctionSummary:
    """One function: its parameters as nodes, and the operations of its body."""

    name: str
    line: int
    end_line: int
    kind: str
    owner: int
    """Index of the class whose body holds it, or -1."""
    parent: int
    """Index of the function around it, or -1."""
    node: int
    """The node that holds the function itself, before decoration."""
    positional: tuple[tuple[str, int, int], ...] = ()
    """Name, node and default of each parameter that may be given by position."""
    keyword_only: tuple[tuple[str, int, int], ...] = ()
    positional_only: int = 0
    rest: int = 0
    keyword_rest: int = 0
    returned: int = 0
    yielded: int = 0
    is_async: bool = False
    binding: str = "function"
    """What the first parameter is given by attribute access: "instance", "class", or nothing ("static", "function")."""
    is_abstract: bool = False
    returned_parameters: tuple[int, ...] = ()
    """Positions of parameters that are returned as they came: the caller's own argument comes back."""
    first_node: int = 0
    first_end: int = 0
    body_node: int = 0
    body_end: int = 0
    """The nodes of this function and of all inside it are those of these two ranges, without their ends."""
    makes_closures: bool = False
    operations: list[Operation] = field(default_factory=list)


@dataclass(slots=True)
class ClassSummary:
    """One class: its bases as nodes, and what its body binds."""

    name: str
    line: int
    node: int
    owner: int
    parent: int
    bases: tuple[int, ...] = ()
    metaclass: int = 0
    attributes: dict[str, int] = field(default_factory=dict)
    annotated: tuple[str, ...] = ()
    """Names of annotated fields, in order: the parameters of a generated constructor."""
    decorators: tuple[int, ...] = ()


@dataclass(slots=True)
class ModuleSummary:
    """One module; function 0 is its top level."""

    node_count: int = 1
    functions: list[FunctionSummary] = field(default_factory=list)
    classes: list[ClassSummary] = field(default_factory=list)
    constants: dict[int, Any] = field(default_factory=dict)
    """Literals by node; the name of a type stands for any value of it."""
    exports: dict[str, int] = field(default_factory=dict)
    """What the module's names hold at its end."""
    unresolved: dict[str, int] = field(default_factory=dict)
    """Names read but not bound here: builtins, or brought in by a star import."""
    aliases: dict[int, int] = field(default_factory=dict)
    stars: tuple[tuple[str, int], ...] = ()
    """Modules whose names are all imported, each with its level."""
    public: tuple[str, ...] | None = None
    """The names listed in `__all__`, where it is a plain list."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else a file tells those who link it, in the terms of its language: its package, what it includes …"""


def to_bytes(summary: ModuleSummary) -> bytes:
    """Pack a summary for the cache or for another process."""
    functions = [tuple(getattr(function, name) for name in FunctionSummary.__slots__) for function in summary.functions]
    classes = [tuple(getattr(cls, name) for name in ClassSummary.__slots__) for cls in summary.classes]
    rest = tuple(getattr(summary, name) for name in ModuleSummary.__slots__[3:])
    return marshal.dumps((summary.node_count, functions, classes, rest))


def from_bytes(packed: bytes) -> ModuleSummary:
    """Undo `to_bytes`."""
    node_count, functions, classes, rest = marshal.loads(packed)  # noqa: S302 - our own cache, checked by digest
    return ModuleSummary(
        node_count,
        [FunctionSummary(*function) for function in functions],
        [ClassSummary(*cls) for cls in classes],
        *rest,
    )
