"""Files that are broken, foreign or hostile cost themselves at most, and are named."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from intelligent_office.analyzer import FolderMissing, NotAFolder, Program, analyze
from intelligent_office.analyzer.discovery import discover
from intelligent_office.analyzer.intake import Intake
from tests.analyzer.writing import calls_of, write


def _analyzed_bytes(folder: Path, content: bytes, name: str = "main.py") -> Program:
    (folder / name).write_bytes(content)
    return analyze(folder)


def _reasons(program: Program) -> dict[str, str]:
    return {item.file: item.reason for item in program.skipped}


def test_a_syntax_error_costs_its_own_lines_only(tmp_path: Path) -> None:
    program = _analyzed_bytes(tmp_path, b"def a(): b()\ndef broken(:\n    x = = 1\ndef b(): pass\n")
    assert "main.a -> main.b" in calls_of(program)
    assert "left out line 2" in _reasons(program)["main.py"]


def test_python_2_is_read(tmp_path: Path) -> None:
    source = b"""
def a():
    print "x", b()
    try:
        pass
    except ValueError, error:
        raise KeyError, "x"
def b():
    print >>out, c()
    return `1` <> 0777
def c():
    exec "1" in {}
"""
    program = _analyzed_bytes(tmp_path, source)
    assert calls_of(program) == {"main.a -> main.b", "main.b -> main.c"}
    assert "Python 2" in _reasons(program)["main.py"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfdef go(): pass\ngo()\n",
        "# coding: latin-1\nétoile = 1\ndef go(): pass\ngo()\n".encode("latin-1"),
        "étoile = 1\ndef go(): pass\ngo()\n".encode("latin-1"),
        "def go(): pass\ngo()\n".encode("utf-16"),
        b"# coding: no-such-thing\ndef go(): pass\ngo()\n",
        b"def go(): pass\n\x00go()\n",
        b"def go(): pass\rgo()\r",
        b"def go(): pass\r\ngo()\r\n\x0c\n",
    ],
    ids=["byte order mark", "declared", "undeclared", "utf-16", "unknown", "nul bytes", "old Mac", "Windows"],
)
def test_any_encoding_is_read(tmp_path: Path, content: bytes) -> None:
    assert calls_of(_analyzed_bytes(tmp_path, content)) == {"main -> main.go"}


def _deep() -> dict[str, str]:
    return {
        "additions": "x = " + "+".join(["f()"] * 20_000),
        "calls": "x = f" + ".g()" * 5_000,
        "branches": "if a: f()\n" + "elif a: f()\n" * 3_000,
        "lambdas": "x = " + "lambda: " * 1_000 + "f()",
        "conditions": "x = " + "f() if b else " * 2_000 + "c",
        "negations": "x = " + "not " * 3_000 + "f()",
        "parentheses": "x = " + "(" * 1_000 + "f()" + ")" * 1_000,
        "lists": "x = " + "[" * 1_000 + "f()" + "]" * 1_000,
        "blocks": "".join(" " * depth + "if x:\n" for depth in range(1_000)) + " " * 1_000 + "f()",
        "functions": "".join(" " * depth + f"def f{depth}():\n" for depth in range(95)) + " " * 95 + "f()",
        "powers": "x = " + "a**" * 3_000 + "f()",
        "far too many additions": "x = " + "+".join(["f()"] * 100_000),
        "far too many negations": "x = " + "not " * 100_000 + "f()",
    }


@pytest.mark.parametrize("text", _deep().values(), ids=_deep().keys())
def test_deep_nesting_costs_itself_at_most_and_is_named(tmp_path: Path, text: str) -> None:
    program = _analyzed_bytes(tmp_path, f"def f(): pass\ndef ok(): f()\n{text}\n".encode())
    assert "main.ok -> main.f" in calls_of(program)
    assert _reasons(program).get("main.py", "left out line 3").startswith("left out line 3")


def test_a_notebook_is_the_code_of_its_cells(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# go("]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "def go():\n", "    pass\n"]},
        {"cell_type": "code", "source": "go()"},
    ]
    program = _analyzed_bytes(tmp_path, json.dumps({"cells": cells}).encode(), "book.ipynb")
    assert calls_of(program) == {"book -> book.go"}
    (call,) = program.calls
    assert call.text == "go()"


def test_what_is_no_notebook_is_named(tmp_path: Path) -> None:
    assert "not a notebook" in _reasons(_analyzed_bytes(tmp_path, b"[1]", "book.ipynb"))["book.ipynb"]


def test_an_enormous_file_is_named(tmp_path: Path) -> None:
    program = _analyzed_bytes(tmp_path, b"x = 1\n" * 3_000_000)
    assert "larger than" in _reasons(program)["main.py"]


def test_empty_files_and_folders_are_programs_without_functions_of_their_own(tmp_path: Path) -> None:
    assert analyze(tmp_path).functions == ()
    (tmp_path / "empty.py").touch()
    assert [function.name for function in analyze(tmp_path).functions] == ["empty"]


def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    write(tmp_path, "def go(): pass\ngo()\n")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dead.py").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.py")
    program = analyze(tmp_path)
    assert calls_of(program) == {"main -> main.go"}
    assert set(_reasons(program)) == {"loop", "dead.py", "pipe.py"}


def test_links_that_lead_out_of_the_folder_are_named_and_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "code", tmp_path / "code-of-others"
    write(folder, "def go(): pass\n")
    write(outside, "def secret(): pass\n")
    (folder / "file.py").symlink_to(outside / "main.py")
    (folder / "folder").symlink_to("../code-of-others")
    (folder / "chained.py").symlink_to(folder / "file.py")
    program = analyze(folder)
    assert [function.name for function in program.functions] == ["main", "main.go"]
    assert _reasons(program) == dict.fromkeys(["chained.py", "file.py", "folder"], "link that leads out of the folder")


@pytest.mark.parametrize("became", ["link", "pipe", "nothing", "larger"])
def test_what_a_file_became_after_the_folder_was_listed_is_not_read(tmp_path: Path, became: str) -> None:
    folder, outside = write(tmp_path / "code", "def go(): pass\n"), write(tmp_path / "others", "def secret(): pass\n")
    listed = discover(folder)
    file = folder / "main.py"
    file.unlink()
    if became == "link":
        file.symlink_to(outside / "main.py")
    elif became == "pipe":
        os.mkfifo(file)
    elif became == "larger":
        with file.open("wb") as opened:
            opened.truncate(2**34)
    intake = Intake(listed.root, listed.files, None, 1)
    assert intake.summaries(None) == []
    reasons = {
        "link": "link that leads out of the folder",
        "pipe": "not a regular file",
        "nothing": "cannot be read: No such file or directory",
        "larger": "larger than 16 MB",
    }
    assert [(item.file, item.reason) for item in intake.skipped] == [("main.py", reasons[became])]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_what_may_not_be_read_is_named() -> None:
    code = textwrap.dedent(
        """
        import os, sys
        from intelligent_office.analyzer import analyze
        os.setgid(65534)
        os.setuid(65534)
        for item in analyze(sys.argv[1]).skipped:
            print(item.file, item.reason)
        """
    )
    with TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = write(Path(name), "# file: main.py\ndef go(): pass\n# file: secret.py\ngo()\n# file: sub/main.py\n")
        folder.chmod(0o755)
        (folder / "main.py").chmod(0o644)
        (folder / "secret.py").chmod(0)
        (folder / "sub").chmod(0)
        told = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [
        "secret.py cannot be read: Permission denied",
        "sub cannot be listed: Permission denied",
    ]


def test_links_that_stay_inside_are_followed(tmp_path: Path) -> None:
    write(tmp_path, "# file: sub/real.py\ndef go(): pass\n")
    (tmp_path / "named.py").symlink_to("sub/real.py")
    program = analyze(tmp_path)
    assert "named.go" in {function.name for function in program.functions}
    assert program.skipped == ()


def test_a_folder_reached_through_a_link_is_the_folder_it_leads_to(tmp_path: Path) -> None:
    write(tmp_path / "code", "def go(): pass\ngo()\n")
    (tmp_path / "link").symlink_to("code")
    program = analyze(tmp_path / "link")
    assert calls_of(program) == {"main -> main.go"}
    assert program.skipped == ()


def test_random_bytes_are_named(tmp_path: Path) -> None:
    program = _analyzed_bytes(tmp_path, bytes(range(256)) * 20)
    assert "main.py" in _reasons(program)


def test_a_single_file_is_a_program(tmp_path: Path) -> None:
    write(tmp_path, "def go(): pass\ngo()\n")
    assert calls_of(analyze(tmp_path / "main.py")) == {"main -> main.go"}


def test_a_path_that_leads_nowhere_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing, match="does not exist"):
        analyze(tmp_path / "missing")
    (tmp_path / "picture.png").touch()
    with pytest.raises(NotAFolder):
        analyze(tmp_path / "picture.png")


def test_classes_that_inherit_each_other_do_not_trap_the_analysis(tmp_path: Path) -> None:
    source = b"class A(B): pass\nclass B(A):\n    def go(self): pass\nclass C(C): pass\nB().go()\nA().go()\n"
    assert "main -> main.B.go" in calls_of(_analyzed_bytes(tmp_path, source))


def test_odd_strings_where_types_may_stand_are_passed_over(tmp_path: Path) -> None:
    source = b"def f(x: '1if 2else 3', y: '(((', z: '\\\\d') -> 'a b': eval('0x1for')\ndef g(): f()\n"
    assert calls_of(_analyzed_bytes(tmp_path, source)) == {"main.g -> main.f"}
