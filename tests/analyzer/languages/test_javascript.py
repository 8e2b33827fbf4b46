"""JavaScript: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze
from tests.analyzer.languages.writing import calls, listed, outside, program

CASES = {
    "functions are called by name, before and after they are declared": (
        """
        early();
        function early() { late(); }
        const late = () => inner();
        const inner = function () {};
        """,
        """
        main -> main.early direct
        main.early -> main.late direct
        main.late -> main.inner direct
        """,
    ),
    "a local name hides an outer one": (
        """
        function used() {}
        function takes(used) { used(); }
        function holds() { const used = 1; used(); }
        function block() { { let used = null; used(); } used(); }
        """,
        "main.block -> main.used direct",
    ),
    "a name that is bound twice is not certain": (
        """
        let run = first;
        run = second;
        run();
        function first() {}
        function second() {}
        """,
        """
        main -> main.first inferred
        main -> main.second inferred
        """,
    ),
    "classes": (
        """
        class Base {
          constructor(n) { this.n = n; this.start(); }
          start() {}
          static make() { return new this(1); }
        }
        class Child extends Base {
          #hidden() {}
          constructor() { super(2); this.#hidden(); }
          start() { super.start(); }
          run = () => this.start();
          get size() { return measure(); }
        }
        function measure() {}
        const child = new Child();
        child.run();
        child.size;
        Base.make();
        """,
        """
        main.Base.constructor -> main.Base.start inferred
        main.Base.constructor -> main.Child.start override
        main.Base.make -> main.Base.constructor inferred
        main.Base.make -> main.Child.constructor override
        main.Child.constructor -> main.Base.constructor direct
        main.Child.constructor -> main.Child.#hidden direct
        main.Child.start -> main.Base.start direct
        main.Child.run -> main.Child.start direct
        main.Child.size -> main.measure direct
        main -> main.Child.constructor direct
        main -> main.Child.run inferred
        main -> main.Child.size inferred
        main -> main.Base.make direct
        """,
    ),
    "prototypes": (
        """
        function Animal(name) { this.name = name; }
        Animal.prototype.speak = function () { this.breathe(); };
        Animal.prototype.breathe = function () {};
        function Dog(name) { Animal.call(this, name); }
        Dog.prototype = Object.create(Animal.prototype);
        Dog.prototype.bark = function () { this.speak(); };
        new Dog("a").bark();
        """,
        """
        main.Animal.speak -> main.Animal.breathe direct
        main.Dog -> main.Animal inferred
        main.Dog.bark -> main.Animal.speak direct
        main -> main.Dog direct
        main -> main.Dog.bark inferred
        """,
    ),
    "object literals and tables of functions": (
        """
        const actions = { start() { this.stop(); }, stop: () => finish(), 'end': finish };
        function finish() {}
        function dispatch(name) { actions[name](); }
        actions.start();
        actions['end']();
        """,
        """
        main.actions.start -> main.actions.stop inferred
        main.actions.stop -> main.finish direct
        main.dispatch -> main.actions.start inferred
        main.dispatch -> main.actions.stop inferred
        main.dispatch -> main.finish inferred
        main -> main.actions.start inferred
        main -> main.finish inferred
        """,
    ),
    "functions as arguments": (
        """
        function each(list, act) { for (const item of list) act(item); }
        function twice(act, ...rest) { act(...rest); return act; }
        function done() {}
        each([1], done);
        twice(() => done())();
        function unknown(things) { things.map(done).filter((x) => x).forEach(done); promise.then(done); }
        setTimeout(done, 10);
        done.call(null);
        const bound = done.bind(null);
        bound();
        other.listen(done);
        """,
        """
        main.each -> main.done inferred
        main -> main.each direct
        main -> main.twice direct
        main -> main.<lambda1> inferred
        main.twice -> main.<lambda1> inferred
        main.<lambda1> -> main.done direct
        main.unknown -> main.done inferred
        main.unknown -> main.unknown.<lambda1> inferred
        main -> main.done inferred
        main -> main.done dynamic
        """,
    ),
    "closures, generators, promises, destructuring": (
        """
        function counter() { function add() { note(); } return { add, note }; }
        function note() {}
        const { add, note: renamed = null } = counter();
        add();
        renamed();
        function* steps() { yield note; }
        for (const step of steps()) step();
        async function load() { return { go: note }; }
        async function run() { const { go } = await load(); go(); (await load()).go(); load().then((x) => x.go()); }
        (function () { run(); })();
        """,
        """
        main -> main.counter direct
        main -> main.counter.add inferred
        main.counter.add -> main.note direct
        main -> main.note inferred
        main -> main.steps direct
        main.run -> main.load direct
        main.run -> main.note inferred
        main.run -> main.run.<lambda1> inferred
        main.run.<lambda1> -> main.note inferred
        main -> main.<lambda1> direct
        main.<lambda1> -> main.run direct
        """,
    ),
    "an unknown object's method is a guess": (
        """
        class Engine { ignite() {} }
        function start(thing) { thing.ignite(); thing?.ignite(); }
        """,
        "main.start -> main.Engine.ignite dynamic",
    ),
    "elements call their components": (
        """
        function Page({ title, onOpen }) { onOpen(); return <Title text={title} />; }
        const Title = () => <b onClick={clicked}>x</b>;
        function opened() {}
        function clicked() {}
        export default () => <Page onOpen={opened}><Title /></Page>;
        """,
        """
        main.Page -> main.opened inferred
        main.Page -> main.Title direct
        main.Title -> main.clicked dynamic
        main.default -> main.Page direct
        main.default -> main.Title direct
        """,
    ),
    "modules": (
        """
        === src/app.js
        import Client, { helper as help } from './client';
        import * as tools from './tools/index.js';
        import { again } from './tools';
        help(); tools.cut(); again(); new Client().get(); tools.missing();
        === src/client.js
        export default class Client { get() { helper(); } }
        export function helper() {}
        === src/tools/index.js
        export * from './knife';
        export { helper as again } from '../client';
        === src/tools/knife.js
        export const cut = () => {};
        """,
        """
        src.app -> src.client.helper direct
        src.app -> src.tools.knife.cut direct
        src.app -> src.client.Client.get inferred
        src.client.Client.get -> src.client.helper direct
        """,
    ),
    "modules of the older kind": (
        """
        === app.js
        const lib = require('./lib');
        const { cut } = require('./lib');
        const make = require('./make');
        lib.cut(); cut(); lib.deep.run(); make(); make.again();
        require('./one').first();
        === lib.js
        function cut() {}
        module.exports = { cut, deep: { run() {} } };
        === make.js
        module.exports = function () {};
        module.exports.again = () => exports.more();
        exports.more = function () {};
        === one.js
        exports.first = function () { exports.second(); };
        exports.second = () => {};
        """,
        """
        app -> lib.cut direct
        app -> lib.deep.run inferred
        app -> make.exports direct
        app -> make.again inferred
        make.again -> make.more direct
        app -> one.first direct
        one.first -> one.second direct
        """,
    ),
    "scripts of one page see each other, modules do not": (
        """
        === a.js
        function shared() {}
        === b.js
        shared();
        === c.mjs
        import './a.js';
        shared();
        """,
        "b -> a.shared direct",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_program_has_these_calls_and_no_others(case: str, tmp_path: Path) -> None:
    text, expected = CASES[case]
    assert calls(program(tmp_path, text, "main.jsx")) == listed(expected)


def test_what_is_outside_the_program_goes_by_its_own_name(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        import fs, { readFile } from 'node:fs';
        import express from 'express';
        console.log(1);
        readFile('x');
        fs.writeFile('y');
        express().listen(1);
        [1].map(String);
        class Own extends express.Router {}
        new Own();
        """,
        "main.js",
    )
    assert outside(found) == listed(
        """
        main -> console.log
        main -> fs.readFile
        main -> fs.writeFile
        main -> express
        main -> express.listen
        main -> Array.map
        main -> String
        main -> express.Router
        """
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Client.get", "src.net.http.Client.get"),
        ("Client#get", "src.net.http.Client.get"),
        ("Client::get", "src.net.http.Client.get"),
        ("Client", "src.net.http.Client.constructor"),
        ("src/net/http.js:get", "src.net.http.Client.get"),
        ("http.js:3", "src.net.http.Client.get"),
        ("src/net/http.js", "src.net.http"),
        ("send", "src.net.http.send"),
        ("src.net.index.post", "src.net.http.send"),
        ("src.net.post", "src.net.http.send"),
        ("src.net.http", "src.net.http"),
        ("src.net.all.send", "src.net.http.send"),
    ],
)
def test_a_function_is_found_under_each_of_its_names(typed: str, meant: str, tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        === src/net/http.js
        class Client {
          constructor() {}
          get() {}
        }
        export const send = () => {};
        === src/net/index.js
        export { send as post } from './http';
        export * as all from './http';
        """,
    )
    assert [function.name for function in found.find(typed)] == [meant]


def test_a_broken_file_costs_its_own_lines_and_is_named(tmp_path: Path) -> None:
    found = program(tmp_path, "function a() { b(); }\nlet = = 3;\nfunction b() {}\n", "main.js")
    assert "main.a -> main.b direct" in calls(found)
    assert [item.file for item in found.skipped] == ["main.js"]
    assert "invalid syntax" in found.skipped[0].reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.js", b""),
        ("mark.js", b"\xef\xbb\xbffunction a() { a(); }"),
        ("nul.js", b"function a() {}\x00\n"),
        ("latin.js", b"// caf\xe9\nfunction a() {}"),
        ("wide.js", "function a() {}".encode("utf-16")),
        ("deep.js", b"(" * 3000 + b")" * 3000),
        ("arrows.js", b"a => " * 2000 + b"a"),
        ("chain.js", b"x" + b".then(y)" * 2000),
        ("noise.js", bytes(range(256)) * 20),
        ("app.min.js", b"function a(){}"),
        ("bundle.js", b"function a(){b()};" * 2000),
    ],
)
def test_no_file_stops_the_analysis(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "fine.js").write_text("function a() { b(); }\nfunction b() {}\n")
    assert "fine.a -> fine.b direct" in calls(analyze(tmp_path))


def test_what_a_machine_packed_is_passed_over_and_named(tmp_path: Path) -> None:
    (tmp_path / "app.min.js").write_text("function a(){}")
    (tmp_path / "bundle.js").write_text("function a(){b()};" * 2000)
    found = analyze(tmp_path)
    assert [(item.file, item.reason) for item in found.skipped] == [
        ("app.min.js", "minified"),
        ("bundle.js", "minified"),
    ]
