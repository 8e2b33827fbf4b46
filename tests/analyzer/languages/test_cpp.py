"""C++: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from tests.analyzer.languages.writing import calls, listed, program

CASES = {
    "classes in headers, methods elsewhere, namespaces, templates": (
        """
        === shape.h
        #pragma once
        #include <memory>
        #include <vector>
        namespace geo {
        class Shape {
         public:
          explicit Shape(int id);
          virtual ~Shape();
          virtual double area() const = 0;
          virtual void draw();
          static Shape* make(int kind, int extra = 0);
          void describe();
         protected:
          int id_;
        };
        class Circle : public Shape {
         public:
          Circle(double r) : Shape(1), r_(r) { init(); }
          double area() const override { return r_ * square(r_); }
          void draw() override;
         private:
          void init() {}
          double square(double x) const;
          double r_;
        };
        template <typename T> class Box {
         public:
          void add(std::unique_ptr<T> t) { items_.push_back(std::move(t)); }
          void each() { for (auto& t : items_) t->draw(); }
         private:
          std::vector<std::unique_ptr<T>> items_;
        };
        void util(int a, int b = 1);
        }
        === shape.cpp
        #include "shape.h"
        namespace {
        int hidden() { return 1; }
        }
        namespace geo {
        Shape::Shape(int id) : id_(id) { hidden(); }
        Shape::~Shape() {}
        void Shape::draw() { describe(); }
        Shape* Shape::make(int kind, int extra) { return new Circle(2); }
        void Shape::describe() { area(); util(1); }
        void util(int a, int b) {}
        }
        void geo::Circle::draw() { Shape::draw(); square(1); }
        double geo::Circle::square(double x) const { return x * x; }
        === main.cpp
        #include "shape.h"
        #include <algorithm>
        using namespace geo;
        using geo::util;
        struct Vec { int x; Vec operator+(const Vec& o) const { return o; } int operator()(int n) { return n; } };
        static int cmp(int a, int b) { return 0; }
        void over(int a) {}
        void over(int a, int b) {}
        int main() {
          Shape* s = Shape::make(1);
          s->area();
          s->draw();
          Circle c(3.0);
          c.draw();
          geo::Box<geo::Shape> box;
          box.add(std::make_unique<Circle>(2));
          box.each();
          util(3);
          Vec a, b;
          auto d = a + b;
          a(3);
          over(1); over(1, 2);
          auto l = [&](int x) { c.area(); return cmp(x, x); };
          l(3);
          std::vector<int> v;
          std::sort(v.begin(), v.end(), cmp);
          delete s;
        }
        """,
        """
        main.main -> main.Vec.operator() inferred
        main.main -> main.Vec.operator+ inferred
        main.main -> main.cmp inferred
        main.main -> main.main.l direct
        main.main -> main.over direct
        main.main -> shape.geo.Box.add inferred
        main.main -> shape.geo.Box.each inferred
        main.main -> shape.geo.Circle.Circle direct
        main.main -> shape.geo.Circle.area inferred
        main.main -> shape.geo.Circle.draw inferred
        main.main -> shape.geo.Shape.make direct
        main.main -> shape.geo.Shape.~Shape inferred
        main.main -> shape.geo.util direct
        main.main.l -> main.cmp direct
        main.main.l -> shape.geo.Circle.area inferred
        shape.geo.Box.each -> shape.geo.Circle.draw inferred
        shape.geo.Circle.Circle -> shape.geo.Circle.init direct
        shape.geo.Circle.Circle -> shape.geo.Shape.Shape direct
        shape.geo.Circle.area -> shape.geo.Circle.square direct
        shape.geo.Circle.draw -> shape.geo.Circle.square direct
        shape.geo.Circle.draw -> shape.geo.Shape.draw direct
        shape.geo.Shape.Shape -> shape.hidden direct
        shape.geo.Shape.describe -> shape.geo.Circle.area override
        shape.geo.Shape.describe -> shape.geo.Shape.area inferred
        shape.geo.Shape.describe -> shape.geo.util direct
        shape.geo.Shape.draw -> shape.geo.Shape.describe direct
        shape.geo.Shape.make -> shape.geo.Circle.Circle direct
        """,
    ),
    "namespaces, overloads and what is hidden": (
        """
        namespace a { void f() {} namespace b { void g() { f(); } } }
        namespace c { void f() {} }
        void f(int n) {}
        void f(int n, int m) {}
        namespace alias = a::b;
        void qualified() { a::f(); c::f(); alias::g(); ::f(1); f(1, 2); }
        void hidden(void (*f)(int)) { f(1); }
        struct S { static void make() {} void f() {} void run() { f(); ::f(1); } };
        struct T { void f() {} };
        void use() { S::make(); S s; s.f(); using namespace c; f(); }
        """,
        """
        main.a.b.g -> main.a.f direct
        main.qualified -> main.a.f direct
        main.qualified -> main.c.f direct
        main.qualified -> main.a.b.g direct
        main.qualified -> main.f direct
        main.S.run -> main.S.f direct
        main.S.run -> main.f direct
        main.use -> main.S.make direct
        main.use -> main.S.f inferred
        """,
    ),
    "a static method defined elsewhere gives its parameter back": (
        """
        struct S { static S* same(S* s, int n = 1); void go() {} };
        S* S::same(S* s, int n) { return s; }
        void run() { S s; S::same(&s)->go(); }
        """,
        """
        main.run -> main.S.same direct
        main.run -> main.S.go inferred
        """,
    ),
    "overloads are told apart by what the source says of types": (
        """
        #include <string>
        struct I { void go() {} };
        struct T { void go() {} };
        struct B { void go() {} };
        struct D : B {};
        I f(int a) { return I(); }
        T f(const std::string& s) { return T(); }
        B f(const B& b) { return B(); }
        D f(B* b) { return D(); }
        template <typename X> I g(X x) { return I(); }
        T g(int x) { return T(); }
        struct S { I m(int a) { return I(); } T m(const char* s) { return T(); } };
        void number() { int n = 1; f(n).go(); }
        void text() { f("x").go(); std::string s; f(s).go(); }
        void derived() { D d; f(d).go(); }
        void pointer(B* b) { f(b).go(); S s; s.m(1).go(); }
        void member() { S* s = new S(); s->m("x").go(); }
        void open() { g("x").go(); }
        void closed() { g(2).go(); }
        void unknown() { f(other()).go(); }
        """,
        """
        main.number -> main.f direct
        main.number -> main.I.go inferred
        main.text -> main.f direct
        main.text -> main.T.go inferred
        main.derived -> main.f direct
        main.derived -> main.B.go inferred
        main.pointer -> main.f direct
        main.pointer -> main.B.go inferred
        main.pointer -> main.S.m inferred
        main.pointer -> main.I.go inferred
        main.member -> main.S.m inferred
        main.member -> main.T.go inferred
        main.open -> main.g direct
        main.open -> main.I.go inferred
        main.closed -> main.g direct
        main.closed -> main.T.go inferred
        main.unknown -> main.f inferred
        main.unknown -> main.I.go inferred
        main.unknown -> main.T.go inferred
        main.unknown -> main.B.go inferred
        """,
    ),
    "tests of GoogleTest bear the names of their fixture and their own": (
        """
        class Fix : public testing::Test { protected: void SetUp() override { help(); } void help() {} };
        int add(int a) { return a; }
        TEST_F(Fix, Adds) { help(); EXPECT_EQ(add(1), 1); }
        TEST(Plain, One) { ASSERT_TRUE(add(2)); }
        """,
        """
        main.Fix.SetUp -> main.Fix.help direct
        main.TEST_F.Fix.Adds -> main.Fix.help direct
        main.TEST_F.Fix.Adds -> main.add direct
        main.TEST.Plain.One -> main.add direct
        """,
    ),
    "threads, bound functions and functions that are held": (
        """
        #include <functional>
        #include <thread>
        void on(int n) {}
        void off(int n) {}
        struct W {
          void run() {}
          void start() { std::thread t(&W::run, this); t.join(); }
          void bound() { auto b = std::bind(&W::run, this); b(); }
          void set(std::function<void(int)> f) { held = f; }
          void fire() { held(1); }
          std::function<void(int)> held;
        };
        void use() { W w; w.set(on); w.fire(); std::thread(off, 1).detach(); }
        """,
        """
        main.W.start -> main.W.run inferred
        main.W.bound -> main.W.run inferred
        main.W.fire -> main.on inferred
        main.use -> main.W.set inferred
        main.use -> main.W.fire inferred
        main.use -> main.off inferred
        """,
    ),
    "functions and operators are found by the class of what they are given": (
        """
        namespace geo {
        struct V { int x; };
        struct W { int x; };
        V operator+(const V& a, const V& b) { return a; }
        W operator+(const W& a, const W& b) { return a; }
        std::ostream& operator<<(std::ostream& out, const V& v) { return out; }
        void norm(const V& v) {}
        }
        namespace other { void norm(int a) {} }
        void function() { geo::V a; norm(a); }
        void plus() { geo::V a, b; norm(a + b); }
        void shown() { geo::V a; std::cout << a; }
        void unknown(int a) { norm(a); }
        """,
        """
        main.function -> main.geo.norm inferred
        main.plus -> main.geo.operator+ inferred
        main.plus -> main.geo.norm inferred
        main.shown -> main.geo.operator<< inferred
        """,
    ),
    "one of two definitions is compiled": (
        """
        #ifdef X
        int once(int a) { return 1; }
        #else
        int once(int b) { return 2; }
        #endif
        int main() { return once(1); }
        """,
        "main.main -> main.once inferred",
    ),
    "a pointer calls what overrides, an object does not": (
        """
        class Base { public: virtual void run() = 0; virtual ~Base() {} void both() { run(); } };
        class One : public Base { public: void run() override {} };
        class Two : public One { public: void run() override { One::run(); } };
        class Other { public: void run() {} };
        void pointer(Base* b) { b->run(); }
        void object() { One one; one.run(); }
        """,
        """
        main.Base.both -> main.Base.run inferred
        main.Base.both -> main.One.run override
        main.Base.both -> main.Two.run override
        main.Two.run -> main.One.run direct
        main.pointer -> main.Base.run inferred
        main.pointer -> main.One.run override
        main.pointer -> main.Two.run override
        main.object -> main.One.run inferred
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_call_is_found_and_nothing_else(tmp_path: Path, case: str) -> None:
    """Edges inside the program, with their certainties."""
    source, expected = CASES[case]
    assert calls(program(tmp_path, source, "main.cpp")) == listed(expected)


def test_a_method_of_an_unknown_object_is_a_guess(tmp_path: Path) -> None:
    """Only the name tells."""
    found = program(tmp_path, "struct S { void go() {} };\nvoid run() { make()->go(); }\n", "a.cpp")
    assert calls(found) == {"a.run -> a.S.go dynamic"}


def test_a_method_is_found_by_the_name_of_its_class(tmp_path: Path) -> None:
    """Colons are dots."""
    found = program(tmp_path, "namespace n { struct S { void go(); }; }\nvoid n::S::go() {}\n", "a.cpp")
    assert [function.name for function in found.find("n::S::go")] == ["a.n.S.go"]
