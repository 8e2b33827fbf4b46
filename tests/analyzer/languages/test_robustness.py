"""Source that no person writes, and that must not stop the analysis or keep it busy."""

from pathlib import Path

import pytest

from tests.analyzer.languages.writing import calls, program

DEEP = 5_000
_VALUE = "(\n" * DEEP + "1" + ")" * DEEP
_BLOCKS = "{;\n" * DEEP + "}\n" * DEEP
_BODIES = f"f() {{ return {_VALUE}; }}\n%s g() {{ {_BLOCKS} return f(); }}\n"
_PROGRAMS = {
    "a.c": f"int {_BODIES % 'int'}",
    "a.cpp": f"int {_BODIES % 'int'}",
    "a.js": f"function {_BODIES % 'function'}",
    "a.ts": f"function {_BODIES % 'function'}",
    "a.tsx": f"function {_BODIES % 'function'}",
    "a.java": f"class a {{ static int {_BODIES % 'static int'} }}",
    "a.cs": f"class a {{ static int {_BODIES % 'static int'} }}",
    "a.php": f"<?php function {_BODIES % 'function'}",
    "a.go": f"package a\nfunc f() int {{ return {_VALUE} }}\nfunc g() int {{ {_BLOCKS} return f() }}\n",
    "a.rs": f"fn f() -> i32 {{ {_VALUE} }}\nfn g() -> i32 {{ {_BLOCKS} f() }}\n",
    "a.rb": "def f\n" + _VALUE + "\nend\ndef g\n" + "begin\n" * DEEP + "end\n" * DEEP + "f\nend\n",
}


@pytest.mark.parametrize("file", _PROGRAMS)
def test_five_thousand_levels_are_walked_like_one(tmp_path: Path, file: str) -> None:
    found = program(tmp_path, _PROGRAMS[file], file)
    assert found.skipped == ()
    assert calls(found) == {"a.g -> a.f direct"}


def test_a_list_that_holds_itself_is_looked_into_once(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        #include <vector>
        struct S { void go() {} };
        void run() {
          std::vector<S> all;
          all.push_back(S());
          all.push_back(all);
          all.begin()->go();
        }
        """,
        "a.cpp",
    )
    assert calls(found) == {"a.run -> a.S.go inferred"}


@pytest.mark.parametrize(
    ("file", "structure"),
    [
        ("a.cpp", "struct S { int x ; int ( *f ) ( void ) ; ;"),
        ("a.c", "struct S { int x ; ( *f ) ( void ) ; { int z ; } ; } ;"),
    ],
)
def test_fields_that_an_error_has_put_outside_of_their_class_stop_nothing(
    tmp_path: Path, file: str, structure: str
) -> None:
    found = program(tmp_path, f"int g(void) {{ return 0; }}\nint f(void) {{ return g(); }}\n{structure}\n", file)
    assert calls(found) == {"a.f -> a.g direct"}
    assert [skipped.file for skipped in found.skipped] == [file]
