"""Walk the definitions of functions and classes."""

import ast

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.annotations import type_names
from intelligent_office.analyzer.patterns import Patterns
from intelligent_office.analyzer.scopes import Scope
from intelligent_office.analyzer.summary import ClassSummary, FunctionSummary

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_IMPLICIT_CLASS_METHODS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})


class Definitions(Patterns):
    """Functions, whose bodies are walked later, and classes, whose bodies are walked at once."""

    _later: list[tuple[Scope, int, Definition | None]]
    """Function bodies yet to be walked; without a definition, the mark that all inside a function is done."""
    _closed: list[Scope]
    """Scopes whose code has been walked."""

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
        self._type_parameters(definition, inner)
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

    def _type_parameters(self, definition: Definition, inner: Scope) -> None:
        """`def f[T: Bound]`: the name stands for its bound, in the annotations as well."""
        for parameter in getattr(definition, "type_params", ()):
            node = self.visit(getattr(parameter, "bound", None))
            inner.bind(parameter.name, node)
            if node:
                self.scope.bind(parameter.name, node)

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

    def evidence(self, annotation: ast.expr, target: int, operations: list[ops.Operation], *, weak: bool) -> None:
        """An annotation tells what a variable may hold."""
        for expression, shape in type_names(annotation):
            node = self.visit(expression)
            if node:
                operations.append((ops.EVIDENCE, target, node, shape, weak))


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
