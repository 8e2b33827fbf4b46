"""Programs that a random number makes up: they run, end, and do with functions what programs do with them.

    python -m bench.made_up_programs [--seconds N] [--from SEED]

Each is run and analysed; what the analysis says wrongly of a run is printed with the number that makes the program.
Every function takes any arguments, and every expression is a callable, an object or a container of callables, so that
most of what is written does run. A failing statement is passed over: the next one runs.
"""

import argparse
import importlib
import itertools
import signal
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import CodeType, FrameType

from bench.observation import Matcher, Observed, observe
from intelligent_office.analyzer import Program, analyze

LONGEST = 0.5
"""Seconds that a program may take."""
_METHODS = ("go", "stop", "turn")
_FIELDS = ("left", "right")
_KEYS = ("'a'", "'b'")
_HEAD = """\
import functools, contextlib, itertools

"""
_DECORATORS = """\
def plain{n}(f):
    return f

def wrapped{n}(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)
    return wrapper

def counted{n}(times=1):
    def decorate(f):
        def inner(*args):
            return f(*args)
        return inner
    return decorate

"""


class TooLong(BaseException):
    """The program was stopped."""


class Author:
    """Writes one program of several modules."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._number = 0
        self._lines: list[str] = []
        self._callables: list[str] = []
        self._classes: list[str] = []
        self._objects: list[str] = []
        self._lists: list[str] = []
        self._tables: list[str] = []
        self._decorators: list[str] = []

    def program(self) -> dict[str, str]:
        """The text of each module by its name; the last one starts everything."""
        modules: dict[str, str] = {}
        for number in range(self._random.randint(1, 3)):
            name = f"made{number}"
            self._lines = [_HEAD + _DECORATORS.format(n=number)]
            self._import(list(modules))
            self._decorators = [f"plain{number}", f"wrapped{number}", f"counted{number}()"]
            for _ in range(self._random.randint(3, 7)):
                self._top_level()
            modules[name] = "\n".join(self._lines) + "\n"
        return modules

    def _import(self, modules: list[str]) -> None:
        kinds = (self._callables, self._classes, self._objects, self._lists, self._tables)
        names = [name for kind in kinds for name in kind]
        for kind in kinds:
            kind.clear()
        if not modules:
            return
        module = self._random.choice(modules)
        form = self._random.randrange(3)
        exported = [name for name in names if "." not in name]
        if form == 0:
            self._lines.append(f"from {module} import *")
        elif form == 1:
            self._lines.append(f"import {module} as {module}x")
        for name in exported:
            home = f"{module}x.{name}" if form == 1 else name
            if form == 2:
                home = f"{name}y"
                self._lines += ["try:", f"    from {module} import {name} as {home}", "except ImportError: pass"]
            self._sort(name, home)

    def _sort(self, name: str, home: str) -> None:
        kind = {"f": self._callables, "C": self._classes, "o": self._objects, "l": self._lists, "t": self._tables}
        kind[name[0]].append(home)

    def _new(self, letter: str) -> str:
        self._number += 1
        return f"{letter}{self._number}"

    # Statements

    def _top_level(self) -> None:
        self._random.choice((self._function, self._function, self._class, self._class, self._binding, self._doing))("")
        for _ in range(self._random.randint(0, 2)):
            self._doing("")

    def _function(self, margin: str, name: str = "", first: str = "") -> None:
        method = bool(first)
        own = name or self._new("f")
        if self._random.random() < 0.3:
            self._lines.append(f"{margin}@{self._random.choice(self._decorators)}")
        default = self._named() if self._random.random() < 0.3 else "None"
        self._lines.append(f"{margin}def {own}({first}p=None, q={default}, *r):")
        if name == "__getitem__":
            self._lines.append(f"{margin}    if p == 3: raise IndexError")  # else iterating would never end
        self._body(
            margin + "    ", ["p", "q"] + (["self"] if first == "self, " else []), may_yield=name != "__getitem__"
        )
        if not method and not margin:
            self._callables.append(own)

    def _body(self, margin: str, parameters: list[str], *, may_yield: bool = True) -> None:
        kept = [list(kind) for kind in (self._callables, self._objects, self._lists, self._tables)]
        self._callables += [name for name in parameters if name != "self"]
        if "self" in parameters:
            self._objects += ["self"] * 2
        for _ in range(self._random.randint(1, 3)):
            if self._random.random() < 0.15 and len(margin) < 12:
                inner = self._new("f")
                self._function(margin, inner)
                self._callables.append(inner)
            else:
                self._random.choice((self._doing, self._doing, self._binding))(margin)
        ending = self._random.random()
        if ending < 0.6:
            self._lines.append(f"{margin}return {self._anything()}")
        elif ending < 0.7 and may_yield:  # items that are made without running anything never end
            self._lines.append(f"{margin}yield {self._callable()}")
        self._callables, self._objects, self._lists, self._tables = kept

    def _class(self, margin: str) -> None:
        name = self._new("C")
        bases = self._random.sample(self._classes, min(len(self._classes), self._random.choice((0, 1, 1, 2))))
        self._lines.append(f"{margin}class {name}({', '.join(bases)}):")
        inner = margin + "    "
        if self._random.random() < 0.5:
            self._lines.append(f"{inner}{self._random.choice(_METHODS)} = {self._named()}")
        if self._random.random() < 0.6:
            self._lines += [f"{inner}def __init__(self, p=None, q=None, *r):", f"{inner}    self.left = p"]
            self._body(inner + "    ", ["p", "q", "self"])
        for method in self._random.sample(_METHODS, self._random.randint(1, 3)):
            form = self._random.random()
            if form < 0.15:
                self._lines.append(f"{inner}@staticmethod")
                self._function(inner, method, "")
            elif form < 0.3:
                self._lines.append(f"{inner}@classmethod")
                self._function(inner, method, "cls, ")
            else:
                self._function(inner, method, "self, ")
        if self._random.random() < 0.3:
            self._lines += [f"{inner}@property", f"{inner}def right(self):", f"{inner}    return {self._callable()}"]
        special = self._random.choice(("__call__", "__getitem__", "__add__", "__iter__", "__enter__", ""))
        if special:
            self._function(inner, special, "self, ")
        if special == "__enter__":
            self._function(inner, "__exit__", "self, ")
        self._classes.append(name)

    def _binding(self, margin: str) -> None:
        form = self._random.randrange(6)
        if form == 0:
            name = self._new("o")
            self._guarded(margin, f"{name} = {self._object()}")
            self._objects.append(name)
        elif form == 1:
            name = self._new("l")
            self._guarded(margin, f"{name} = [{self._callable()}, {self._callable()}]")
            self._lists.append(name)
        elif form == 2:
            name = self._new("t")
            self._guarded(margin, f"{name} = {{'a': {self._callable()}, 'b': {self._callable()}}}")
            self._tables.append(name)
        elif form == 3:
            first, second = self._new("f"), self._new("f")
            self._guarded(margin, f"{first}, {second} = {self._callable()}, {self._callable()}")
            self._callables += [first, second]
        else:
            name = self._new("f")
            self._guarded(margin, f"{name} = {self._callable()}")
            self._callables.append(name)

    def _doing(self, margin: str) -> None:
        forms = (
            lambda: f"{self._call()}",
            lambda: f"{self._call()}",
            lambda: f"{self._object()}.{self._random.choice(_METHODS)}({self._arguments()})",
            lambda: f"{self._object()}.{self._random.choice(_FIELDS)} = {self._anything()}",
            lambda: f"{self._object()}.{self._random.choice(_METHODS)} = {self._callable()}",
            lambda: f"{self._list()}.append({self._callable()})",
            lambda: f"{self._table()}[{self._random.choice(_KEYS)}] = {self._callable()}",
            lambda: f"for x in {self._iterable()}: x({self._arguments()})",
            lambda: f"[x({self._arguments()}) for x in {self._iterable()}]",
            lambda: f"list(map({self._callable()}, {self._list()}))",
            lambda: f"sorted({self._list()}, key={self._callable()})",
            lambda: f"{self._object()} + {self._anything()}",
            lambda: f"{self._object()}[{self._anything()}]",
            lambda: f"repr(*{self._iterable()})",
            lambda: f"with {self._object()} as w: w()",
            lambda: f"if isinstance({self._callable()}, {self._class_name()}): {self._call()}",
            lambda: f"getattr({self._object()}, {self._random.choice(_METHODS)!r})({self._arguments()})",
            lambda: f"setattr({self._object()}, 'left', {self._callable()})",
            lambda: f"super({self._class_name()}, {self._object()}).{self._random.choice(_METHODS)}()",
            lambda: f"a, *b = {self._iterable()}; a(); b[0]()",
            lambda: f"(lambda x, y=None: x({self._arguments()}))({self._callable()})",
            lambda: f"{self._class_name()}.{self._random.choice(_METHODS)} = {self._callable()}",
            lambda: f"for k, v in {self._table()}.items(): v({self._arguments()})",
        )
        self._guarded(margin, self._random.choice(forms)())

    def _guarded(self, margin: str, statement: str) -> None:
        if not margin or self._random.random() < 0.8:
            self._lines += [f"{margin}try:", f"{margin}    {statement}", f"{margin}except Exception: pass"]
        else:
            self._lines.append(f"{margin}{statement}")

    # Expressions

    def _callable(self, depth: int = 0) -> str:
        forms = [lambda: self._named()] * 4
        if depth < 3:
            forms += [
                lambda: f"{self._object(depth + 1)}.{self._random.choice(_METHODS)}",
                lambda: f"{self._object(depth + 1)}.{self._random.choice(_FIELDS)}",
                lambda: self._class_name(),
                lambda: f"(lambda p=None, *q: {self._call(depth + 1)})",
                lambda: f"functools.partial({self._callable(depth + 1)}, {self._callable(depth + 1)})",
                lambda: f"{self._list()}[{self._random.choice(('0', '1', '-1'))}]",
                lambda: f"{self._table()}[{self._random.choice(_KEYS)}]",
                lambda: f"{self._table()}.get({self._random.choice(_KEYS)})",
                lambda: self._call(depth + 1),
                lambda: f"({self._callable(depth + 1)} or {self._callable(depth + 1)})",
                lambda: f"({self._callable(depth + 1)} if {self._named()} else {self._callable(depth + 1)})",
                lambda: f"{self._random.choice(self._decorators)}({self._callable(depth + 1)})",
                lambda: self._object(depth + 1),
            ]
        return self._random.choice(forms)()

    def _named(self) -> str:
        return self._random.choice(self._callables) if self._callables else "repr"

    def _class_name(self) -> str:
        return self._random.choice(self._classes) if self._classes else "object"

    def _object(self, depth: int = 0) -> str:
        if self._objects and self._random.random() < 0.5:
            return self._random.choice(self._objects)
        if self._classes and depth < 3:
            return f"{self._class_name()}({self._arguments(depth + 1)})"
        return self._named()

    def _list(self) -> str:
        return self._random.choice(self._lists) if self._lists else f"[{self._named()}]"

    def _table(self) -> str:
        return self._random.choice(self._tables) if self._tables else f"dict(a={self._named()})"

    def _iterable(self) -> str:
        forms = (
            lambda: self._list(),
            lambda: f"{self._table()}.values()",
            lambda: f"({self._callable()}, {self._callable()})",
            lambda: f"[{self._callable()}] + {self._list()}",
            lambda: f"reversed({self._list()})",
            lambda: f"itertools.chain({self._list()}, {self._list()})",
            lambda: self._call(),
            lambda: self._object(),
        )
        return self._random.choice(forms)()

    def _anything(self) -> str:
        forms = (self._callable, self._callable, self._object, self._list, self._table, self._call)
        return self._random.choice(forms)()

    def _call(self, depth: int = 0) -> str:
        return f"{self._callable(depth + 1)}({self._arguments(depth + 1)})"

    def _arguments(self, depth: int = 0) -> str:
        given = [self._callable(depth + 1) for _ in range(self._random.choice((0, 0, 1, 1, 2)))]
        if given and self._random.random() < 0.1:
            given[-1] = f"*[{given[-1]}]"
        elif given and self._random.random() < 0.1:
            given[-1] = f"p={given[-1]}"
        return ", ".join(given)


def run(folder: str, modules: list[str]) -> Observed:
    """Import the modules, the last of which starts everything, and note the calls."""

    def start() -> None:
        for name in modules:
            try:
                importlib.import_module(name)
            except (Exception, TooLong):  # noqa: BLE001 - whatever a made-up program comes to
                return

    def enough(_number: int, frame: FrameType | None) -> None:
        while frame:  # nothing is broken off but what the program does
            if frame.f_code.co_filename.startswith(folder):
                raise TooLong
            frame = frame.f_back

    before = signal.signal(signal.SIGVTALRM, enough)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST, 0.1)  # again and again: an exception in a finalizer is lost
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        return observe(start, folder)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        sys.path.remove(folder)
        for name in modules:
            sys.modules.pop(name, None)


def mistakes(program: Program, observed: Observed, folder: str) -> list[str]:
    """Observed calls that the analysis does not know, or says to be certainly another one."""
    matcher = Matcher(program, folder)
    known: dict[tuple[str, str, int], dict[str, str]] = {}
    for call in program.calls:
        if not call.external:
            known.setdefault((call.caller, call.file, call.line), {})[call.callee] = call.certainty
    found = []
    for caller_code, callee_code, line in sorted(observed, key=repr):
        pairs = itertools.product(matcher.candidates(caller_code), matcher.candidates(callee_code))
        said = [known.get((caller.name, caller.file, line), {}) for caller, _ in pairs]
        pairs = itertools.product(matcher.candidates(caller_code), matcher.candidates(callee_code))
        if any(callee.name in targets for (_, callee), targets in zip(pairs, said, strict=True)):
            continue
        told = ", ".join(f"{name} ({certainty})" for targets in said for name, certainty in targets.items())
        found.append(f"{_place(caller_code, line)} calls {callee_code.co_qualname}, not {told or 'anything'}")
    return found


def _place(code: CodeType, line: int) -> str:
    return f"{Path(code.co_filename).name}:{line} {code.co_qualname}"


def write(seed: int, folder: Path) -> list[str]:
    """Write the program with this number into a folder; the names of its modules."""
    modules = Author(Random(seed)).program()
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    return list(modules)


def check(seed: int) -> list[str]:
    """What the analysis says wrongly of the program with this number."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        modules = write(seed, folder)
        observed = run(str(folder), modules)
        return mistakes(analyze(folder, workers=1), observed, str(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED")
    parser.add_argument(
        "--show", action="store_true", help="print the first program and what is wrong with it, no more"
    )
    arguments = parser.parse_args()
    if arguments.show:
        for name, text in Author(Random(arguments.first)).program().items():
            numbered = "\n".join(f"{number:4} {line}" for number, line in enumerate(text.splitlines(), 1))
            print(f"# {name}.py\n{numbered}")
        print("\n".join(check(arguments.first)))
        return
    end = time.monotonic() + arguments.seconds
    seed, wrong = arguments.first, 0
    while time.monotonic() < end:
        found = check(seed)
        wrong += bool(found)
        for line in found[:2]:
            print(f"{seed}: {line}")
        seed += 1
    print(f"{seed - arguments.first} programs, {wrong} with mistakes")


if __name__ == "__main__":
    main()
