"""What .NET's own classes do with the functions and objects handed to them."""

from typing import ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import Members
from intelligent_office.analyzer.languages.class_solving import ClassSolver
from intelligent_office.analyzer.languages.csharp_namespaces import EXTENSIONS, CSharpLinked
from intelligent_office.analyzer.languages.declared_types import ELEMENT, ITSELF, TEXT, VALUE
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import Site

CSHARP_TYPES: dict[str, str] = {
    **dict.fromkeys(
        (
            *("List", "IList", "ICollection", "IEnumerable", "IReadOnlyList", "IReadOnlyCollection", "HashSet", "ISet"),
            *("Queue", "Stack", "LinkedList", "ObservableCollection", "Collection", "IEnumerator", "IQueryable"),
            *("ImmutableArray", "ImmutableList", "IAsyncEnumerable", "IAsyncEnumerator", "ConcurrentBag", "SortedSet"),
            *("ConcurrentQueue", "ConcurrentStack", "Span", "ReadOnlySpan", "Memory", "ReadOnlyMemory", "Lazy"),
            *("ReadOnlyCollection", "IOrderedEnumerable", "BlockingCollection", "ArraySegment", "ThreadLocal"),
            *("AsyncLocal", "WeakReference", "PriorityQueue", "ImmutableHashSet", "IReadOnlySet"),
        ),
        ELEMENT,
    ),
    **dict.fromkeys(
        (
            *("Dictionary", "IDictionary", "IReadOnlyDictionary", "ConcurrentDictionary", "SortedDictionary"),
            *("KeyValuePair", "ImmutableDictionary", "SortedList", "ILookup", "IGrouping", "ConditionalWeakTable"),
        ),
        VALUE,
    ),
    **dict.fromkeys(("Task", "ValueTask", "Nullable", "ActionResult"), ITSELF),
    "String": TEXT,
}
OF_LIBRARY = frozenset(
    {
        *CSHARP_TYPES,
        *("object", "string", "Random", "StringBuilder", "Regex", "Stopwatch", "SemaphoreSlim", "HttpClient"),
        *("CancellationTokenSource", "JsonSerializerOptions", "DateTime", "Guid", "TimeSpan", "Array", "Math"),
        *("Enumerable", "Environment", "DateTimeOffset", "Encoding", "Path", "Console", "Activator", "Convert"),
    }
)
"""Types whose making or use is nothing to speak of."""

_HELD = frozenset({"Value", "Current", "Target", "First", "Last"})
"""Properties of containers that are an element."""
_INVOKING = frozenset({"Invoke", "BeginInvoke", "DynamicInvoke"})
_EACH = ("element", "")
_OBJECTS = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_EXTENDED = (*_OBJECTS, kinds.CONTAINER, kinds.CONSTANT, kinds.RESULT)


class CSharpSolver(ClassSolver):
    """Collections and queries, tasks, delegates, extension methods."""

    of_every_object = frozenset({"Equals", "GetHashCode", "ToString", "GetType", "MemberwiseClone", "ReferenceEquals"})
    iteration: ClassVar[tuple[str, ...]] = ("GetEnumerator", "MoveNext")
    element = "Current"
    items_are_attributes = False
    containers_of: ClassVar[dict[str, str]] = {
        name: "list" if held == ELEMENT else "dict" for name, held in CSHARP_TYPES.items() if held in (ELEMENT, VALUE)
    }
    container_methods = frozenset(
        {
            *("TryGetValue", "GetOrAdd", "AddOrUpdate", "Contains", "ContainsKey", "Clear", "IndexOf", "Any", "Count"),
            *("AddRange", "TryPop", "TryDequeue", "TryPeek", "TryTake", "CopyTo", "Sum", "GetValueOrDefault", "TryAdd"),
        }
    )
    outside_prefixes: ClassVar[dict[str, str]] = {
        "builtins.list.": "List.",
        "builtins.dict.": "Dictionary.",
        "builtins.generator.": "Enumerable.",
        "builtins.tuple.": "Array.",
        "builtins.object.": "Object.",
    }
    models: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(("Thread", "Timer", "Task"), Model(0)),
        **dict.fromkeys(("Task.Run", "Task.Factory.StartNew"), Model(0, (), ("returned",))),
        "Lazy": Model(0, (), ("returned",), in_list=True),
        "Task.FromResult": Model(result=("argument 0",)),
        "Task.WhenAll": Model(result=("argument 0",)),
        "Parallel.ForEach": Model(1),
        "Parallel.For": Model(2),
        "Parallel.Invoke": Model((0, 1, 2, 3)),
        "Array.ForEach": Model(1),
        "Array.Sort": Model(1),
        "ThreadPool.QueueUserWorkItem": Model(0),
        "Interlocked.Exchange": Model(result=("argument 1",)),
    }
    methods: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(
            ("ForEach", "Any", "All", "Count", "Sum", "Average", "RemoveAll", "Exists", "TrueForAll", "FindIndex"),
            Model(0, ("element",)),
        ),
        **dict.fromkeys(
            (
                *("Where", "OrderBy", "OrderByDescending", "ThenBy", "ThenByDescending", "TakeWhile", "SkipWhile"),
                *("FindAll", "DistinctBy", "Sort"),
            ),
            Model(0, ("element", "element"), ("receiver",)),
        ),
        **dict.fromkeys(("Select", "ConvertAll"), Model(0, _EACH, ("returned",), in_list=True)),
        "SelectMany": Model(0, _EACH, ("returned",)),
        **dict.fromkeys(
            (
                *("First", "FirstOrDefault", "Single", "SingleOrDefault", "Last", "LastOrDefault", "Find", "FindLast"),
                *("MinBy", "MaxBy", "Min", "Max"),
            ),
            Model(0, ("element",), ("element",)),
        ),
        **dict.fromkeys(("ToDictionary", "ToLookup", "GroupBy"), Model((0, 1), ("element",), ("receiver",))),
        "Aggregate": Model((0, 1), ("accumulated", "element"), ("accumulated",)),
        "ContinueWith": Model(0, ("receiver",), ("returned",)),
        "Zip": Model(1, ("element",), ("returned",), in_list=True),
        **dict.fromkeys(
            (
                *("ToList", "ToArray", "AsEnumerable", "AsQueryable", "Distinct", "Skip", "Take", "Reverse", "Concat"),
                *("Union", "Except", "Intersect", "Append", "Prepend", "Cast", "OfType", "ToHashSet", "AsReadOnly"),
                *("DefaultIfEmpty", "GetRange", "AsSpan", "GetEnumerator", "ToListAsync", "ToArrayAsync", "Slice"),
                *("AsNoTracking", "Include", "ToImmutableArray", "ToImmutableList", "AsParallel", "GetAsyncEnumerator"),
            ),
            Model(result=("receiver",)),
        ),
        **dict.fromkeys(
            ("Add", "Push", "Enqueue", "AddLast", "AddFirst", "Insert", "TryAdd", "Set", "SetValue"),
            Model(added=("argument 0", "argument 1")),
        ),
        **dict.fromkeys(
            (
                "Pop",
                "Dequeue",
                "Peek",
                "ElementAt",
                "ElementAtOrDefault",
                "FirstOrDefaultAsync",
                "SingleOrDefaultAsync",
            ),
            Model(result=("element",)),
        ),
    }

    def _definitions(self) -> None:
        super()._definitions()
        root = self.linked.root
        self._values: dict[int, int] = {}
        self._extensions: dict[str, list[tuple[int, int]]] = {}
        for module in self.linked.modules:
            for name, found in module.summary.facts.get(EXTENSIONS, {}).items():
                for function, declared in found:
                    node = root[module.base + declared] if declared else 0
                    self._extensions.setdefault(name, []).append((root[module.base + function], node))

    def _function_facts(self, record: FunctionRecord) -> None:
        """`this` in a part of a class is an object of the whole."""
        super()._function_facts(record)
        assert isinstance(self.linked, CSharpLinked)
        whole = self.linked.part_of.get(record.owner, -1)
        if whole >= 0 and record.summary.binding == "instance" and record.summary.positional:
            node = self.linked.root[record.module.base + record.summary.positional[0][1]]
            self.add(node, self.value(kinds.OPEN_INSTANCE, whole))

    def known_as(self, name: str) -> str:
        """Classes of the library without their namespace."""
        parts = name.split(".")
        while len(parts) > 1 and parts[0] in ("System", "Collections", "Generic", "Threading", "Tasks", "Concurrent"):
            del parts[0]
        return ".".join(parts)

    def outside(self, name: str) -> int:
        """Types may come from the library; a variable that nothing declares is unknown."""
        return super().outside(name) if name[:1].isupper() or name == "string" else 0

    def is_function_name(self, name: str) -> bool:
        """A delegate is invoked."""
        return name in _INVOKING

    # Members

    def _find_members(self, value: int, name: str) -> Members:
        kind = self.table.kind[value]
        found = super()._find_members(value, name)
        is_outside = kind == kinds.RESULT or (not found.shared and not found.bound)
        is_outside = is_outside and all(self.table.kind[known] in kinds.FAINT for known in found.known)
        if is_outside and kind in _EXTENDED and name in self._extensions:
            fitting = [function for function, declared in self._extensions[name] if self._extends(declared, value)]
            values = [self.definition_nodes[function] for function in fitting if function in self.definition_nodes]
            if values:
                return Members(known=tuple([self.value(kinds.BOUND, (function, value, False)) for function in values]))
        if kind in _OBJECTS and not (found.known or found.shared or found.bound):
            if name == "Result":
                return Members(known=(value,))  # a task and what comes of it are one
            if name in self.of_every_object:
                return Members(known=(self.value(kinds.OUTSIDE_METHOD, f"Object.{name}"),))
        return found

    def _extends(self, declared: int, value: int) -> bool:
        """Whether a method for objects of a type is one for a value."""
        kind, of = self.table.kind[value], self.table.of[value]
        types = self.values(declared) if declared else []
        return not types or any(self._fits(known, kind, of) for known in types)

    def _fits(self, known: int, kind: int, of: object) -> bool:
        wanted, wanted_of = self.table.kind[known], self.table.of[known]
        if wanted in (kinds.CLASS, kinds.OPEN_CLASS):
            return kind in _OBJECTS and isinstance(of, int) and self.hierarchy.is_subclass(of, wanted_of)
        if wanted in (kinds.CONTAINER, kinds.CONSTANT):
            if kind == kinds.CONSTANT and wanted == kind:
                return self.type_name(of) == self.type_name(wanted_of)
            return kind == wanted or kind == kinds.RESULT
        if kind in _OBJECTS and isinstance(of, int):
            outside = {
                base for ancestor in self.hierarchy.order(of) for base in self.hierarchy.external_bases[ancestor]
            }
            return any(base.rpartition(".")[2] == str(wanted_of).rpartition(".")[2] for base in outside)
        return kind == kinds.RESULT

    def _container_members(self, value: int, name: str) -> Members:
        if name in _HELD:
            return Members(shared=(self.whole(self.container(value)),))
        if name == "Values":
            return Members(known=(self._values_in(value),))
        return super()._container_members(value, name)

    def _values_in(self, value: int) -> int:
        """The values of a dictionary, as a list."""
        made = self._values.get(value)
        if made is None:
            made = self._values[value] = self.new_container("list", self.whole(self.container(value)))
        return made

    def elements(self, value: int, target: int) -> None:
        """A loop over a dictionary gives pairs; its `Value` is what any of them has."""
        if self.container(value).kind == "dict":
            self.add(target, value)
        else:
            super().elements(value, target)

    # Calls

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """Maps are read by key; some methods hand out what they find through an argument."""
        super().call_container_method(container, name, site)
        made = self.container(container)
        if name.startswith("Try") and name != "TryAdd":
            out = site.positional[-1] if site.positional else 0
            if out > 0:
                self.read_any(made, out)
        elif name in ("GetOrAdd", "AddOrUpdate"):
            for place in (1, 2) if name == "AddOrUpdate" else (1,):
                argument, given = self._argument(site, place), self.new_node()
                self.watch(argument, self._on_called, self.new_site(site.caller, site.line, given))
                self.connect(given, made.anything)
            self.read_any(made, site.target)
        elif name == "GetValueOrDefault":
            self.read_any(made, site.target)
        elif name == "AddRange":
            self.iterate(self._argument(site, 0), made.anything, site.caller, site.line)
