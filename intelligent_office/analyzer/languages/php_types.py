"""What names and types mean in PHP: namespaces, `use`, and what comments say of types."""

import re
from collections.abc import Iterator

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.php_namespaces import CLASSES, FUNCTIONS
from intelligent_office.analyzer.languages.syntax import Parts, items, line_of, text_of
from intelligent_office.analyzer.languages.walk import Walk

_TAG = re.compile(
    r"@(?:phpstan-|psalm-)?(var|param|return)\s+([^\s$*]+(?:<[^>]*>+)?(?:\[\])*)(?:\s+(?:\.\.\.)?&?(\$\w+))?"
)
_NAME = re.compile(r"\\?[A-Za-z_][\w\\]*")
_LISTS = frozenset({"array", "list", "iterable", "Traversable", "Iterator", "Generator", "IteratorAggregate"})
_PLAIN = frozenset(
    {
        *("array", "iterable", "list", "string", "int", "integer", "float", "bool", "boolean", "mixed", "null", "void"),
        *("callable", "object", "false", "true", "resource", "never", "scalar", "double", "numeric", "class-string"),
    }
)


class PhpTypes(Walk):
    """Names and types."""

    def file(self, root: Node) -> None:
        """Walk the whole file."""
        self.namespace = ""
        self.uses: dict[str, dict[str, str]] = {CLASSES: {}, FUNCTIONS: {}}
        super().file(root)

    def on_namespace(self, node: Node, _parts: Parts, _hint: str) -> int:
        r"""`namespace A\B;`, or with a block."""
        named = node.child_by_field_name("name")
        self.namespace = text_of(named).replace("\\", ".") if named is not None else ""
        self.uses = {CLASSES: {}, FUNCTIONS: {}}
        body = node.child_by_field_name("body")
        if body is not None:
            self.children(body)
            self.namespace = ""
        return 0

    def on_use(self, node: Node, _parts: Parts, _hint: str) -> int:
        r"""`use A\B as C, function A\\f;`, also in groups."""
        prefix, clauses = "", []
        kind = node.child_by_field_name("type")
        for child in items([node]):
            if child.type == "namespace_name":
                prefix = text_of(child) + "\\"
            clauses += items([child]) if child.type == "namespace_use_group" else [child]
        for clause in clauses:
            if clause.type != "namespace_use_clause":
                continue
            own = clause.child_by_field_name("type") or kind
            alias = clause.child_by_field_name("alias")
            named = next(child for child in items([clause]) if child.type in ("name", "qualified_name"))
            full = (prefix + text_of(named)).strip("\\").replace("\\", ".")
            short = text_of(alias) if alias is not None else full.rpartition(".")[2]
            self.uses[FUNCTIONS if own is not None and text_of(own) == "function" else CLASSES][short] = full
        return 0

    def full_class(self, name: str) -> str:
        """The full name of a class."""
        if name.startswith("\\"):
            return name[1:].replace("\\", ".")
        first, _, rest = name.partition("\\")
        if first == "namespace":
            return f"{self.namespace}.{rest}".strip(".").replace("\\", ".")
        known = self.uses[CLASSES].get(first)
        full = known if known is not None else f"{self.namespace}.{first}".lstrip(".")
        return f"{full}.{rest}".rstrip(".").replace("\\", ".")

    def named(self, kind: str, full: str, line: int) -> int:
        """A node for a class or function by its full name, or by several of which the first that there is counts."""
        target = self.new_node()
        self.emit(ops.IMPORT, target, kind, 0, full, line)
        return target

    def function_of(self, node: Node) -> int:
        """The function that a name means."""
        name = text_of(node)
        if "\\" in name:
            return self.named(FUNCTIONS, self.full_class(name), line_of(node))
        known = self.uses[FUNCTIONS].get(name)
        near = f"{self.namespace}.{name}|{name}" if self.namespace else name
        return self.named(FUNCTIONS, known if known is not None else near, line_of(node))

    def on_class_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A class, or a word for one."""
        return self.class_of(text_of(node), line_of(node))

    def class_of(self, name: str, line: int) -> int:
        """The node of a class."""
        cls = self.frame.home.class_index
        if name in ("self", "static", "parent") and cls < 0:
            return 0
        if name == "self":
            return self.summary.classes[cls].node
        if name == "static":
            is_object = self.is_object()
            return self.attribute(self.self_node(), "__class__", line) if is_object else self.self_node()
        if name == "parent":
            bases = self.summary.classes[cls].bases
            return bases[0] if bases else 0
        return 0 if name.lower() in _PLAIN else self.named(CLASSES, self.full_class(name), line)

    def is_object(self) -> bool:
        """Whether `$this` is an object here, and no class."""
        return self.summary.functions[self.frame.home.index].binding == "instance"

    # Types

    def types(self, declared: Node) -> list[int]:
        """Arrays hold something, other plain types nothing."""
        if self.role(declared) == "primitive":
            return [self.container("list", [], [])] if text_of(declared) in ("array", "iterable") else []
        return super().types(declared)

    def on_primitive(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """A plain type."""
        return 0

    def tags(self, node: Node) -> Iterator[tuple[str, str, str]]:
        """What the comment before a declaration says of types: the tag, the type and the variable."""
        before = node.prev_named_sibling
        while before is not None and before.type == "attribute_list":
            before = before.prev_named_sibling
        if before is not None and before.type == "comment" and (text := text_of(before)).startswith("/**"):
            yield from _TAG.findall(text)

    def told(self, target: int, said: str, line: int) -> None:
        """A comment tells what something holds; it counts where nothing else does."""
        for node in self._said(said, line):
            self.emit(ops.EVIDENCE, target, node, "instance", True)

    def _said(self, said: str, line: int) -> Iterator[int]:
        for part in _alternatives(said.strip("?()")):
            if part.endswith("[]") or (part.partition("<")[0].lstrip("\\") in _LISTS and "<" in part):
                inner = part[:-2] if part.endswith("[]") else part.partition("<")[2].rstrip(">").rpartition(",")[2]
                held = self.new_node()
                for node in self._said(inner.strip(), line):
                    self.emit(ops.EVIDENCE, held, node, "instance", False)
                yield self.container("list", [], [held])
                continue
            name = part.partition("<")[0]
            if name == "$this" or (_NAME.fullmatch(name) and name.lower() not in _PLAIN):
                found = self.class_of("static" if name == "$this" else name, line)
                if found:
                    yield found


def _alternatives(said: str) -> Iterator[str]:
    """`A|B<C|D>`: A and B<C|D>."""
    depth, start = 0, 0
    for place, sign in enumerate(said):
        depth += (sign == "<") - (sign == ">")
        if sign in "|&" and not depth:
            yield said[start:place]
            start = place + 1
    yield said[start:]
