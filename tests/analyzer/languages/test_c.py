"""C: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze
from tests.analyzer.languages.writing import calls, listed, outside, program

CASES = {
    "functions of the file, of others, and those that only one file sees": (
        """
        === main.c
        #include "util.h"
        static int helper(int a) { return add(a, twice(1)); }
        int main(void) { helper(1); hidden(2); return fact(3); }
        int fact(int n) { return n < 2 ? 1 : n * fact(n - 1); }
        === util.h
        int add(int a, int b);
        static inline int twice(int a) { return add(a, a); }
        === util.c
        #include "util.h"
        static int helper(void) { return 0; }
        static int hidden(int x) { return helper(); }
        int
        add(int a, int b)
        {
          return hidden(a);
        }
        """,
        """
        main.helper -> util.add direct
        main.helper -> util.twice direct
        main.main -> main.helper direct
        main.main -> main.fact direct
        main.fact -> main.fact direct
        util.twice -> util.add direct
        util.hidden -> util.helper direct
        util.add -> util.hidden direct
        """,
    ),
    "structures hold functions, by name and by place": (
        """
        === main.c
        #include "ops.h"
        static int on_open(struct dev *d) { return d->n; }
        static int on_close(struct dev *d) { return 0; }
        static int on_read(struct dev *d) { return 0; }
        static struct ops mine = { .open = on_open, on_close };
        static const command commands[] = { { "read", on_read }, { "open", on_open } };
        int main(int argc, char **argv) {
          struct dev d, *p = &d;
          d.ops = &mine;
          p->ops->open(p);
          (*p->ops->close)(p);
          commands[argc].run(p);
          for (const command *c = commands; c->name; c++) c->run(p);
          return run(p);
        }
        === ops.h
        struct dev;
        struct ops { int (*open)(struct dev *); int (*close)(struct dev *); };
        struct dev { int n; struct ops *ops; };
        typedef struct { const char *name; int (*run)(struct dev *); } command;
        === run.c
        #include "ops.h"
        int run(struct dev *d) { const struct ops *o = d->ops; return o->close(d); }
        """,
        """
        main.main -> main.on_open inferred
        main.main -> main.on_close inferred
        main.main -> main.on_read inferred
        main.main -> run.run direct
        run.run -> main.on_close inferred
        """,
    ),
    "a structure and its type have one name": (
        """
        === dev.h
        typedef struct ops { int (*open)(int); } ops;
        === main.c
        #include "dev.h"
        static int on_open(int n) { return n; }
        static ops mine = { .open = on_open };
        int run(ops *o) { return o->open(1); }
        """,
        """
        main.run -> main.on_open inferred
        """,
    ),
    "pointers to functions are handed on": (
        """
        #include <stdlib.h>
        typedef int (*unary)(int);
        static int one(int x) { return x; }
        static int two(int x) { return x; }
        static int three(int x) { return x; }
        static unary table[] = { one, [1] = &two };
        static unary chosen;
        static int compare(const void *a, const void *b) { return 0; }
        static void choose(unary f) { chosen = f; }
        static unary get(void) { return three; }
        static int apply(int (*f)(int), int x) { return f(x); }
        static int use(void) { return chosen(1); }
        int main(int argc, char **argv) {
          int (*local)(int) = three;
          choose(two);
          apply(one, 1);
          (*local)(1);
          get()(2);
          table[argc](1);
          qsort(argv, argc, sizeof *argv, compare);
          return use();
        }
        """,
        """
        main.main -> main.choose direct
        main.main -> main.apply direct
        main.main -> main.get direct
        main.main -> main.use direct
        main.main -> main.compare inferred
        main.main -> main.one inferred
        main.main -> main.two inferred
        main.main -> main.three inferred
        main.apply -> main.one inferred
        main.use -> main.two inferred
        """,
    ),
    "macros with parameters are functions, others are names": (
        """
        #define TWICE(f, x) do { f(x); \\
            f(x); } while (0)
        #define SQUARE(x) (multiply((x), (x)))
        #define ALIAS step
        #define SIZE 3
        static int multiply(int a, int b) { return a * b; }
        static void step(int n) {}
        static void stop(int n) {}
        #define RELEASE(o) do { if (o) (o)->free(o); } while (0)
        struct object { void (*free)(struct object *); };
        static void drop(struct object *o) {}
        int main(void) {
          struct object o = { drop };
          TWICE(stop, SQUARE(SIZE));
          ALIAS(1);
          RELEASE(&o);
        }
        """,
        """
        main.TWICE -> main.stop inferred
        main.SQUARE -> main.multiply direct
        main.RELEASE -> main.drop inferred
        main.main -> main.TWICE direct
        main.main -> main.SQUARE direct
        main.main -> main.step direct
        main.main -> main.RELEASE direct
        """,
    ),
    "a variable, a parameter or a label hides a function of its name": (
        """
        static void step(int n) {}
        static void other(int n) {}
        static void reset(void) {}
        void parameter(void (*step)(int)) { step(1); }
        void local(void) { void (*step)(int) = other; step(1); }
        void block(void) { { void (*step)(int) = get(); step(1); } step(2); }
        void plain(void) { int reset = 1; /* step(1); */ puts("step(1)"); reset: goto reset; }
        """,
        """
        main.local -> main.other inferred
        main.block -> main.step direct
        """,
    ),
    "one of two definitions is compiled": (
        """
        === main.c
        #include "port.h"
        #ifdef _WIN32
        static void start(int n) { port_open(); }
        #else
        static void start(long n) { port_open(); }
        #endif
        int main(void) { start(1); }
        === port.h
        void port_open(void);
        === unix/port.c
        void port_open(void) {}
        === windows/port.c
        void port_open(void) {}
        """,
        """
        main.start -> unix.port.port_open inferred
        main.start -> windows.port.port_open inferred
        main.main -> main.start inferred
        """,
    ),
    "a hook of another file": (
        """
        === hook.h
        extern void (*hook)(int);
        === hook.c
        #include "hook.h"
        static void nothing(int n) {}
        void (*hook)(int) = nothing;
        void run(void) { if (hook) hook(1); }
        === main.c
        #include "hook.h"
        void run(void);
        static void mine(int n) {}
        int main(void) { hook = mine; run(); nothing(1); }
        """,
        """
        hook.run -> hook.nothing inferred
        hook.run -> main.mine inferred
        main.main -> hook.run direct
        """,
    ),
    "definitions in the old style, with words that only a compiler reads": (
        """
        EXPORT static int first(a, b) int a; char *b; { return second(a); }
        int CALLING second(int a) { return 1; }
        API(const char *) third(void) { return second(1); }
        #ifdef __cplusplus
        extern "C" {
        #endif
        static inline void __attribute__((unused)) fourth(void) { third(); }
        static int (*fifth(int x))(int) { return second; }
        int sixth(void) { return fifth(1)(2); }
        #ifdef __cplusplus
        }
        #endif
        """,
        """
        main.first -> main.second direct
        main.third -> main.second direct
        main.fourth -> main.third direct
        main.sixth -> main.fifth direct
        main.sixth -> main.second inferred
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_call_is_found_and_nothing_else(tmp_path: Path, case: str) -> None:
    """Edges inside the program, with their certainties."""
    source, expected = CASES[case]
    assert calls(program(tmp_path, source, "main.c")) == listed(expected)


def test_calls_of_the_library_go_by_its_names(tmp_path: Path) -> None:
    """What nothing defines comes from outside; a static function of another file does, too."""
    found = program(
        tmp_path,
        """
        === main.c
        #include <stdio.h>
        int main(void) { char *s = malloc(3); printf("%s", s); hidden(); s->free(s); }
        === other.c
        static void hidden(void) {}
        """,
    )
    assert calls(found) == set()
    assert outside(found) == {"main.main -> malloc", "main.main -> printf", "main.main -> hidden"}


def test_lines_are_those_of_the_call_and_of_the_name(tmp_path: Path) -> None:
    """A definition stands where its name does, a call in a macro where the macro says so."""
    found = program(
        tmp_path, "static int\none(void)\n{\n}\n\n#define M() \\\n  one()\nint main(void) {\n  M(\n  );\n}\n", "a.c"
    )
    assert {(call.caller, call.callee, call.line) for call in found.calls} == {
        ("a.M", "a.one", 7),
        ("a.main", "a.M", 9),
    }
    assert [function.line for function in found.functions if function.name == "a.one"] == [2]


def test_broken_code_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    """A function after something that is no C is still there."""
    found = program(tmp_path, "int a(void) { b(); }\nint x = = ) 3;\nint b(void) { return 1; }\n", "a.c")
    assert "a.b" in {function.name for function in found.functions}
    assert [skipped.file for skipped in found.skipped] == ["a.c"]


def test_a_folder_of_headers_alone_is_read(tmp_path: Path) -> None:
    """Inline functions call each other."""
    (tmp_path / "only.h").write_text(
        "static inline int a(void) { return 1; }\nstatic inline int b(void) { return a(); }\n"
    )
    assert calls(analyze(tmp_path)) == {"only.b -> only.a direct"}
