"""Ruby: open classes, mixins, methods called without parentheses or an object, blocks."""

import tree_sitter_ruby
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.ruby_constants import RubyLinked
from intelligent_office.analyzer.languages.ruby_functions import ITEM_METHODS, Functions
from intelligent_office.analyzer.languages.ruby_library import RubySolver
from intelligent_office.analyzer.languages.ruby_names import BLOCK, BLOCKS, META
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of

Keywords = tuple[tuple[str | None, int], ...]
"""Arguments by name; what is taken apart has none."""
_SENDING = frozenset({"send", "public_send", "__send__"})
_LOGIC = frozenset({"&&", "||", "and", "or"})
_PLAIN = frozenset({"!", "not", "defined?", "=~", "!~", "!="})
_MAGIC = frozenset({"__FILE__", "__dir__", "__method__", "__LINE__", "block_given?"})
_UNARY = {"-": "-@", "+": "+@"}


class Ruby(Functions):
    """What the query cannot say of Ruby."""

    # Names

    def on_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A local variable if it was bound before, else a method of `self`."""
        name = text_of(node)
        if self.is_variable(name):
            return self.scope.node(name)
        if name == "module_function" and self.scope.kind == "class":
            self.both([], [])
            return 0
        return 0 if name in _MAGIC else self.call_self(name, (), (), line_of(node))

    def on_variable(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`@field`, `@@shared` and `$global`."""
        name = text_of(node)
        return self.scope.node(name) if name[0] == "$" else self.attribute(self.holder(name), name, line_of(node))

    def holder(self, name: str) -> int:
        """The object that has a field, or the class that has a shared one."""
        home = self.frame.home
        is_shared = name.startswith("@@") and home.class_index >= 0
        return self.summary.classes[home.class_index].node if is_shared else self.self_node()

    def on_symbol(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A name as a value."""
        self.children(node)
        return self.constant(text_of(node).strip(":\"'"))

    def on_text(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A string; what is put into it is asked for its text."""
        parts = [child for child in items([node]) if child.type != "heredoc_content"]
        for part in parts:
            if part.type == "interpolation" and (value := self.visit(part)):
                self.call(self.attribute(value, "to_s", line_of(part)), (), line_of(part))
            elif part.type != "interpolation":
                self.visit(part)
        plain = all(part.type == "string_content" for part in parts) and node.type == "string"
        return self.constant(text_of(node).strip("\"'") if plain and len(text_of(node)) < 100 else ("str",))

    # Containers

    def on_table(self, node: Node, _parts: Parts, hint: str) -> int:
        """`{key: value}`."""
        return self.table(items([node]), hint)

    def table(self, pairs: list[Node], hint: str = "") -> int:
        """A hash of pairs."""
        fields: list[tuple[object, int]] = []
        anything: list[int] = []
        for pair in pairs:
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is None:
                self.children(pair)
                continue
            named = self.visit(key)
            found = self.visit(value, hint) if value is not None else self._short(key)
            known = self.summary.constants.get(named)
            if isinstance(known, str | int):
                fields.append((known, found))
            else:
                anything.append(found)
        return self.container("dict", [it for it in fields if it[1]], [value for value in anything if value])

    def _short(self, key: Node) -> int:
        """`{name:}` means the variable or method of that name."""
        name = text_of(key)
        return self.scope.node(name) if self.is_variable(name) else self.call_self(name, (), (), line_of(key))

    def on_item(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`object[key]`."""
        owner, *keys = [self.visit(child) for child in items([node])]
        target = self.new_node()
        self.emit(ops.ITEM, target, self.known(owner), self.known(keys[0] if keys else 0), line_of(node))
        return target

    # Binding

    def on_assign(self, node: Node, parts: Parts, _hint: str) -> int:
        """`target = value`; `a += b` calls a method."""
        target, source = parts["target"][0], parts["value"][0]
        operator = node.child_by_field_name("operator")
        symbol = text_of(operator).removesuffix("=") if operator is not None else ""
        before = self.visit(target) if symbol else 0
        if not symbol and target.type == "constant":
            return self.constant_is(target, source)
        value = self.known(self.visit(source, self.hint(target)))
        if symbol in ("||", "&&"):
            value = self.joined([before, value])
        elif symbol and before:
            value = self.call(self.attribute(before, symbol, line_of(node)), (value,), line_of(node))
        self.bind(target, value, self.bind_local)
        return value

    def hint(self, target: Node) -> str:
        """The name of what is bound."""
        return text_of(target).lstrip("@$") if target.type.endswith(("identifier", "variable", "constant")) else ""

    def bind(self, target: Node, value: int, bind: object) -> None:
        """Bind a target of any form."""
        role, line = self.role(target), line_of(target)
        if role == "variable":
            name = text_of(target)
            if name[0] == "$":
                self.module.declare(name, value)
                self.summary.exports[name] = self.module.node(name)
            elif value:
                self.emit(ops.SET_ATTRIBUTE, self.holder(name), name, value, line)
        elif role == "call":
            receiver, named = target.child_by_field_name("receiver"), target.child_by_field_name("method")
            if receiver is not None and named is not None:
                setter = f"{text_of(named)}="
                owner = self.known(self.visit(receiver))
                self.call(self.attribute(owner, setter, line), (value,), line, setter)
        elif role == "item":
            owner, *keys = [self.visit(child) for child in items([target])]
            if owner and value:
                self.emit(ops.SET_ITEM, owner, self.known(keys[0] if keys else 0), value, line)
        elif role == "constant":
            self.constant_has(target, value)
        else:
            super().bind(target, value, bind)  # type: ignore[arg-type]

    # Operators

    def on_operator(self, node: Node, parts: Parts, _hint: str) -> int:
        """An operator is a method of what stands on its left."""
        left = self.visit(parts["left"][0])
        right = self.visit(first(parts, "right"))
        symbol, line = text_of(parts["name"][0]), line_of(node)
        if symbol in _LOGIC:
            return self.joined([left, right])
        if not left or symbol in _PLAIN:
            return 0
        arguments = (right,) if "right" in parts else ()
        return self.call(
            self.attribute(left, symbol if arguments else _UNARY.get(symbol, symbol), line), arguments, line
        )

    # Calls

    def on_call(self, node: Node, _parts: Parts, hint: str) -> int:
        """A method of an object or of `self`, with arguments and a block."""
        receiver, named = node.child_by_field_name("receiver"), node.child_by_field_name("method")
        name = text_of(named) if named is not None else "call"
        line = line_of(named) if named is not None else line_of(node)
        if named is not None and named.type == "super":
            return self.call_super(node, line)
        special = self.word(node, name, hint) if receiver is None or receiver.type == "constant" else None
        if special is not None:
            return special
        if receiver is None:
            positional, keywords = self.handed(node)
            if name == "raise":
                positional = self._raised(positional, line)
            if self.is_variable(name) and not positional and node.child_by_field_name("arguments") is None:
                return self.scope.node(name)
            return self.call_self(name, positional, keywords, line)
        owner = self.self_node() if receiver.type == "self" else self.visit(receiver)
        owner = self.known(owner)
        positional, keywords = self.handed(node)
        if name == "class" and not positional:
            return self.attribute(owner, "__class__", line)
        symbol = self.summary.constants.get(positional[0]) if positional and positional[0] > 0 else None
        if isinstance(symbol, str) and name in _SENDING:
            positional, name = positional[1:], symbol
            owner = self._unsure(owner)
        elif isinstance(symbol, str) and name == "method":
            return self.attribute(owner, symbol, line)
        callee = self.attribute(owner, ITEM_METHODS.get(name, name), line)
        return self.call_with(callee, positional, keywords, line, name)

    def _unsure(self, owner: int) -> int:
        copy = self.new_node()
        self.emit(ops.COPY, copy, owner)
        return copy

    def _raised(self, positional: tuple[int, ...], line: int) -> tuple[int, ...]:
        """`raise Error, "text"` makes the error."""
        if not positional or positional[0] <= 0:
            return positional
        return (self.call(self.attribute(positional[0], "exception", line), positional[1:], line),)

    def call_self(self, name: str, positional: tuple[int, ...], keywords: Keywords, line: int) -> int:
        """A method of `self`, or one that is everywhere."""
        symbol = self.summary.constants.get(positional[0]) if positional and positional[0] > 0 else None
        if isinstance(symbol, str) and name in _SENDING:
            positional, name = positional[1:], symbol
        elif isinstance(symbol, str) and name == "method":
            return self.method_of_self(symbol, line)
        return self.call_with(self.method_of_self(name, line), positional, keywords, line, "")

    def method_of_self(self, name: str, line: int) -> int:
        """The node of a method that is called without an object."""
        home = self.frame.home
        free = self.scope.node(f"{name}()")
        if home.class_index < 0:
            return free
        is_meta = id(home) in self.metas
        if is_meta and name in ("new", "allocate"):
            return self.attribute(self.self_node(), name, line)
        target = self.new_node()
        key = f"{META}{name}" if is_meta else name
        self.emit(ops.MEMBER, target, ((home.class_index, self.self_node()),), key, free, line)
        return target

    def call_with(
        self,
        callee: int,
        positional: tuple[int, ...],
        keywords: Keywords,
        line: int,
        name: str,
    ) -> int:
        """Call something with all that Ruby hands over."""
        target = self.new_node()
        self.emit(ops.CALL, target, callee, positional, keywords, line, name, False)
        return target

    def call_super(self, node: Node, line: int) -> int:
        """`super(...)`, or `super` with all that the method was given."""
        home = self.frame.home
        key = self.method_keys.get(home.index, "")
        if node.type == "super" or node.child_by_field_name("arguments") is None:
            function = self.summary.functions[home.index]
            offset = 1 if function.binding in ("instance", "class") else 0
            positional = tuple([given for _, given, _ in function.positional[offset:]])
            positional += (-function.rest,) if function.rest else ()
            keywords: Keywords = tuple([(name, given) for name, given, _ in function.keyword_only if name != BLOCK])
            if node.type != "super":
                keywords += self.handed(node)[1]
            elif any(name == BLOCK for name, _, _ in function.keyword_only):
                keywords += ((BLOCK, self.block_of(home.index)),)
        else:
            positional, keywords = self.handed(node)
        if not key or home.class_index < 0:
            return 0
        owner = self.on_super(node, {}, "")
        return self.call_with(self.attribute(owner, key, line), positional, keywords, line, "")

    def on_whole_super(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`super` by itself."""
        return self.call_super(node, line_of(node))

    def on_yield(self, node: Node, parts: Parts, _hint: str) -> int:
        """`yield` calls the block of the method around."""
        positional, keywords = self.given(items(parts.get("arguments", [])))
        return self.call_with(self.block_of(self.frame.home.index), positional, keywords, line_of(node), "")

    def handed(self, node: Node) -> tuple[tuple[int, ...], Keywords]:
        """The arguments of a call, and its block."""
        listed = node.child_by_field_name("arguments")
        positional, keywords = self.given(items([listed]) if listed is not None else [])
        block = node.child_by_field_name("block")
        if block is not None:
            keywords += ((BLOCK, self.visit(block)),)
        return positional, keywords

    def given(self, arguments: list[Node]) -> tuple[tuple[int, ...], Keywords]:
        """Arguments by position, and by name."""
        positional: list[int] = []
        keywords: list[tuple[str | None, int]] = []
        for node in arguments:
            if node.type == "pair":
                key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
                found = self.visit(value) if value is not None else self._short(key) if key is not None else 0
                keywords.append((text_of(key).strip(":\"'") if key is not None else None, self.known(found)))
            elif node.type == "hash_splat_argument":
                inner = items([node])
                keywords.append((None, self.known(self.visit(inner[0]) if inner else 0)))
            elif node.type == "block_argument":
                keywords.append((BLOCK, self._handed_block(node)))
            elif node.type == "forward_argument":
                function = self.summary.functions[self.frame.home.index]
                positional += [-function.rest] if function.rest else []
                keywords.append((BLOCK, self.block_of(self.frame.home.index)))
            elif self.role(node) == "spread":
                positional.append(-self.known(self.visit(node)))
            else:
                positional.append(self.visit(node))
        return tuple(positional), tuple(keywords)

    def _handed_block(self, node: Node) -> int:
        """`&block`, or `&:name`: the method of that name of whatever the block gets."""
        inner = items([node])
        if not inner:
            return self.block_of(self.frame.home.index)
        if inner[0].type != "simple_symbol":
            return self.known(self.visit(inner[0]))
        outer, line = self.scope, line_of(node)
        value = self.define(node, {}, self.lambda_name(), shares_self=True)
        function = self.summary.functions[self.function_at[value]]
        self.summary.facts.setdefault(BLOCKS, []).append(self.function_at[value])
        owner, result, callee = self.new_node(), self.new_node(), self.new_node()
        name = text_of(inner[0]).lstrip(":")
        function.positional = (("it", owner, 0),)
        function.operations += (
            (ops.ATTRIBUTE, callee, owner, name, line),
            (ops.CALL, result, callee, (), (), line, name, False),
        )
        function.returned = result
        self.scope = outer
        return value


LANGUAGE = Language("ruby", tree_sitter_ruby.language, "tree-sitter-ruby", Ruby)
FAMILY = Family(RubyLinked, RubySolver)
