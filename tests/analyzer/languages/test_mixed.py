"""Folders with files of several languages."""

import subprocess
import sys
from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze
from tests.analyzer.languages.writing import calls, listed, program

_MIXED = """
=== app.py
def run():
    helper()
def helper(): pass
=== app.js
function run() { helper(); print(); }
function helper() { Deep.down(); }
class Deep { static down() {} }
=== web/page.js
import { start } from './start';
start();
=== web/start.js
export function start() {}
"""


def test_languages_are_analysed_side_by_side_and_do_not_mix(tmp_path: Path) -> None:
    assert calls(program(tmp_path, _MIXED)) == listed(
        """
        app.run -> app.helper direct
        app.helper -> app.Deep.down direct
        web.page -> web.start.start direct
        """
    )


def test_files_of_one_stem_are_told_apart_by_their_endings(tmp_path: Path) -> None:
    found = program(tmp_path, _MIXED)
    assert found.chains("app.run", "app.helper").status == "ambiguous"
    chain = found.chains("app.js:run", "app.js:helper")
    assert chain.status == "success"
    assert [hop.file for hop in chain.chains[0].hops] == ["app.js"]


def test_the_cache_gives_the_same_answer(tmp_path: Path) -> None:
    folder = tmp_path / "code"
    first = program(folder, _MIXED)
    cached = [analyze(folder, cache=tmp_path / "cache") for _ in range(2)]
    assert [calls(found) for found in cached] == [calls(first)] * 2
    (folder / "web/start.js").write_text("export function start() { again(); }\nfunction again() {}\n")
    assert "web.start.start -> web.start.again direct" in calls(analyze(folder, cache=tmp_path / "cache"))


def test_a_folder_of_python_alone_loads_no_grammar(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("def f(): pass\nf()\n")
    code = f"""
import sys
import pytest

from intelligent_office.analyzer import analyze
analyze({str(tmp_path)!r})
print([name for name in sys.modules if "tree_sitter" in name])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("a.cs", "int X { get => f(); }\nusing ;\nint y = g();\nclass { }\noperator +"),
        ("a.java", "int x = f();\n{ g(); }\nRED(1);\nvoid m() { this(1); super(); for (:) {} }\nclass { }"),
        ("a.ts", "x: T = f();\nabstract go(): void;\ninterface { m(): void }\nclass { @d( }\nnamespace {}"),
    ],
)
def test_what_stands_where_it_makes_no_sense_does_not_stop_the_rest(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    assert [item.file for item in analyze(tmp_path).skipped] == [file]
