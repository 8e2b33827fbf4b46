"""What a language is: a grammar, a query that says which syntax is what, a walk for what a query cannot say."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module, metadata
from pathlib import Path

from tree_sitter import Language as Grammar
from tree_sitter import Parser, Query

from intelligent_office.analyzer.languages.linking import FamilyLinked
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.languages.walk import Walk

QUERIES = Path(__file__).parent / "queries"


@dataclass(frozen=True, slots=True)
class Language:
    """How files of one language are read; each `languages/LANGUAGE.py` has one, called `LANGUAGE`."""

    name: str
    grammar: Callable[[], object]
    """The `language` function of the grammar's package."""
    package: str
    """The grammar's distribution; its version is a part of what a cached summary stands for."""
    walk: type[Walk]


@dataclass(frozen=True, slots=True)
class Family:
    """How the files of languages that call each other come together; `languages/FAMILY.py` has one, called `FAMILY`."""

    linked: type[FamilyLinked]
    solver: type[FamilySolver]


@lru_cache
def language(name: str) -> Language:
    """The language of a name."""
    found: Language = import_module(f"intelligent_office.analyzer.languages.{name}").LANGUAGE
    return found


@lru_cache
def family(name: str) -> Family:
    """The family of a name."""
    found: Family = import_module(f"intelligent_office.analyzer.languages.{name}").FAMILY
    return found


@lru_cache
def grammar(name: str) -> tuple[Parser, Query]:
    """A parser for a language, and the query that says what its syntax means."""
    loaded = Grammar(language(name).grammar())
    return Parser(loaded), Query(loaded, query_text(name))


def query_text(name: str) -> str:
    """The query of a language; a first line `; inherits: A, B` puts those of others before it."""
    text = (QUERIES / f"{name}.scm").read_text(encoding="utf-8")
    first = text.partition("\n")[0]
    others = first.removeprefix("; inherits: ")
    inherited = [query_text(other.strip()) for other in others.split(",")] if others != first else []
    return "\n".join([*inherited, text])


@lru_cache
def mark(name: str) -> str:
    """The versions of what reads a language, for the cache."""
    return f"{metadata.version('tree-sitter')}/{metadata.version(language(name).package)}"
