"""What happens where a program of another language than Python leaves for its library: tables say what that does."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.models import Model, Words
from intelligent_office.analyzer.linking import Linked
from intelligent_office.analyzer.sites import INFERRED, Site
from intelligent_office.analyzer.solver import Solver

UNKNOWN = "?"


class LibrarySolver(Solver):
    """The part of solving that knows a language's library."""

    models: ClassVar[dict[str, Model]] = {}
    """Functions of the library, by dotted name."""
    methods: ClassVar[dict[str, Model]] = {}
    """Methods of the library, by name: of containers, of objects from outside, of objects of which nothing is known."""
    containers_of: ClassVar[dict[str, str]] = {}
    """Classes of the library that make containers: "list" or "dict"."""
    container_methods: frozenset[str] = frozenset()
    """Methods of containers that `call_container_method` knows beside those in `methods`."""
    outside_prefixes: ClassVar[dict[str, str]] = {"builtins.list.": "", "builtins.dict.": "", "builtins.generator.": ""}
    """What the names of methods of containers begin with in the graph, instead."""

    def __init__(self, linked: Linked, hierarchy: Hierarchy) -> None:
        self.owners: dict[int, int] = {}
        """By the node of an attribute: the node of its owner."""
        super().__init__(linked, hierarchy)

    def load_models(self) -> None:
        """Nothing of Python's library is known here."""
        self._models = {}

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """A model if there is one; else whatever function is handed over may be called."""
        kind = self.table.kind[value]
        method = name.rpartition(".")[2]
        model = self.models.get(self.known_as(name)) or (
            self.methods.get(method) if kind == kinds.OUTSIDE_METHOD or "." in name else None
        )
        if kind == kinds.RESULT:
            self.add(site.target, self.value(kinds.RESULT, name))
        elif not name.startswith(f"{UNKNOWN}."):
            self.outside_edges.setdefault((site.caller, name, site.line), site.certainty)
        if kind != kinds.RESULT and model is not None:
            self._apply(model, site, self.owners.get(site.callee, 0))
        elif kind != kinds.RESULT and self.known_as(name) in self.containers_of:
            self._make_container(self.containers_of[self.known_as(name)], site)
        else:
            if kind == kinds.EXTERNAL:
                self.add(site.target, self.value(kinds.RESULT, name))
            elif kind == kinds.OUTSIDE_METHOD and not name.startswith(f"{UNKNOWN}."):
                self.add(site.target, self.table.anything)
            self._callbacks(site)

    def known_as(self, name: str) -> str:
        """The name under which the tables have something of the library."""
        return name

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """Methods of lists, maps and the like."""
        made = self.container(container)
        self.outside_edges.setdefault((site.caller, f"builtins.{made.kind}.{name}", site.line), INFERRED)
        model = self.methods.get(name)
        if model is not None:
            receiver = self.new_node()
            self.add(receiver, container)
            self._apply(model, site, receiver)

    def argument(self, site: Site, place: int) -> int:
        """The node of an argument; 0 if there is none. One that is spread stands for each of its elements."""
        spread = next((node for node in site.positional[: place + 1] if node < 0), 0)
        if not spread:
            return self._argument(site, place)
        element = self.new_node()
        self.iterate(-spread, element, site.caller, site.line)
        return element

    def _make_container(self, kind: str, site: Site) -> None:
        made = self.container_for(site.number, kind, kind)
        container = self.container(made)
        for node in site.positional[:1]:
            element = container.anything if kind == "list" else self.new_node()
            self.iterate(abs(node), element, site.caller, site.line)
            if kind == "dict":
                self.watch(element, self._on_pair, container)
        self.add(site.target, made)

    def _apply(self, model: Model, site: Site, receiver: int) -> None:
        returned = self.new_node()
        words = Words(self, site, receiver, returned)
        places = (model.callback,) if isinstance(model.callback, int) else model.callback
        for place in places:
            arguments: tuple[int, ...] = tuple([words.node(word) for word in model.given if word != "rest"])
            if "rest" in model.given:
                arguments += site.positional[place + 1 :]
            called = self.new_site(site.caller, site.line, returned, arguments)
            self.watch(self._argument(site, place), self._on_called, called)
        for word in model.added:
            self.watch(receiver, self._on_added, words.node(word))
        if not model.result:
            return
        target = site.target
        if model.in_list:
            made = self.container_for(site.number, "list", "list")
            self.add(target, made)
            target = self.container(made).anything
        for word in model.result:
            self.connect(words.node(word), target)

    def _on_added(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.connect(watcher[1], self.container(value).anything)

    def outside_calls(self) -> dict[tuple[int, str, int], int]:
        """Calls that leave the program, under the names that the language has for what is called."""
        found: dict[tuple[int, str, int], int] = {}
        for (caller, name, line), certainty in self.outside_edges.items():
            plain = self.outside_call(name)
            if plain:
                place = caller, plain, line
                found[place] = min(certainty, found.get(place, certainty))
        return found

    def outside_call(self, name: str) -> str:
        """The language's name of something outside the program; nothing if it is no call there."""
        if name == "builtins.super" or name.startswith((UNKNOWN, "builtins.object.")):
            return ""
        for prefix, plain in self.outside_prefixes.items():
            if name.startswith(prefix):
                return plain + name.removeprefix(prefix)
        return name.removesuffix(f".{CONSTRUCTOR}")
