"""How people are told to start what is in `bench/`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOLD = [ROOT / "Makefile", *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.py")]


def test_every_benchmark_is_started_as_a_module_that_is_there():
    """As a file it would put its folder first on Python's path, where `queue.py` is not the standard library's."""
    as_modules, as_files = set(), set()
    for page in TOLD:
        text = page.read_text(encoding="utf-8")
        as_modules |= set(re.findall(r"-m bench\.(\w+)", text))
        as_files |= set(re.findall(r"python bench/\w+\.py", text))
    assert not as_files
    assert len(as_modules) > 10
    assert [name for name in as_modules if not (ROOT / "bench" / f"{name}.py").is_file()] == []
