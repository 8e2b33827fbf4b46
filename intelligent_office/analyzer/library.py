"""What calls to the outside do with functions and values handed to them."""

from collections.abc import Callable, Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.calls import Partial, Property
from intelligent_office.analyzer.container_models import CALLABLE, SPECIAL
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.generic_functions import DISPATCHING, GenericFunctions
from intelligent_office.analyzer.sites import DYNAMIC, Site

_SAME = frozenset(
    {
        *("functools.lru_cache", "functools.cache", "functools.wraps", "functools.total_ordering"),
        *("dataclasses.dataclass", "abc.abstractmethod", "typing.final", "typing.override"),
        *("typing.runtime_checkable", "typing.no_type_check", "enum.unique", "contextlib.closing"),
        *("copy.copy", "copy.deepcopy", "asyncio.create_task", "asyncio.ensure_future", "asyncio.run"),
        *("asyncio.shield", "asyncio.wait_for", "weakref.ref", "weakref.proxy", "types.coroutine"),
        *("atexit.register", "typing_extensions.final"),
        *("typing_extensions.override", "unittest.mock.patch", "functools.update_wrapper"),
        *("asyncio.run_coroutine_threadsafe", "inspect.unwrap", "contextlib.suppress"),
    }
)
_LISTS = frozenset(
    {
        *("builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.reversed"),
        *("builtins.sorted", "collections.deque", "itertools.chain", "itertools.islice", "itertools.cycle"),
        *("builtins.iter", "builtins.aiter", "asyncio.gather", "asyncio.as_completed"),
        *("concurrent.futures.as_completed",),
    }
)
_FIRST_ARGUMENT_CALLED = {
    "builtins.map": 0,
    "builtins.filter": 0,
    "functools.reduce": 0,
    "itertools.starmap": 0,
    "itertools.takewhile": 0,
    "itertools.dropwhile": 0,
    "itertools.filterfalse": 0,
}
_TARGET_KEYWORD = frozenset({"threading.Thread", "multiprocessing.Process", "multiprocessing.context.Process"})
_LATER = {
    "threading.Timer": 1,
    "asyncio.to_thread": 0,
    "_thread.start_new_thread": 0,
    "contextvars.Context.run": 0,
    "signal.signal": 1,
    "sys.settrace": 0,
    "sys.setprofile": 0,
    "threading.settrace": 0,
}
_LATER_METHODS = {
    "submit": 0,
    "run": 0,
    "apply_async": 0,
    "apply": 0,
    "map": 0,
    "imap": 0,
    "imap_unordered": 0,
    "starmap": 0,
    "run_in_executor": 1,
    "call_soon": 0,
    "call_soon_threadsafe": 0,
    "call_later": 1,
    "call_at": 1,
    "add_done_callback": 0,
    "add_signal_handler": 1,
    "run_sync": 0,
    "start_soon": 0,
}
_CALLS_NOTHING = ("builtins.", "inspect.", "typing.", "typing_extensions.")
"""Where what is handed over is looked at or kept, but not called, unless a model says so."""
_ITERATES = ("any", "all", "sum", "str.join", "bytes.join")
_DEEPEST_PARTIAL = 3
_MOST_HANDED_OVER = 8


class Library(GenericFunctions):
    """Models of builtins and of the standard library."""

    _models: dict[str, Callable[[str, Site], None]]
    _handed_over: dict[int, Site]
    _partials_made: dict[tuple[int, int], int]

    def load_models(self) -> None:
        """Prepare the table of models."""
        self._models = {
            "builtins.property": self._property,
            "functools.cached_property": self._property,
            "django.utils.functional.cached_property": self._property,
            "abc.abstractproperty": self._property,
            "builtins.staticmethod": self._wrapped(kinds.STATIC),
            "abc.abstractstaticmethod": self._wrapped(kinds.STATIC),
            "builtins.classmethod": self._wrapped(kinds.CLASS_METHOD),
            "abc.abstractclassmethod": self._wrapped(kinds.CLASS_METHOD),
            "contextlib.contextmanager": self._wrapped(kinds.CONTEXT_MAKER),
            "contextlib.asynccontextmanager": self._wrapped(kinds.CONTEXT_MAKER),
            "functools.partial": self._partial,
            "functools.partialmethod": self._partial,
            "builtins.getattr": self._getattr,
            "builtins.setattr": self._setattr,
            "builtins.super": self._super,
            "builtins.type": self._type,
            "builtins.next": self._next,
            "builtins.anext": self._next,
            "builtins.zip": self._zip,
            "itertools.zip_longest": self._zip,
            "builtins.enumerate": self._enumerate,
            "builtins.dict": self._dict,
            "collections.OrderedDict": self._dict,
            "collections.defaultdict": self._defaultdict,
            "builtins.min": self._extreme,
            "builtins.max": self._extreme,
            "builtins.object.__new__": self._object_new,
            "importlib.import_module": self._import_module,
            "builtins.__import__": self._import_module,
            "typing.cast": self._cast,
            "typing.TypeVar": self._type_variable,
            "typing_extensions.TypeVar": self._type_variable,
            "itertools.groupby": self._groupby,
            "inspect.getmembers": self._getmembers,
        }
        self._models.update(dict.fromkeys(_SAME, self._same))
        self._models.update(dict.fromkeys(DISPATCHING, self.make_generic))
        self._models.update(dict.fromkeys(_LISTS, self._list))
        self._models.update(dict.fromkeys(SPECIAL, self._special))
        self._models.update(dict.fromkeys(_FIRST_ARGUMENT_CALLED, self._mapped))
        self._models.update(dict.fromkeys(_TARGET_KEYWORD, self._thread))
        self._models.update({f"builtins.{name}": self._consumed for name in _ITERATES})

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """A model if there is one; else whatever function is handed over may be called."""
        if self.table.kind[value] == kinds.RESULT:
            self._call_result(name, site)
            return
        self.outside_edges.setdefault((site.caller, name, site.line), site.certainty)
        model = self._models.get(name)
        if model is not None:
            model(name, site)
            return
        if site.is_decorator:
            self._same(name, site)
            return
        result = kinds.UNKNOWN_OUTSIDE if self.table.kind[value] == kinds.OUTSIDE_METHOD else name
        self.add(site.target, self.value(kinds.RESULT, result))
        method = name.rpartition(".")[2]
        place = _LATER.get(name, _LATER_METHODS.get(method, -1) if name.count(".") > 1 else -1)
        if place >= 0:
            self._later(place, site)
        elif not name.startswith(_CALLS_NOTHING):
            self._callbacks(site)

    def _call_result(self, name: str, site: Site) -> None:
        """Calling what a call outside returned: a decorator with arguments, most likely."""
        if site.is_decorator or name in _SAME:
            self._same(name, site)
            return
        self.add(site.target, self.value(kinds.RESULT, name))
        self._callbacks(site)

    def _callbacks(self, site: Site) -> None:
        """What is handed to the outside may be called from there."""
        if site.number not in self._handed_over:
            self._handed_over[site.number] = site

    def note_callbacks(self) -> None:
        """Once all is known: a few functions handed over may be called; of many, nobody can tell."""
        for site in self._handed_over.values():
            for node in (*site.positional, *(node for _, node in site.keywords)):
                values = (
                    [value for value in self.values(node) if self.table.kind[value] in CALLABLE] if node > 0 else []
                )
                functions = sum(self._functions_in(value) for value in values)
                if functions <= _MOST_HANDED_OVER:
                    for value in values:
                        self._note_callback(value, site)

    def _functions_in(self, value: int) -> int:
        return len(self.overriding[self.table.of[value]]) if self.table.kind[value] == kinds.OVERRIDES else 1

    def _note_callback(self, value: int, site: Site) -> None:
        while self.table.kind[value] != kinds.FUNCTION:
            if self.table.kind[value] == kinds.BOUND:
                value = self.table.of[value][0]
            elif self.table.kind[value] == kinds.PARTIAL:
                value = self.partials[self.table.of[value]].function
            else:
                for function in self.overriding.get(self.table.of[value], ()):
                    self.edge(site, function, DYNAMIC)
                return
        self.edge(site, self.table.of[value], DYNAMIC)

    # Models

    def _later(self, place: int, site: Site) -> None:
        """A function and its arguments, to be called by and by; the result is as that of the function."""
        rest = site.positional[place + 1 :]
        called = self.new_site(site.caller, site.line, site.target, rest, keywords=site.keywords)
        self.watch(self._argument(site, place), self._on_called, called)

    def _consumed(self, name: str, site: Site) -> None:
        """Goes through all elements, and makes something else of them."""
        self._elements_of(self._argument(site, 0), self.new_node(), site)
        self.add(site.target, self.value(kinds.RESULT, name))

    def _thread(self, name: str, site: Site) -> None:
        function = next((node for keyword, node in site.keywords if keyword == "target"), 0)
        arguments = next((node for keyword, node in site.keywords if keyword == "args"), 0)
        called = self.new_site(site.caller, site.line, 0, (-arguments,) if arguments else ())
        self.watch(function or self._argument(site, 1), self._on_called, called)
        self.add(site.target, self.value(kinds.RESULT, name))

    def _same(self, name: str, site: Site) -> None:
        """Hands its first argument back, or is a decorator that will."""
        if site.positional and not (name == "functools.wraps" and not site.is_decorator and not self._is_second(site)):
            self.connect(self._argument(site, 0), site.target)
        if not site.is_decorator:
            self.add(site.target, self.value(kinds.RESULT, name))

    def _is_second(self, site: Site) -> bool:
        """Whether the callee is itself a result: `wraps(f)(g)` gives g."""
        return any(self.table.kind[value] == kinds.RESULT for value in self.values(site.callee))

    def _wrapped(self, kind: int) -> Callable[[str, Site], None]:
        def model(_name: str, site: Site) -> None:
            self.watch(self._argument(site, 0), self._on_wrapped, kind, site.target)

        return model

    def _on_wrapped(self, news: Sequence[int], watcher: Watcher) -> None:
        _, kind, target = watcher
        for value in news:
            wrapped = self.table.kind[value] in (kinds.STATIC, kinds.CLASS_METHOD, kinds.CONTEXT_MAKER)
            self.add(target, value if wrapped else self.value(kind, value))

    def _property(self, _name: str, site: Site) -> None:
        made = Property(self._argument(site, 0, "fget") or self.new_node(), self._argument(site, 1, "fset"))
        made.setters = made.setters or self.new_node()
        self.add_property(made, site.target)

    def _partial(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 0), self._on_partial, site)

    def _on_partial(self, news: Sequence[int], watcher: Watcher) -> None:
        site = watcher[1]
        for value in news:
            if self.table.kind[value] == kinds.PARTIAL and self.partials[self.table.of[value]].depth > _DEEPEST_PARTIAL:
                continue
            key = (site.number, value)
            if key not in self._partials_made:
                depth = self.partials[self.table.of[value]].depth + 1 if self.table.kind[value] == kinds.PARTIAL else 0
                self.partials.append(Partial(value, site.positional[1:], site.keywords, depth))
                self._partials_made[key] = len(self.partials) - 1
            self.add(site.target, self.value(kinds.PARTIAL, self._partials_made[key]))

    def _getattr(self, _name: str, site: Site) -> None:
        owner, name = self._argument(site, 0), self._argument(site, 1)
        self.connect(self._argument(site, 2), site.target)
        self.watch(name, self._on_attribute_name, owner, site)

    def _on_attribute_name(self, news: Sequence[int], watcher: Watcher) -> None:
        _, owner, site = watcher
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and isinstance(of, str):
                self.watch(owner, self._on_read_named, of, site)
            elif self.table.kind[value] == kinds.AFFIXED:
                self.watch(owner, self._on_read_affixed, of, site)

    def _on_read_named(self, news: Sequence[int], watcher: Watcher) -> None:
        _, name, site = watcher
        for value in news:
            self.read(value, name, site.target, site.caller, site.line)

    def _on_read_affixed(self, news: Sequence[int], watcher: Watcher) -> None:
        """`getattr(self, "do_" + name)`: any attribute with such ends."""
        _, (prefix, suffix), site = watcher
        for value in news:
            if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE, kinds.CLASS, kinds.OPEN_CLASS):
                family = [*self.hierarchy.order(self.table.of[value])]
                if self.table.kind[value] == kinds.OPEN_INSTANCE:
                    family += self.hierarchy.descendants(self.table.of[value])
                names = {name for cls in family for name in self.hierarchy.classes[cls].summary.attributes}
                for name in sorted(names):
                    if name.startswith(prefix) and name.endswith(suffix):
                        self.read(value, name, site.target, site.caller, site.line)

    def _getmembers(self, name: str, site: Site) -> None:
        """Pairs of a name and an attribute; which, only a run can tell."""
        pair = self.container_for(site.number, "pair", "tuple")
        made = self.container_for(site.number, name, "list")
        self.add(self.container(made).anything, pair)
        self.add(site.target, made)
        fields = self.container(pair)
        every = site._replace(target=self.container_field(fields, 1))
        self.watch(self._argument(site, 0), self._on_read_affixed, ("", ""), every)

    def _setattr(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 1), self._on_stored_name, site)

    def _on_stored_name(self, news: Sequence[int], watcher: Watcher) -> None:
        site = watcher[1]
        for value in news:
            if self.table.kind[value] == kinds.CONSTANT and isinstance(self.table.of[value], str):
                self.watch(self._argument(site, 0), self._on_store_named, self.table.of[value], site)

    def _on_store_named(self, news: Sequence[int], watcher: Watcher) -> None:
        _, name, site = watcher
        for value in news:
            self.store(value, name, self._argument(site, 2))

    def _super(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 0), self._on_super_class, self._argument(site, 1), site.target)

    def _on_super_class(self, news: Sequence[int], watcher: Watcher) -> None:
        _, instance, target = watcher
        for value in news:
            if self.table.kind[value] in (kinds.CLASS, kinds.OPEN_CLASS):
                self.watch(instance, self._on_super_instance, self.table.of[value], target)

    def _on_super_instance(self, news: Sequence[int], watcher: Watcher) -> None:
        _, cls, target = watcher
        for value in news:
            if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE, kinds.CLASS, kinds.OPEN_CLASS):
                self.add(target, self.value(kinds.SUPER, (cls, value)))

    def _type(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 0), self._on_type_of, site.target)

    def _on_type_of(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
                self.add(watcher[1], self.class_value(value))

    def _object_new(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 0), self._on_new, site.target)

    def _on_new(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] in (kinds.CLASS, kinds.OPEN_CLASS):
                kind = kinds.INSTANCE if self.table.kind[value] == kinds.CLASS else kinds.OPEN_INSTANCE
                self.add(watcher[1], self.value(kind, self.table.of[value]))

    def _import_module(self, _name: str, site: Site) -> None:
        caller = self.linked.functions[site.caller].module
        self.watch(self._argument(site, 0, "name"), self._on_imported, site.target, caller)

    def _on_imported(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, importer = watcher
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and isinstance(of, str):
                level = len(of) - len(of.lstrip("."))
                full = self.linked.absolute(importer, of.lstrip("."), level)
                if full is not None and self.linked.is_module(full):
                    self.add(target, self.value(kinds.MODULE, full))
                else:
                    self.add(target, self.value(kinds.EXTERNAL, of))

    def _type_variable(self, name: str, site: Site) -> None:
        """A type variable stands for its bound."""
        for keyword, node in site.keywords:
            if keyword == "bound":
                self.connect(node, site.target)
        self.add(site.target, self.value(kinds.RESULT, name))

    def _cast(self, _name: str, site: Site) -> None:
        self.connect(self._argument(site, 1), site.target)

    # Containers
