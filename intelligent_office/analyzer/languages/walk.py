"""Walk a marked syntax tree and sum it up in the same operations as a Python module.

Each role that a query gives to a node has a method `on_ROLE(node, parts, hint)` here or in a language's own class. It
returns the node of the value the syntax stands for, 0 if it stands for none. `hint` is the name under which the value
is going to be known. A node without a role is walked for what is inside it.
"""

from collections.abc import Callable, Iterator

from tree_sitter import Node, Tree

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.classes import Classes
from intelligent_office.analyzer.languages.scopes import Frame, Scope, settle
from intelligent_office.analyzer.languages.syntax import Mark, Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import FunctionSummary, ModuleSummary

Act = Callable[[Node, Parts, str], int]
LONGEST_LITERAL = 200
"""Characters of a string; a longer one is no key and no name."""


class Walk(Classes):
    """Expressions and statements that most languages share."""

    def readings(self, text: str) -> Iterator[str]:
        """The source as the grammar may read it, all on its lines; of several, that with the fewest errors."""
        yield text

    def summarize(self, tree: Tree, marks: dict[int, Mark]) -> ModuleSummary:
        """Sum up a file."""
        self.marks = marks
        top = FunctionSummary("", 1, max(tree.root_node.end_point[0], 1), ops.MODULE, -1, -1, 0)
        self.summary.functions.append(top)
        self.module = self.scope = self.new_scope("module", None, Frame(0, top.operations, ""))
        self.file(tree.root_node)
        self.finish()
        settle(self.scopes, self.module, self.summary)
        self.settle_returns()
        return self.summary

    def file(self, root: Node) -> None:
        """Walk the whole file."""
        self.children(root)

    def finish(self) -> None:
        """What is left to do at the end of a file, before names get their meaning."""

    # Walking

    def visit(self, node: Node | None, hint: str = "") -> int:
        """The node of what the syntax stands for."""
        if node is None:
            return 0
        mark = self.marks.get(node.id)
        if mark is None:
            self.children(node)
            return 0
        act = self._acts.get(mark.role)
        if act is None:
            act = getattr(self, f"on_{mark.role}", self._astray)
            act = self._acts[mark.role] = self._in_class(act) if mark.role in self.members else act
        return act(node, mark.parts, hint)

    members: frozenset[str] = frozenset({"field"})
    """The roles of what can only stand in a class."""

    def _in_class(self, act: Act) -> Act:
        def checked(node: Node, parts: Parts, hint: str) -> int:
            return (act if self.scope.kind == "class" else self._astray)(node, parts, hint)

        return checked

    def _astray(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Syntax that only makes sense inside of other, and that an error has brought here."""
        self.children(node)
        return 0

    def children(self, node: Node) -> None:
        """Walk what is inside."""
        for child in node.named_children:
            self.visit(child)

    def role(self, node: Node | None) -> str:
        """What the query says the node is, or nothing."""
        mark = self.marks.get(node.id) if node is not None else None
        return mark.role if mark is not None else ""

    def parts(self, node: Node) -> Parts:
        """The captured parts of a node."""
        mark = self.marks.get(node.id)
        return mark.parts if mark is not None else {}

    def known(self, value: int) -> int:
        """A node for a value, even if nothing is known of it."""
        return value or self.new_node()

    # Names and values

    def on_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A variable is read."""
        return self.read_name(text_of(node), line_of(node))

    def read_name(self, name: str, line: int) -> int:
        """The node of a name: a variable, or a member of a class around where that needs no `this`."""
        owners = self.owners() if self.implicit_self and not self.is_local(name) else ()
        if not owners:
            return self.scope.node(name)
        target = self.new_node()
        self.emit(ops.MEMBER, target, owners, name, self.scope.node(name), line)
        return target

    def is_local(self, name: str, *passed: str) -> bool:
        """Whether a function around has declared the name by now, outside of scopes that are `passed`."""
        holder = self.scope.holder(name, *passed)
        return holder is not None and holder.around(("function", "class", "module")).kind == "function"

    def on_nothing(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """A literal that holds nothing to follow, or syntax of no interest."""
        return 0

    def on_through(self, node: Node, parts: Parts, hint: str) -> int:
        """Syntax that stands for its last part, or for its last child: parentheses, `await`, casts."""
        *others, last = parts.get("value") or items([node]) or [node]
        for other in others:
            self.visit(other)
        return 0 if last.id == node.id else self.visit(last, hint)

    def on_choice(self, node: Node, parts: Parts, hint: str) -> int:
        """One of several values: `a ? b : c`, `a || b`."""
        chosen = {part.id for part in parts["value"]}
        values = [(child.id, self.visit(child, hint)) for child in items([node])]
        return self.joined([value for child, value in values if child in chosen])

    def joined(self, values: list[int]) -> int:
        """A node that may have any of some values."""
        values = list(dict.fromkeys(value for value in values if value))
        if len(values) < 2:
            return values[0] if values else 0
        node = self.new_node()
        for value in values:
            self.emit(ops.COPY, node, value)
        return node

    def on_string(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A string without anything put into it."""
        text = self.string(node)
        return self.constant(text if len(text) <= LONGEST_LITERAL else ("str",))

    def string(self, node: Node) -> str:
        """The content of a string literal."""
        return text_of(node).strip("\"'`")

    def on_number(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A number; as a key, the whole ones count."""
        text = text_of(node)
        return self.constant(int(text) if text.isdecimal() and len(text) < 10 else ("int",))

    def constant(self, value: object) -> int:
        """A node that holds a literal."""
        node = self.new_node()
        self.summary.constants[node] = value
        return node

    def on_self(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """`this`."""
        return self.self_node()

    # Members, items and calls

    def on_member(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`object.name`."""
        name = parts["name"][0]
        owner = self.visit(parts["object"][0])
        return self.attribute(owner, self.member_name(name), line_of(name)) if owner else 0

    def member_name(self, node: Node) -> str:
        """The name of a member as classes know it."""
        return text_of(node)

    def attribute(self, owner: int, name: str, line: int) -> int:
        """Read an attribute."""
        target = self.new_node()
        self.emit(ops.ATTRIBUTE, target, owner, name, line)
        return target

    def on_super(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`super`, as the owner of a method."""
        home = self.frame.home
        target = self.new_node()
        self.emit(ops.SUPER, target, home.class_index, self.self_node(), line_of(node))
        return target

    def on_item(self, node: Node, parts: Parts, _hint: str) -> int:
        """`object[key]`."""
        owner = self.visit(parts["object"][0])
        key = self.visit(first(parts, "key"))
        target = self.new_node()
        if owner:
            self.emit(ops.ITEM, target, owner, self.known(key), line_of(node))
        return target

    def on_call(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`callee(arguments)`, or a `name` that is called, of an `object` or without one."""
        if "callee" not in parts:
            return self._call_named(parts)
        called = parts["callee"][0]
        name, line = "", line_of(called)
        mark = self.bare(called)
        if mark is not None and mark.role == "member":
            name, line = self.member_name(mark.parts["name"][0]), line_of(mark.parts["name"][0])
        callee = self.visit(called)
        return self.call(callee, self.arguments(items(parts.get("arguments", []))), line, name)

    def _call_named(self, parts: Parts) -> int:
        named = parts["name"][0]
        name, line = self.member_name(named), line_of(named)
        if "object" not in parts:
            callee = self.read_called(self.called_name(name), line)
            return self.call(callee, self.arguments(items(parts.get("arguments", []))), line)
        callee = self.attribute(self.known(self.visit(parts["object"][0])), self.called_name(name), line)
        return self.call(callee, self.arguments(items(parts.get("arguments", []))), line, name)

    def read_called(self, name: str, line: int) -> int:
        """The node of a name that is called."""
        return self.read_name(name, line)

    def bare(self, node: Node) -> Mark | None:
        """What a node is, without anything around it that only hands it through."""
        mark = self.marks.get(node.id)
        while mark is not None and mark.role == "through":
            inner = (mark.parts.get("value") or items([node]) or [node])[-1]
            if inner.id == node.id:
                return None
            node, mark = inner, self.marks.get(inner.id)
        return mark

    def on_new(self, node: Node, parts: Parts, _hint: str) -> int:
        """`new Class(arguments)`: the class is called."""
        callee = self.visit(parts["callee"][0])
        return self.call(callee, self.arguments(items(parts.get("arguments", []))), line_of(node))

    def call(self, callee: int, arguments: tuple[int, ...], line: int, name: str = "") -> int:
        """Call something; `name` is the method's where an unknown object is called."""
        target = self.new_node()
        self.emit(ops.CALL, target, callee, arguments, (), line, name, False)
        return target

    def arguments(self, nodes: list[Node]) -> tuple[int, ...]:
        """The values handed over; of one that is spread, the negative."""
        return tuple(
            [
                -self.known(self.visit(first(self.parts(node), "value")))
                if self.role(node) == "spread"
                else self.visit(node)
                for node in nodes
            ]
        )

    def on_spread(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`...values` outside of arguments and literals."""
        return self.visit(first(parts, "value"))

    # Containers

    def on_list(self, node: Node, _parts: Parts, hint: str) -> int:
        """A list literal."""
        fields: list[tuple[int, int]] = []
        anything: list[int] = []
        for index, child in enumerate(items([node])):
            if self.role(child) == "spread":
                element = self.new_node()
                self.emit(ops.ITERATE, element, self.known(self.visit(child)), line_of(child), False)
                anything.append(element)
            elif value := self.visit(child, f"{hint}.{index}" if hint else ""):
                fields.append((index, value))
        if anything:
            anything += [value for _, value in fields]
            fields = []
        return self.container("list", fields, anything)

    def container(
        self, kind: str, fields: list[tuple[object, int]] | list[tuple[int, int]], anything: list[int]
    ) -> int:
        """A new container with values under known keys, and values under keys that are not known."""
        target = self.new_node()
        self.emit(ops.CONTAINER, target, kind, tuple(fields), tuple(anything))
        return target

    def on_iterate(self, _node: Node, parts: Parts, _hint: str) -> int:
        """A loop over the elements of something."""
        source = self.visit(parts["source"][0])
        self.enter("block")
        element = self.new_node()
        if source:
            self.emit(ops.ITERATE, element, source, line_of(parts["source"][0]), False)
        if (declared := first(parts, "type")) is not None:
            element = self.typed(element, declared, weak=True)
        target = first(parts, "target")
        if target is not None:
            self.bind(target, element, self.scope.assign if "assigned" in parts else self.scope.declare)
        self.visit(first(parts, "body"))
        self.leave()
        return 0

    # Binding

    def on_declare(self, _node: Node, parts: Parts, _hint: str) -> int:
        """A variable comes to be, with a value or without."""
        target = parts["target"][0]
        scope = self.scope.around(("module", "function")) if "hoisted" in parts else self.scope
        value = self.bound_value(target, first(parts, "value"), parts)
        self.bind(target, value, scope.declare)
        return value

    def bound_value(self, target: Node, source: Node | None, parts: Parts) -> int:
        """What a declaration or an assignment binds: the value, or what its declared type tells."""
        value = self.visit(source, self.hint(target))
        if source is not None and not value and self.role(source) != "nothing":
            value = self.new_node()
        declared = first(parts, "type")
        return self.typed(value, declared, weak=source is not None) if declared is not None else value

    def on_assign(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`target = value`."""
        target = parts["target"][0]
        value = self.bound_value(target, parts["value"][0], parts)
        if "kept" in parts:  # `a ||= b`: what was there before may still be
            self.bind(target, value, self.scope.assign)
            return self.joined([self.visit(target), value])
        self.bind(target, value, self.scope.assign)
        return value

    def hint(self, target: Node) -> str:
        """The name of what is bound to a target."""
        role = self.role(target)
        if role == "member":
            return self.member_name(self.parts(target)["name"][0])
        return text_of(target) if role == "name" else ""

    def bind(self, target: Node, value: int, bind: Callable[[str, int], None]) -> None:
        """Bind a target of any form."""
        role, parts = self.role(target), self.parts(target)
        if role == "member":
            owner = self.visit(parts["object"][0])
            if owner and value:
                name = parts["name"][0]
                self.emit(ops.SET_ATTRIBUTE, owner, self.member_name(name), value, line_of(name))
        elif role == "item":
            owner, key = self.visit(parts["object"][0]), self.visit(first(parts, "key"))
            if owner and value:
                self.emit(ops.SET_ITEM, owner, self.known(key), value, line_of(target))
        elif role == "list_pattern":
            self._unpack(items([target]), value, bind)
        elif role == "object_pattern":
            for entry in items([target]):
                self._bind_entry(entry, value, bind)
        elif role == "default":
            fallback = self.visit(parts["value"][0], self.hint(parts["target"][0]))
            self.bind(parts["target"][0], self.joined([value, fallback]), bind)
        elif role == "rest":
            self.bind(items([target])[-1], value, bind)
        elif role == "name":
            self._bind_name(text_of(target), value, bind, line_of(target))
        else:
            self.visit(target)

    def _bind_name(self, name: str, value: int, bind: Callable[[str, int], None], line: int) -> None:
        self.declared_names.append(name)
        is_assigned = bind == self.scope.assign
        owners = self.owners() if self.implicit_self and is_assigned and not self.is_local(name, "narrowed") else ()
        if not owners:
            bind(name, value)
        for _, owner in owners if value else ():
            self.emit(ops.SET_ATTRIBUTE, owner, name, value, line)

    def _unpack(self, targets: list[Node], value: int, bind: Callable[[str, int], None]) -> None:
        for index, target in enumerate(targets):
            part = self.new_node() if value else 0
            if value and self.role(target) == "rest":
                self.emit(ops.REST, part, value, index, len(targets) - index - 1)
            elif value:
                self.emit(ops.UNPACK, part, value, index, line_of(target))
            self.bind(target, part, bind)

    def _bind_entry(self, entry: Node, value: int, bind: Callable[[str, int], None]) -> None:
        """`{key: target}`, or a name that is both."""
        parts = self.parts(entry)
        key = first(parts, "key")
        if self.role(entry) == "rest":
            self.bind(entry, value, bind)
            return
        named = first(parts, "target") if self.role(entry) == "default" else entry
        name = self.string(key) if key is not None else text_of(named or entry)
        part = self.attribute(value, name, line_of(entry)) if value else 0
        self.bind(parts["target"][0] if key is not None else entry, part, bind)

    # Blocks

    def on_block(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Code with names of its own."""
        self.enter("block")
        self.children(node)
        self.leave()
        return 0

    def enter(self, kind: str) -> Scope:
        """Begin a scope inside the present one."""
        self.scope = self.new_scope(kind, self.scope, self.scope.frame)
        return self.scope

    def leave(self) -> None:
        """End the innermost scope."""
        assert self.scope.parent is not None
        self.scope = self.scope.parent
