"""Walk the statements of a module and sum it up."""

import ast
from collections.abc import Callable, Iterable
from typing import Any

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.definitions import Definitions
from intelligent_office.analyzer.narrowing import access_path, proofs
from intelligent_office.analyzer.operators import OPERATORS
from intelligent_office.analyzer.scopes import Scope, Versions
from intelligent_office.analyzer.summary import FunctionSummary, ModuleSummary


def summarize(tree: ast.Module) -> ModuleSummary:
    """Sum up a parsed module."""
    walker = _Summarizer()
    walker.module(tree)
    summary = walker.summary
    walker.release()
    return summary


class _Summarizer(Definitions):
    def __init__(self) -> None:
        super().__init__()
        self._later = []
        self._closed = []
        self._stars: list[tuple[str, int]] = []
        self._statements: dict[type, Callable[[Any], None]] = {
            ast.FunctionDef: self.function,
            ast.AsyncFunctionDef: self.function,
            ast.ClassDef: self.class_,
            ast.Return: self.return_,
            ast.Delete: self.delete,
            ast.Assign: self.assignment,
            ast.AugAssign: self.augmented_assignment,
            ast.AnnAssign: self.annotated_assignment,
            ast.For: self.for_,
            ast.AsyncFor: self.for_,
            ast.While: self.while_,
            ast.If: self.if_,
            ast.With: self.with_,
            ast.AsyncWith: self.with_,
            ast.Match: self.match,
            ast.Raise: self.raise_,
            ast.Try: self.try_,
            ast.TryStar: self.try_,
            ast.Assert: self.assert_,
            ast.Import: self.import_,
            ast.ImportFrom: self.import_from,
            ast.Global: self.global_,
            ast.Nonlocal: self.nonlocal_,
            ast.Expr: self.expression,
            ast.Break: self.jump,
            ast.Continue: self.jump,
        }
        if hasattr(ast, "TypeAlias"):  # since Python 3.12
            self._statements[ast.TypeAlias] = self.type_alias

    # The module and its functions

    def module(self, tree: ast.Module) -> None:
        """Walk the top level, then the functions it holds, then those inside them."""
        last_line = max((statement.end_lineno or 0 for statement in tree.body), default=0)
        top = FunctionSummary("", 1, max(last_line, 1), ops.MODULE, -1, -1, 0)
        self.summary.functions.append(top)
        module = self.scope = Scope("module", None, 0, top.operations, self.new_node)
        self.block(tree.body)
        final = {name: module.current.get(name, 0) for name in module.versions}
        while self._later:
            scope, index, definition = self._later.pop()
            if definition is None:
                self.summary.functions[index].body_end = self.summary.node_count
            else:
                self._function_body(scope, index, definition)
        for scope in self._closed:
            self._resolve_free(scope)
        self.scope = module
        for name, node in final.items():
            late = module.late_bindings.get(name, ())
            seen = module.early.get(name, ())
            if node or late or seen:
                self.summary.exports[name] = module.union((node, *seen, *late))
        for name in module.late_bindings:
            if name not in final:
                self.summary.exports[name] = module.union(module.late_bindings[name])
        self._resolve_free(module)
        self.summary.stars = tuple(self._stars)

    def _resolve_free(self, scope: Scope) -> None:
        """Give the names a scope only reads their meaning in the scopes around it."""
        self.summary.aliases.update(scope.same)
        for name, node in scope.free.items():
            if name in scope.outer_names and scope.outer_names[name] == "global":
                self._global_name(name, node)
                continue
            outer: Scope | None = scope
            while outer is not None and outer.parent is not None:
                versions = outer.versions.get(name)
                if versions and (outer is scope or outer.kind != "class"):
                    self.summary.aliases[node] = outer.whole(name)
                    break
                outer = outer.parent
            else:
                self._global_name(name, node)

    def _global_name(self, name: str, node: int) -> None:
        whole = self.summary.unresolved.setdefault(name, node)
        if whole != node:
            self.summary.aliases[node] = whole

    # Annotations

    # Statements

    def block(self, statements: Iterable[ast.stmt]) -> None:
        """Walk statements in order."""
        table = self._statements
        for statement in statements:
            walk = table.get(statement.__class__)
            if walk is not None:
                walk(statement)

    def expression(self, statement: ast.Expr) -> None:
        """An expression for its effects; a call may read every variable of the module as it is now."""
        if statement.value.__class__ is not ast.Constant:
            node = self.visit(statement.value)
            self._forget_result(node)
            if self.scope.kind == "module":
                self.scope.observe()

    def _forget_result(self, node: int) -> None:
        """Nobody takes what a call gives that stands by itself."""
        operations = self.scope.operations
        if operations and operations[-1][0] in (ops.CALL, ops.AWAIT) and operations[-1][1] == node:
            operations[-1] = (operations[-1][0], 0, *operations[-1][2:])

    def return_(self, statement: ast.Return) -> None:
        """Hand a value to the callers."""
        self._return(self.visit(statement.value))
        self.scope.alive = False

    def delete(self, statement: ast.Delete) -> None:
        """`del x` unbinds; `del x[k]` and `del x.a` call special methods."""
        for target in statement.targets:
            if isinstance(target, ast.Subscript):
                owner = self.visit(target.value)
                self.visit(target.slice)
                if owner:
                    self.emit(ops.SPECIAL, 0, owner, ("__delitem__",), (), target.lineno)
            elif isinstance(target, ast.Attribute):
                owner = self.visit(target.value)
                if owner:
                    self.emit(ops.SPECIAL, 0, owner, ("__delattr__",), (), target.lineno)

    def assignment(self, statement: ast.Assign) -> None:
        """`a = b = value`."""
        targets = statement.targets
        value = statement.value
        first = targets[0]
        if isinstance(first, ast.Name) and first.id == "__all__" and self.scope.kind == "module":
            self._public_names(value)
        if len(targets) == 1 and isinstance(first, ast.Tuple) and isinstance(value, ast.Tuple):
            self._pairwise(first, value)
            return
        node = self.visit(value)
        for target in targets:
            self.assign(target, node)

    def _public_names(self, value: ast.expr) -> None:
        if isinstance(value, ast.List | ast.Tuple):
            names = [element.value for element in value.elts if isinstance(element, ast.Constant)]
            if len(names) == len(value.elts):
                self.summary.public = tuple(str(name) for name in names)

    def _pairwise(self, target: ast.Tuple, value: ast.Tuple) -> None:
        """`a, b = c, d` needs no tuple where both sides match."""
        if len(target.elts) != len(value.elts) or any(
            isinstance(element, ast.Starred) for element in (*target.elts, *value.elts)
        ):
            self.assign(target, self.visit(value))
            return
        nodes = [self.visit(element) for element in value.elts]
        for element, node in zip(target.elts, nodes, strict=True):
            self.assign(element, node)

    def assign(self, target: ast.expr, node: int) -> None:
        """Bind a target of any form."""
        kind = target.__class__
        if kind is ast.Name:
            self.scope.bind(target.id, node)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            self._assign_attribute(target, node)  # type: ignore[arg-type]
        elif kind is ast.Subscript:
            self._assign_item(target, node)  # type: ignore[arg-type]
        elif kind is ast.Tuple or kind is ast.List:
            self._unpack(target.elts, node, target.lineno)  # type: ignore[attr-defined]
        elif kind is ast.Starred:
            self.assign(target.value, node)  # type: ignore[attr-defined]

    def _assign_attribute(self, target: ast.Attribute, node: int) -> None:
        owner = self.visit(target.value)
        if owner:
            self.emit(ops.SET_ATTRIBUTE, owner, target.attr, node, target.lineno)
        self._store_path(target, node)

    def _assign_item(self, target: ast.Subscript, node: int) -> None:
        owner = self.visit(target.value)
        key = 0 if isinstance(target.slice, ast.Slice) else self.visit(target.slice)
        if owner:
            self.emit(ops.SET_ITEM, owner, key, node, target.lineno)
        self._store_path(target, node)

    def _store_path(self, target: ast.expr, node: int) -> None:
        scope = self.scope
        path = access_path(target)
        if scope.has_paths:
            scope.forget_paths(path) if path else scope.forget_paths()
            scope.current.pop(path, None)
        if path and node:
            scope.bind_path(path, node)

    def _unpack(self, targets: list[ast.expr], node: int, line: int) -> None:
        star = next((index for index, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
        for index, target in enumerate(targets):
            part = self.new_node() if node else 0
            if node and index == star:
                self.emit(ops.REST, part, node, index, len(targets) - index - 1)
            elif node:
                place = index if star is None or index < star else index - len(targets)
                self.emit(ops.UNPACK, part, node, place, line)
            self.assign(target, part)

    def augmented_assignment(self, statement: ast.AugAssign) -> None:
        """`a += b`."""
        target = statement.target
        before = self.visit(target)
        right = self.visit(statement.value)
        operator = OPERATORS[statement.op.__class__]
        self.assign(target, self.operate(before, right, "i" + operator, statement.lineno))

    def annotated_assignment(self, statement: ast.AnnAssign) -> None:
        """`name: Type = value`; the type counts where the value tells nothing."""
        target = statement.target
        if statement.value is not None:
            value = self.visit(statement.value)
            node = self.new_node()
            if value:
                self.emit(ops.COPY, node, value)
            self.evidence(statement.annotation, node, self.scope.operations, weak=True)
            self.assign(target, node)
        elif self.scope.kind == "class" or not isinstance(target, ast.Name):
            node = self.new_node()
            self.evidence(statement.annotation, node, self.scope.operations, weak=False)
            self.assign(target, node)

    def type_alias(self, statement: Any) -> None:
        """`type Name = Type`."""
        self.assign(statement.name, self.visit(statement.value))

    def for_(self, statement: ast.For | ast.AsyncFor) -> None:
        """Each element in turn."""
        source = self.visit(statement.iter)
        self.scope.enter_loop()
        node = self.new_node() if source else 0
        if source:
            is_async = isinstance(statement, ast.AsyncFor)
            self.emit(ops.ITERATE, node, source, statement.iter.lineno, is_async)
        self.assign(statement.target, node)
        self.block(statement.body)
        self.scope.leave_loop()
        self.block(statement.orelse)

    def while_(self, statement: ast.While) -> None:
        """As long as a test holds."""
        self.scope.enter_loop()
        self.truth(self.visit(statement.test), statement.test.lineno)
        before = dict(self.assume(proofs(statement.test, wanted=True)))
        self.block(statement.body)
        del before
        self.scope.leave_loop()
        self.block(statement.orelse)

    def if_(self, statement: ast.If) -> None:
        """One way or the other; a row of `elif` is walked by a loop."""
        scope = self.scope
        ends: list[Versions | None] = []
        was_alive = scope.alive
        while True:
            self.truth(self.visit(statement.test), statement.test.lineno)
            before = dict(scope.current)
            had_paths = scope.has_paths
            self.assume(proofs(statement.test, wanted=True))
            self.block(statement.body)
            ends.append(scope.current if scope.alive else None)
            scope.current, scope.alive = before, was_alive
            scope.has_paths = had_paths
            self.assume(proofs(statement.test, wanted=False))
            rest = statement.orelse
            if len(rest) == 1 and isinstance(rest[0], ast.If):
                statement = rest[0]
                continue
            self.block(rest)
            ends.append(scope.current if scope.alive else None)
            break
        scope.has_paths = True
        scope.merge(ends)

    def with_(self, statement: ast.With | ast.AsyncWith) -> None:
        """Enter, run, leave."""
        is_async = isinstance(statement, ast.AsyncWith)
        for item in statement.items:
            source = self.visit(item.context_expr)
            node = self.new_node() if source else 0
            if source:
                self.emit(ops.ENTER, node, source, item.context_expr.lineno, is_async)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, node)
        self.block(statement.body)

    def raise_(self, statement: ast.Raise) -> None:
        """Raising a class makes an instance of it."""
        node = self.visit(statement.exc)
        self.visit(statement.cause)
        if node and not isinstance(statement.exc, ast.Call):
            self.emit(ops.RAISE, node, statement.lineno)
        self.scope.alive = False

    def try_(self, statement: ast.Try | ast.TryStar) -> None:
        """A handler may start with what held before the body or with anything the body bound."""
        scope = self.scope
        before = dict(scope.current)
        was_alive = scope.alive
        had_paths = scope.has_paths
        self.block(statement.body)
        body_end = dict(scope.current)
        self.block(statement.orelse)
        ends: list[Versions | None] = [scope.current if scope.alive else None]
        for handler in statement.handlers:
            scope.alive = was_alive
            scope.has_paths = had_paths or scope.has_paths
            scope.merge([dict(before), body_end])
            self._handler(handler)
            ends.append(scope.current if scope.alive else None)
        scope.alive = was_alive
        if not any(end is not None for end in ends):
            scope.merge([before, body_end])
            self.block(statement.finalbody)
            scope.alive = False
            return
        scope.has_paths = True
        scope.merge(ends)
        self.block(statement.finalbody)

    def _handler(self, handler: ast.ExceptHandler) -> None:
        node = self.visit(handler.type)
        if handler.name is not None:
            caught = self.new_node()
            if node:
                self.emit(ops.EVIDENCE, caught, node, "instance", False)
            self.scope.bind(handler.name, caught)
        self.block(handler.body)

    def assert_(self, statement: ast.Assert) -> None:
        """What is asserted holds from here on."""
        self.truth(self.visit(statement.test), statement.lineno)
        self.visit(statement.msg)
        self.assume(proofs(statement.test, wanted=True))

    def jump(self, _statement: ast.Break | ast.Continue) -> None:
        """Break and continue."""
        self.scope.jump()

    def global_(self, statement: ast.Global) -> None:
        """Names of the module."""
        for name in statement.names:
            self.scope.outer_names[name] = "global"

    def nonlocal_(self, statement: ast.Nonlocal) -> None:
        """Names of a function around."""
        for name in statement.names:
            self.scope.outer_names[name] = "nonlocal"

    def import_(self, statement: ast.Import) -> None:
        """`import a.b` binds `a`; `import a.b as c` binds `a.b`."""
        for alias in statement.names:
            node = self.new_node()
            bound = alias.asname or alias.name.partition(".")[0]
            self.emit(ops.IMPORT, node, alias.name, 0, "" if alias.asname else None, statement.lineno)
            self.scope.bind(bound, node)

    def import_from(self, statement: ast.ImportFrom) -> None:
        """`from a import b`; a star is resolved when all modules are known."""
        module = statement.module or ""
        for alias in statement.names:
            if alias.name == "*":
                self._stars.append((module, statement.level))
                self.emit(ops.IMPORT, 0, module, statement.level, "", statement.lineno)
                continue
            node = self.new_node()
            self.emit(ops.IMPORT, node, module, statement.level, alias.name, statement.lineno)
            self.scope.bind(alias.asname or alias.name, node)
