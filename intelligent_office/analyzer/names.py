"""Find the functions a person means by what they typed."""

import difflib
from pathlib import Path

from intelligent_office.analyzer.answers import Function
from intelligent_office.analyzer.other_names import OtherNames
from intelligent_office.analyzer.source_lines import SourceLines

_SUGGESTED = 5


def _dotted(typed: str) -> str:
    r"""A name as other languages write it, `A::b`, `A#b` or `A\b`, with dots."""
    return typed.replace("::", ".").replace("#", ".").replace("->", ".").replace("\\", ".").strip(".")


class Names:
    """An index of functions by every name they may be called."""

    def __init__(
        self,
        root: Path,
        functions: tuple[Function, ...],
        constructors: dict[str, list[int]],
        other_names: OtherNames,
        lines: SourceLines,
    ) -> None:
        self._root = root.as_posix()
        self._lines = lines
        self._functions = functions
        self._other_names = other_names
        self._classes = [name for name, indexes in constructors.items() if not indexes]
        """Classes that no function of the program makes; there is nothing to find under their names."""
        self._class_places = {name: [place] for place, name in enumerate(self._classes)}
        self._exact: dict[str, list[int]] = {}
        self._ends: dict[str, list[tuple[str, list[int]]]] = {}
        self._by_file: dict[str, list[int]] = {}
        for index, function in enumerate(functions):
            self._exact.setdefault(function.name, []).append(index)
            self._by_file.setdefault(function.file, []).append(index)
        for name, indexes in constructors.items():
            if not indexes:
                continue
            self._exact.setdefault(name, []).extend(indexes)
        for name, indexes in self._exact.items():
            self._ends.setdefault(name.rpartition(".")[2], []).append((name, indexes))

    def find(self, typed: str) -> list[int]:
        """Exact names first, of a definition or others; else whatever ends in the typed name, at a dot."""
        typed = typed.strip().removesuffix("()").replace(".<locals>.", ".")
        file, colon, what = typed.replace("::", "\0").rpartition(":")
        if colon:
            return self._in_file(file.replace("\0", "::"), what.replace("\0", "."))
        return self._anywhere(typed) or self._anywhere(_dotted(typed))

    def _anywhere(self, typed: str) -> list[int]:
        exact = self._exact.get(typed)
        if exact:
            return sorted(set(self._same_named(typed, exact)))
        other = self._other_names.find(typed, self._named)
        if other:
            return sorted(other)
        ending = "." + typed
        matches = [
            (name, indexes) for name, indexes in self._ends.get(typed.rpartition(".")[2], ()) if name.endswith(ending)
        ]
        found = sorted({index for _, indexes in matches for index in indexes})
        return (
            [index for index in found if self._functions[index].kind != "module"]
            or found
            or self._files_named(typed)
            or self._other_names.find_ending(typed, self._named)
            or self._below_the_folder(typed)
        )

    def _below_the_folder(self, typed: str) -> list[int]:
        """The folder is a part of the name where it is a package without an `__init__.py`."""
        folder, _, rest = typed.partition(".")
        return self.find(rest) if rest and self._root.endswith("/" + folder) else []

    def _named(self, name: str) -> list[int]:
        return self._exact.get(name, [])

    def _same_named(self, typed: str, exact: list[int]) -> list[int]:
        """`main` is the function of that name rather than the top level of the module `main` that holds it.

        Nor is `package.module` the module if the package has a function of that name.
        """
        if any(self._functions[index].kind != "module" for index in exact):
            return exact
        inner = self._named(f"{typed}.{typed}") if "." not in typed else self._other_names.find(typed, self._named)
        return inner or exact

    def _files_named(self, typed: str) -> list[int]:
        """A path alone means the top level of that file."""
        return [
            index
            for file in self._matching_files(typed)
            for index in self._by_file[file]
            if self._functions[index].kind == "module"
        ]

    def is_file(self, typed: str) -> bool:
        """Whether it is the path of a file, or the end of one."""
        return bool(self._matching_files(typed))

    def _matching_files(self, typed: str) -> list[str]:
        typed = typed.replace("\\", "/").removeprefix("./")
        if typed in self._by_file:
            return [typed]
        ending = "/" + typed.removeprefix("/")
        return [file for file in self._by_file if f"/{file}".endswith(ending)] or [
            file for file in self._by_file if f"{self._root}/{file}".endswith(ending)
        ]

    def _in_file(self, file: str, what: str) -> list[int]:
        files = self._matching_files(file)
        if what.isdecimal():
            return [index for name in files for index in self._around(name, int(what))]
        candidates = {index for name in files for index in self._by_file[name]}
        found = [index for index in self.find(what) if index in candidates]
        if found:
            return found
        modules = [self._functions[index].name for index in candidates if self._functions[index].kind == "module"]
        return sorted({index for name in modules or [file] for index in self.find(f"{name}.{what}")})

    def _around(self, file: str, line: int) -> list[int]:
        """The innermost function around a line, or the one whose decorators it is a part of."""
        last = max(self._functions[index].end_line for index in self._by_file[file])
        if not 0 < line <= max(len(self._lines.of(file)), last):
            return []
        inside = [
            index
            for index in self._by_file[file]
            if self._functions[index].line <= line <= self._functions[index].end_line
            or self._functions[index].kind == "module"
        ]
        innermost = min(inside, key=self._extent)
        below = [
            index
            for index in self._by_file[file]
            if line < self._functions[index].line <= self._functions[innermost].end_line
        ]
        following = min(below, key=lambda index: (self._functions[index].line, index), default=None)
        if following is not None and self._lines.decorates(file, line, self._functions[following].line):
            return [following]
        return [innermost]

    def _extent(self, index: int) -> tuple[bool, int, int]:
        function = self._functions[index]
        return function.kind == "module", function.end_line - function.line, -index

    def near(self, typed: str) -> list[str]:
        """Names that look like one that does not exist."""
        last = typed.rpartition(".")[2].rpartition(":")[2]
        ends = difflib.get_close_matches(last, self._ends, n=_SUGGESTED, cutoff=0.6)
        folded = [end for end in self._ends if end.lower() == last.lower() and end not in ends]
        classes = self.classes_without_constructor(typed)
        if classes:
            return self._methods(classes)[:_SUGGESTED]
        names = [name for end in (*folded, *ends) for name, _ in self._ends[end]]
        names.sort(key=lambda name: -difflib.SequenceMatcher(None, typed, name).ratio())
        return names[:_SUGGESTED]

    def classes_without_constructor(self, typed: str) -> list[str]:
        """The classes a typed name means, if they are made without a function of the program."""
        typed = typed.strip().removesuffix("()").rpartition(":")[2]
        matching = [name for name in self._classes if f".{name}".endswith(f".{typed}")]
        if matching:
            return matching
        places = self._other_names.find(typed, self._class_named) or self._other_names.find_ending(
            typed, self._class_named
        )
        return [self._classes[place] for place in places]

    def _class_named(self, name: str) -> list[int]:
        return self._class_places.get(name, [])

    def _methods(self, classes: list[str]) -> list[str]:
        """The methods of classes, then those they inherit."""
        owners = [owner for cls in classes for owner in (cls, *self._other_names.ancestors(cls))]
        found = [name for owner in owners for name in self._exact if name.startswith(owner + ".")]
        return list(dict.fromkeys(found))
