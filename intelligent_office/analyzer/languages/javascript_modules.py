"""How one JavaScript file names another."""

from intelligent_office.analyzer.languages.linking import FamilyLinked, OtherNames, joined_path
from intelligent_office.analyzer.linking import Module
from intelligent_office.analyzer.summary import Operation

WHOLE = "module.exports"
"""The name under which a file exports the object that `require` returns."""
LITERAL = "exports_literal"
"""The fact that all a file exports is in one literal, name by name."""
DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
"""The ends of names of files that only speak of what is somewhere else."""
_SUFFIXES = (".js", ".ts", ".tsx", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts")
_ROOTS = ("", "src/", "lib/", "app/")
_WRITTEN = {".js": (".ts", ".tsx", ".jsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""What a suffix in an import may stand for: TypeScript is imported under the names its output will have."""


class JavaScriptLinked(FamilyLinked):
    """Relative paths without endings, folders with an index, packages of the same repository."""

    def absolute(self, module: Module, name: str, _level: int) -> str | None:
        """The file that an import names."""
        key = (module.source.name.rpartition("/")[0], name)
        if key not in self._prefixes:
            self._prefixes[key] = self._file_of(module.source.name, name)
        return self._prefixes[key]

    def _file_of(self, file: str, name: str) -> str | None:
        if name.startswith("."):
            return self._at(joined_path(file, name))
        if name.startswith("/"):
            return self._at(name[1:])
        plain = name.removeprefix("@/").removeprefix("~/")
        if plain != name or "/" in name:
            for root in self._roots(file):
                found = self._at(root + plain)
                if found is not None:
                    return found
        return self._package(name) or self._shortened(file, name)

    def _shortened(self, file: str, name: str) -> str | None:
        """`@app/net/client`: a first part that the compiler's settings give to a folder."""
        first, _, inner = name.partition("/")
        if not inner or first[0] not in "@~#$":
            return None
        places = (root + prefix + inner for root in self._roots(file) for prefix in ("", f"{first[1:]}/"))
        return next((found for place in places if (found := self._at(place)) is not None), None)

    def _roots(self, file: str) -> list[str]:
        """Folders from which paths may start: those around the file, and their source folders."""
        parts = file.split("/")[:-1]
        folders = ["/".join(parts[:end]) + "/" if end else "" for end in range(len(parts), -1, -1)]
        return [folder + root for folder in folders for root in _ROOTS]

    def _package(self, name: str) -> str | None:
        """A package of the same repository: a folder of its name among the packages."""
        if not self.namespaces:
            for file in self.by_name:
                folder = file.rpartition("/")[0]
                self.namespaces.setdefault(folder, []).append(file)
        scope, _, rest = name.partition("/") if name.startswith("@") else ("", "", name)
        top, _, inner = rest.partition("/")
        for folder in ("packages", "libs", "apps", "modules", "workspaces"):
            for home in (f"{folder}/{top}", f"{folder}/{scope}/{top}"):
                for source in ("", "/src", "/lib"):
                    found = self._at(f"{home}{source}/{inner or 'index'}")
                    if found is not None:
                        return found
        return None

    def _at(self, path: str) -> str | None:
        """The file that a path without its ending means."""
        if path in self.by_name:
            return path
        stem, dot, ending = path.rpartition(".")
        written = [stem + other for other in _WRITTEN.get(dot + ending, ())]
        plain = "" if path == "." else path
        beside = [plain + suffix for suffix in _SUFFIXES] if plain else []
        inside = [f"{plain}/index{suffix}".lstrip("/") for suffix in _SUFFIXES]
        return next((name for name in (*written, *beside, *inside) if name in self.by_name), None)

    def export(self, module: Module, name: str) -> int:
        """Both kinds of modules may use each other: a default export is what `require` returns, and the reverse."""
        node = super().export(module, name)
        if not node and name == "default":
            return super().export(module, WHOLE)
        return node

    def from_stars(self, module: Module, name: str) -> int:
        """A star hands on everything but the default."""
        return 0 if name in ("default", WHOLE) else super().from_stars(module, name)

    def is_whole(self, full: str, attribute: str) -> bool:
        """`require` returns what a file calls its exports, or all it exports one by one."""
        return not attribute or (attribute == WHOLE and self._has_names(self.by_name[full]))

    def _has_names(self, module: Module) -> bool:
        return WHOLE not in module.summary.exports or bool(module.summary.facts.get(LITERAL))

    def _link_import(self, module: Module, operation: Operation) -> None:
        full = self.absolute(module, operation[2], operation[3]) if operation[4] == WHOLE else None
        if full is None or not self._has_names(self.by_name[full]):
            super()._link_import(module, operation)

    def free(self, module: Module, name: str) -> int:
        """Scripts of one page see each other's names, modules those of files of declarations; if only one has it."""
        is_script = module.summary.facts.get("is_script")
        nodes = [node for node, is_declared in self._globals().get(name, ()) if is_script or is_declared]
        return nodes[0] if len(nodes) == 1 else 0

    def _globals(self) -> dict[str, list[tuple[int, bool]]]:
        """By name, the nodes of what scripts declare, and whether all files may use it."""
        if self._global_names is None:
            self._global_names = {}
            for module in self.modules:
                is_declared = module.source.name.endswith(DECLARATIONS)
                for name, node in module.summary.facts.get("globals", {}).items():
                    self._global_names.setdefault(name, []).append((module.base + node, is_declared))
        return self._global_names

    _global_names: dict[str, list[tuple[int, bool]]] | None = None

    def other_names(self) -> OtherNames:
        """A folder goes by its own name for the file that speaks for it."""
        names = [module.name for module in self.modules if module.name.endswith(".index")]
        return [(name.removesuffix(".index"), [name]) for name in names]

    def outside_name(self, name: str, attribute: str) -> str:
        """`fs.readFile`; a default export goes by the name of its package."""
        plain = name.lstrip("./").replace("/", ".") or name
        return plain if attribute in ("", "default", WHOLE) else f"{plain}.{attribute}"
