"""The languages read beside Python, by the endings of their files; `docs/analyzer-languages.md` says how to add one.

What is here is all that a folder without such files pays for: grammars and the rest are imported when a file asks.
"""

from typing import NamedTuple

PYTHON = "python"


class Entry(NamedTuple):
    """Where a kind of file belongs: languages of one family call each other."""

    family: str
    language: str


LANGUAGES: dict[str, Entry] = {
    **dict.fromkeys((".ts", ".mts", ".cts"), Entry("javascript", "typescript")),
    ".tsx": Entry("javascript", "tsx"),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), Entry("javascript", "javascript")),
    ".java": Entry("java", "java"),
    ".cs": Entry("csharp", "csharp"),
    ".go": Entry("go", "go"),
    ".rs": Entry("rust", "rust"),
    **dict.fromkeys((".php", ".phtml"), Entry("php", "php")),
    **dict.fromkeys((".rb", ".rake", ".gemspec"), Entry("ruby", "ruby")),
    ".c": Entry("c", "c"),
    ".h": Entry("c", "header"),
    **dict.fromkeys((".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".inl"), Entry("c", "cpp")),
}
"""By suffix. `LANGUAGE.py` and `queries/LANGUAGE.scm` read a file, `FAMILY.py` links those of a family."""


def language_of(file: str) -> str:
    """The language of a file, by the end of its name."""
    entry = _entry(file)
    return entry.language if entry is not None else PYTHON


def family_of(file: str) -> str:
    """The family of languages a file belongs to."""
    entry = _entry(file)
    return entry.family if entry is not None else PYTHON


def _entry(file: str) -> Entry | None:
    dot = file.rfind(".")
    return LANGUAGES.get(file[dot:]) if dot >= 0 else None
