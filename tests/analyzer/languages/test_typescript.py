"""TypeScript: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze
from tests.analyzer.languages.writing import calls, listed, outside, program

CASES = {
    "declared types say which methods are called": (
        """
        class User { greet(): void {} }
        class Other { greet(): void {} }
        function one(u: User | undefined) { u?.greet(); }
        function many(us: User[], rest: ReadonlyArray<User>) {
          us.forEach(u => u.greet());
          for (const u of rest) u.greet();
        }
        function named(byName: Map<string, User>, table: Record<string, User>) {
          byName.get("a")!.greet();
          table["b"].greet();
        }
        async function later(p: Promise<User>) { (await p).greet(); }
        function taken({ user }: { user: User }) { user.greet(); }
        function cast(x: any) { (x as User).greet(); }
        """,
        """
        main.one -> main.User.greet inferred
        main.many -> main.many.<lambda1> inferred
        main.many.<lambda1> -> main.User.greet inferred
        main.many -> main.User.greet inferred
        main.named -> main.User.greet inferred
        main.later -> main.User.greet inferred
        main.taken -> main.User.greet inferred
        main.cast -> main.User.greet inferred
        """,
    ),
    "interfaces are taken up by the classes that implement them": (
        """
        interface Repo<T> { find(id: string): T | undefined; }
        class Memory implements Repo<User> {
          private users: User[] = [];
          find(id: string) { return this.users[0]; }
        }
        class User { greet() {} }
        class Service {
          constructor(private readonly repo: Repo<User>) {}
          run() { const u = this.repo.find("1"); u?.greet(); }
        }
        class Unrelated { find() {} }
        """,
        """
        main.Service.run -> main.Repo.find inferred
        main.Service.run -> main.Memory.find override
        main.Service.run -> main.User.greet inferred
        """,
    ),
    "abstract methods, super and type parameters with bounds": (
        """
        abstract class Shape {
          abstract area(): number;
          describe(): string { return String(this.area()); }
        }
        class Circle extends Shape {
          area(): number { return 3; }
          describe(): string { return super.describe(); }
        }
        function use<T extends Shape>(x: T): T { x.area(); return x; }
        use(new Circle()).describe();
        """,
        """
        main.Shape.describe -> main.Shape.area inferred
        main.Shape.describe -> main.Circle.area override
        main.Circle.describe -> main.Shape.describe direct
        main.use -> main.Shape.area inferred
        main.use -> main.Circle.area inferred
        main -> main.use direct
        main -> main.Shape.describe inferred
        main -> main.Circle.describe inferred
        """,
    ),
    "overloads and signatures are no functions of their own": (
        """
        function over(a: string): string;
        function over(a: number): number;
        function over(a: any): any { return inner(a); }
        function inner(a: any) { return a; }
        over(1);
        """,
        """
        main -> main.over direct
        main.over -> main.inner direct
        """,
    ),
    "namespaces hold functions, nested and in several parts": (
        """
        namespace Geo {
          export function distance() { return inner(); }
          function inner() {}
          export namespace Deep { export const half = () => distance(); }
        }
        namespace Geo { export class Point { move() {} } }
        enum Color { Red }
        namespace Color { export function parse(): Color { return Color.Red; } }
        function move(p: Geo.Point) { p.move(); }
        Geo.distance();
        Geo.Deep.half();
        Color.parse();
        """,
        """
        main.Geo.distance -> main.Geo.inner direct
        main.Geo.Deep.half -> main.Geo.distance direct
        main.move -> main.Geo.Point.move inferred
        main -> main.Geo.distance direct
        main -> main.Geo.Deep.half direct
        main -> main.Color.parse direct
        """,
    ),
    "decorators are called where the class is made": (
        """
        function sealed(target: any) {}
        function route(path: string) { return (target: any, name: string, d: PropertyDescriptor) => { d.value(); }; }
        function inject(target: any, name: string, at: number) {}
        @sealed
        class Controller {
          @route("/a") list(@inject x: string) {}
        }
        """,
        """
        main -> main.sealed direct
        main -> main.route direct
        main -> main.route.<lambda1> inferred
        main -> main.inject direct
        main.route.<lambda1> -> main.Controller.list inferred
        """,
    ),
    "a test tells of what type a variable is": (
        """
        class Animal { speak() {} }
        class Dog extends Animal { speak() {} bark() {} }
        class Cat extends Animal { speak() {} bark() {} }
        function hear(a: Animal) {
          if (a instanceof Dog && a) { a.bark(); a.speak(); }
        }
        """,
        """
        main.hear -> main.Dog.bark inferred
        main.hear -> main.Dog.speak inferred
        """,
    ),
    "fields and accessors have types": (
        """
        class Engine { start() {} }
        class Car {
          engine: Engine;
          static shared?: Car;
          get motor(): Engine { return this.engine; }
          go() { this.engine.start(); this.motor.start(); Car.shared!.go(); }
        }
        """,
        """
        main.Car.go -> main.Engine.start inferred
        main.Car.go -> main.Car.motor inferred
        main.Car.go -> main.Car.go inferred
        """,
    ),
    "what is spread into a list is in it": (
        """
        interface Plugin { setup(): void }
        const metrics: Plugin = { setup() { count(); } };
        function count() {}
        class App {
          private plugins: Plugin[] = [];
          use(...given: Plugin[]): this { this.plugins.push(...given); return this; }
          start() { for (const plugin of this.plugins) plugin.setup(); }
        }
        new App().use(metrics).start();
        """,
        """
        main.metrics.setup -> main.count direct
        main.App.start -> main.Plugin.setup inferred
        main.App.start -> main.metrics.setup inferred
        main -> main.App.use inferred
        main -> main.App.start inferred
        """,
    ),
    "a type parameter hides a class of its name, and a local name an import": (
        """
        class T { run() {} }
        function use<T>(x: T) { (x as any).stop(); }
        function local(run: number) { const T = 1; }
        function any(x: any) { x.run(); }
        """,
        "main.any -> main.T.run dynamic",
    ),
    "elements": (
        """
        === main.tsx
        import React from "react";
        type Props = { onSave: () => void };
        function Button({ onSave }: Props) { onSave(); return <button/>; }
        const App: React.FC<Props> = () => <Button onSave={() => save()}/>;
        function save(): void {}
        """,
        """
        main.App -> main.Button direct
        main.Button -> main.App.<lambda1> inferred
        main.App.<lambda1> -> main.save direct
        """,
    ),
    "files import each other under the names of their output, and by settings of the compiler": (
        """
        === src/app.ts
        import type { Job } from "./types";
        import { start, type Options } from "./server.js";
        import * as text from "@app/text/trim";
        import legacy = require("./legacy");
        export function main(job: Job) { start(); text.trim(); legacy.old(); job.run(); }
        === src/server.ts
        export interface Options {}
        export function start(): void {}
        export { start as begin };
        === src/text/trim.ts
        export const trim = (): void => {};
        === src/legacy.ts
        class Legacy { old() {} }
        export = new Legacy();
        === src/types.d.ts
        export interface Job { run(): void }
        export declare function outer(): void;
        """,
        """
        src.app.main -> src.server.start direct
        src.app.main -> src.text.trim.trim direct
        src.app.main -> src.legacy.Legacy.old inferred
        src.app.main -> src.types.d.Job.run inferred
        """,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_all_calls_of_a_program_are_found(tmp_path: Path, name: str) -> None:
    text, expected = CASES[name]
    assert calls(program(tmp_path, text, "main.ts")) == listed(expected)


def test_what_is_only_declared_is_called_outside(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        declare function external(): void;
        declare class Widget { show(): void }
        function main(w: Widget) { external(); w.show(); "a".trim(); }
        """,
        "main.ts",
    )
    assert outside(found) == {"main.main -> external", "main.main -> Widget.show", "main.main -> String.trim"}
    assert [function.name for function in found.functions] == ["main", "main.main"]


def test_declarations_beside_an_implementation_do_not_make_its_names_ambiguous(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        === lib.js
        export class Box { open() {} }
        === lib.d.ts
        export declare class Box { open(): void }
        export function make(): Box;
        """,
    )
    assert [function.name for function in found.find("Box.open")] == ["lib.Box.open"]


def test_a_syntax_error_costs_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "main.ts").write_text("function a(): void { b(); }\nfunction (((\nfunction b(x: number) {}\n")
    found = analyze(tmp_path)
    assert "main.a -> main.b direct" in calls(found)
    assert [item.file for item in found.skipped] == ["main.ts"]
