"""Java: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze
from tests.analyzer.languages.writing import calls, listed, outside, program

CASES = {
    "members need no this, and overloads differ by what they take": (
        """
        class Main {
          private int size;
          public int size() { return size; }
          void run() { int size = 1; step(); step(size()); helper(2); }
          void step() {}
          void step(int n) { last(n); }
          private static void last(int... ns) {}
          static void helper(int n) { last(); }
          public static void main(String[] args) { new Main().run(); }
        }
        """,
        """
        Main.run -> Main.step direct
        Main.run -> Main.size direct
        Main.run -> Main.helper direct
        Main.step -> Main.last direct
        Main.helper -> Main.last direct
        Main.main -> Main.run inferred
        """,
    ),
    "constructors call each other and that of the base": (
        """
        class Main extends Base {
          private Part part = new Part(1);
          Main() { this("a"); }
          Main(String a) { start(); }
          private void start() {}
          static Main make() { return new Main(); }
        }
        class Base { Base() { init(); } private void init() {} }
        class Part { Part(int n) {} }
        class Whole { Part part = new Part(2); static Part shared = new Part(3); java.util.List<String> l = make(); }
        class Use { void go() { new Whole(); } }
        """,
        """
        Main.Main -> Main.Main direct
        Main.Main -> Main.start direct
        Main.Main -> Main.Base.Base direct
        Main.Main -> Main.Part.Part direct
        Main.make -> Main.Main direct
        Main.Base.Base -> Main.Base.init direct
        Main.Whole.Whole -> Main.Part.Part direct
        Main -> Main.Part.Part direct
        Main.Use.go -> Main.Whole.Whole direct
        """,
    ),
    "interfaces, abstract classes and what implements them": (
        """
        interface Repo<T> { T find(String id); default T first() { return find("1"); } }
        abstract class Cached<T> implements Repo<T> {
          public T find(String id) { return load(id); }
          protected abstract T load(String id);
        }
        class Users extends Cached<User> {
          protected User load(String id) { return new User(); }
          @Override public User find(String id) { return super.find(id); }
        }
        class User { void greet() {} }
        class Other { void greet() {} void load(String id) {} }
        class Main {
          private final Repo<User> repo;
          Main(Repo<User> repo) { this.repo = repo; }
          void run() { repo.find("x").greet(); User u = repo.first(); u.greet(); }
        }
        """,
        """
        Main.Repo.first -> Main.Repo.find inferred
        Main.Repo.first -> Main.Cached.find override
        Main.Repo.first -> Main.Users.find override
        Main.Cached.find -> Main.Cached.load inferred
        Main.Cached.find -> Main.Users.load override
        Main.Users.find -> Main.Cached.find direct
        Main.run -> Main.Repo.find inferred
        Main.run -> Main.Cached.find override
        Main.run -> Main.Users.find override
        Main.run -> Main.Repo.first inferred
        Main.run -> Main.User.greet inferred
        """,
    ),
    "lambdas, method references and objects stand for functions": (
        """
        import java.util.*;
        import java.util.function.*;
        class Main {
          interface Handler { void on(String event); }
          static class Logger implements Handler { public void on(String event) {} }
          private Runnable done;
          Main() { done = this::finished; }
          void finished() {}
          void handle(String event) {}
          void dispatch(Handler handler) { handler.on("e"); }
          void run(List<User> users) {
            dispatch(e -> handle(e));
            dispatch(this::handle);
            dispatch(new Logger());
            done.run();
            users.stream().filter(User::active).map(u -> u.name()).forEach(System.out::println);
            Supplier<User> make = User::new;
            make.get().name();
            new Thread(() -> finished()).start();
            users.sort(new Comparator<User>() { public int compare(User a, User b) { return a.rank(); } });
          }
          static class User {
            User() {} boolean active() { return true; } String name() { return ""; } int rank() { return 0; }
          }
        }
        """,
        """
        Main.run -> Main.dispatch direct
        Main.run.<lambda1> -> Main.handle direct
        Main.dispatch -> Main.run.<lambda1> inferred
        Main.dispatch -> Main.handle inferred
        Main.dispatch -> Main.Logger.on inferred
        Main.dispatch -> Main.Handler.on inferred
        Main.run -> Main.finished inferred
        Main.run -> Main.User.active inferred
        Main.run -> Main.run.<lambda2> inferred
        Main.run.<lambda2> -> Main.User.name inferred
        Main.run -> Main.User.User inferred
        Main.run -> Main.User.name inferred
        Main.run -> Main.run.<lambda3> inferred
        Main.run.<lambda3> -> Main.finished direct
        Main.run -> Main.run.<class4>.compare inferred
        Main.run.<class4>.compare -> Main.User.rank inferred
        """,
    ),
    "nested classes, enumerations and records": (
        """
        class Main {
          void outer() {}
          class Inner { void go() { outer(); Main.this.outer(); } }
          static class Builder { Builder with() { return this; } Main build() { return new Main(); } }
          enum Level {
            LOW(1), HIGH(2) { @Override void tell() { super.tell(); } };
            Level(int n) {}
            void tell() { label(); }
            String label() { return name(); }
          }
          record Point(int x, Inner inner) {
            Point { check(x); }
            static void check(int x) {}
            double length() { return inner().hashCode(); }
          }
          void run() {
            new Builder().with().build().outer();
            Level.HIGH.tell();
            for (Level level : Level.values()) level.label();
            Point p = new Point(1, new Inner());
            p.inner().go();
          }
        }
        """,
        """
        Main.Inner.go -> Main.outer inferred
        Main -> Main.Level.Level direct
        Main.Level.tell -> Main.Level.label direct
        Main.Level.HIGH.tell -> Main.Level.tell direct
        Main.Point.Point -> Main.Point.check direct
        Main.run -> Main.Builder.with inferred
        Main.run -> Main.Builder.build inferred
        Main.run -> Main.outer inferred
        Main.run -> Main.Level.HIGH.tell inferred
        Main.run -> Main.Level.label inferred
        Main.run -> Main.Point.Point direct
        Main.run -> Main.Inner.go inferred
        """,
    ),
    "casts, tests and patterns tell types; loops and resources call methods": (
        """
        import java.util.*;
        class Main {
          void look(Shape s) {
            if (s instanceof Circle c && c.round()) { c.roll(); }
            if (s instanceof Square) { ((Square) s).spin(); }
            switch (s) { case Circle k -> k.roll(); default -> none(); }
          }
          void none() {}
          void use(Map<String, List<Shape>> all) throws Exception {
            try (Res r = new Res()) { r.use(); }
            for (Node n : new Nodes()) n.touch();
            for (Map.Entry<String, List<Shape>> e : all.entrySet())
              for (Shape s : e.getValue()) s.draw();
          }
        }
        class Shape { void draw() {} }
        class Circle extends Shape { void roll() {} boolean round() { return true; } }
        class Square extends Shape { void spin() {} }
        class Res implements AutoCloseable { void use() {} public void close() {} }
        class Node { void touch() {} }
        class Nodes implements Iterable<Node> {
          public Iterator<Node> iterator() { return new Steps(); }
          private class Steps implements Iterator<Node> {
            public boolean hasNext() { return false; }
            public Node next() { return null; }
          }
        }
        """,
        """
        Main.look -> Main.Circle.round inferred
        Main.look -> Main.Circle.roll inferred
        Main.look -> Main.Square.spin inferred
        Main.look -> Main.none direct
        Main.use -> Main.Res.close inferred
        Main.use -> Main.Res.use inferred
        Main.use -> Main.Nodes.iterator inferred
        Main.use -> Main.Nodes.Steps.hasNext inferred
        Main.use -> Main.Nodes.Steps.next inferred
        Main.use -> Main.Node.touch inferred
        Main.use -> Main.Shape.draw inferred
        """,
    ),
    "packages: imports of every kind, and none": (
        """
        === src/main/java/com/acme/App.java
        package com.acme;
        import com.acme.store.*;
        import com.acme.util.Text;
        import static com.acme.util.Text.shout;
        import static com.acme.util.Numbers.*;
        public class App {
          public static void main(String[] args) {
            new Store().save(); new Beside().help();
            Text.quiet(); shout(); half(); com.acme.far.Away.go();
          }
        }
        === src/main/java/com/acme/Beside.java
        package com.acme;
        class Beside { void help() { Hidden.show(); } }
        class Hidden { static void show() {} }
        === src/main/java/com/acme/store/Store.java
        package com.acme.store;
        public class Store { public void save() {} }
        === src/main/java/com/acme/util/Text.java
        package com.acme.util;
        public class Text { public static void quiet() {} public static void shout() { quiet(); } }
        === src/main/java/com/acme/util/Numbers.java
        package com.acme.util;
        public class Numbers { public static int half() { return 1; } }
        === src/main/java/com/acme/far/Away.java
        package com.acme.far;
        public class Away { public static void go() {} }
        === src/main/java/com/acme/other/Store.java
        package com.acme.other;
        public class Store { public void save() {} public static void shout() {} }
        """,
        """
        src.main.java.com.acme.App.main -> src.main.java.com.acme.store.Store.save inferred
        src.main.java.com.acme.App.main -> src.main.java.com.acme.Beside.help inferred
        src.main.java.com.acme.App.main -> src.main.java.com.acme.util.Text.quiet direct
        src.main.java.com.acme.App.main -> src.main.java.com.acme.util.Text.shout direct
        src.main.java.com.acme.App.main -> src.main.java.com.acme.util.Numbers.half direct
        src.main.java.com.acme.App.main -> src.main.java.com.acme.far.Away.go direct
        src.main.java.com.acme.Beside.help -> src.main.java.com.acme.Beside.Hidden.show direct
        src.main.java.com.acme.util.Text.shout -> src.main.java.com.acme.util.Text.quiet direct
        """,
    ),
    "what is private, static or a field is not overridden": (
        """
        class Main {
          private void init() {}
          static void make() {}
          void run() { init(); make(); helper.help(); }
          private Helper helper = null;
        }
        class Child extends Main {
          private void init() {}
          static void make() {}
          private Other helper = null;
        }
        class Helper { void help() {} }
        class Other { void help() {} }
        """,
        """
        Main.run -> Main.init direct
        Main.run -> Main.make direct
        Main.run -> Main.Helper.help inferred
        """,
    ),
    "overloads are told apart by what the source says of types": (
        """
        class Main {
          String name;
          void text() { put("a").go(); put(name).go(); put("a" + 1).go(); }
          void number(int n) { put(n).go(); put(1, true).go(); }
          void animal(Dog dog) { put(dog).go(); for (Dog one : all()) put(one).go(); }
          void letter() { var c = 'c'; put(c).go(); }
          Dog[] all() { return null; }
          A put(String s) { return new A(); }
          B put(int i) { return new B(); }
          B put(long l, boolean b) { return new B(); }
          C put(Animal a) { return new C(); }
          D put(char c) { return new D(); }
          E put(Object o) { return new E(); }
        }
        class Animal {}
        class Dog extends Animal {}
        class A { void go() {} }
        class B { void go() {} }
        class C { void go() {} }
        class D { void go() {} }
        class E { void go() {} }
        """,
        """
        Main.text -> Main.put direct
        Main.text -> Main.A.go inferred
        Main.number -> Main.put direct
        Main.number -> Main.B.go inferred
        Main.animal -> Main.put direct
        Main.animal -> Main.all direct
        Main.animal -> Main.C.go inferred
        Main.letter -> Main.put direct
        Main.letter -> Main.D.go inferred
        """,
    ),
    "threads run what they are given, and themselves": (
        """
        class Main {
          void go() { new Worker().start(); }
          static class Worker extends Thread { @Override public void run() { work(); } private void work() {} }
        }
        """,
        """
        Main.go -> Main.Worker.run inferred
        Main.Worker.run -> Main.Worker.work direct
        """,
    ),
    "of unknown objects only names are known": (
        """
        class Main {
          void run(Missing m) { m.step(); nowhere.step(); "a".step(); this.toString(); /* step(); */ }
          String s = "step()";
        }
        class Other { void step() {} public String toString() { return ""; } }
        """,
        "Main.run -> Main.Other.step dynamic",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_all_calls_of_a_program_are_found(tmp_path: Path, name: str) -> None:
    text, expected = CASES[name]
    assert calls(program(tmp_path, text, "Main.java")) == listed(expected)


@pytest.mark.parametrize("typed", ["com.acme.App.run", "App.run", "App#run", "src/com/acme/App.java:run", "App.java:3"])
def test_methods_answer_to_the_names_people_give_them(tmp_path: Path, typed: str) -> None:
    found = program(
        tmp_path,
        """
        === src/com/acme/App.java
        package com.acme;
        public class App {
          void run() {}
          App() {}
          App(int n) {}
        }
        """,
    )
    assert [function.name for function in found.find(typed)] == ["src.com.acme.App.run"]
    assert {function.name for function in found.find("com.acme.App")} == {"src.com.acme.App.App"}


def test_calls_of_the_library_have_its_names(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        import java.util.List;
        import org.slf4j.LoggerFactory;
        class Main {
          void run(List<String> names) {
            LoggerFactory.getLogger("a").info("b");
            names.size();
            "a".trim();
            Math.max(1, 2);
          }
        }
        """,
        "Main.java",
    )
    assert outside(found) == {
        "Main.run -> org.slf4j.LoggerFactory.getLogger",
        "Main.run -> org.slf4j.LoggerFactory.getLogger.info",
        "Main.run -> Collection.size",
        "Main.run -> String.trim",
        "Main.run -> Math.max",
    }


def test_a_syntax_error_costs_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "Main.java").write_text("class Main {\n void a() { b(); }\n void ( { ;\n void b() {}\n}\n")
    found = analyze(tmp_path)
    assert "Main.a -> Main.b direct" in calls(found)
    assert [item.file for item in found.skipped] == ["Main.java"]
