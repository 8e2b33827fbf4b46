"""Go: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from tests.analyzer.languages.writing import calls, listed, outside, program

FILE = "main.go"
CASES = {
    "functions, methods, and constructors by convention": (
        """
        package main

        type Client struct{ name string }

        func NewClient(name string) *Client { return &Client{name: name} }

        func (c *Client) Get() string { return c.prefix() + helper() }
        func (c Client) prefix() string { return c.name }
        func helper() string { return "" }

        func main() {
            c := NewClient("x")
            c.Get()
            go c.Get()
            defer helper()
            var d Client
            d.prefix()
            new(Client).Get()
        }
        """,
        """
        main.Client.Get -> main.Client.prefix direct
        main.Client.Get -> main.helper direct
        main.main -> main.NewClient direct
        main.main -> main.Client.Get inferred
        main.main -> main.helper direct
        main.main -> main.Client.prefix inferred
        """,
    ),
    "a local name hides what is around it, from its declaration on": (
        """
        package main

        func run() {}
        func other() func() { return run }

        func hidden(run func()) { run() }

        func later() {
            run()
            run := other()
            run()
            {
                run := func() {}
                run()
            }
        }

        type T struct{}
        func (t T) next() T { return t }

        func chained(x interface{}) {
            if x, ok := x.(T); ok {
                x := x.next()
                x.next()
            }
        }
        """,
        """
        main.later -> main.run direct
        main.later -> main.other direct
        main.later -> main.later.run direct
        main.later -> main.run inferred
        main.chained -> main.T.next inferred
        """,
    ),
    "interfaces are taken up by whatever has their methods": (
        """
        package main

        type Shape interface { Area() float64 }
        type Named interface { Name() string }
        type Both interface {
            Shape
            Named
        }
        type Circle struct{}
        func (c *Circle) Area() float64 { return 1 }
        type Square struct{}
        func (s Square) Area() float64 { return 2 }
        func (s Square) Name() string { return "" }
        type Unrelated struct{}
        func (u Unrelated) Name() string { return "" }

        func area(s Shape) float64 { return s.Area() }
        func name(b Both) string { return b.Name() }
        func made() float64 {
            var s Shape = &Circle{}
            return s.Area()
        }
        func switched(s any) {
            switch v := s.(type) {
            case *Circle:
                v.Area()
            case Named:
                v.Name()
            }
        }
        """,
        """
        main.area -> main.Shape.Area inferred
        main.area -> main.Circle.Area override
        main.area -> main.Square.Area override
        main.name -> main.Named.Name inferred
        main.name -> main.Square.Name override
        main.made -> main.Circle.Area inferred
        main.switched -> main.Circle.Area inferred
        main.switched -> main.Named.Name inferred
        main.switched -> main.Square.Name override
        main.switched -> main.Unrelated.Name override
        """,
    ),
    "methods that take something else are not those of an interface": (
        """
        package main

        type Matcher interface { Match(name string, deep ...any) (bool, error) }
        type Same struct{}
        func (s Same) Match(n string, d ...interface{}) (ok bool, err error) { return true, nil }
        type Fewer struct{}
        func (f Fewer) Match(n string) (bool, error) { return true, nil }
        type Other struct{}
        func (o Other) Match(n int, d ...any) (bool, error) { return true, nil }

        func use(m Matcher) { m.Match("x") }
        """,
        """
        main.use -> main.Matcher.Match inferred
        main.use -> main.Same.Match override
        """,
    ),
    "embedding hands methods on, without their being overridden": (
        """
        package main

        type Base struct{ log *Log }
        type Log struct{}
        func (l *Log) Print() {}
        func (b *Base) Run() { b.step(); b.log.Print() }
        func (b *Base) step() {}

        type Derived struct {
            *Base
            Logger
        }
        func (d *Derived) step() { d.Base.step() }
        type Logger interface { Write() }
        type File struct{}
        func (f File) Write() {}

        func main() {
            d := Derived{}
            d.Run()
            d.step()
            d.log.Print()
            d.Write()
        }
        """,
        """
        main.Base.Run -> main.Base.step direct
        main.Base.Run -> main.Log.Print inferred
        main.Derived.step -> main.Base.step inferred
        main.main -> main.Base.Run inferred
        main.main -> main.Derived.step inferred
        main.main -> main.Log.Print inferred
        main.main -> main.Logger.Write inferred
        main.main -> main.File.Write override
        """,
    ),
    "several results, and the second value of lookups": (
        """
        package main

        type A struct{}
        func (a *A) Do() {}
        type B struct{}
        func (b B) Do() {}

        func pair() (*A, B) { return &A{}, B{} }
        func named() (a *A, err error) {
            a = &A{}
            return
        }
        func handed() (*A, B) { return pair() }

        func main() {
            a, b := pair()
            a.Do()
            b.Do()
            _, c := handed()
            c.Do()
            d, err := named()
            d.Do()
            if err != nil { return }
            table := map[string]*A{"x": {}}
            if e, ok := table["x"]; ok { e.Do() }
            for _, f := range table { f.Do() }
            list := []B{{}, {}}
            list[0].Do()
            for i := range list { list[i].Do() }
        }
        """,
        """
        main.handed -> main.pair direct
        main.main -> main.pair direct
        main.main -> main.A.Do inferred
        main.main -> main.B.Do inferred
        main.main -> main.handed direct
        main.main -> main.named direct
        """,
    ),
    "functions are values: fields, tables, arguments, method values, named types": (
        """
        package main

        type Handler func(int)
        func (h Handler) Serve(n int) { h(n) }
        type Server struct {
            on    func()
            all   []Handler
            chain Chain
        }
        type Chain []Handler
        func (c Chain) Run() { for _, h := range c { h(1) } }
        func (s *Server) Add(h Handler) { s.all = append(s.all, h) }
        func (s *Server) Use(h ...Handler) { s.chain = append(s.chain, h...) }
        func (s *Server) Start() {
            s.on()
            for _, h := range s.all { h(1) }
        }
        func (s *Server) stop() {}

        func one(n int) {}
        func two(n int) {}
        func three(n int) {}
        func apply(f func(int)) { f(1) }

        var table = map[string]func(int){"one": one, "two": two}

        func main() {
            s := &Server{}
            s.on = s.stop
            s.Add(one)
            s.Use(three)
            s.chain.Run()
            s.Start()
            apply(two)
            apply(func(n int) { one(n) })
            table["two"](1)
            Handler(two).Serve(1)
            f := (*Server).stop
            f(s)
            func() { three(1) }()
        }
        """,
        """
        main.Handler.Serve -> main.one inferred
        main.Handler.Serve -> main.two inferred
        main.Chain.Run -> main.three inferred
        main.Server.Start -> main.Server.stop inferred
        main.Server.Start -> main.one inferred
        main.main -> main.Server.Add inferred
        main.main -> main.Server.Use inferred
        main.main -> main.Chain.Run inferred
        main.main -> main.Server.Start inferred
        main.main -> main.apply direct
        main.apply -> main.two inferred
        main.apply -> main.main.<lambda1> inferred
        main.main.<lambda1> -> main.one direct
        main.main -> main.two inferred
        main.main -> main.Handler.Serve inferred
        main.main -> main.Server.stop direct
        main.main -> main.main.<lambda2> direct
        main.main.<lambda2> -> main.three direct
        """,
    ),
    "generic types and functions": (
        """
        package main

        type User struct{}
        func (u *User) Greet() {}
        type Stack[T any] struct{ items []T }
        func (s *Stack[T]) Push(x T) { s.items = append(s.items, x); s.grow() }
        func (s *Stack[T]) Pop() T { return s.items[0] }
        func (s *Stack[T]) grow() {}
        func NewStack[T any]() *Stack[T] { return &Stack[T]{} }
        func Map[A, B any](xs []A, f func(A) B) []B {
            var out []B
            for _, x := range xs { out = append(out, f(x)) }
            return out
        }
        type Greeter interface { Greet() }
        func all[T Greeter](xs []T) { for _, x := range xs { x.Greet() } }

        func main() {
            s := NewStack[*User]()
            s.Push(&User{})
            s.Pop().Greet()
            names := Map([]*User{{}}, func(u *User) *User { u.Greet(); return u })
            names[0].Greet()
            all(names)
        }
        """,
        """
        main.Stack.Push -> main.Stack.grow direct
        main.main -> main.NewStack inferred
        main.main -> main.Stack.Push inferred
        main.main -> main.Stack.Pop inferred
        main.main -> main.User.Greet inferred
        main.main -> main.Map direct
        main.Map -> main.main.<lambda1> inferred
        main.main.<lambda1> -> main.User.Greet inferred
        main.main -> main.all direct
        main.all -> main.Greeter.Greet inferred
        main.all -> main.User.Greet inferred
        """,
    ),
    "channels, goroutines, select, package variables and init": (
        """
        package main

        type Job struct{}
        func (j Job) Run() {}
        var queue = make(chan Job)
        var shared = create()
        func create() *Job { return &Job{} }
        func init() { shared.Run() }
        func init() { worker(queue) }
        func worker(jobs <-chan Job) {
            for j := range jobs { j.Run() }
            select {
            case j := <-jobs:
                j.Run()
            default:
            }
            done := make(chan func(), 1)
            done <- finish
            (<-done)()
        }
        func finish() {}
        """,
        """
        main -> main.create direct
        main.init -> main.Job.Run inferred
        main.init -> main.worker direct
        main.worker -> main.Job.Run inferred
        main.worker -> main.finish inferred
        """,
    ),
    "what stands in comments and strings is no call, and unknown objects are guesses": (
        """
        package main

        import "example.org/far"

        type A struct{}
        func (a A) Close() {}
        type B struct{}
        func (b B) Other() {}

        func main() {
            // run()
            s := "run()"
            _ = s
            x := far.Open()
            x.Close()
            far.Close()
            var b B
            b.Other()
        }
        func run() {}
        """,
        """
        main.main -> main.B.Other inferred
        """,
    ),
    "a package is all files of a folder, an import a path that ends in one": (
        """
        === cmd/app/main.go
        package main

        import (
            "fmt"

            st "example.com/shop/internal/store"
            "example.com/shop/server"
            . "example.com/shop/text"
            "net/http"
        )

        func main() {
            s := server.New(st.Open())
            s.Start()
            fmt.Println(Upper("x"))
            http.HandleFunc("/", index)
            run()
        }
        func index(w http.ResponseWriter, r *http.Request) {}
        func run() {}
        === server/server.go
        package server

        import "example.com/shop/internal/store"

        type Server struct{ store store.Store }

        func New(s store.Store) *Server { return &Server{store: s} }
        func run() {}
        === server/start.go
        package server

        func (s *Server) Start() {
            s.listen()
            s.store.Get()
            run()
        }
        func (s *Server) listen() {}
        === http/http.go
        package http

        func HandleFunc() {}
        === internal/store/store.go
        package store

        type Store interface { Get() }
        type memory struct{}
        func (m *memory) Get() {}
        func Open() Store { return &memory{} }
        === text/text.go
        package text

        func Upper(s string) string { return s }
        """,
        """
        cmd.app.main.main -> server.server.New direct
        cmd.app.main.main -> internal.store.store.Open direct
        cmd.app.main.main -> server.start.Server.Start inferred
        cmd.app.main.main -> text.text.Upper direct
        cmd.app.main.main -> cmd.app.main.index inferred
        cmd.app.main.main -> cmd.app.main.run direct
        server.start.Server.Start -> server.start.Server.listen direct
        server.start.Server.Start -> internal.store.store.Store.Get inferred
        server.start.Server.Start -> internal.store.store.memory.Get inferred
        server.start.Server.Start -> server.server.run direct
        """,
    ),
    "tests see their package, from inside and from outside": (
        """
        === calc/calc.go
        package calc

        func Add(a, b int) int { return check(a) }
        func check(a int) int { return a }
        === calc/calc_test.go
        package calc

        import "testing"

        func TestAdd(t *testing.T) {
            t.Run("one", func(t *testing.T) { Add(1, 2); check(1) })
        }
        === calc/outer_test.go
        package calc_test

        import "example.com/m/calc"

        func TestOuter() { calc.Add(1, 2) }
        """,
        """
        calc.calc.Add -> calc.calc.check direct
        calc.calc_test.TestAdd -> calc.calc_test.TestAdd.<lambda1> inferred
        calc.calc_test.TestAdd.<lambda1> -> calc.calc.Add direct
        calc.calc_test.TestAdd.<lambda1> -> calc.calc.check direct
        calc.outer_test.TestOuter -> calc.calc.Add direct
        """,
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_all_calls_and_no_others_are_found(title: str, tmp_path: Path) -> None:
    text, expected = CASES[title]
    assert calls(program(tmp_path, text, FILE)) == listed(expected)


def test_calls_that_leave_the_program_go_by_the_name_of_the_package(tmp_path: Path) -> None:
    text = """
    package main

    import (
        "fmt"
        "net/http"
        yaml "gopkg.in/yaml.v3"
        "github.com/spf13/cobra/v2"
    )

    func main() {
        fmt.Println(len("x"), string(rune(1)))
        http.Get("x")
        yaml.Marshal(1)
        cobra.Command()
    }
    """
    assert outside(program(tmp_path, text, FILE)) == {
        "main.main -> fmt.Println",
        "main.main -> len",
        "main.main -> http.Get",
        "main.main -> yaml.Marshal",
        "main.main -> cobra.Command",
    }


def test_functions_go_by_package_type_and_file(tmp_path: Path) -> None:
    text = """
    === internal/net/server.go
    package net

    type Server struct{}
    func New() *Server { return nil }
    === internal/net/start.go
    package net

    func (s *Server) Start() {}
    """
    found = program(tmp_path, text)
    for typed in ("net.Server.Start", "Server.Start", "Start", "internal.net.start.Server.Start", "start.go:3"):
        assert [function.name for function in found.find(typed)] == ["internal.net.start.Server.Start"], typed
    assert [function.name for function in found.find("net.New")] == ["internal.net.server.New"]


def test_broken_syntax_costs_its_own_place(tmp_path: Path) -> None:
    found = program(
        tmp_path, "package main\n\nfunc a() { b() }\n\nfunc broken( {\n}\n\nfunc b() { c() }\nfunc c() {}\n", FILE
    )
    assert "main.a -> main.b direct" in calls(found)
    assert [skipped.file for skipped in found.skipped] == [FILE]
