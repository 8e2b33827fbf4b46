"""What Java's own classes do with the functions and objects handed to them."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import Members
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.languages.class_solving import ClassSolver
from intelligent_office.analyzer.languages.declared_types import ELEMENT, TEXT, VALUE
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.sites import Site

JAVA_TYPES: dict[str, str] = {
    **dict.fromkeys(
        (
            *("List", "ArrayList", "LinkedList", "CopyOnWriteArrayList", "Vector", "Stack", "Collection", "Iterable"),
            *("Set", "HashSet", "LinkedHashSet", "TreeSet", "SortedSet", "NavigableSet", "EnumSet", "Iterator"),
            *("ListIterator", "Queue", "Deque", "ArrayDeque", "PriorityQueue", "BlockingQueue", "Enumeration"),
            *("LinkedBlockingQueue", "ConcurrentLinkedQueue", "Stream", "Optional", "AtomicReference", "Reference"),
            *("CompletableFuture", "CompletionStage", "Future", "ThreadLocal", "WeakReference", "SoftReference"),
        ),
        ELEMENT,
    ),
    **dict.fromkeys(
        (
            *("Map", "HashMap", "LinkedHashMap", "TreeMap", "ConcurrentHashMap", "ConcurrentMap", "SortedMap"),
            *("NavigableMap", "EnumMap", "WeakHashMap", "IdentityHashMap", "Hashtable", "Entry", "SimpleEntry"),
        ),
        VALUE,
    ),
    **dict.fromkeys(("String", "CharSequence"), TEXT),
}

FUNCTIONAL = (
    *("run()", "call()", "apply()", "accept()", "test()", "get()", "compare()", "applyAsInt()", "applyAsLong()"),
    *("applyAsDouble()", "getAsInt()", "getAsBoolean()"),
)
"""The methods by which the library calls an object that stands for a function."""
_TAKES = Model(0, ("element",))


class JavaSolver(ClassSolver):
    """Collections, streams, threads; functions that stand for objects of interfaces with one method."""

    functional = FUNCTIONAL
    of_every_object = frozenset(
        {"equals", "hashCode", "toString", "getClass", "notify", "notifyAll", "wait", "clone", "finalize"}
    )
    iteration: ClassVar[tuple[str, ...]] = ("iterator()", "hasNext()", "next()")
    containers_of: ClassVar[dict[str, str]] = {
        name: "list" if held == ELEMENT else "dict" for name, held in JAVA_TYPES.items() if held != TEXT
    }
    container_methods = frozenset(
        {
            *("get", "set", "put", "putIfAbsent", "getOrDefault", "computeIfAbsent", "size", "isEmpty", "contains"),
            *("containsKey", "clear", "indexOf", "hasNext", "isPresent", "equals", "hashCode", "toString", "keySet"),
            *("containsValue", "count", "putAll", "lastIndexOf", "containsAll", "retainAll", "removeAll", "toArray"),
        }
    )
    outside_prefixes: ClassVar[dict[str, str]] = {
        "builtins.list.": "Collection.",
        "builtins.dict.": "Map.",
        "builtins.generator.": "Iterator.",
        "builtins.tuple.": "Array.",
        "builtins.object.": "Object.",
    }
    models: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(
            ("Thread", "Timer", "FutureTask", "ThreadLocal.withInitial", "Executors.callable"), Model((0, 1))
        ),
        "CompletableFuture.supplyAsync": Model(0, (), ("returned",), in_list=True),
        "CompletableFuture.runAsync": Model(0),
        "CompletableFuture.completedFuture": Model(result=("argument 0",), in_list=True),
        **dict.fromkeys(
            ("List.of", "Arrays.asList", "Set.of", "Stream.of", "Optional.of", "Optional.ofNullable"),
            Model(result=tuple(f"argument {place}" for place in range(10)), in_list=True),
        ),
        **dict.fromkeys(
            ("Collections.singletonList", "Collections.singleton", "Collections.nCopies"),
            Model(result=("argument 0", "argument 1"), in_list=True),
        ),
        **dict.fromkeys(
            (
                *("Collections.unmodifiableList", "Collections.unmodifiableSet", "Collections.unmodifiableMap"),
                *("Collections.unmodifiableCollection", "Collections.synchronizedList", "Collections.synchronizedMap"),
                *(
                    "List.copyOf",
                    "Set.copyOf",
                    "Map.copyOf",
                    "Arrays.stream",
                    "Arrays.copyOf",
                    "Objects.requireNonNull",
                ),
            ),
            Model(result=("argument 0",)),
        ),
        "Stream.generate": Model(0, (), ("returned",), in_list=True),
        "Collections.sort": Model(1),
        "Objects.requireNonNullElse": Model(result=("argument 0", "argument 1")),
    }
    methods: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(
            (
                *("forEach", "anyMatch", "allMatch", "noneMatch", "removeIf", "forEachOrdered", "ifPresent"),
                *("mapToInt", "mapToLong", "mapToDouble", "thenAccept", "thenAcceptAsync", "forEachRemaining"),
            ),
            _TAKES,
        ),
        **dict.fromkeys(
            ("filter", "peek", "takeWhile", "dropWhile", "whenComplete"), Model(0, ("element",), ("receiver",))
        ),
        **dict.fromkeys(
            ("map", "mapToObj", "thenApply", "thenApplyAsync", "handle"),
            Model(0, ("element",), ("returned",), in_list=True),
        ),
        **dict.fromkeys(("flatMap", "thenCompose"), Model(0, ("element",), ("returned",))),
        **dict.fromkeys(("sorted", "sort"), Model(0, ("element", "element"), ("receiver",))),
        **dict.fromkeys(("min", "max"), Model(0, ("element", "element"), ("receiver",))),
        "reduce": Model((0, 1), ("accumulated", "element"), ("accumulated",)),
        "ifPresentOrElse": Model((0, 1), ("element",)),
        "orElseGet": Model(0, (), ("element", "returned")),
        "orElse": Model(result=("element", "argument 0")),
        "or": Model(0, (), ("receiver", "returned")),
        "orElseThrow": Model(0, (), ("element",)),
        "replaceAll": Model(0, ("element", "element")),
        "exceptionally": Model(0, ("",), ("receiver",)),
        "thenRun": Model(0),
        "compute": Model(1, ("", "element"), ("returned",), added=("returned",)),
        "merge": Model(2, ("element", "argument 1"), ("element", "argument 1"), added=("argument 1", "returned")),
        **dict.fromkeys(("execute", "submit", "schedule", "scheduleAtFixedRate", "invokeLater"), Model(0)),
        "addShutdownHook": Model(0),
        **dict.fromkeys(
            ("add", "addLast", "addFirst", "offer", "push", "set"), Model(added=("argument 0", "argument 1"))
        ),
        **dict.fromkeys(
            (
                *("next", "remove", "poll", "peek", "pop", "element", "getFirst", "getLast", "first", "last", "take"),
                *("removeFirst", "removeLast", "peekFirst", "peekLast", "pollFirst", "pollLast", "join", "previous"),
                *("elementAt", "firstElement", "lastElement", "nextElement", "getValue", "getAndSet"),
            ),
            Model(result=("element",)),
        ),
        **dict.fromkeys(
            (
                *(
                    "stream",
                    "parallelStream",
                    "iterator",
                    "listIterator",
                    "toList",
                    "collect",
                    "distinct",
                    "limit",
                    "skip",
                ),
                *(
                    "subList",
                    "findFirst",
                    "findAny",
                    "reversed",
                    "descendingIterator",
                    "toArray",
                    "sequential",
                    "boxed",
                ),
            ),
            Model(result=("receiver",)),
        ),
        "values": Model(result=("element",), in_list=True),
        "entrySet": Model(result=("receiver",), in_list=True),
        "firstEntry": Model(result=("receiver",)),
        "lastEntry": Model(result=("receiver",)),
    }

    # Names

    def known_as(self, name: str) -> str:
        """Classes of the library without their package."""
        parts = name.split(".")
        place = next((place for place, part in enumerate(parts) if part[:1].isupper()), 0)
        return ".".join(parts[place:])

    def outside(self, name: str) -> int:
        """Types and methods may come from the library; a variable that nothing declares is unknown."""
        return super().outside(name) if name[:1].isupper() or name.endswith("()") else 0

    def outside_call(self, name: str) -> str:
        """Methods go by their plain names."""
        return super().outside_call(name.replace("()", ""))

    # Members

    def _find_members(self, value: int, name: str) -> Members:
        kind, of = self.table.kind[value], self.table.of[value]
        is_object = kind in (kinds.INSTANCE, kinds.OPEN_INSTANCE)
        if is_object and self._is_component(of, name):
            return Members(known=(self.value(kinds.BOUND_EXTERNAL, (value, name)),))
        found = super()._find_members(value, name)
        if found.known or found.shared or found.bound or not name.endswith("()"):
            return found
        if kind in (kinds.CLASS, kinds.OPEN_CLASS) and name != "values()":
            return Members(known=(value,))  # a constructor that stands for a function
        if is_object and name.removesuffix("()") in self.of_every_object:
            return Members(known=(self.value(kinds.OUTSIDE_METHOD, f"Object.{name}"),))
        return found

    def _is_component(self, cls: int, name: str) -> bool:
        """Whether a method gives a component of a record, and is not written down."""
        record = self.hierarchy.classes[cls].summary
        return name.removesuffix("()") in record.annotated and name.endswith("()") and name not in record.attributes

    def is_function_name(self, name: str) -> bool:
        """Whatever method is called of a function: it is the one of its interface that has no body."""
        return name.endswith("()")

    def is_overridden(self, name: str) -> bool:
        """Methods are, fields are not."""
        return name.endswith("()")

    def _container_members(self, value: int, name: str) -> Members:
        return super()._container_members(value, name.removesuffix("()"))

    # Calls

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """A thread that is started runs."""
        name = name.replace("()", "")
        if name.endswith("Thread.start") and site.callee in self.owners:
            self.watch(self.owners[site.callee], self._on_started, site)
        super().call_outside(value, name, site)

    def _on_started(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            self.call_special(value, ("run()",), watcher[1])

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """Maps and lists are read and written by key; a record gives its components."""
        if self.table.kind[container] != kinds.CONTAINER:
            self.read(container, name.removesuffix("()"), site.target, site.caller, site.line)
            return
        made = self.container(container)
        if made.kind == "dict" and name == "forEach":
            each = self.new_node()
            self.read_any(made, each)
            self.watch(self._argument(site, 0), self._on_called, self.new_site(site.caller, site.line, 0, (0, each)))
            return
        super().call_container_method(container, name, site)
        if name in ("get", "getOrDefault", "computeIfAbsent", "putIfAbsent"):
            key = self._argument(site, 0)
            if key and made.kind == "dict":
                self.read_item_by(made, key, site.target)
            else:
                self.read_any(made, site.target)
        if name == "getOrDefault":
            self.connect(self._argument(site, 1), site.target)
        elif name in ("put", "putIfAbsent"):
            self.write_item_by(made, self._argument(site, 0), self._argument(site, 1))
        elif name == "computeIfAbsent":
            made_there = self.new_node()
            arguments = (self._argument(site, 0),)
            called = self.new_site(site.caller, site.line, made_there, arguments)
            self.watch(self._argument(site, 1), self._on_called, called)
            self.connect(made_there, made.anything)
            self.connect(made_there, site.target)
        elif name in ("addAll", "putAll"):
            self.iterate(self._argument(site, 0), made.anything, site.caller, site.line)
