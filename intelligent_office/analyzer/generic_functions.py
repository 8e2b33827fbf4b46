"""Generic functions (`functools.singledispatch`): the type of an argument decides which registered one runs."""

from collections.abc import Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.container_models import ContainerModels
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.sites import OVERRIDE, Site

DISPATCHING = frozenset(
    {
        *("functools.singledispatch", "functools.singledispatchmethod"),
        *("singledispatch.singledispatch", "singledispatchmethod.singledispatchmethod"),
    }
)
_WRAPPED = (kinds.STATIC, kinds.CLASS_METHOD)
_REGISTERED = frozenset({kinds.FUNCTION, kinds.BOUND, kinds.OVERRIDES, kinds.PARTIAL, kinds.CONTEXT_MAKER, *_WRAPPED})


class GenericFunctions(ContainerModels):
    """What is registered with a generic function may run wherever that is called."""

    def make_generic(self, _name: str, site: Site) -> None:
        """The function stays what it was, and may be any of those registered with it too.

        Its name stands for the dispatcher as well: whoever asks what the function leads to means those too.
        """
        function = self._argument(site, 0, "func")
        self.connect(function, site.target)
        self.watch(function, self._on_made_generic, site.target)

    def _on_made_generic(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            while self.table.kind[value] in _WRAPPED:
                value = self.table.of[value]
            if self.table.kind[value] == kinds.FUNCTION:
                function = self.table.of[value]
                self.add(watcher[1], self.value(kinds.DISPATCHER, function))
                line = self.linked.functions[function].summary.line
                self.dispatch(function, -1, self.new_site(function, line, 0))

    def register(self, function: int, site: Site) -> None:
        """`register(f)`, `register(type)(f)` and `register(type, f)`: whichever argument is a function counts."""
        for node in (*site.positional, *(node for _, node in site.keywords)):
            if node > 0:
                self.watch(node, self._on_registered, self._implementations(function), site.target)
        if not site.is_decorator:
            self.add(site.target, self.value(kinds.REGISTRAR, function))

    def _implementations(self, function: int) -> int:
        return self.field("registered", function, "")

    def _on_registered(self, news: Sequence[int], watcher: Watcher) -> None:
        _, implementations, target = watcher
        for value in news:
            if self.table.kind[value] in _REGISTERED:
                self.add(implementations, value)
                self.add(target, value)

    def dispatch(self, function: int, receiver: int, site: Site) -> None:
        """Call all that is registered."""
        called = site._replace(callee=0, certainty=OVERRIDE)
        self.watch(self._implementations(function), self._on_implementation, receiver, called)

    def _on_implementation(self, news: Sequence[int], watcher: Watcher) -> None:
        _, receiver, site = watcher
        for value in news:
            if receiver < 0:
                self.call(value, site)
            else:
                bound = self.new_node()
                self.bind(value, receiver, bound, site.caller, site.line, overridden=True)
                self.watch(bound, self._on_called, site)
