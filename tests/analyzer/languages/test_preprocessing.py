"""C and C++ before and after their preprocessor."""

from pathlib import Path

import pytest

from tests.analyzer.languages.writing import calls, listed, program

CASES = {
    "one side of an #if that is a part of a declaration": (
        """
        namespace n {
        class Limiter {
         public:
          Limiter(int most)
              :
        #if !defined(NDEBUG)
                most_(most),
        #endif
                left_(most) { check(); }
          void check() {}
          int most_, left_;
        };
        class Other { public: void go() { stop(); } void stop() {} };
        }
        """,
        """
        main.n.Limiter.Limiter -> main.n.Limiter.check direct
        main.n.Other.go -> main.n.Other.stop direct
        """,
    ),
    "an #if that is off, around a part of an expression": (
        """
        int one() { return 1; }
        int two() { return 2; }
        int f() {
          return
        #if 0
            one(
        #else
            two(
        #endif
          );
        }
        """,
        "main.f -> main.two direct",
    ),
    "both sides of an #if that are whole": (
        """
        int one() { return 1; }
        int two() { return 2; }
        int f() {
        #ifdef X
          one();
        #else
          two();
        #endif
        }
        """,
        """
        main.f -> main.one direct
        main.f -> main.two direct
        """,
    ),
    "macros that say something to a compiler only": (
        """
        class Lock { public: explicit Lock(int* m) ACQUIRES_IT(m) : m_(m) { take(); } void take() {} int* m_; };
        struct Held { int mu; Lock one GUARDED_BY(mu); int* many[3] GUARDED_BY(mu); void go() { one.take(); } };
        AN_EXPORT Lock* make(int n) { return new Lock(nullptr); }
        void use() { Lock** all = new Lock*[3]; make(1)->take(); }
        """,
        """
        main.Lock.Lock -> main.Lock.take direct
        main.Held.go -> main.Lock.take inferred
        main.make -> main.Lock.Lock direct
        main.use -> main.make direct
        main.use -> main.Lock.take inferred
        """,
    ),
    "namespaces that macros open and close": (
        """
        #define LIB_BEGIN \\\\
          namespace lib { \\\\
          inline namespace v1 {
        #define LIB_END }}
        LIB_BEGIN
        void go() {}
        struct S { void run() { go(); } static void make(); };
        LIB_END
        void lib::S::make() { go(); }
        void use() { lib::go(); lib::S::make(); }
        void all() { using namespace lib; go(); lib::v1::S::make(); }
        """,
        """
        main.lib.v1.S.run -> main.lib.v1.go direct
        main.lib.S.make -> main.lib.v1.go direct
        main.use -> main.lib.v1.go direct
        main.use -> main.lib.S.make direct
        main.all -> main.lib.v1.go direct
        main.all -> main.lib.S.make direct
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_call_is_found_and_nothing_else(tmp_path: Path, case: str) -> None:
    """Edges inside the program, with their certainties."""
    source, expected = CASES[case]
    found = program(tmp_path, source.replace("\\\\", "\\"), "main.cpp")
    assert found.skipped == ()
    assert calls(found) == listed(expected)
