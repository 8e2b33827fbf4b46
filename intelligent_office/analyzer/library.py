"""What calls to the outside do with functions and values handed to them."""

from collections.abc import Callable

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.calls import DYNAMIC, INFERRED, Calls, Partial, Property, Site
from intelligent_office.analyzer.flow import Watcher

_SAME = frozenset(
    """functools.lru_cache functools.cache functools.wraps functools.total_ordering dataclasses.dataclass
    abc.abstractmethod typing.final typing.override typing.runtime_checkable typing.no_type_check enum.unique
    contextlib.closing copy.copy copy.deepcopy asyncio.create_task asyncio.ensure_future asyncio.run asyncio.shield
    asyncio.wait_for weakref.ref weakref.proxy types.coroutine functools.singledispatch atexit.register
    typing_extensions.final typing_extensions.override unittest.mock.patch functools.update_wrapper
    asyncio.run_coroutine_threadsafe inspect.unwrap contextlib.suppress""".split()
)
_LISTS = frozenset(
    """builtins.list builtins.tuple builtins.set builtins.frozenset builtins.reversed builtins.sorted
    collections.deque itertools.chain itertools.islice itertools.cycle builtins.iter builtins.aiter asyncio.gather
    asyncio.as_completed concurrent.futures.as_completed""".split()
)
_SPECIAL = {
    "builtins.len": ("__len__",),
    "builtins.str": ("__str__", "__repr__"),
    "builtins.repr": ("__repr__",),
    "builtins.print": ("__str__", "__repr__"),
    "builtins.hash": ("__hash__",),
    "builtins.bool": ("__bool__", "__len__"),
    "builtins.int": ("__int__", "__index__", "__trunc__"),
    "builtins.float": ("__float__", "__index__"),
    "builtins.abs": ("__abs__",),
    "builtins.round": ("__round__",),
    "builtins.dir": ("__dir__",),
    "builtins.bytes": ("__bytes__",),
    "builtins.format": ("__format__", "__str__"),
    "builtins.complex": ("__complex__",),
    "os.fspath": ("__fspath__",),
    "builtins.divmod": ("__divmod__",),
    "builtins.pow": ("__pow__",),
}
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
_DEEPEST_PARTIAL = 3
_MOST_HANDED_OVER = 8
_CALLABLE = frozenset({kinds.FUNCTION, kinds.BOUND, kinds.PARTIAL})


class Library(Calls):
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
            "itertools.groupby": self._groupby,
            "inspect.getmembers": self._getmembers,
        }
        self._models.update(dict.fromkeys(_SAME, self._same))
        self._models.update(dict.fromkeys(_LISTS, self._list))
        self._models.update(dict.fromkeys(_SPECIAL, self._special))
        self._models.update(dict.fromkeys(_FIRST_ARGUMENT_CALLED, self._mapped))
        self._models.update(dict.fromkeys(_TARGET_KEYWORD, self._thread))

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
        else:
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
                    [value for value in self.values(node) if self.table.kind[value] in _CALLABLE] if node > 0 else []
                )
                if len(values) <= _MOST_HANDED_OVER:
                    for value in values:
                        self._note_callback(value, site)

    def _note_callback(self, value: int, site: Site) -> None:
        while self.table.kind[value] != kinds.FUNCTION:
            if self.table.kind[value] == kinds.BOUND:
                value = self.table.of[value][0]
            elif self.table.kind[value] == kinds.PARTIAL:
                value = self.partials[self.table.of[value]].function
            else:
                return
        self.edge(site, self.table.of[value], DYNAMIC)

    # Models

    def _argument(self, site: Site, place: int, keyword: str = "") -> int:
        if place < len(site.positional):
            return max(site.positional[place], 0)
        return next((node for name, node in site.keywords if name == keyword), 0) if keyword else 0

    def _later(self, place: int, site: Site) -> None:
        """A function and its arguments, to be called by and by; the result is as that of the function."""
        rest = site.positional[place + 1 :]
        called = self.new_site(site.caller, site.line, site.target, rest, keywords=site.keywords)
        self.watch(self._argument(site, place), self._on_called, called)

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
        self.add(site.target, self.value(kinds.RESULT, name))

    def _is_second(self, site: Site) -> bool:
        """Whether the callee is itself a result: `wraps(f)(g)` gives g."""
        return any(self.table.kind[value] == kinds.RESULT for value in self.values(site.callee))

    def _wrapped(self, kind: int) -> Callable[[str, Site], None]:
        def model(_name: str, site: Site) -> None:
            self.watch(self._argument(site, 0), self._on_wrapped, kind, site.target)

        return model

    def _on_wrapped(self, news: list[int], watcher: Watcher) -> None:
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

    def _on_partial(self, news: list[int], watcher: Watcher) -> None:
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

    def _on_attribute_name(self, news: list[int], watcher: Watcher) -> None:
        _, owner, site = watcher
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and isinstance(of, str):
                self.watch(owner, self._on_read_named, of, site)
            elif self.table.kind[value] == kinds.AFFIXED:
                self.watch(owner, self._on_read_affixed, of, site)

    def _on_read_named(self, news: list[int], watcher: Watcher) -> None:
        _, name, site = watcher
        for value in news:
            self.read(value, name, site.target, site.caller, site.line)

    def _on_read_affixed(self, news: list[int], watcher: Watcher) -> None:
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

    def _on_stored_name(self, news: list[int], watcher: Watcher) -> None:
        site = watcher[1]
        for value in news:
            if self.table.kind[value] == kinds.CONSTANT and isinstance(self.table.of[value], str):
                self.watch(self._argument(site, 0), self._on_store_named, self.table.of[value], site)

    def _on_store_named(self, news: list[int], watcher: Watcher) -> None:
        _, name, site = watcher
        for value in news:
            self.store(value, name, self._argument(site, 2))

    def _super(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 0), self._on_super_class, self._argument(site, 1), site.target)

    def _on_super_class(self, news: list[int], watcher: Watcher) -> None:
        _, instance, target = watcher
        for value in news:
            if self.table.kind[value] in (kinds.CLASS, kinds.OPEN_CLASS):
                self.watch(instance, self._on_super_instance, self.table.of[value], target)

    def _on_super_instance(self, news: list[int], watcher: Watcher) -> None:
        _, cls, target = watcher
        for value in news:
            if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE, kinds.CLASS, kinds.OPEN_CLASS):
                self.add(target, self.value(kinds.SUPER, (cls, value)))

    def _type(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 0), self._on_type_of, site.target)

    def _on_type_of(self, news: list[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
                self.add(watcher[1], self.class_value(value))

    def _object_new(self, _name: str, site: Site) -> None:
        self.watch(self._argument(site, 0), self._on_new, site.target)

    def _on_new(self, news: list[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] in (kinds.CLASS, kinds.OPEN_CLASS):
                kind = kinds.INSTANCE if self.table.kind[value] == kinds.CLASS else kinds.OPEN_INSTANCE
                self.add(watcher[1], self.value(kind, self.table.of[value]))

    def _import_module(self, _name: str, site: Site) -> None:
        caller = self.linked.functions[site.caller].module
        self.watch(self._argument(site, 0, "name"), self._on_imported, site.target, caller)

    def _on_imported(self, news: list[int], watcher: Watcher) -> None:
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

    def _cast(self, _name: str, site: Site) -> None:
        self.connect(self._argument(site, 1), site.target)

    # Containers

    def _special(self, name: str, site: Site) -> None:
        names = _SPECIAL[name]
        for node in site.positional if name == "builtins.print" else site.positional[:1]:
            self.watch(abs(node), self._on_special, names, self.new_site(site.caller, site.line, 0))
        self.add(site.target, self.value(kinds.CONSTANT, (_RESULT_TYPES.get(name, "str"),)))

    def _on_special(self, news: list[int], watcher: Watcher) -> None:
        _, names, site = watcher
        for value in news:
            self.call_special(value, names, site)

    def _elements_of(self, node: int, target: int, site: Site) -> None:
        self.iterate(node, target, site.caller, site.line)

    def iterate(self, source: int, target: int, caller: int, line: int, *, is_async: bool = False) -> None:
        """The target gets the elements of what the source holds."""
        raise NotImplementedError

    def _list(self, name: str, site: Site) -> None:
        made = self.container_for(site.number, name, "tuple" if name == "builtins.tuple" else "list")
        container = self.container(made)
        for node in site.positional:
            if name.startswith("asyncio.gather"):
                self.connect(abs(node), container.anything)
                continue
            self._elements_of(abs(node), container.anything, site)
        if name == "itertools.chain":
            inner = self.new_node()
            self.connect(container.anything, inner)
        self._key_function(site, container.anything)
        self.add(site.target, made)

    def _key_function(self, site: Site, element: int) -> None:
        for keyword, node in site.keywords:
            if keyword in ("key", "default", "func"):
                called = self.new_site(site.caller, site.line, 0, (element,))
                self.watch(node, self._on_called, called)

    def _mapped(self, name: str, site: Site) -> None:
        """`map` and its kin call a function with the elements of the other arguments."""
        made = self.container_for(site.number, name, "generator")
        result = self.container(made).anything
        elements = []
        for node in site.positional[1:]:
            element = self.new_node()
            self._elements_of(abs(node), element, site)
            elements.append(element)
        keeps = name in ("builtins.filter", "itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse")
        returned = self.new_node()
        if name == "functools.reduce":
            elements = [returned, *elements[:1]]
            self.connect(elements[-1], returned)
            self.connect(returned, site.target)
        called = self.new_site(site.caller, site.line, returned, tuple(elements))
        self.watch(self._argument(site, 0), self._on_called, called)
        if keeps and elements:
            self.connect(elements[0], result)
        else:
            self.connect(returned, result)
        self._misplaced(site, result)
        self.add(site.target, made)

    def _misplaced(self, site: Site, result: int) -> None:
        """A function in the place of an iterable may still be called."""
        for node in site.positional[1:]:
            self.watch(abs(node), self._on_misplaced, result, site)

    def _on_misplaced(self, news: list[int], watcher: Watcher) -> None:
        _, result, site = watcher
        for value in news:
            if self.table.kind[value] in _CALLABLE:
                self.call(value, self.new_site(site.caller, site.line, result, certainty=DYNAMIC))

    def _extreme(self, _name: str, site: Site) -> None:
        if len(site.positional) == 1:
            element = self.new_node()
            self._elements_of(abs(site.positional[0]), element, site)
            self.connect(element, site.target)
        else:
            element = self.new_node()
            for node in site.positional:
                self.connect(abs(node), element)
            self.connect(element, site.target)
        self._key_function(site, element)

    def _next(self, _name: str, site: Site) -> None:
        node = self._argument(site, 0)
        self.watch(node, self._on_next, site)
        self.connect(self._argument(site, 1), site.target)

    def _on_next(self, news: list[int], watcher: Watcher) -> None:
        site = watcher[1]
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.resume(value, site.caller, site.line)
                self.elements(value, site.target)
            else:
                self.call_special(value, ("__next__", "__anext__"), self.new_site(site.caller, site.line, site.target))

    def _zip(self, _name: str, site: Site) -> None:
        row = self.container_for(site.number, "row", "tuple")
        for index, node in enumerate(site.positional):
            field = self.container_field(self.container(row), index)
            self._elements_of(abs(node), field, site)
        made = self.container_for(site.number, "list", "list")
        self.add(self.container(made).anything, row)
        self.add(site.target, made)

    def _enumerate(self, _name: str, site: Site) -> None:
        pair = self.container_for(site.number, "pair", "tuple")
        self._elements_of(self._argument(site, 0), self.container_field(self.container(pair), 1), site)
        made = self.container_for(site.number, "list", "list")
        self.add(self.container(made).anything, pair)
        self.add(site.target, made)

    def _groupby(self, _name: str, site: Site) -> None:
        group = self.container_for(site.number, "group", "list")
        element = self.container(group).anything
        self._elements_of(self._argument(site, 0), element, site)
        self._key_function(site, element)
        self.watch(self._argument(site, 1), self._on_called, self.new_site(site.caller, site.line, 0, (element,)))
        pair = self.container_for(site.number, "pair", "tuple")
        self.add(self.container_field(self.container(pair), 1), group)
        made = self.container_for(site.number, "list", "list")
        self.add(self.container(made).anything, pair)
        self.add(site.target, made)

    def _dict(self, _name: str, site: Site) -> None:
        made = self.container_for(site.number, "dict", "dict")
        container = self.container(made)
        for keyword, node in site.keywords:
            if keyword is not None:
                self.write_key(container, keyword, node)
        if site.positional:
            self.watch(abs(site.positional[0]), self._on_merged, container)
        self.add(site.target, made)

    def _defaultdict(self, _name: str, site: Site) -> None:
        made = self.container_for(site.number, "dict", "dict")
        container = self.container(made)
        called = self.new_site(site.caller, site.line, container.anything)
        self.watch(self._argument(site, 0), self._on_called, called)
        self.add(site.target, made)

    def _on_merged(self, news: list[int], watcher: Watcher) -> None:
        """Take over the entries of another dictionary, or of a list of pairs."""
        container = watcher[1]
        for value in news:
            if self.table.kind[value] != kinds.CONTAINER:
                continue
            other = self.container(value)
            if other.kind == "dict":
                self.connect(other.anything, container.anything)
                if other is not container:
                    self.each_field(other, self._copy_field, container)
            else:
                self.watch(self.whole(other), self._on_pair, container)

    def _copy_field(self, key: object, node: int, listener: Watcher) -> None:
        self.write_key(listener[1], key, node)

    def _on_pair(self, news: list[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.read_key(self.container(value), 1, watcher[1].anything)

    def call_container_method(self, value: int, name: str, site: Site) -> None:
        """Methods of lists, dictionaries, sets and generators."""
        container = self.container(value)
        self.outside_edges.setdefault((site.caller, f"builtins.{container.kind}.{name}", site.line), INFERRED)
        if name in ("append", "add", "insert", "appendleft", "send"):
            if site.positional:
                self.connect(max(site.positional[-1], 0), container.anything)
        elif name in ("extend", "extendleft", "__iadd__") or (name == "update" and container.kind == "set"):
            self._elements_of(self._argument(site, 0), container.anything, site)
        elif name == "update":
            self.watch(self._argument(site, 0), self._on_merged, container)
            for keyword, node in site.keywords:
                if keyword is not None:
                    self.write_key(container, keyword, node)
        elif name in ("get", "pop", "setdefault", "__getitem__", "popitem", "popleft"):
            self._take(container, name, site)
        elif name in ("copy", "__iter__", "union", "intersection", "difference", "symmetric_difference", "keys"):
            self.add(site.target, value)
        elif name == "values":
            self._view(site, self.whole(container))
        elif name == "items":
            pair = self.container_for(site.number, "pair", "tuple")
            self.read_any(container, self.container_field(self.container(pair), 1))
            self.elements(value, self.container_field(self.container(pair), 0))
            inner = self.new_node()
            self.add(inner, pair)
            self._view(site, inner)
        elif name == "__next__":
            self.elements(value, site.target)
        elif name == "sort":
            self._key_function(site, self.whole(container))

    def _view(self, site: Site, element: int) -> None:
        made = self.container_for(site.number, "list", "list")
        self.connect(element, self.container(made).anything)
        self.add(site.target, made)

    def _take(self, container: "object", name: str, site: Site) -> None:
        from intelligent_office.analyzer.containers import Container

        assert isinstance(container, Container)
        default = self._argument(site, 1)
        if container.kind == "dict" and name != "popitem":
            self.connect(default, site.target)
            if name == "setdefault":
                self.read_item_by(container, self._argument(site, 0), site.target)
                self.write_item_by(container, self._argument(site, 0), default)
            else:
                self.read_item_by(container, self._argument(site, 0), site.target)
        else:
            self.read_any(container, site.target)

    def read_item_by(self, container: object, key: int, target: int) -> None:
        """Read the item whose key is in a node."""
        raise NotImplementedError

    def write_item_by(self, container: object, key: int, source: int) -> None:
        """Write the item whose key is in a node."""
        raise NotImplementedError


_RESULT_TYPES = {"builtins.len": "int", "builtins.int": "int", "builtins.bool": "bool", "builtins.hash": "int"}
