"""What people type, and which function it means."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import Program, analyze
from tests.analyzer.writing import analyzed, write

TWO = """
# file: pkg/__init__.py
# file: pkg/a.py
class Box:
    def __init__(self):
        pass
    def open(self):
        def lift():
            return 1
        return lift()
def run():
    return Box()
# file: pkg/b.py
def run():
    pass
"""


@pytest.fixture
def two(tmp_path: Path) -> Program:
    return analyzed(tmp_path, TWO)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pkg.a.Box.open", "pkg.a.Box.open"),
        ("Box.open", "pkg.a.Box.open"),
        ("open", "pkg.a.Box.open"),
        ("open()", "pkg.a.Box.open"),
        ("open.lift", "pkg.a.Box.open.lift"),
        ("Box.open.<locals>.lift", "pkg.a.Box.open.lift"),
        ("Box", "pkg.a.Box.__init__"),
        ("pkg/a.py:run", "pkg.a.run"),
        ("a.py:Box.open", "pkg.a.Box.open"),
        ("./pkg/b.py:run", "pkg.b.run"),
        ("pkg/a.py:6", "pkg.a.Box.open.lift"),
        ("a.py:7", "pkg.a.Box.open"),
        ("a.py:1", "pkg.a"),
        ("pkg.b", "pkg.b"),
        ("pkg/b.py", "pkg.b"),
    ],
)
def test_a_typed_name_means_one_function(two: Program, typed: str, meant: str) -> None:
    assert [function.name for function in two.find(typed)] == [meant]


def test_a_name_of_two_functions_lists_both(two: Program) -> None:
    answer = two.chains("run", "open")
    assert answer.status == "ambiguous"
    assert [(function.file, function.line) for function in answer.candidates["run"]] == [
        ("pkg/a.py", 8),
        ("pkg/b.py", 1),
    ]
    assert "pkg/b.py:1" in answer.message


def test_all_pairs_of_an_ambiguous_name_may_be_asked_for(two: Program) -> None:
    answer = two.chains("run", "Box", all_pairs=True)
    assert answer.status == "success"
    assert [chain.start.name for chain in answer.chains] == ["pkg.a.run"]


def test_an_unknown_name_suggests_its_neighbours(two: Program) -> None:
    answer = two.chains("lfit", "nothing_like_it_at_all")
    assert answer.status == "unknown_name"
    assert answer.suggestions["lfit"] == ("pkg.a.Box.open.lift",)
    assert answer.suggestions["nothing_like_it_at_all"] == ()
    assert "Did you mean" in answer.message


def test_a_function_named_like_its_module_is_meant_by_the_bare_name(tmp_path: Path) -> None:
    program = analyzed(tmp_path, "def main(): pass\nmain()\n")
    assert [function.name for function in program.find("main")] == ["main.main"]
    assert [function.kind for function in program.find("main.py")] == ["module"]


def test_a_class_without_a_constructor_suggests_its_methods(tmp_path: Path) -> None:
    answer = analyzed(tmp_path, "class Box:\n    def open(self): pass\n").chains("Box", "open")
    assert answer.status == "unknown_name"
    assert answer.suggestions["Box"] == ("main.Box.open",)


def test_several_names_may_be_given_with_commas(two: Program) -> None:
    answer = two.chains("pkg.b.run, pkg.a.run", "Box")
    assert [chain.start.name for chain in answer.chains] == ["pkg.a.run"]


REEXPORTED = """
# file: pkg/__init__.py
from pkg._core import Client, fetch as get
from ._core import traced
from ._stars import *
from . import _core as core
from pkg.run import run
try:
    from _native import quick
except ImportError:
    from pkg._core import slow as quick
seed = core._hidden.plant
# file: pkg/_core.py
import functools
def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper
class Base:
    def __init__(self): pass
    def close(self): pass
class Client(Base):
    def send(self): pass
class Hidden:
    def plant(self): pass
_hidden = Hidden()
@logged
def traced(): pass
def fetch(): Client().send()
def slow(): pass
# file: pkg/_stars.py
__all__ = ["starred", "Star"]
from pkg._deeper import *
def starred(): pass
# file: pkg/_deeper.py
class Star:
    def shine(self): pass
def _kept_back(): pass
# file: pkg/run.py
def run(): pass
# file: tests/get.py
def get(): pass
"""


@pytest.mark.parametrize("inside", [False, True], ids=["around the package", "the package"])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pkg.get", "pkg._core.fetch"),
        ("pkg.get()", "pkg._core.fetch"),
        ("pkg/__init__.py:get", "pkg._core.fetch"),
        ("pkg:get", "pkg._core.fetch"),
        ("pkg.traced", "pkg._core.traced"),
        ("pkg.Client", "pkg._core.Base.__init__"),
        ("pkg.Client.send", "pkg._core.Client.send"),
        ("pkg.Client.close", "pkg._core.Base.close"),
        ("Client.close", "pkg._core.Base.close"),
        ("pkg.core.fetch", "pkg._core.fetch"),
        ("pkg.core.Client.send", "pkg._core.Client.send"),
        ("pkg.starred", "pkg._stars.starred"),
        ("pkg.Star.shine", "pkg._deeper.Star.shine"),
        ("pkg.quick", "pkg._core.slow"),
        ("pkg.seed", "pkg._core.Hidden.plant"),
        ("pkg.run", "pkg.run.run"),
        ("pkg/run.py", "pkg.run"),
    ],
)
def test_a_name_that_is_handed_on_means_the_definition(tmp_path: Path, typed: str, meant: str, *, inside: bool) -> None:
    folder = write(tmp_path, REEXPORTED)
    program = analyze(folder / "pkg" if inside else folder)
    assert [function.name for function in program.find(typed)] == [meant]


def test_a_name_that_a_star_does_not_bring_is_unknown(tmp_path: Path) -> None:
    assert analyzed(tmp_path, REEXPORTED).find("pkg._kept_back") == []


def test_a_chain_may_be_asked_for_by_the_names_of_the_package(tmp_path: Path) -> None:
    answer = analyzed(tmp_path, REEXPORTED).chains("pkg.get", "pkg.Client.send")
    assert [function.name for function in answer.chains[0].functions] == ["pkg._core.fetch", "pkg._core.Client.send"]


def test_the_end_of_a_name_that_is_handed_on_is_enough(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path,
        "# file: src/deep/pkg/__init__.py\nfrom ._a import f as g\n# file: src/deep/pkg/_a.py\ndef f(): pass\n",
    )
    assert [function.name for function in program.find("pkg.g")] == ["src.deep.pkg._a.f"]
    assert [function.name for function in program.find("g")] == ["src.deep.pkg._a.f"]


def test_a_definition_is_meant_before_a_name_that_is_handed_on(tmp_path: Path) -> None:
    program = analyzed(tmp_path, REEXPORTED)
    assert [function.name for function in program.find("get")] == ["tests.get.get"]


def test_names_that_lead_in_circles_end(tmp_path: Path) -> None:
    source = """
    # file: a/__init__.py
    from a import b as inner
    from a.b import again, missing
    # file: a/b.py
    import a as inner
    from a import missing
    again = inner
    """
    program = analyzed(tmp_path, source)
    assert program.find("a.inner.inner.again.missing.more") == []
    assert program.find("inner.inner.nothing") == []


def test_the_folder_may_begin_a_name_and_a_path(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "space", "# file: part/__init__.py\nfrom part.core import go\n# file: part/core.py\ndef go(): pass\n"
    )
    program = analyze(folder)
    for typed in ("space.part.go", "space/part/core.py:go", f"{folder}/part/core.py:go", "space/part/core.py:1"):
        assert [function.name for function in program.find(typed)] == ["part.core.go"]
    assert program.find("elsewhere/part/core.py:go") == []
    assert program.find("elsewhere.part.go") == []


def test_an_inherited_name_is_that_of_the_nearest_ancestor(tmp_path: Path) -> None:
    source = """
    class A:
        def go(self): pass
        def stay(self): pass
    class B(A):
        def go(self): pass
    class C(B): pass
    """
    program = analyzed(tmp_path, source)
    assert [function.name for function in program.find("C.go")] == ["main.B.go"]
    assert [function.name for function in program.find("main.C.stay")] == ["main.A.stay"]


CONSTRUCTORS = """
from dataclasses import dataclass
from outside import Foreign, wrapped
class Base:
    def __init__(self): pass
class Plain(Base): pass
class Made:
    def __new__(cls): pass
class Decorated:
    @wrapped
    def __init__(self): pass
@dataclass
class Checked:
    size: int
    def __post_init__(self): pass
@dataclass
class Point:
    x: int
    def move(self): pass
class Nearer(Point): pass
class Strange(Foreign): pass
"""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Plain", "main.Base.__init__"),
        ("Made", "main.Made.__new__"),
        ("Decorated", "main.Decorated.__init__"),
        ("Checked", "main.Checked.__post_init__"),
    ],
)
def test_a_class_means_what_runs_when_it_is_called(tmp_path: Path, typed: str, meant: str) -> None:
    assert [function.name for function in analyzed(tmp_path, CONSTRUCTORS).find(typed)] == [meant]


@pytest.mark.parametrize("typed", ["Point", "main.Point", "Nearer", "main.py:Point"])
def test_a_class_that_no_function_makes_says_so_and_names_its_methods(tmp_path: Path, typed: str) -> None:
    answer = analyzed(tmp_path, CONSTRUCTORS).chains(typed, "Plain")
    assert answer.suggestions == {typed: ("main.Point.move",)}
    assert "no constructor is written in this source; name one of its methods: main.Point.move." in answer.message


def test_a_class_without_any_function_says_so(tmp_path: Path) -> None:
    program = analyzed(tmp_path, CONSTRUCTORS)
    assert "main.Strange is a class" in program.unknown("Strange")
    assert "it has no methods either" in program.unknown("Strange")
    assert program.unknown("Strangr").startswith("There is no function called Strangr.")


def test_names_from_a_cache_mean_what_they_meant(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", REEXPORTED), tmp_path / "cache"
    programs = [analyze(folder, cache=cache) for _ in range(2)]
    for typed in ("pkg.get", "pkg.Client.close", "pkg.Client"):
        cold, warm = (program.find(typed) for program in programs)
        assert cold == warm != []


DECORATED = """
import functools

@functools.lru_cache(
    maxsize=1,
)

# why it is kept

@functools.wraps(print)
def kept():
    pass

class Box:
    width = 1

    @property
    def size(self):
        return 1

TABLE = [
    "@",
]
def last():
    pass
"""


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        (4, "main.kept"),
        (6, "main.kept"),
        (8, "main.kept"),
        (10, "main.kept"),
        (12, "main.kept"),
        (13, "main"),
        (15, "main"),
        (17, "main.Box.size"),
        (19, "main.Box.size"),
        (22, "main"),
        (2, "main"),
    ],
)
def test_a_line_of_decorators_means_what_they_decorate(tmp_path: Path, line: int, meant: str) -> None:
    program = analyzed(tmp_path, DECORATED)
    assert [function.name for function in program.find(f"main.py:{line}")] == [meant]


@pytest.mark.parametrize("line", [0, 27, 999_999])
def test_a_line_that_a_file_has_not_got_means_nothing(tmp_path: Path, line: int) -> None:
    answer = analyzed(tmp_path, DECORATED).chains(f"main.py:{line}", "last")
    assert (answer.status, answer.message) == ("unknown_name", f"main.py has no line {line}.")


def test_a_comma_may_be_a_part_of_a_name(tmp_path: Path) -> None:
    program = analyzed(tmp_path, "# file: a,b.py\ndef go(): stop()\ndef stop(): pass\n")
    assert program.chains("a,b.py:go", "a,b.stop").status == "success"


@pytest.mark.parametrize("typed", ["", " ", ",", " , "])
def test_no_name_at_all_is_said_to_be_missing(two: Program, typed: str) -> None:
    answer = two.chains(typed, "open")
    assert (answer.status, answer.message) == ("unknown_name", "A name is missing.")
