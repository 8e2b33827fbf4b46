"""Declarators of C and C++: what is declared by `int *(*name[3])(void)`."""

from typing import NamedTuple

from tree_sitter import Node

from intelligent_office.analyzer.languages.syntax import text_of

_POINTERS = ("pointer_declarator", "reference_declarator", "parenthesized_declarator")


class Declarator(NamedTuple):
    """A declared name, and what of its type stands around it."""

    node: Node | None
    """The name, as it stands."""
    parameters: list[Node]
    """Of a function: the list of its parameters."""
    is_function: bool
    is_list: bool
    is_pointer_to_function: bool = False
    is_indirect: bool = False
    """Whether it is a pointer or a reference."""
    value: Node | None = None
    """What a variable is initialized with."""

    @property
    def name(self) -> str:
        """The declared name; nothing for a parameter without one."""
        return text_of(self.node) if self.node is not None else ""

    @property
    def line(self) -> int:
        """The line on which the name stands."""
        return int(self.node.start_point[0]) + 1 if self.node is not None else 0


def declarator(node: Node | None) -> Declarator:
    """Take a declarator apart."""
    value = None
    around: list[Node] = []
    while node is not None:
        if node.type in ("init_declarator", "optional_parameter_declaration"):
            value = node.child_by_field_name("value")
        elif not node.type.endswith("_declarator") or node.type == "structured_binding_declarator":
            break
        else:
            around.append(node)
        inner = node.child_by_field_name("declarator")
        if inner is None:
            candidates = [child for child in node.named_children if not _is_noise(child)]
            inner = candidates[-1] if candidates and node.type in (*_POINTERS, "attributed_declarator") else None
        node = inner
    plain = [part for part in around if part.type not in ("parenthesized_declarator", "attributed_declarator")]
    innermost = plain[-1] if plain else None
    is_function = innermost is not None and innermost.type == "function_declarator"
    parameters = innermost.child_by_field_name("parameters") if is_function and innermost is not None else None
    return Declarator(
        node,
        [parameters] if parameters is not None else [],
        is_function,
        any(part.type == "array_declarator" for part in plain),
        not is_function and any("function_declarator" in part.type for part in plain),
        any(part.type in ("pointer_declarator", "reference_declarator") for part in plain),
        value,
    )


def _is_noise(node: Node) -> bool:
    return node.type in ("type_qualifier", "ms_pointer_modifier", "ms_call_modifier", "comment", "attribute_specifier")
