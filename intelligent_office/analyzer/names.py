"""Find the functions a person means by what they typed."""

import difflib

from intelligent_office.analyzer.answers import Function

_SUGGESTED = 5


class Names:
    """An index of functions by every name they may be called."""

    def __init__(self, functions: tuple[Function, ...], constructors: dict[str, list[int]]) -> None:
        self._functions = functions
        self._classes = [name for name, indexes in constructors.items() if not indexes]
        """Classes that no function of the program makes; there is nothing to find under their names."""
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
        """Exact names first; else whatever ends in the typed name, at a dot."""
        typed = typed.strip().removesuffix("()").replace(".<locals>.", ".")
        if ":" in typed:
            return self._in_file(*typed.rsplit(":", 1))
        exact = self._exact.get(typed)
        if exact:
            return sorted(set(self._same_named(typed, exact)))
        ending = "." + typed
        matches = [
            (name, indexes) for name, indexes in self._ends.get(typed.rpartition(".")[2], ()) if name.endswith(ending)
        ]
        found = sorted({index for _, indexes in matches for index in indexes})
        return found or self._files_named(typed)

    def _same_named(self, typed: str, exact: list[int]) -> list[int]:
        """`main` is the function of that name rather than the top level of the module `main` that holds it."""
        inner = self._exact.get(f"{typed}.{typed}", []) if "." not in typed else []
        return inner if inner and all(self._functions[index].kind == "module" for index in exact) else exact

    def _files_named(self, typed: str) -> list[int]:
        """A path alone means the top level of that file."""
        return [
            index
            for file in self._matching_files(typed)
            for index in self._by_file[file]
            if self._functions[index].kind == "module"
        ]

    def _matching_files(self, typed: str) -> list[str]:
        typed = typed.replace("\\", "/").removeprefix("./")
        if typed in self._by_file:
            return [typed]
        return [file for file in self._by_file if file.endswith("/" + typed)]

    def _in_file(self, file: str, what: str) -> list[int]:
        files = self._matching_files(file)
        if what.isdecimal():
            return [index for name in files for index in self._around(name, int(what))]
        candidates = {index for name in files for index in self._by_file[name]}
        found = [index for index in self.find(what) if index in candidates]
        if not found and not files:
            return self._exact.get(f"{file}.{what}", [])
        return found

    def _around(self, file: str, line: int) -> list[int]:
        """The innermost function around a line."""
        inside = [
            index
            for index in self._by_file[file]
            if self._functions[index].line <= line <= self._functions[index].end_line
            or self._functions[index].kind == "module"
        ]
        return [
            min(
                inside,
                key=lambda index: (
                    self._functions[index].kind == "module",
                    self._functions[index].end_line - self._functions[index].line,
                    -index,
                ),
            )
        ]

    def near(self, typed: str) -> list[str]:
        """Names that look like one that does not exist."""
        last = typed.rpartition(".")[2].rpartition(":")[2]
        ends = difflib.get_close_matches(last, self._ends, n=_SUGGESTED, cutoff=0.6)
        folded = [end for end in self._ends if end.lower() == last.lower() and end not in ends]
        methods = [name for name in self._exact if f".{typed}." in f".{name}" and self._exact[name]]
        if typed in self._classes or any(name.endswith("." + typed) for name in self._classes):
            return methods[:_SUGGESTED]
        names = [name for end in (*folded, *ends) for name, _ in self._ends[end]]
        names.sort(key=lambda name: -difflib.SequenceMatcher(None, typed, name).ratio())
        return names[:_SUGGESTED]
