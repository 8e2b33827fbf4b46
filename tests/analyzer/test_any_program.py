"""Programs nobody would write, and damaged ones: no crash, no end of time, one answer."""

import ast
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

import intelligent_office.analyzer
from bench import made_up_programs
from intelligent_office.analyzer import analyze, graph_json

NAMES = some.sampled_from(["a", "b", "f", "A", "self", "args"])


def _expressions(inner: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    several = some.lists(inner, max_size=3).map(", ".join)
    return some.one_of(
        some.builds("{}({})".format, inner, several),
        some.builds("{}.{}".format, inner, NAMES),
        some.builds("{}[{}]".format, inner, inner),
        some.builds("({} if {} else {})".format, inner, inner, inner),
        some.builds("(lambda {}: {})".format, NAMES, inner),
        some.builds("[{}]".format, several),
        some.builds("({},)".format, inner),
        some.builds("{{{}: {}}}".format, inner, inner),
        some.builds("[{} for {} in {}]".format, inner, NAMES, inner),
        some.builds("({} + {})".format, inner, inner),
        some.builds("f(*{}, **{})".format, inner, inner),
        some.builds("functools.partial({}, {})".format, inner, inner),
        some.builds("getattr({}, 'a')".format, inner),
        some.builds("super().{}".format, NAMES),
        some.builds("({} and {})".format, inner, inner),
        some.builds("isinstance({}, A)".format, inner),
    )


EXPRESSIONS = some.recursive(some.one_of(NAMES, some.sampled_from(["(1)", "'a'", "None"])), _expressions, max_leaves=8)


def _indented(lines: list[str]) -> str:
    return "\n".join("    " + line for block in lines for line in block.splitlines()) or "    pass"


def _statements(inner: some.SearchStrategy[str]) -> some.SearchStrategy[str]:
    body = some.lists(inner, min_size=1, max_size=3).map(_indented)
    return some.one_of(
        some.builds("def {}({}):\n{}".format, NAMES, NAMES, body),
        some.builds("@{}\ndef {}(*args, **b):\n{}".format, EXPRESSIONS, NAMES, body),
        some.builds("class {}({}):\n{}".format, NAMES, NAMES, body),
        some.builds("if {}:\n{}\nelse:\n{}".format, EXPRESSIONS, body, body),
        some.builds("for {} in {}:\n{}".format, NAMES, EXPRESSIONS, body),
        some.builds("while {}:\n{}\n    break".format, EXPRESSIONS, body),
        some.builds("try:\n{}\nexcept {} as a:\n{}\nfinally:\n{}".format, body, NAMES, body, body),
        some.builds("with {} as {}:\n{}".format, EXPRESSIONS, NAMES, body),
        some.builds("match {}:\n    case A(a=b):\n        pass\n    case [f, *args]:\n        f()".format, EXPRESSIONS),
    )


SIMPLE = some.one_of(
    EXPRESSIONS,
    some.builds("{} = {}".format, NAMES, EXPRESSIONS),
    some.builds("{}, *{} = {}".format, NAMES, NAMES, EXPRESSIONS),
    some.builds("{}.{} = {}".format, NAMES, NAMES, EXPRESSIONS),
    some.builds("{}[{}] = {}".format, NAMES, EXPRESSIONS, EXPRESSIONS),
    some.builds("{} += {}".format, NAMES, EXPRESSIONS),
    some.builds("{}: {} = {}".format, NAMES, NAMES, EXPRESSIONS),
    some.builds("raise {}".format, NAMES),
    some.builds("from m{} import {}".format, some.integers(0, 2), NAMES),
    some.just("from . import *"),
)
PROGRAMS = some.lists(some.recursive(SIMPLE, _statements, max_leaves=10), min_size=1, max_size=6).map("\n".join)
MODEST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def _graphs(modules: list[bytes]) -> list[object]:
    """The same modules analysed twice."""
    with TemporaryDirectory() as folder:
        for number, content in enumerate(modules):
            (Path(folder) / f"m{number}.py").write_bytes(content)
        return [graph_json(analyze(folder, workers=1)) for _ in range(2)]


@MODEST
@given(some.lists(PROGRAMS, min_size=1, max_size=3))
def test_any_program_has_one_call_graph(modules: list[str]) -> None:
    first, second = _graphs([("import functools\n" + module).encode() for module in modules])
    assert first == second


@settings(MODEST, max_examples=40)
@given(some.integers(0, 10**9))
def test_every_call_that_a_made_up_program_makes_is_known(seed: int) -> None:
    """`python -m bench.made_up_programs` does the same for as long as one likes."""
    assert made_up_programs.check(seed) == []


def test_made_up_programs_do_call_something(tmp_path: Path) -> None:
    """Runs in which nothing happens would prove little."""
    calls = 0
    for seed in range(20):
        folder = tmp_path.resolve() / str(seed)
        folder.mkdir()
        calls += len(made_up_programs.run(str(folder), made_up_programs.write(seed, folder)))
    assert calls > 20 * 10


def _parts_of_real_files() -> list[str]:
    folder = Path(intelligent_office.analyzer.__file__).parent
    return [path.read_text()[:6_000] for path in sorted(folder.glob("*.py"))]


REAL = some.sampled_from(_parts_of_real_files())


@MODEST
@given(REAL, some.data())
def test_a_damaged_file_has_one_call_graph(content: str, data: some.DataObject) -> None:
    damaged = bytearray(content.encode())
    for _ in range(data.draw(some.integers(1, 6))):
        place = data.draw(some.integers(0, max(len(damaged) - 1, 0)))
        damaged[place : place + data.draw(some.integers(0, 30))] = data.draw(some.binary(max_size=8))
    first, second = _graphs([bytes(damaged)])
    assert first == second


def _edited(parts: list[str], data: some.DataObject) -> list[str]:
    """Some parts left out, doubled, exchanged, or everything behind one cut off."""
    parts = list(parts)
    for _ in range(data.draw(some.integers(1, 5))):
        one, other = (data.draw(some.integers(0, len(parts) - 1)) for _ in range(2))
        edit = data.draw(some.sampled_from(["leave out", "double", "exchange", "cut off"]))
        if edit == "leave out" and len(parts) > 1:
            del parts[one]
        elif edit == "double":
            parts.insert(other, parts[one])
        elif edit == "exchange":
            parts[one], parts[other] = parts[other], parts[one]
        elif edit == "cut off" and one:
            del parts[one:]
    return parts


@MODEST
@given(REAL, some.sampled_from([r"(?<=\n)", r"(\W)"]), some.data())
def test_a_file_with_lines_or_words_in_the_wrong_place_has_one_call_graph(
    content: str, between: str, data: some.DataObject
) -> None:
    first, second = _graphs(["".join(_edited(re.split(between, content), data)).encode()])
    assert first == second


def test_the_generated_programs_are_programs() -> None:
    """The fuzz would prove little if most of its programs did not parse."""
    seen: list[bool] = []

    @settings(MODEST, max_examples=30)
    @given(PROGRAMS)
    def gather(program: str) -> None:
        try:
            ast.parse(program)
        except SyntaxError:
            seen.append(False)
        else:
            seen.append(True)

    gather()
    assert sum(seen) > len(seen) * 0.8
