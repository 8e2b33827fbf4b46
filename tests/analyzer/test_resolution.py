"""Which function a call reaches: one small program for each way to get there."""

from pathlib import Path

import pytest

from tests.analyzer.writing import analyzed, calls_of, listed

CASES = {
    "a name that is bound twice means what it was bound to last": (
        """
        def one(): pass
        def two(): pass
        f = one
        f = two
        f()
        """,
        "main -> main.two",
    ),
    "after a branch a name means what either way gave it": (
        """
        def one(): pass
        def two(): pass
        if x:
            f = one
        else:
            f = two
        f()
        """,
        "main -> main.one\nmain -> main.two",
    ),
    "what the end of a loop binds is seen at its head": (
        """
        def first(): pass
        def later(): pass
        def go():
            f = first
            while True:
                f()
                f = later
        """,
        "main.go -> main.first\nmain.go -> main.later",
    ),
    "a value bound before break is seen after the loop": (
        """
        def found(): pass
        def go(items):
            f = None
            for item in items:
                if item:
                    f = found
                    break
            f()
        """,
        "main.go -> main.found",
    ),
    "a handler sees what was bound before and inside the body": (
        """
        def fast(): pass
        def slow(): pass
        try:
            import speed
            run = fast
        except ImportError:
            run = slow
        run()
        """,
        "main -> main.fast\nmain -> main.slow",
    ),
    "isinstance tells classes apart": (
        """
        class A:
            def go(self): pass
        class B:
            def go(self): pass
        def run(x):
            if isinstance(x, A):
                x.go()
        run(A())
        run(B())
        """,
        "main -> main.run\nmain.run -> main.A.go",
    ),
    "an early return leaves the other classes": (
        """
        class A:
            def go(self): pass
        class B:
            def go(self): pass
        def run(x):
            if isinstance(x, A):
                return
            x.go()
        run(A())
        run(B())
        """,
        "main -> main.run\nmain.run -> main.B.go",
    ),
    "match with a class pattern narrows too": (
        """
        class A:
            def go(self): pass
        class B:
            def go(self): pass
        def run(x):
            match x:
                case A():
                    x.go()
                case B() as other:
                    other.go()
        """,
        "main.run -> main.A.go\nmain.run -> main.B.go",
    ),
    "a closure calls what the function around it was given": (
        """
        def outer(f):
            def inner():
                f()
            return inner
        def called(): pass
        outer(called)()
        """,
        "main -> main.outer\nmain -> main.outer.inner\nmain.outer.inner -> main.called",
    ),
    "a nonlocal name carries a function out of a closure": (
        """
        def outer():
            f = None
            def setter():
                nonlocal f
                f = target
            def caller():
                f()
            setter()
            caller()
        def target(): pass
        """,
        """
        main.outer -> main.outer.setter
        main.outer -> main.outer.caller
        main.outer.caller -> main.target
        """,
    ),
    "a global name set by one function is called by another": (
        """
        hook = None
        def install():
            global hook
            hook = target
        def fire():
            hook()
        def target(): pass
        """,
        "main.fire -> main.target",
    ),
    "a method found by C3 order is the right one": (
        """
        class A:
            def go(self): pass
        class B(A): pass
        class C(A):
            def go(self): pass
        class D(B, C): pass
        D().go()
        """,
        "main -> main.C.go",
    ),
    "super follows the order of the class of the object": (
        """
        class Base:
            def go(self): pass
        class Left(Base):
            def go(self):
                super().go()
        class Right(Base):
            def go(self):
                super().go()
        class Both(Left, Right):
            def go(self):
                super(Both, self).go()
        """,
        """
        main.Left.go -> main.Base.go
        main.Left.go -> main.Right.go
        main.Right.go -> main.Base.go
        main.Both.go -> main.Left.go
        """,
    ),
    "calling a class runs __new__ and __init__": (
        """
        class A:
            def __new__(cls, x):
                return super().__new__(cls)
            def __init__(self, x):
                x()
            def go(self): pass
        def f(): pass
        A(f).go()
        """,
        """
        main -> main.A.__new__
        main -> main.A.__init__
        main -> main.A.go
        main.A.__init__ -> main.f
        """,
    ),
    "an alternative constructor makes an instance of the class": (
        """
        class A:
            @classmethod
            def make(cls):
                return cls()
            def go(self): pass
        A.make().go()
        """,
        "main -> main.A.make\nmain -> main.A.go",
    ),
    "a static method is called through class and instance": (
        """
        class A:
            @staticmethod
            def go(f):
                f()
        def f(): pass
        A.go(f)
        A().go(f)
        """,
        "main -> main.A.go\nmain.A.go -> main.f",
    ),
    "a property runs its getter, an assignment to it its setter": (
        """
        class A:
            @property
            def x(self):
                return get()
            @x.setter
            def x(self, value):
                put()
        def get(): pass
        def put(): pass
        def run():
            a = A()
            a.x
            a.x = 1
        """,
        "main.run -> main.A.x\nmain.A.x -> main.get\nmain.A.x -> main.put",
    ),
    "a descriptor's __get__ and __set__ run": (
        """
        class Field:
            def __get__(self, obj, cls):
                return target
            def __set__(self, obj, value): pass
        class A:
            field = Field()
        def target(): pass
        def run():
            a = A()
            a.field()
            a.field = 1
        """,
        """
        main.run -> main.Field.__get__
        main.run -> main.Field.__set__
        main.run -> main.target
        """,
    ),
    "operators, indexing, length and iteration run special methods": (
        """
        class A:
            def __add__(self, other): return self
            def __radd__(self, other): return self
            def __getitem__(self, key): return self
            def __len__(self): return 1
            def __iter__(self): return iter([])
            def __contains__(self, item): return True
            def __lt__(self, other): return True
            def __call__(self): pass
            def __neg__(self): return self
        def run():
            a = A()
            a + 1
            1 + a
            a[0]
            len(a)
            [x for x in a]
            1 in a
            a < a
            a()
            -a
        """,
        """
        main.run -> main.A.__add__
        main.run -> main.A.__radd__
        main.run -> main.A.__getitem__
        main.run -> main.A.__len__
        main.run -> main.A.__iter__
        main.run -> main.A.__contains__
        main.run -> main.A.__lt__
        main.run -> main.A.__call__
        main.run -> main.A.__neg__
        """,
    ),
    "a with statement enters and leaves": (
        """
        class A:
            def __enter__(self): return self
            def __exit__(self, *exc): pass
            def go(self): pass
        def run():
            with A() as a:
                a.go()
        """,
        "main.run -> main.A.__enter__\nmain.run -> main.A.__exit__\nmain.run -> main.A.go",
    ),
    "a generator turned into a context manager hands over what it yields": (
        """
        from contextlib import contextmanager
        class A:
            def go(self): pass
        @contextmanager
        def opened():
            yield A()
        def run():
            with opened() as a:
                a.go()
        """,
        "main.run -> main.opened\nmain.run -> main.A.go",
    ),
    "an f-string formats": (
        """
        class A:
            def __str__(self): return ""
        def run():
            return f"{A()}"
        """,
        "main.run -> main.A.__str__",
    ),
    "the elements of a generator are called by whoever iterates": (
        """
        def one(): pass
        def gen():
            yield one
        def run():
            for f in gen():
                f()
        """,
        "main.run -> main.gen\nmain.run -> main.one",
    ),
    "yield from passes elements on": (
        """
        def one(): pass
        def inner():
            yield one
        def outer():
            yield from inner()
        def run():
            for f in outer():
                f()
        """,
        "main.run -> main.outer\nmain.outer -> main.inner\nmain.run -> main.one",
    ),
    "await gives what the coroutine returns": (
        """
        class A:
            async def go(self): pass
        async def make():
            return A()
        async def run():
            a = await make()
            await a.go()
        """,
        "main.run -> main.make\nmain.run -> main.A.go",
    ),
    "async with and async for run their special methods": (
        """
        class A:
            async def __aenter__(self): return self
            async def __aexit__(self, *exc): pass
            def __aiter__(self): return self
            async def __anext__(self): return target
        def target(): pass
        async def run():
            async with A() as a:
                async for f in a:
                    f()
        """,
        """
        main.run -> main.A.__aenter__
        main.run -> main.A.__aexit__
        main.run -> main.A.__aiter__
        main.run -> main.A.__anext__
        main.run -> main.target
        """,
    ),
    "a decorator with arguments wraps": (
        """
        import functools
        def repeat(times):
            def decorate(f):
                @functools.wraps(f)
                def wrapper(*args):
                    return f(*args)
                return wrapper
            return decorate
        @repeat(2)
        def work(): pass
        def run():
            work()
        """,
        """
        main -> main.repeat
        main -> main.repeat.decorate
        main.run -> main.repeat.decorate.wrapper
        main.repeat.decorate.wrapper -> main.work
        """,
    ),
    "a class can be a decorator": (
        """
        class Task:
            def __init__(self, f):
                self.f = f
            def __call__(self):
                self.f()
        @Task
        def work(): pass
        def run():
            work()
        """,
        "main -> main.Task.__init__\nmain.run -> main.Task.__call__\nmain.Task.__call__ -> main.work",
    ),
    "a decorator that registers and returns does not mix its functions up": (
        """
        registry = []
        def register(f):
            registry.append(f)
            return f
        @register
        def one(): pass
        @register
        def two(): pass
        def run():
            one()
        def every():
            for f in registry:
                f()
        """,
        """
        main -> main.register
        main.run -> main.one
        main.every -> main.one
        main.every -> main.two
        """,
    ),
    "a dispatch table is looked up by key": (
        """
        def start(): pass
        def stop(): pass
        TABLE = {"start": start, "stop": stop}
        def run(word):
            TABLE[word]()
        def begin():
            TABLE["start"]()
        """,
        "main.run -> main.start\nmain.run -> main.stop\nmain.begin -> main.start",
    ),
    "get, items and values of a dictionary give its values": (
        """
        def a(): pass
        def b(): pass
        D = {"a": a, "b": b}
        def one(): D.get("a")()
        def two():
            for key, f in D.items():
                f()
        def three():
            for f in D.values():
                f()
        """,
        """
        main.one -> main.a
        main.two -> main.a
        main.two -> main.b
        main.three -> main.a
        main.three -> main.b
        """,
    ),
    "unpacking keeps positions, a star takes the rest": (
        """
        def a(): pass
        def b(): pass
        def c(): pass
        def run():
            first, *rest = [a, b, c]
            first()
            rest[1]()
        """,
        "main.run -> main.a\nmain.run -> main.c",
    ),
    "functools.partial remembers function and arguments": (
        """
        from functools import partial
        def apply(f): f()
        def a(): pass
        def run():
            partial(apply, a)()
        """,
        "main.run -> main.apply\nmain.apply -> main.a",
    ),
    "map, filter, sorted and max call their function": (
        """
        class A: pass
        def f(x): pass
        def g(x): pass
        def h(x): pass
        def k(x): pass
        def run(items):
            list(map(f, items))
            list(filter(g, items))
            sorted(items, key=h)
            max(items, key=k)
        """,
        "main.run -> main.f\nmain.run -> main.g\nmain.run -> main.h\nmain.run -> main.k",
    ),
    "map hands the elements over": (
        """
        def f(x): x()
        def a(): pass
        def run():
            list(map(f, [a]))
        """,
        "main.run -> main.f\nmain.f -> main.a",
    ),
    "threads, executors and tasks call what they are given": (
        """
        import asyncio, threading
        from concurrent.futures import ThreadPoolExecutor
        def a(): pass
        def b(x): x()
        def c(): pass
        async def d(): pass
        def run():
            threading.Thread(target=a).start()
            with ThreadPoolExecutor() as pool:
                pool.submit(b, c)
        async def arun():
            asyncio.create_task(d())
        """,
        "main.run -> main.a\nmain.run -> main.b\nmain.b -> main.c\nmain.arun -> main.d",
    ),
    "positional, keyword, starred and double-starred arguments arrive": (
        """
        def a(): pass
        def b(): pass
        def c(): pass
        def d(): pass
        def take(first, *rest, key, **more):
            first()
            rest[0]()
            key()
            more["other"]()
        def forward(*args, **kwargs):
            take(*args, **kwargs)
        forward(a, b, key=c, other=d)
        """,
        """
        main -> main.forward
        main.forward -> main.take
        main.take -> main.a
        main.take -> main.b
        main.take -> main.c
        main.take -> main.d
        """,
    ),
    "a default argument counts": (
        """
        def fallback(): pass
        def run(f=fallback):
            f()
        """,
        "main.run -> main.fallback",
    ),
    "an annotation tells what a parameter is": (
        """
        from typing import Optional
        class A:
            def go(self): pass
        def run(a: "Optional[A]"):
            a.go()
        def loop(items: list[A]):
            for item in items:
                item.go()
        def make(cls: type[A]):
            cls().go()
        """,
        "main.run -> main.A.go\nmain.loop -> main.A.go\nmain.make -> main.A.go",
    ),
    "a protocol leads to the classes that have its methods": (
        """
        from typing import Protocol
        class Runner(Protocol):
            def run_it(self) -> None: ...
        class Fast:
            def run_it(self): pass
        def go(runner: Runner):
            runner.run_it()
        """,
        "main.go -> main.Runner.run_it\nmain.go -> main.Fast.run_it",
    ),
    "fields of a dataclass hold what its constructor was given": (
        """
        from dataclasses import dataclass
        from typing import Callable
        @dataclass
        class Job:
            name: str
            run: Callable
            def __post_init__(self): pass
            def go(self):
                self.run()
        def work(): pass
        Job("x", run=work).go()
        """,
        "main -> main.Job.__post_init__\nmain -> main.Job.go\nmain.Job.go -> main.work",
    ),
    "an attribute set in one method is called in another": (
        """
        class A:
            def __init__(self, f):
                self.f = f
            def go(self):
                self.f()
        def target(): pass
        A(target).go()
        """,
        "main -> main.A.__init__\nmain -> main.A.go\nmain.A.go -> main.target",
    ),
    "a metaclass runs when its class is made and when it is called": (
        """
        class Meta(type):
            def __new__(mcs, name, bases, namespace):
                return super().__new__(mcs, name, bases, namespace)
            def __call__(cls, *args):
                return super().__call__(*args)
        class A(metaclass=Meta):
            def __init__(self): pass
        def run():
            A()
        """,
        "main -> main.Meta.__new__\nmain.run -> main.Meta.__call__\nmain.Meta.__call__ -> main.A.__init__",
    ),
    "__init_subclass__ runs when a subclass is made": (
        """
        class Base:
            def __init_subclass__(cls, **kwargs): pass
        class A(Base): pass
        """,
        "main -> main.Base.__init_subclass__",
    ),
    "a member of an enumeration has the methods of the class": (
        """
        from enum import Enum
        class Colour(Enum):
            RED = 1
            def paint(self): pass
        def run():
            Colour.RED.paint()
            for colour in Colour:
                colour.paint()
        """,
        "main.run -> main.Colour.paint",
    ),
    "getattr with a literal, and with a literal beginning": (
        """
        class A:
            def do_one(self): pass
            def do_two(self): pass
            def other(self): pass
            def named(self):
                getattr(self, "other")()
            def any(self, word):
                getattr(self, "do_" + word)()
            def formatted(self, word):
                getattr(self, f"do_{word}")()
        """,
        """
        main.A.named -> main.A.other
        main.A.any -> main.A.do_one
        main.A.any -> main.A.do_two
        main.A.formatted -> main.A.do_one
        main.A.formatted -> main.A.do_two
        """,
    ),
    "__getattr__ answers for what is not there": (
        """
        class A:
            def __getattr__(self, name):
                return target
        def target(): pass
        def run():
            A().anything()
        """,
        "main.run -> main.A.__getattr__\nmain.run -> main.target",
    ),
    "raising a class makes an instance": (
        """
        class Broken(Exception):
            def __init__(self): pass
        def run():
            raise Broken
        """,
        "main.run -> main.Broken.__init__",
    ),
    "code in a literal string is run where it stands": (
        """
        def target(): pass
        def run():
            eval("target()")
        """,
        "main.run -> main.target",
    ),
    "a lambda is a function": (
        """
        def target(): pass
        def run():
            f = lambda x: x()
            f(target)
        """,
        "main.run -> main.run.<lambda1>\nmain.run.<lambda1> -> main.target",
    ),
    "a name re-exported by a package is followed to its home": (
        """
        # file: main.py
        from pkg import target as t
        import pkg
        t()
        pkg.target()
        # file: pkg/__init__.py
        from .inner import *
        # file: pkg/inner.py
        __all__ = ["target"]
        def target(): _hidden()
        def _hidden(): pass
        """,
        "main -> pkg.inner.target\npkg.inner.target -> pkg.inner._hidden",
    ),
    "modules that import each other are both resolved": (
        """
        # file: a.py
        from b import go
        def stop(): pass
        def run(): go()
        # file: b.py
        import a
        def go(): a.stop()
        """,
        "a.run -> b.go\nb.go -> a.stop",
    ),
    "a source folder is a place to import from": (
        """
        # file: src/pkg/__init__.py
        # file: src/pkg/core.py
        def go(): pass
        # file: tests/test_core.py
        from pkg.core import go
        def test_it(): go()
        """,
        "tests.test_core.test_it -> src.pkg.core.go",
    ),
    "importlib with a literal imports": (
        """
        # file: main.py
        import importlib
        importlib.import_module("plugins.one").go()
        # file: plugins/one.py
        def go(): pass
        """,
        "main -> plugins.one.go",
    ),
    "an import inside a function counts there": (
        """
        # file: main.py
        def run():
            from other import go
            go()
        # file: other.py
        def go(): pass
        """,
        "main.run -> other.go",
    ),
    "a decorated class is a base like any other": (
        """
        from dataclasses import dataclass
        @dataclass
        class Base:
            def run(self):
                self.hook()
            def hook(self): pass
        class Sub(Base):
            def hook(self): pass
        """,
        "main.Base.run -> main.Base.hook\nmain.Base.run -> main.Sub.hook",
    ),
    "a package that imports its own module hands the module on": (
        """
        # file: pkg/__init__.py
        from . import tools
        # file: pkg/tools.py
        def cut(): pass
        # file: pkg/user.py
        from pkg import tools
        def run():
            tools.cut()
        """,
        "pkg.user.run -> pkg.tools.cut",
    ),
    "a union by another name is a type": (
        """
        from typing import Callable, Union
        class A:
            def __call__(self): pass
        AnyA = Union["A", Callable[[], None]]
        def run(a: AnyA):
            a()
        """,
        "main.run -> main.A.__call__",
    ),
    "an attribute of an object from outside keeps what was stored in it": (
        """
        import threading
        class A:
            def go(self): pass
        class Holder:
            def __init__(self):
                self.local = threading.local()
            def put(self):
                self.local.item = A()
            def take(self):
                self.local.item.go()
        """,
        "main.Holder.take -> main.A.go",
    ),
    "a module's __getattr__ answers for names it lacks": (
        """
        # file: main.py
        import lazy
        from lazy import later
        lazy.other()
        later()
        # file: lazy.py
        def __getattr__(name):
            return target
        def target(): pass
        """,
        "main -> lazy.__getattr__\nmain -> lazy.target",
    ),
    "a type variable stands for its bound": (
        """
        from typing import TypeVar
        class A:
            def go(self): pass
            def stop(self): pass
        class Other:
            def go(self): pass
        T = TypeVar("T", bound=A)
        U = TypeVar("U", bound="A")
        def run(a: T) -> T:
            a.go()
        def halt(a: U):
            a.stop()
        """,
        "main.run -> main.A.go\nmain.halt -> main.A.stop",
    ),
}


@pytest.mark.parametrize(("program", "expected"), CASES.values(), ids=CASES.keys())
def test_the_calls_of_a_small_program_are_exactly_these(tmp_path: Path, program: str, expected: str) -> None:
    assert calls_of(analyzed(tmp_path, program)) == listed(expected)


def test_a_folder_that_is_a_package_imports_itself_by_its_own_name(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    program = analyzed(
        folder,
        """
        # file: __init__.py
        from shop.till import pay
        # file: till.py
        import shop.stock
        def pay(): shop.stock.take()
        # file: stock.py
        def take(): pass
        """,
    )
    assert calls_of(program) == {"shop.till.pay -> shop.stock.take"}


def test_a_part_of_a_larger_package_may_name_its_modules_in_full(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path / "shop" / "till",
        """
        # file: __init__.py
        # file: cash.py
        from shop.till.coins import count
        def pay(): count()
        # file: coins.py
        def count(): pass
        """,
    )
    assert calls_of(program) == {"till.cash.pay -> till.coins.count"}


def test_a_folder_without_an_init_file_may_be_named_in_imports(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path / "shop",
        """
        # file: cash.py
        from shop.coins import count
        def pay(): count()
        # file: coins.py
        def count(): pass
        """,
    )
    assert calls_of(program) == {"cash.pay -> coins.count"}


def test_a_far_script_does_not_stand_in_for_the_standard_library(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path,
        """
        # file: pkg/__init__.py
        # file: pkg/main.py
        import logging
        def run(): logging.info("x")
        # file: scripts/logging.py
        def info(text): pass
        """,
    )
    assert calls_of(program) == set()


def test_a_name_that_a_module_got_by_a_star_and_uses_is_found_in_it(tmp_path: Path) -> None:
    program = analyzed(
        tmp_path,
        """
        # file: first.py
        def go(): pass
        # file: second.py
        from first import *
        def use(): go()
        # file: third.py
        import second
        def run(): second.go()
        """,
    )
    assert calls_of(program) == {"second.use -> first.go", "third.run -> first.go"}


@pytest.mark.parametrize("use", ["print(*Row())", "a, *b = Row()", "any(Row())", "sum(Row())", "', '.join(Row())"])
def test_whoever_takes_all_elements_iterates(tmp_path: Path, use: str) -> None:
    source = f"class Row:\n    def __iter__(self): return iter([])\ndef run():\n    {use}\n"
    assert calls_of(analyzed(tmp_path, source)) == {"main.run -> main.Row.__iter__"}


@pytest.mark.parametrize("use", ["isinstance(go, type)", "callable(go)", "inspect.signature(go)", "id(go)"])
def test_what_is_only_looked_at_is_not_called(tmp_path: Path, use: str) -> None:
    assert calls_of(analyzed(tmp_path, f"import inspect\ndef go(): pass\ndef run():\n    {use}\n")) == set()


def test_unpacking_a_generator_runs_it(tmp_path: Path) -> None:
    source = "def pairs():\n    yield 1\ndef run(row):\n    first, *rest = row\nrun(pairs())\n"
    assert "main.run -> main.pairs" in calls_of(analyzed(tmp_path, source))


def test_what_is_imported_keeps_its_meaning_in_a_loop_of_its_module(tmp_path: Path) -> None:
    source = """
    import functools
    def call(f): f()
    def go(): pass
    for function in [call]:
        function(functools.partial(go))
    """
    assert "main.call -> main.go" in calls_of(analyzed(tmp_path, source))


def test_a_class_statement_runs_its_metaclass_even_if_that_is_decorated(tmp_path: Path) -> None:
    source = """
    from typing import dataclass_transform
    @dataclass_transform()
    class Meta(type):
        @classmethod
        def __prepare__(mcs, name, bases): return {}
        def __new__(mcs, name, bases, namespace): return type.__new__(mcs, name, bases, namespace)
    class Thing(metaclass=Meta): pass
    """
    assert calls_of(analyzed(tmp_path, source)) == {"main -> main.Meta.__prepare__", "main -> main.Meta.__new__"}


@pytest.mark.parametrize("kind", ["object", "Callable", "(str, Callable)"])
def test_what_passes_a_test_for_a_kind_that_needs_no_base_is_still_what_it_was(tmp_path: Path, kind: str) -> None:
    source = f"""
    from collections.abc import Callable
    class Hook:
        def __call__(self): pass
        def run(self): pass
    def use(hook):
        if isinstance(hook, {kind}):
            hook.run()
    use(Hook())
    """
    assert "main.use -> main.Hook.run" in calls_of(analyzed(tmp_path, source))


def test_where_only_a_subclass_has_an_iterator_the_items_of_the_class_count_too(tmp_path: Path) -> None:
    source = """
    class Row:
        def all(self): return list(self)
        def __getitem__(self, index): raise IndexError
    class Quick(Row):
        def __iter__(self): return iter(())
    """
    found = calls_of(analyzed(tmp_path, source))
    assert found == {"main.Row.all -> main.Row.__getitem__", "main.Row.all -> main.Quick.__iter__"}
