"""Calls of `functools.singledispatch` functions reach what is registered with them."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import Program
from tests.analyzer.writing import analyzed, calls_of, listed

SHAPES = """
# file: shapes.py
import functools
from functools import singledispatch
@singledispatch
def area(shape): unknown()
@area.register
def area_of_square(shape: int): square()
@area.register(float)
@area.register(complex)
def _(shape): circle()
def area_of_text(shape): text()
area.register(str, area_of_text)
area.register(bytes, lambda shape: text())
def unknown(): pass
def square(): pass
def circle(): pass
def text(): pass
def alone(): area_of_square(1)
def size(shape): pass
size = functools.singledispatch(size)
@size.register
def size_of_list(shape: list): pass
# file: more.py
from shapes import area
@area.register(list)
def area_of_list(shape):
    for part in shape: area(part)
# file: main.py
import shapes
from shapes import area as measure, size
def start(shape): measure(shape)
def qualified(shape): shapes.area(shape)
def other(shape): size(shape)
"""


@pytest.fixture
def shapes(tmp_path: Path) -> Program:
    return analyzed(tmp_path, SHAPES)


AREAS = {"area", "area_of_square", "_", "area_of_text", "<lambda1>"}


@pytest.mark.parametrize("caller", ["main.start", "main.qualified", "more.area_of_list"])
def test_a_call_reaches_all_that_is_registered_and_nothing_else(shapes: Program, caller: str) -> None:
    called = {call.callee for call in shapes.calls if call.caller == caller and not call.external}
    assert called == {f"shapes.{name}" for name in AREAS} | {"more.area_of_list"}


def test_what_is_registered_is_no_more_certain_than_an_override(shapes: Program) -> None:
    certainty = {call.callee: call.certainty for call in shapes.calls if call.caller == "main.start"}
    assert certainty.pop("shapes.area") == "inferred"
    assert set(certainty.values()) == {"override"}


def test_a_function_made_generic_by_a_call_is_generic(shapes: Program) -> None:
    assert {"main.other -> shapes.size", "main.other -> shapes.size_of_list"} <= calls_of(shapes)


def test_what_is_registered_is_still_itself(shapes: Program) -> None:
    callees = [neighbour.function.name for neighbour in shapes.callees("alone")]
    assert callees == ["shapes.area_of_square"]


def test_a_chain_leads_through_a_generic_function(shapes: Program) -> None:
    (chain,) = shapes.chains("start", "circle").chains
    assert [function.name for function in chain.functions] == ["main.start", "shapes._", "shapes.circle"]
    assert chain.certainty == "override"


def test_a_chain_may_begin_at_a_generic_function(shapes: Program) -> None:
    (chain,) = shapes.chains("area", "circle").chains
    assert [(hop.callee.name, hop.certainty) for hop in chain.hops] == [
        ("shapes._", "override"),
        ("shapes.circle", "direct"),
    ]


def test_methods_may_be_generic(tmp_path: Path) -> None:
    source = """
    from functools import singledispatchmethod
    class Show:
        @singledispatchmethod
        def show(self, value): self.plain()
        @show.register
        def show_number(self, value: int): self.number()
        @show.register(str)
        def _(self, value): self.text()
        @singledispatchmethod
        @classmethod
        def make(cls, value): cls.made()
        @make.register
        @classmethod
        def make_number(cls, value: int): cls.made_number()
        def plain(self): pass
        def number(self): pass
        def text(self): pass
        @classmethod
        def made(cls): pass
        @classmethod
        def made_number(cls): pass
    def start():
        Show().show(1)
    def begin():
        Show.make(1)
    """
    assert calls_of(analyzed(tmp_path, source)) == listed(
        """
        main.start -> main.Show.show
        main.start -> main.Show.show_number
        main.start -> main.Show._
        main.begin -> main.Show.make
        main.begin -> main.Show.make_number
        main.Show.show -> main.Show.show_number
        main.Show.show -> main.Show._
        main.Show.make -> main.Show.make_number
        main.Show.show -> main.Show.plain
        main.Show.show_number -> main.Show.number
        main.Show._ -> main.Show.text
        main.Show.make -> main.Show.made
        main.Show.make_number -> main.Show.made_number
        """
    )


def test_arguments_and_results_pass_through_a_generic_function(tmp_path: Path) -> None:
    source = """
    from functools import singledispatch
    @singledispatch
    def apply(value, action): raise NotImplementedError
    @apply.register
    def _(value: int, action):
        action()
        return after
    def given(): pass
    def after(): pass
    def start():
        apply(1, given)()
    """
    assert {"main._ -> main.given", "main.start -> main.after"} <= calls_of(analyzed(tmp_path, source))
