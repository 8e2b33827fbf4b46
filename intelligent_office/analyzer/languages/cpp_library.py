"""What the types and functions of C++'s library hold and call."""

from intelligent_office.analyzer.languages.declared_types import ELEMENT, ITSELF, TEXT, VALUE
from intelligent_office.analyzer.languages.models import Model

CPP_TYPES: dict[str, str] = {
    **dict.fromkeys(
        (
            *("vector", "list", "deque", "array", "set", "multiset", "unordered_set", "queue", "stack", "span"),
            *("priority_queue", "forward_list", "initializer_list", "valarray"),
        ),
        ELEMENT,
    ),
    **dict.fromkeys(("map", "multimap", "unordered_map", "unordered_multimap", "pair"), VALUE),
    **dict.fromkeys(
        ("unique_ptr", "shared_ptr", "weak_ptr", "optional", "reference_wrapper", "atomic", "future"), ITSELF
    ),
    **dict.fromkeys(("string", "string_view", "wstring"), TEXT),
}

TRANSPARENT = frozenset({"get", "value", "lock", "release", "load", "second", "first", "value_or"})
"""What smart pointers, optionals and pairs are asked for what they hold, which here they are themselves."""

_SECOND = ("sort", "stable_sort", "for_each", "find_if", "find_if_not", "any_of", "all_of", "none_of", "count_if")
_THIRD = ("transform", "accumulate", "lower_bound", "upper_bound", "binary_search", "copy_if", "nth_element")

CPP_MODELS: dict[str, Model] = {
    **{
        f"std.{name}": Model(2)
        for name in (*_SECOND, "remove_if", "partition", "generate", "max_element", "min_element")
    },
    **{f"std.{name}": Model((2, 3)) for name in _THIRD},
    **{f"std.{name}": Model(0, ("rest",)) for name in ("thread", "jthread", "invoke", "atexit", "set_terminate")},
    **{f"std.{name}": Model(0, ("rest",), result=("argument 0",)) for name in ("bind", "bind_front", "mem_fn")},
    "std.async": Model((0, 1)),
    "std.call_once": Model(1, ("rest",)),
    **{f"std.{name}": Model(result=("argument 0",)) for name in ("move", "forward", "ref", "cref", "addressof")},
    **{f"std.{name}": Model(result=("argument 0",)) for name in ("dynamic_pointer_cast", "static_pointer_cast")},
    **{f"std.{name}": Model(result=("argument 0",)) for name in ("begin", "end", "as_const", "exchange", "function")},
}

CPP_METHODS: dict[str, Model] = {
    **dict.fromkeys(
        ("push_back", "push_front", "push", "insert", "emplace_back", "emplace", "insert_or_assign", "assign"),
        Model(added=("argument 0", "argument 1")),
    ),
    **dict.fromkeys(("front", "back", "top", "at"), Model(result=("element",))),
    **dict.fromkeys(
        (
            *("begin", "end", "cbegin", "cend", "rbegin", "rend", "find", "lower_bound", "upper_bound", "data"),
            *("erase",),
        ),
        Model(result=("receiver",)),
    ),
}
CONTAINER_METHODS = frozenset(
    {"size", "empty", "clear", "resize", "reserve", "pop_back", "pop_front", "pop", "count", "contains", "swap"}
)
