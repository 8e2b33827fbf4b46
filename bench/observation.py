"""What really happens: the calls that a running program makes, beside those that the analyzer knows of it."""

import dis
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from intelligent_office.analyzer import Function, Program

Observed = set[tuple[CodeType, CodeType, int]]
"""Caller, callee, and the line of the call."""
_INLINED = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
_ITERATING = frozenset({"FOR_ITER", "SEND", "UNPACK_SEQUENCE", "UNPACK_EX", "LIST_EXTEND", "SET_UPDATE"})


def observe(run: Callable[[], None], folder: str) -> Observed:
    """Run something and note every call from a function of the folder to another.

    Letting go of a generator runs it too, wherever that happens to be: only where it is iterated over by
    a loop or by unpacking, that counts.
    """
    observed: Observed = set()

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(folder):
            return
        if _is_part(frame.f_code) or frame.f_back is None or _doing(frame.f_back) == "IMPORT_NAME":
            return  # an import asks a module for its __path__
        if frame.f_code.co_flags & inspect.CO_GENERATOR and _doing(frame.f_back) not in _ITERATING:
            return
        caller: FrameType | None = frame.f_back
        line = caller.f_lineno if caller else 0
        while caller is not None and _is_part(caller.f_code):
            caller = caller.f_back
        if caller is not None and caller.f_code.co_filename.startswith(folder):
            observed.add((caller.f_code, frame.f_code, line))

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(before)
    return observed


def _doing(caller: FrameType) -> str:
    return dis.opname[caller.f_code.co_code[caller.f_lasti]]


def _is_part(code: CodeType) -> bool:
    """Whether code is a part of the function around it: a comprehension, or the body of a class."""
    return code.co_name in _INLINED or (code.co_name != "<module>" and not code.co_flags & inspect.CO_OPTIMIZED)


class Matcher:
    """Finds the analyzer's function for a code object."""

    def __init__(self, program: Program, folder: str) -> None:
        self._folder = folder
        self._by_file: dict[str, list[Function]] = {}
        for function in program.functions:
            self._by_file.setdefault(function.file, []).append(function)

    def find(self, code: CodeType) -> Function | None:
        """The function that begins first of those it may be; a decorated one begins at its first decorator."""
        return min(self.candidates(code), key=lambda function: function.line, default=None)

    def candidates(self, code: CodeType) -> list[Function]:
        """By file, last name and line: several for lambdas that stand in one line."""
        file = str(Path(code.co_filename).relative_to(self._folder))
        if code.co_name == "<module>":
            return [item for item in self._by_file.get(file, ()) if item.kind == "module"]
        wanted = "<lambda" if code.co_name == "<lambda>" else code.co_name
        return [
            function
            for function in self._by_file.get(file, ())
            if _is_named(function.name.rpartition(".")[2], wanted)
            and function.line >= code.co_firstlineno
            and function.line <= _last_line(code)
        ]


def _is_named(name: str, wanted: str) -> bool:
    return name.startswith(wanted) if wanted == "<lambda" else name == wanted


def _last_line(code: CodeType) -> int:
    return max((line for _, _, line in code.co_lines() if line is not None), default=code.co_firstlineno)
