"""Time and memory of the analyzer beside a bare `ast.parse` of the same files, in the same run.

    python -m bench.analyzer [FOLDER ...]

Without folders, installed packages of growing size are taken. Each measurement runs in a process of its own; with
`--repeats`, the median is shown. `cold` is without a cache on one processor, `all` the same with every processor. With
a cache: `same` when nothing has changed, and after one file of average size was edited: `remark` with a comment before
its first line, `function` with a new function that nobody calls, `call` with a new call in one of its functions. The
exponent says how cold time grows with lines.
"""

import argparse
import ast
import json
import math
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGES = (
    "click",
    "jinja2",
    "rich",
    "pydantic",
    "langchain_core",
    "hypothesis",
    "mypy",
    "openai",
    "pip",
    "kubernetes",
)
MEASURE = """
import ast, gc, json, resource, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
mode, folder, cache = sys.argv[1:4]
answer = {}
if mode == "parse":
    sources = []
    for path in sorted(Path(folder).rglob("*.py")):
        try:
            sources.append(path.read_text())
        except ValueError:
            pass
    start = time.perf_counter()
    for source in sources:
        try:
            ast.parse(source)
        except (SyntaxError, ValueError):
            pass
    answer["seconds"] = time.perf_counter() - start
    answer["lines"] = sum(source.count("\\n") for source in sources)
else:
    from intelligent_office.analyzer import analyze
    start = time.perf_counter()
    program = analyze(folder, cache=Path(cache) if cache else None, workers=1 if mode == "cold" else None)
    answer["seconds"] = time.perf_counter() - start
    answer["functions"] = len(program.functions)
    names = [function.name for function in program.functions]
    program.chains(names[0], names[-1])
    start = time.perf_counter()
    program.chains(names[len(names) // 3], names[len(names) // 2])
    answer["query"] = time.perf_counter() - start
answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(answer))
"""


def measure(mode: str, folder: Path, cache: str = "") -> dict[str, Any]:
    root = Path(__file__).parent.parent
    code = f"import sys; sys.path.insert(0, {str(root)!r})\n{MEASURE}"
    done = subprocess.run(
        [sys.executable, "-c", code, mode, str(folder), cache], capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def with_remark(text: str) -> str:
    return "# A remark by the benchmark.\n" + text


def with_function(text: str) -> str:
    return text + "\n\ndef added_by_the_benchmark():\n    return 1\n"


def with_call(text: str) -> str:
    function = next(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    last = function.body[-1]
    lines = text.splitlines(keepends=True)
    lines.insert(last.lineno - 1, " " * last.col_offset + "print(repr(object()))\n")
    return "".join(lines)


EDITS: dict[str, Callable[[str], str]] = {"remark": with_remark, "function": with_function, "call": with_call}


def average_file(folder: Path) -> Path:
    """One of about eight thousand bytes that has a function."""
    files = sorted(folder.rglob("*.py"), key=lambda path: (abs(path.stat().st_size - 8_000), path))
    return next(path for path in files if "\n    def " in path.read_text())


def median(mode: str, folder: Path, repeats: int) -> dict[str, Any]:
    runs = [measure(mode, folder) for _ in range(repeats)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def measure_cached(folder: Path) -> dict[str, float]:
    """Seconds with a cache: nothing changed, then one edit after the other."""
    seconds = {}
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / folder.name
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        cache = str(Path(scratch) / "cache")
        measure("all", copy, cache)
        seconds["same"] = measure("all", copy, cache)["seconds"]
        file = average_file(copy)
        for name, edit in EDITS.items():
            file.write_text(edit(file.read_text()))
            seconds[name] = measure("all", copy, cache)["seconds"]
    return seconds


def measure_folder(folder: Path, repeats: int) -> tuple[int, float]:
    parse, cold, every = (median(mode, folder, repeats) for mode in ("parse", "cold", "all"))
    bare, lines = parse["seconds"], int(parse["lines"])
    cached = "  ".join(f"{name} {seconds / bare:5.2f} x" for name, seconds in measure_cached(folder).items())
    print(
        f"{folder.name:16} {lines:9,} lines  parse {bare:6.2f} s  "
        f"cold {cold['seconds']:6.2f} s ({cold['seconds'] / bare:4.1f} x, {cold['megabytes']:5.0f} MB)  "
        f"all {every['seconds'] / bare:4.1f} x  {cached}  query {cold['query'] * 1000:5.1f} ms",
        flush=True,
    )
    return lines, cold["seconds"]


def exponent(points: list[tuple[int, float]]) -> float:
    """Slope of time over lines, both as logarithms."""
    lines = [math.log(count) for count, _ in points]
    times = [math.log(seconds) for _, seconds in points]
    return statistics.linear_regression(lines, times).slope


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="folders to analyse; installed packages by default")
    parser.add_argument("--repeats", type=int, default=1, help="runs of which the median is taken")
    arguments = parser.parse_args()
    installed = Path(sysconfig.get_paths()["purelib"])
    folders = arguments.folders or [installed / name for name in PACKAGES if (installed / name).is_dir()]
    points = [measure_folder(folder, arguments.repeats) for folder in folders]
    if len(points) > 1:
        print(f"time grows with lines to the power of {exponent(points):.2f}")


if __name__ == "__main__":
    main()
