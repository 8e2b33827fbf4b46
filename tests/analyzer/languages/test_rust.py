"""Rust: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from tests.analyzer.languages.writing import calls, listed, outside, program

FILE = "src/main.rs"
CASES = {
    "functions, associated functions and methods": (
        """
        struct Client { name: String }

        impl Client {
            fn new(name: &str) -> Self { Client { name: name.to_string() } }
            fn get(&self) -> i32 { self.inner() + Self::base() + helper() }
            fn inner(&self) -> i32 { 1 }
            fn base() -> i32 { 2 }
            fn chained(self) -> Self { self }
        }

        fn helper() -> i32 { 3 }

        fn main() {
            let c = Client::new("x");
            c.get();
            c.chained().inner();
            Client::get(&Client::new("y"));
        }
        """,
        """
        src.main.Client.get -> src.main.Client.inner direct
        src.main.Client.get -> src.main.Client.base direct
        src.main.Client.get -> src.main.helper direct
        src.main.main -> src.main.Client.new direct
        src.main.main -> src.main.Client.get direct
        src.main.main -> src.main.Client.get inferred
        src.main.main -> src.main.Client.chained inferred
        src.main.main -> src.main.Client.inner inferred
        """,
    ),
    "a variable hides what had its name before": (
        """
        struct A;
        impl A { fn next(self) -> B { B } fn go(&self) {} }
        struct B;
        impl B { fn go(&self) {} }
        fn run() {}
        fn shadowed() {
            run();
            let run = || {};
            run();
        }
        fn handed(run: fn()) { run() }
        fn twice() {
            let x = A;
            x.go();
            let x = x.next();
            x.go();
        }
        """,
        """
        src.main.shadowed -> src.main.run direct
        src.main.shadowed -> src.main.shadowed.run direct
        src.main.twice -> src.main.A.go inferred
        src.main.twice -> src.main.A.next inferred
        src.main.twice -> src.main.B.go inferred
        """,
    ),
    "traits: default methods, trait objects, bounds, and calls through the trait": (
        """
        trait Shape {
            fn area(&self) -> f64;
            fn double(&self) -> f64 { self.area() * 2.0 }
        }
        struct Circle;
        impl Shape for Circle { fn area(&self) -> f64 { 1.0 } }
        struct Square(f64);
        impl Shape for Square { fn area(&self) -> f64 { self.0 } }
        struct Other;
        impl Other { fn area(&self) -> f64 { 0.0 } }

        fn object(s: &dyn Shape) -> f64 { s.area() }
        fn any(s: impl Shape) -> f64 { s.double() }
        fn bound<T>(s: T) -> f64 where T: Shape { s.area() }
        fn boxed() -> f64 {
            let all: Vec<Box<dyn Shape>> = vec![Box::new(Circle), Box::new(Square(1.0))];
            all.iter().map(|s| s.area()).sum()
        }
        fn through() {
            Shape::area(&Circle);
            <Square as Shape>::area(&Square(2.0));
            Other.area();
        }
        """,
        """
        src.main.Shape.double -> src.main.Shape.area inferred
        src.main.Shape.double -> src.main.Circle.area override
        src.main.Shape.double -> src.main.Square.area override
        src.main.object -> src.main.Shape.area inferred
        src.main.object -> src.main.Circle.area override
        src.main.object -> src.main.Square.area override
        src.main.any -> src.main.Shape.double inferred
        src.main.bound -> src.main.Shape.area inferred
        src.main.bound -> src.main.Circle.area override
        src.main.bound -> src.main.Square.area override
        src.main.boxed -> src.main.boxed.<lambda1> inferred
        src.main.boxed.<lambda1> -> src.main.Circle.area inferred
        src.main.boxed.<lambda1> -> src.main.Square.area inferred
        src.main.through -> src.main.Shape.area inferred
        src.main.through -> src.main.Circle.area inferred
        src.main.through -> src.main.Square.area direct
        src.main.through -> src.main.Other.area inferred
        """,
    ),
    "options, results and boxes stand for what is in them": (
        """
        use std::collections::HashMap;
        use std::rc::Rc;
        use std::cell::RefCell;

        struct User { friend: Option<Box<User>>, tags: Vec<Tag> }
        struct Tag;
        impl Tag { fn show(&self) {} }
        impl User { fn greet(&self) {} }
        struct Failed;

        fn find(name: &str) -> Option<User> { None }
        fn load() -> Result<User, Failed> { Err(Failed) }
        fn run(users: HashMap<String, User>, shared: Rc<RefCell<User>>) -> Result<(), Failed> {
            if let Some(user) = find("a") { user.greet(); }
            load()?.greet();
            match load() {
                Ok(user) => user.greet(),
                Err(_) => {}
            }
            users.get("x").unwrap().greet();
            for (_, user) in &users { user.greet(); }
            shared.borrow().greet();
            let Some(friend) = find("b").unwrap().friend else { return Ok(()) };
            friend.greet();
            for tag in friend.tags.iter() { tag.show(); }
            find("c").map(|user| user.greet());
            Ok(())
        }
        """,
        """
        src.main.run -> src.main.find direct
        src.main.run -> src.main.load direct
        src.main.run -> src.main.User.greet inferred
        src.main.run -> src.main.Tag.show inferred
        src.main.run -> src.main.run.<lambda1> inferred
        src.main.run.<lambda1> -> src.main.User.greet inferred
        """,
    ),
    "enumerations: methods, variants and patterns": (
        """
        struct Leaf;
        impl Leaf { fn size(&self) -> u32 { 1 } }
        enum Tree { Leaf(Leaf), Pair { left: Box<Tree>, right: Box<Tree> }, Empty }
        use Tree::Pair;
        impl Tree {
            fn size(&self) -> u32 {
                match self {
                    Tree::Leaf(leaf) => leaf.size(),
                    Pair { left, right: r } => left.size() + r.size(),
                    Tree::Empty => empty(),
                }
            }
        }
        fn empty() -> u32 { 0 }
        fn main() {
            let tree = Tree::Leaf(Leaf);
            tree.size();
            Tree::Empty.size();
        }
        """,
        """
        src.main.Tree.size -> src.main.Leaf.size inferred
        src.main.Tree.size -> src.main.Tree.size inferred
        src.main.Tree.size -> src.main.empty direct
        src.main.main -> src.main.Tree.size inferred
        """,
    ),
    "variants that are brought into a block hide types of their names": (
        """
        struct Get;
        impl Get { fn apply(&self) {} }
        struct Set;
        impl Set { fn apply(&self) {} }
        enum Command { Get(Get), Set(Set) }
        impl Command {
            fn apply(&self) {
                use Command::*;
                match self {
                    Get(cmd) => cmd.apply(),
                    Set(cmd) => cmd.apply(),
                }
            }
        }
        """,
        """
        src.main.Command.apply -> src.main.Get.apply inferred
        src.main.Command.apply -> src.main.Set.apply inferred
        """,
    ),
    "closures and functions as values": (
        """
        struct Button { on: Box<dyn Fn(i32) -> i32> }
        impl Button {
            fn click(&self) -> i32 { (self.on)(1) }
        }
        fn one(x: i32) -> i32 { x }
        fn two(x: i32) -> i32 { one(x) }
        fn apply<F: Fn(i32) -> i32>(f: F) -> i32 { f(1) }
        fn make() -> impl Fn(i32) -> i32 { move |x| two(x) }
        fn main() {
            let b = Button { on: Box::new(one) };
            b.click();
            apply(two);
            apply(|x| one(x));
            make()(1);
            let table: [fn(i32) -> i32; 2] = [one, two];
            table[1](3);
            std::thread::spawn(move || one(1));
            vec![1].into_iter().map(two).for_each(drop);
        }
        """,
        """
        src.main.Button.click -> src.main.one inferred
        src.main.two -> src.main.one direct
        src.main.apply -> src.main.two inferred
        src.main.apply -> src.main.main.<lambda1> inferred
        src.main.make.<lambda1> -> src.main.two direct
        src.main.main -> src.main.Button.click inferred
        src.main.main -> src.main.apply direct
        src.main.main.<lambda1> -> src.main.one direct
        src.main.main -> src.main.make direct
        src.main.main -> src.main.make.<lambda1> inferred
        src.main.main -> src.main.two inferred
        src.main.main -> src.main.main.<lambda2> inferred
        src.main.main.<lambda2> -> src.main.one direct
        """,
    ),
    "macros are given expressions, operators and loops call methods": (
        """
        use std::ops::Add;
        #[derive(Clone, Copy)]
        struct P(i32);
        impl Add for P { type Output = P; fn add(self, o: P) -> P { P(self.0) } }
        impl P { fn len(&self) -> i32 { self.0 } }
        struct Count;
        impl Iterator for Count {
            type Item = P;
            fn next(&mut self) -> Option<P> { Some(P(1)) }
        }
        fn text() -> String { String::new() }
        fn main() {
            // text()
            let s = "text()";
            println!("{} {}", P(1).len(), text());
            assert_eq!(text(), format!("{}", s));
            let sum = P(1) + P(2);
            sum.len();
            for p in Count { p.len(); }
        }
        """,
        """
        src.main.main -> src.main.P.len inferred
        src.main.main -> src.main.text direct
        src.main.main -> src.main.P.add inferred
        src.main.main -> src.main.Count.next inferred
        """,
    ),
    "a trait for all that have another": (
        """
        trait Named { fn name(&self) -> i32; }
        trait Loud { fn shout(&self); }
        impl<T: Named> Loud for T { fn shout(&self) { self.name(); } }
        impl<'a, T: Named> Named for &'a T { fn name(&self) -> i32 { (*self).name() } }
        struct Dog;
        impl Named for Dog { fn name(&self) -> i32 { 1 } }
        """,
        """
        src.main.T.shout -> src.main.Named.name inferred
        src.main.T.shout -> src.main.Dog.name override
        src.main.T.shout -> src.main.T.name override
        src.main.T.name -> src.main.Named.name inferred
        src.main.T.name -> src.main.Dog.name override
        src.main.T.name -> src.main.T.name override
        """,
    ),
    "generic types": (
        """
        struct User;
        impl User { fn greet(&self) {} }
        struct Stack<T> { items: Vec<T> }
        impl<T> Stack<T> {
            fn new() -> Self { Stack { items: Vec::new() } }
            fn push(&mut self, item: T) { self.items.push(item); self.grow(); }
            fn pop(&mut self) -> Option<T> { self.items.pop() }
            fn grow(&self) {}
        }
        fn main() {
            let mut s: Stack<User> = Stack::new();
            s.push(User);
            s.pop().unwrap().greet();
        }
        """,
        """
        src.main.Stack.push -> src.main.Stack.grow direct
        src.main.main -> src.main.Stack.new direct
        src.main.main -> src.main.Stack.push inferred
        src.main.main -> src.main.Stack.pop inferred
        src.main.main -> src.main.User.greet inferred
        """,
    ),
    "modules: files, modules in files, re-exports, stars, other crates of the folder": (
        """
        === app/src/main.rs
        mod net;
        mod text;
        use net::{server::start as go, Client};
        use shop_core::prices;
        use text::*;
        mod inner {
            use super::helper;
            pub fn run() { helper(); super::helper(); deep::far() }
            mod deep { pub fn far() { crate::net::ping() } }
        }
        fn helper() {}
        fn main() {
            Client::new().get();
            go();
            net::ping();
            inner::run();
            upper();
            prices::price();
            shop_core::exported();
        }
        #[cfg(test)]
        mod tests {
            use super::*;
            #[test]
            fn works() { helper(); assert!(Client::new().ok()); }
        }
        === app/src/text.rs
        pub fn upper() { helper() }
        fn helper() {}
        === app/src/net/mod.rs
        pub mod server;
        mod client;
        pub use self::client::Client;
        pub fn ping() {}
        === app/src/net/client.rs
        use super::ping;
        pub struct Client;
        impl Client {
            pub fn new() -> Client { Client }
            pub fn get(&self) { ping(); self.extra() }
            pub fn ok(&self) -> bool { true }
        }
        === app/src/net/server.rs
        use crate::net::Client;
        pub fn start() { Client::new().extra() }
        impl Client { pub fn extra(&self) { self.get() } }
        === core/src/lib.rs
        pub mod prices;
        pub use prices::price as exported;
        === core/src/prices.rs
        pub fn price() {}
        """,
        """
        app.src.main.inner.run -> app.src.main.helper direct
        app.src.main.inner.run -> app.src.main.inner.deep.far direct
        app.src.main.inner.deep.far -> app.src.net.mod.ping direct
        app.src.main.main -> app.src.net.client.Client.new direct
        app.src.main.main -> app.src.net.client.Client.get inferred
        app.src.main.main -> app.src.net.server.start direct
        app.src.main.main -> app.src.net.mod.ping direct
        app.src.main.main -> app.src.main.inner.run direct
        app.src.main.main -> app.src.text.upper direct
        app.src.main.main -> core.src.prices.price direct
        app.src.main.tests.works -> app.src.main.helper direct
        app.src.main.tests.works -> app.src.net.client.Client.new direct
        app.src.main.tests.works -> app.src.net.client.Client.ok inferred
        app.src.text.upper -> app.src.text.helper direct
        app.src.net.client.Client.get -> app.src.net.mod.ping direct
        app.src.net.client.Client.get -> app.src.net.server.Client.extra direct
        app.src.net.server.start -> app.src.net.client.Client.new direct
        app.src.net.server.start -> app.src.net.server.Client.extra inferred
        app.src.net.server.Client.extra -> app.src.net.client.Client.get direct
        """,
    ),
}


@pytest.mark.parametrize("title", CASES)
def test_all_calls_and_no_others_are_found(title: str, tmp_path: Path) -> None:
    text, expected = CASES[title]
    assert calls(program(tmp_path, text, FILE)) == listed(expected)


def test_calls_that_leave_the_program_are_written_with_dots(tmp_path: Path) -> None:
    text = """
    use std::fs::File;
    fn main() {
        std::mem::swap(1, 2);
        File::open("x");
        let found: Option<i32> = Some(1);
    }
    """
    assert outside(program(tmp_path, text, FILE)) == {
        "src.main.main -> std.mem.swap",
        "src.main.main -> std.fs.File.open",
    }


def test_functions_go_by_their_path_in_the_crate(tmp_path: Path) -> None:
    text = """
    === src/lib.rs
    mod net;
    === src/net/mod.rs
    pub struct Client;
    impl Client { pub fn get(&self) {} }
    """
    found = program(tmp_path, text)
    for typed in ("crate::net::Client::get", "net::Client::get", "Client::get", "src.net.mod.Client.get", "mod.rs:2"):
        assert [function.name for function in found.find(typed)] == ["src.net.mod.Client.get"], typed


def test_broken_syntax_costs_its_own_place(tmp_path: Path) -> None:
    found = program(tmp_path, "fn a() { b() }\nfn broken( {\n}\nfn b() { c() }\nfn c() {}\n", FILE)
    assert "src.main.a -> src.main.b direct" in calls(found)
    assert [skipped.file for skipped in found.skipped] == [FILE]


def test_modules_that_import_all_of_each_other_are_searched_once(tmp_path: Path) -> None:
    """A name that none of them has would else be sought along every way through the stars: 5 to the 12th of them."""
    names = [f"m{number}" for number in range(6)]
    files = ["=== src/lib.rs", *(f"pub mod {name};" for name in names)]
    for name in names:
        files += [f"=== src/{name}.rs", *(f"pub use crate::{other}::*;" for other in names if other != name)]
        files += [f"pub fn of_{name}() {{ nowhere(); of_m0(); }}"]
    found = program(tmp_path, "\n".join(files))
    assert "src.m5.of_m5 -> src.m0.of_m0 direct" in calls(found)
