"""What people type, and which function it means."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import Program
from tests.analyzer.writing import analyzed

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
