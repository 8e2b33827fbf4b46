"""Walk the statements of a module and sum it up."""

import ast
from collections.abc import Callable, Iterable
from typing import Any

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.expressions import OPERATORS, Expressions
from intelligent_office.analyzer.narrowing import access_path, proofs, target_names
from intelligent_office.analyzer.scopes import Scope, Versions
from intelligent_office.analyzer.summary import ClassSummary, FunctionSummary, ModuleSummary

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_UNTELLING = frozenset({"str", "int", "bool", "float", "bytes", "None", "Any", "object", "complex"})
_ALTERNATIVES = frozenset(
    {"Optional", "Union", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "ReadOnly"}
)
_ELEMENTS = frozenset(
    "list List set Set frozenset FrozenSet Sequence MutableSequence Iterable Iterator Collection Generator AsyncIterator "
    "AsyncIterable AsyncGenerator deque Deque tuple Tuple".split()
)
_IMPLICIT_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})
_MAPPINGS = frozenset("dict Dict Mapping MutableMapping defaultdict DefaultDict OrderedDict".split())


def summarize(tree: ast.Module) -> ModuleSummary:
    """Sum up a parsed module."""
    walker = _Summarizer()
    walker.module(tree)
    return walker.summary


class _Summarizer(Expressions):
    def __init__(self) -> None:
        super().__init__()
        self._later: list[tuple[Scope, int, Definition | None]] = []
        """Function bodies yet to be walked; without a definition, the mark that all inside a function is done."""
        self._closed: list[Scope] = []
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

    def function(self, definition: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Bind a function's name to it, as its decorators leave it; its body is walked later."""
        decorators = [self.visit(decorator) for decorator in definition.decorator_list]
        node = self._define(definition, definition.name)
        for decorator, expression in zip(reversed(decorators), reversed(definition.decorator_list), strict=True):
            if decorator:
                node = self._decorate(decorator, node, expression)
        self.scope.bind(definition.name, node)

    def _decorate(self, decorator: int, node: int, expression: ast.expr) -> int:
        result = self.new_node()
        self.emit(ops.CALL, result, decorator, (node,), (), expression.lineno, "", True)
        return result

    def lambda_(self, expression: ast.Lambda) -> int:
        """A function without a name is numbered where it stands."""
        self.scope.lambda_count += 1
        return self._define(expression, f"<lambda{self.scope.lambda_count}>")

    def _define(self, definition: Definition, name: str) -> int:
        scope = self.scope
        arguments = definition.args
        defaults = [self.visit(default) for default in arguments.defaults]
        keyword_defaults = [self.visit(default) for default in arguments.kw_defaults]
        index = len(self.summary.functions)
        owner = scope.class_index if scope.kind == "class" else -1
        kind = ops.LAMBDA if isinstance(definition, ast.Lambda) else ops.FUNCTION if owner < 0 else ops.METHOD
        node = self.new_node()
        function = FunctionSummary(
            f"{scope.qualified}{name}",
            definition.lineno,
            definition.end_lineno or definition.lineno,
            kind,
            owner,
            scope.function,
            node,
            is_async=isinstance(definition, ast.AsyncFunctionDef),
            binding="function" if owner < 0 else _binding(definition),
        )
        self.summary.functions.append(function)
        inner = Scope("function", scope, index, function.operations, self.new_node)
        inner.qualified = function.name + "."
        inner.class_index = scope.class_index
        self._parameters(function, inner, arguments, defaults, keyword_defaults)
        if scope.kind != "class":
            inner.self_node = scope.self_node
        elif function.positional:
            inner.self_node = function.positional[0][1]
        if not isinstance(definition, ast.Lambda) and definition.returns is not None:
            function.returned = self.new_node()
            self.evidence(definition.returns, function.returned, function.operations, weak=True)
        function.first_end = self.summary.node_count
        self._later.append((inner, index, definition))
        return node

    def _parameters(
        self,
        function: FunctionSummary,
        inner: Scope,
        arguments: ast.arguments,
        defaults: list[int],
        keyword_defaults: list[int],
    ) -> None:
        def parameter(argument: ast.arg, default: int) -> tuple[str, int, int]:
            node = self.new_node()
            inner.bind(argument.arg, node)
            if argument.annotation is not None:
                self.evidence(argument.annotation, node, function.operations, weak=False)
            return argument.arg, node, default

        positional = [*arguments.posonlyargs, *arguments.args]
        defaults = [0] * (len(positional) - len(defaults)) + defaults
        function.first_node = self.summary.node_count
        function.positional = tuple([parameter(*pair) for pair in zip(positional, defaults, strict=True)])
        function.positional_only = len(arguments.posonlyargs)
        function.keyword_only = tuple(
            [parameter(*pair) for pair in zip(arguments.kwonlyargs, keyword_defaults, strict=True)]
        )
        if arguments.vararg is not None:
            function.rest = self.new_node()
            inner.bind(arguments.vararg.arg, function.rest)
        if arguments.kwarg is not None:
            function.keyword_rest = self.new_node()
            inner.bind(arguments.kwarg.arg, function.keyword_rest)

    def _function_body(self, scope: Scope, index: int, definition: Definition) -> None:
        function = self.summary.functions[index]
        self.scope = scope
        waiting = len(self._later)
        function.body_node = self.summary.node_count
        if isinstance(definition, ast.Lambda):
            self._return(self.visit(definition.body))
        else:
            function.is_abstract = _is_abstract(definition)
            self.block(definition.body)
        self._closed.append(scope)
        function.makes_closures = len(self._later) > waiting
        self._later.insert(waiting, (scope, index, None))
        if function.makes_closures:
            for name in [name for name, versions in scope.versions.items() if len(versions) > 1]:
                scope.whole(name)

    def class_(self, definition: ast.ClassDef) -> None:
        """Walk a class body at once: it runs where it stands."""
        decorators = [self.visit(decorator) for decorator in definition.decorator_list]
        bases = tuple([self.visit(base) for base in definition.bases])
        metaclass = 0
        keywords = []
        for keyword in definition.keywords:
            value = self.visit(keyword.value)
            if keyword.arg == "metaclass":
                metaclass = value
            keywords.append(value)
        outer = self.scope
        index = len(self.summary.classes)
        node = self.new_node()
        cls = ClassSummary(
            outer.qualified + definition.name,
            definition.lineno,
            node,
            outer.class_index if outer.kind == "class" else -1,
            outer.function,
            bases,
            metaclass,
        )
        cls.decorators = tuple(decorators)
        self.summary.classes.append(cls)
        inner = Scope("class", outer, outer.function, outer.operations, self.new_node)
        inner.qualified = cls.name + "."
        inner.class_index = index
        inner.self_node = 0
        self.scope = inner
        self.block(definition.body)
        cls.attributes = {name: inner.current[name] for name in inner.versions if inner.current.get(name)}
        cls.annotated = tuple(
            statement.target.id
            for statement in definition.body
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
        )
        self._closed.append(inner)
        self.scope = outer
        for decorator, expression in zip(reversed(decorators), reversed(definition.decorator_list), strict=True):
            if decorator:
                node = self._decorate(decorator, node, expression)
        outer.bind(definition.name, node)

    # Annotations

    def evidence(self, annotation: ast.expr, target: int, operations: list[ops.Operation], *, weak: bool) -> None:
        """An annotation tells what a variable may hold."""
        for expression, shape in type_names(annotation):
            node = self.visit(expression)
            if node:
                operations.append((ops.EVIDENCE, target, node, shape, weak))

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
            self.visit(statement.value)
            if self.scope.kind == "module":
                self.scope.observe()

    def return_(self, statement: ast.Return) -> None:
        """Hand a value to the callers."""
        self._return(self.visit(statement.value))
        self.scope.alive = False

    def _return(self, node: int) -> None:
        function = self.summary.functions[self.scope.function]
        if not node:
            return
        for position, (_, parameter, _default) in enumerate(function.positional):
            if parameter == node:
                if position not in function.returned_parameters:
                    function.returned_parameters += (position,)
                return
        function.returned = function.returned or self.new_node()
        self.emit(ops.COPY, function.returned, node)

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

    def match(self, statement: ast.Match) -> None:
        """Each case in turn, with what its pattern captures."""
        subject = self.visit(statement.subject)
        scope = self.scope
        before = scope.current
        was_alive = scope.alive
        ends: list[Versions | None] = [before]
        for case in statement.cases:
            scope.current, scope.alive = dict(before), was_alive
            if isinstance(statement.subject, ast.Name) and isinstance(case.pattern, ast.MatchClass):
                scope.current[statement.subject.id] = self._narrowed(subject, case.pattern.cls)
            self.pattern(case.pattern, subject)
            if case.guard is not None:
                self.truth(self.visit(case.guard), case.guard.lineno)
            self.block(case.body)
            ends.append(scope.current if scope.alive else None)
        scope.has_paths = True
        scope.alive = was_alive
        scope.merge(ends)

    def _narrowed(self, subject: int, cls: ast.expr) -> int:
        if not subject:
            return 0
        node = self.new_node()
        self.emit(ops.NARROW, node, subject, self.visit(cls), True)
        return node

    def pattern(self, pattern: ast.pattern, subject: int) -> None:
        """Bind what a pattern captures."""
        if isinstance(pattern, ast.MatchAs):
            if pattern.pattern is not None:
                if isinstance(pattern.pattern, ast.MatchClass):
                    subject = self._narrowed(subject, pattern.pattern.cls)
                self.pattern(pattern.pattern, subject)
            if pattern.name is not None:
                self.scope.bind(pattern.name, subject)
        elif isinstance(pattern, ast.MatchClass):
            self._class_pattern(pattern, self._narrowed(subject, pattern.cls))
        elif isinstance(pattern, ast.MatchOr):
            for alternative in pattern.patterns:
                self.pattern(alternative, subject)
        elif isinstance(pattern, ast.MatchSequence):
            for index, element in enumerate(pattern.patterns):
                self.pattern(element, self._part(ops.UNPACK, subject, index, pattern.lineno))
        elif isinstance(pattern, ast.MatchMapping):
            for key, value in zip(pattern.keys, pattern.patterns, strict=True):
                self.pattern(value, self._part(ops.ITEM, subject, self.visit(key), pattern.lineno))
            if pattern.rest is not None:
                self.scope.bind(pattern.rest, subject)
        elif isinstance(pattern, ast.MatchStar) and pattern.name is not None:
            self.scope.bind(pattern.name, 0)
        elif isinstance(pattern, ast.MatchValue):
            self.visit(pattern.value)

    def _class_pattern(self, pattern: ast.MatchClass, subject: int) -> None:
        for name, value in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            self.pattern(value, self._part(ops.ATTRIBUTE, subject, name, pattern.lineno))
        for value in pattern.patterns:
            self.pattern(value, 0)

    def _part(self, operation: int, subject: int, place: object, line: int) -> int:
        if not subject:
            return 0
        node = self.new_node()
        self.emit(operation, node, subject, place, line)
        return node


def _is_abstract(definition: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Marked as abstract, or a body that does nothing but refuse."""
    for decorator in definition.decorator_list:
        name = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
        if name.startswith("abstract"):
            return True
    body = definition.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _binding(definition: Definition) -> str:
    if isinstance(definition, ast.Lambda):
        return "instance"
    names = {getattr(decorator, "id", "") for decorator in definition.decorator_list}
    if "staticmethod" in names:
        return "static"
    if "classmethod" in names or definition.name in _IMPLICIT_CLASS_METHODS:
        return "class"
    return "instance"


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
            pending.extend((parsed, shape) for parsed in _parsed(expression))
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


def _parsed(expression: ast.Constant) -> list[ast.expr]:
    try:
        parsed = ast.parse(str(expression.value), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    return [parsed]


__all__ = ["summarize", "target_names", "type_names"]
