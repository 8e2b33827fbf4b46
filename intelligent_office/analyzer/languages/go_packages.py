"""Go packages: all files of a folder share their names, imports go by paths that end in a folder."""

import posixpath
from collections import Counter

from intelligent_office.analyzer.languages.linking import FamilyLinked, OtherNames
from intelligent_office.analyzer.linking import Module

PACKAGE, IMPORTS, DOTS, PARTS = "package", "imports", "dots", "parts"
"""Facts: the name of the package, imports (path, given name, node), paths imported without a name, and the classes
whose type is declared in another file (name, index)."""
SIGNATURES = "signatures"
"""The fact that tells the types of parameters and results, as text, of each method by its number."""
STANDARD = frozenset(
    {
        *("archive", "arena", "bufio", "builtin", "bytes", "cmp", "compress", "container", "context", "crypto", "C"),
        *("database", "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go", "hash", "html", "image"),
        *("index", "io", "iter", "log", "maps", "math", "mime", "net", "os", "path", "plugin", "reflect", "regexp"),
        *("runtime", "slices", "sort", "strconv", "strings", "structs", "sync", "syscall", "testing", "text", "time"),
        *("unicode", "unique", "unsafe", "weak"),
    }
)
"""First parts of the paths of the standard library (`go list std`)."""
_SYSTEMS = ("windows", "darwin", "plan9", "js", "wasm", "solaris", "aix", "freebsd", "netbsd", "openbsd", "test")

Key = tuple[str, str]
"""A package: its folder and its name."""


class GoLinked(FamilyLinked):
    """Names are those of packages."""

    top_level = False

    def _roots_of_folders(self) -> None:
        self._packages: dict[Key, list[Module]] = {}
        self._in_folder: dict[str, list[Key]] = {}
        for module in sorted(self.modules, key=_rank):
            key = _key(module)
            self._packages.setdefault(key, []).append(module)
            if key not in (keys := self._in_folder.setdefault(key[0], [])):
                keys.append(key)
        self._folders = self._imported_folders()
        self._join_parts()

    def _imported_folders(self) -> dict[str, str]:
        """Which folder each imported path means: a module's path is the one under which most folders are found."""
        paths = {path for module in self.modules for path in _paths(module)}
        places = {path: list(self._places(path)) for path in paths if path.split("/")[0] not in STANDARD}
        votes = Counter((prefix, root) for found in places.values() for prefix, root, _ in found)
        best: dict[str, tuple[int, str]] = {}
        for (prefix, root), count in votes.items():
            if (count, prefix) > best.get(root, (0, "")):
                best[root] = count, prefix
        found = {}
        for path, choices in places.items():
            fitting = [(votes[prefix, root], place) for prefix, root, place in choices if best[root][1] == prefix]
            if fitting:
                found[path] = max(fitting)[1]
        for prefix in {prefix for root, (_, prefix) in best.items() if root == ""}:
            if prefix in paths and "" in self._in_folder:
                found[prefix] = ""
        for path in paths:
            if path not in found and path.rpartition("/")[2] == self._folder and "" in self._in_folder and "/" in path:
                found[path] = ""
        return found

    def _places(self, path: str) -> list[tuple[str, str, str]]:
        """The ways to read a path: the module's path, the folder with the module, the folder that is meant."""
        parts = path.split("/")
        found = []
        for cut in range(len(parts)):
            inner = "/".join(parts[cut:])
            if inner in self._in_folder:
                found.append(("/".join(parts[:cut]), "", inner))
        return found

    def _join_parts(self) -> None:
        for module in self.modules:
            for name, index in module.summary.facts.get(PARTS, ()):
                for other in self._packages[_key(module)]:
                    for place, cls in enumerate(other.summary.classes):
                        is_declared = cls.name == name and not any(
                            place == part for _, part in other.summary.facts.get(PARTS, ())
                        )
                        if is_declared and other is not module:
                            self.join_classes(
                                self.classes[module.first_class + index], self.classes[other.first_class + place]
                            )
                            break
                    else:
                        continue
                    break

    def absolute(self, _module: Module, name: str, _level: int) -> str | None:
        """The first file of a package stands for it."""
        folder = self._folders.get(name)
        if folder is None:
            return None
        keys = [key for key in self._in_folder[folder] if not key[1].endswith("_test")] or self._in_folder[folder]
        return self._packages[keys[0]][0].source.name

    def export(self, module: Module, name: str) -> int:
        """What any file of the package declares."""
        for other in self._packages[_key(module)]:
            if node := other.summary.exports.get(name):
                return other.base + node
        return 0

    def free(self, module: Module, name: str) -> int:
        """A name of the package, of an import, or of a package imported without a name."""
        if node := self.export(module, name):
            return node
        for path, given, node in module.summary.facts.get(IMPORTS, ()):
            if name == given or (not given and name in self._called(path)):
                return int(module.base + node)
        for path in module.summary.facts.get(DOTS, ()):
            full = self.absolute(module, path, 0)
            if full is not None and (node := self.export(self.by_name[full], name)):
                return node
        return 0

    def _called(self, path: str) -> tuple[str, ...]:
        """The names a package may go by."""
        folder = self._folders.get(path)
        if folder is not None:
            return tuple(name for _, name in self._in_folder[folder])
        return _guesses(path)

    def outside_name(self, name: str, attribute: str) -> str:
        """A package goes by its own name."""
        if name == "typing":
            return f"{name}.{attribute}"
        return _guesses(name)[0]

    def other_names(self) -> OtherNames:
        """Functions and types go by their package."""
        names: OtherNames = []
        for (folder, package), modules in self._packages.items():
            prefixes = dict.fromkeys((folder.replace("/", "."), package))
            for module in modules:
                for name in module.summary.exports:
                    meant = self.qualified(module, name)
                    names.extend((f"{prefix}.{name}", [meant]) for prefix in prefixes if prefix)
                for name, _ in module.summary.facts.get(PARTS, ()):
                    meant = self.qualified(module, name)
                    names.extend((f"{prefix}.{name}", [meant]) for prefix in prefixes if prefix)
        return _merged(names)


def _merged(names: OtherNames) -> OtherNames:
    found: dict[str, list[str]] = {}
    for name, meant in names:
        found.setdefault(name, []).extend(one for one in meant if one not in found.get(name, ()) and one != name)
    return [(name, meant) for name, meant in found.items() if meant]


def _key(module: Module) -> Key:
    return posixpath.dirname(module.source.name), module.summary.facts.get(PACKAGE, "")


def _rank(module: Module) -> tuple[bool, str]:
    stem = posixpath.basename(module.source.name).removesuffix(".go")
    return stem.rpartition("_")[2] in _SYSTEMS, module.source.name


def _paths(module: Module) -> list[str]:
    facts = module.summary.facts
    return [path for path, _, _ in facts.get(IMPORTS, ())] + list(facts.get(DOTS, ()))


def _guesses(path: str) -> tuple[str, ...]:
    """What a package outside the program may be called: the end of its path, without a version."""
    parts = path.split("/")
    if len(parts) > 1 and parts[-1][:1] == "v" and parts[-1][1:].isdecimal():
        parts.pop()
    last = parts[-1].partition(".v")[0]
    plain = last.removeprefix("go-").removesuffix("-go").removesuffix(".go")
    return tuple(dict.fromkeys((plain, last, last.replace("-", "_"), last.replace("-", ""), last.rpartition("-")[2])))
