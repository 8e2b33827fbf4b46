"""Chains, neighbours, and why there is no chain."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import Program
from tests.analyzer.writing import analyzed

SHOP = """
# file: shop/__init__.py
# file: shop/door.py
from shop.till import Till
def main():
    order()
    quick()
def order():
    Till().pay(1)
def quick():
    Till.pay(Till(), 2)
# file: shop/till.py
class Till:
    def __init__(self):
        self.log = []
    def pay(self, amount):
        book(amount)
def book(amount):
    write(amount)
def write(amount):
    pass
def lonely():
    write(0)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Program:
    return analyzed(tmp_path, SHOP)


def test_the_chain_is_the_shortest_and_names_every_place(shop: Program) -> None:
    answer = shop.chains("main", "write")
    assert answer.status == "success"
    (chain,) = answer.chains
    assert [function.name for function in chain.functions] == [
        "shop.door.main",
        "shop.door.order",
        "shop.till.Till.pay",
        "shop.till.book",
        "shop.till.write",
    ] or chain.functions[1].name == "shop.door.quick"
    last = chain.hops[-1]
    assert (last.file, last.line, last.text, last.certainty) == ("shop/till.py", 7, "write(amount)", "direct")
    assert (last.callee.file, last.callee.line) == ("shop/till.py", 8)


def test_alternatives_are_different_and_not_shorter(shop: Program) -> None:
    chains = shop.chains("main", "write", limit=5).chains
    assert len(chains) == 2
    assert len({tuple(function.name for function in chain.functions) for chain in chains}) == 2


def test_a_chain_of_surer_calls_is_preferred_to_a_shorter_guess(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path,
        """
        class A:
            def strange(self): pass
        def start(thing):
            thing.strange()
            middle()
        def middle():
            A().strange()
        """,
    )
    (chain,) = program.chains("start", "strange").chains
    assert [function.name for function in chain.functions] == ["main.start", "main.middle", "main.A.strange"]
    assert chain.certainty == "inferred"


def test_alternatives_do_not_change_which_chain_comes_first(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path,
        """
        class A:
            def strange(self): pass
        def start(thing):
            thing.strange()
            middle()
        def middle():
            A().strange()
        """,
    )
    chains = program.chains("start", "strange", limit=5).chains
    assert [chain.certainty for chain in chains] == ["inferred", "dynamic"]


def test_a_gap_names_functions_of_one_class_on_both_its_sides(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path,
        """
        def start(): Door().open()
        class Door:
            def open(self): pass
            def close(self): end()
        def end(): pass
        """,
    )
    gap = program.chains("start", "end").explanation
    assert gap is not None
    assert [(near.name, far.name) for near, far in gap.nearest] == [
        ("main.Door.open", "main.Door.close"),
    ]
    assert gap.backwards == 0


def test_a_name_of_very_many_functions_lists_some_of_them(tmp_path: Path) -> None:
    source = "".join(f"class C{number}:\n    def go(self): pass\n" for number in range(40))
    answer = analyzed(tmp_path, source).chains("go", "main")
    assert answer.message.endswith("and 25 more.")
    assert len(answer.candidates["go"]) == 40


def test_a_function_is_at_the_end_of_a_chain_from_itself(shop: Program) -> None:
    (chain,) = shop.chains("book", "book").chains
    assert chain.hops == ()
    assert chain.certainty == "direct"


def test_without_a_chain_both_sides_of_the_gap_are_told(shop: Program) -> None:
    answer = shop.chains("lonely", "book")
    assert answer.status == "not_found"
    assert answer.explanation is not None
    assert [function.name for function in answer.explanation.reached] == ["shop.till.write"]
    assert "shop.till.Till.pay" in [function.name for function in answer.explanation.callers_of_end]
    assert answer.explanation.callers_total == 4


def test_callers_and_callees_come_with_their_distance(shop: Program) -> None:
    callers = {(neighbour.function.name, neighbour.depth) for neighbour in shop.callers("write", 2)}
    assert callers == {("shop.till.book", 1), ("shop.till.lonely", 1), ("shop.till.Till.pay", 2)}
    callees = [neighbour.function.name for neighbour in shop.callees("pay")]
    assert callees == ["shop.till.book"]


def test_a_ring_of_calls_does_not_trap_the_search(tmp_path: Path) -> None:
    program = analyzed(tmp_path, "def a(): b()\ndef b(): a()\ndef c(): pass\n")
    assert program.chains("a", "c").status == "not_found"
    assert [neighbour.function.name for neighbour in program.callees("a", 9)] == ["main.b"]


def test_a_call_of_an_unknown_object_is_named_where_the_chain_breaks(tmp_path: Path) -> None:
    many = "".join(f"class C{number}:\n    def fire(self): goal()\n" for number in range(30))
    program = analyzed(tmp_path, f"def start(thing):\n    thing.fire()\ndef goal(): pass\n{many}")
    answer = program.chains("start", "goal")
    assert answer.explanation is not None
    assert [(call.caller, call.callee, call.line) for call in answer.explanation.unresolved] == [
        ("main.start", "fire", 2)
    ]


WRAPPED = """
import functools
def checked(f):
    @functools.wraps(f)
    def wrapper(*args):
        return f(*args)
    return wrapper
def logged(f):
    def wrapper(*args):
        return f(*args)
    return wrapper
@checked
@logged
def one(): first()
@checked
@logged
def two(): second()
def first(): pass
def second(): pass
def go(): one()
class A:
    @checked
    def three(self): third()
    @checked
    def four(self): pass
    def run(self): self.three()
def third(): pass
def every(f): checked(f)()
every(two)
"""


def test_a_shared_wrapper_leads_on_to_the_function_it_was_called_for(tmp_path: Path) -> None:
    program = analyzed(tmp_path, WRAPPED)
    (chain,) = program.chains("go", "first").chains
    assert [function.name for function in chain.functions] == [
        "main.go",
        "main.checked.wrapper",
        "main.logged.wrapper",
        "main.one",
        "main.first",
    ]
    assert program.chains("run", "third").status == "success"


def test_a_shared_wrapper_does_not_lead_to_what_else_it_wraps(tmp_path: Path) -> None:
    program = analyzed(tmp_path, WRAPPED)
    assert program.chains("go", "second").status == "not_found"
    assert program.chains("run", "four").status == "not_found"
    assert "main.two" not in {function.name for function in program.chains("go", "second").explanation.reached}  # type: ignore[union-attr]


def test_a_wrapper_called_for_anything_leads_to_everything_it_wraps(tmp_path: Path) -> None:
    assert analyzed(tmp_path, WRAPPED).chains("every", "second").status == "success"
