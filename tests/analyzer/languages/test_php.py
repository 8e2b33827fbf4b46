"""PHP: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from tests.analyzer.languages.writing import calls, listed, outside, program

CASES = {
    "functions are called by name, and know no variables but their own": (
        """
        <?php
        first();
        $run = 'second';
        function first() { $run(); second(); }
        function second() { $f = 'third'; $f(); strlen('x'); }
        function third() {}
        """,
        """
        main -> main.first direct
        main.first -> main.second direct
        main.second -> main.third inferred
        """,
    ),
    "comments and strings call nothing": (
        """
        <?php
        function a() {}
        function b() { /* a(); */ return "a()"; }
        """,
        "",
    ),
    "classes, inheritance, parent, self and static": (
        """
        <?php
        class Base {
            public function __construct(int $n) { $this->start(); }
            public function start() {}
            public static function make() { return new static(1); }
            public function both() { self::start(); }
        }
        final class Child extends Base {
            public function __construct() { parent::__construct(2); }
            public function start() { parent::start(); self::help(); static::help(); }
            private static function help() {}
        }
        $child = new Child();
        $child->start();
        Base::make();
        """,
        """
        main.Base.__construct -> main.Base.start inferred
        main.Base.__construct -> main.Child.start override
        main.Base.make -> main.Base.__construct inferred
        main.Base.make -> main.Child.__construct override
        main.Base.both -> main.Base.start direct
        main.Child.__construct -> main.Base.__construct direct
        main.Child.start -> main.Base.start direct
        main.Child.start -> main.Child.help direct
        main -> main.Child.__construct direct
        main -> main.Child.start inferred
        main -> main.Base.make direct
        """,
    ),
    "properties: declared, promoted, set, and called": (
        """
        <?php
        class Engine { public function go() {} }
        class Car {
            private ?Engine $spare = null;
            public $run;
            /** @var Engine[] */
            private $others;
            public function __construct(private Engine $engine) {
                $this->front = new Engine;
                $this->run = fn() => stop();
            }
            public function run() {}
            public function drive(array $list) {
                $this->engine->go();
                $this->spare?->go();
                $this->front->go();
                foreach ($this->others as $other) { $other->go(); }
                ($this->run)();
                $this->run();
            }
        }
        function stop() {}
        """,
        """
        main.Car.__construct.run -> main.stop direct
        main.Car.drive -> main.Engine.go inferred
        main.Car.drive -> main.Car.__construct.run inferred
        main.Car.drive -> main.Car.run direct
        """,
    ),
    "interfaces, abstract classes and traits": (
        """
        <?php
        interface Shape { public function area(): float; }
        abstract class Named implements Shape {
            abstract protected function label();
            public function show() { $this->label(); }
        }
        trait Logs { public function log() { $this->write(); } abstract function write(); }
        class Square extends Named {
            use Logs { log as note; }
            public function area(): float { return 1; }
            protected function label() { $this->log(); $this->note(); }
            public function write() {}
        }
        function measure(Shape $shape) { return $shape->area(); }
        """,
        """
        main.Named.show -> main.Named.label inferred
        main.Named.show -> main.Square.label override
        main.Logs.log -> main.Logs.write inferred
        main.Logs.log -> main.Square.write override
        main.Square.label -> main.Logs.log direct
        main.measure -> main.Shape.area inferred
        main.measure -> main.Square.area override
        """,
    ),
    "callables of every kind": (
        """
        <?php
        class Tool {
            public function all(array $list) {
                array_map([$this, 'one'], $list);
                usort($list, 'compare');
                array_filter($list, fn($x) => keep($x));
                call_user_func([self::class, 'two'], 1);
                call_user_func_array('Tool::two', [1]);
                $f = $this->one(...);
                $f();
                $g = function () use ($f) { $f(); unused(); };
                $g();
                $name = 'one';
                $this->$name();
            }
            public function one() {}
            public static function two() {}
            public function __invoke() { keep(1); }
        }
        function compare($a, $b) {}
        function keep($x) {}
        function apply(callable $act, $x) { return $act($x); }
        apply('keep', 1);
        apply(new Tool, 1);
        """,
        """
        main.Tool.all -> main.Tool.one direct
        main.Tool.all -> main.Tool.one inferred
        main.Tool.all -> main.compare inferred
        main.Tool.all -> main.Tool.all.<lambda1> inferred
        main.Tool.all.<lambda1> -> main.keep direct
        main.Tool.all -> main.Tool.two inferred
        main.Tool.all -> main.Tool.all.g direct
        main.Tool.all.g -> main.Tool.one direct
        main.Tool.__invoke -> main.keep direct
        main -> main.apply direct
        main.apply -> main.keep inferred
        main.apply -> main.Tool.__invoke inferred
        """,
    ),
    "types tell what parameters, results and errors are": (
        """
        <?php
        class A { public function go(): static { return $this; } public function end() {} }
        class B extends Exception { public function report() {} public function go() {} }
        function find(): ?A { return load(); }
        function typed(A|B $x, ?A $y) { $y->end(); find()->go()->end(); }
        function tested($x) { if ($x instanceof B) { $x->report(); } }
        function caught() { try { find(); } catch (B $e) { $e->report(); } }
        /**
         * @param A[] $list
         * @return A
         */
        function told($list) { foreach ($list as $one) { $one->end(); } return load(); }
        function uses() { told([])->end(); }
        """,
        """
        main.typed -> main.A.end inferred
        main.typed -> main.find direct
        main.typed -> main.A.go inferred
        main.tested -> main.B.report inferred
        main.caught -> main.find direct
        main.caught -> main.B.report inferred
        main.told -> main.A.end inferred
        main.uses -> main.told direct
        main.uses -> main.A.end inferred
        """,
    ),
    "enumerations, constants and match": (
        """
        <?php
        enum Suit { case Hearts; case Spades; const WILD = self::Spades;
            public function color() { return match ($this) { self::Hearts => red(), default => black() }; }
            public static function any(): self { return self::Hearts; } }
        function red() {} function black() {}
        class Jobs { const TABLE = ['a' => [self::class, 'run']]; public static function run() {}
            public function start(string $name) { call_user_func(self::TABLE[$name]); } }
        Suit::Hearts->color();
        Suit::any()->color();
        """,
        """
        main.Suit.color -> main.red direct
        main.Suit.color -> main.black direct
        main -> main.Suit.color inferred
        main -> main.Suit.any direct
        main.Jobs.start -> main.Jobs.run inferred
        """,
    ),
    "objects in loops, with keys, as text and without the method": (
        """
        <?php
        class Bag implements IteratorAggregate, ArrayAccess, Countable {
            public function getIterator(): Iterator { return new Steps; }
            public function offsetGet($key) { return new Item; }
            public function offsetSet($key, $value) {}
            public function count(): int { return 1; }
            public function __toString() { return ''; }
            public function __call($name, $arguments) {}
        }
        class Steps implements Iterator {
            public function current() { return new Item; } public function next() {} public function valid() {}
        }
        class Item { public function name() {} }
        function run(Bag $bag) {
            foreach ($bag as $item) { $item->name(); }
            $bag['x']->name();
            $bag['y'] = 1;
            count($bag);
            echo "text $bag";
            $bag->anything();
        }
        """,
        """
        main.run -> main.Bag.getIterator inferred
        main.run -> main.Steps.current inferred
        main.run -> main.Steps.next inferred
        main.run -> main.Steps.valid inferred
        main.run -> main.Item.name inferred
        main.run -> main.Bag.offsetGet inferred
        main.run -> main.Bag.offsetSet inferred
        main.run -> main.Bag.count inferred
        main.run -> main.Bag.__toString inferred
        main.run -> main.Bag.__call inferred
        """,
    ),
    "anonymous classes and generators": (
        """
        <?php
        abstract class Job { public function start() { $this->run(); } abstract function run(); }
        function make() { return new class extends Job { public function run() { work(); } }; }
        function work() {}
        function all() { yield make(); yield from more(); }
        function more() { yield make(); }
        foreach (all() as $job) { $job->start(); }
        """,
        """
        main.Job.start -> main.Job.run inferred
        main.Job.start -> main.make.<class1>.run override
        main.make.<class1>.run -> main.work direct
        main.all -> main.make direct
        main.all -> main.more direct
        main.more -> main.make direct
        main -> main.all direct
        main -> main.Job.start inferred
        """,
    ),
    "listeners in arrays within arrays, static calls that nothing defines": (
        """
        <?php
        class Bus {
            private array $listeners = [];
            public function on(string $event, callable $act) { $this->listeners[$event][] = $act; }
            public function fire(string $event) { foreach ($this->listeners[$event] ?? [] as $act) { $act(); } }
            public static function __callStatic($name, $arguments) { return new Bus; }
        }
        function heard() {}
        (new Bus)->on('x', 'heard');
        Bus::made()->fire('x');
        """,
        """
        main.Bus.fire -> main.heard inferred
        main -> main.Bus.on inferred
        main -> main.Bus.__callStatic inferred
        main -> main.Bus.fire inferred
        """,
    ),
    "what only a subclass can do in syntax is not assumed of its base": (
        """
        <?php
        class Model { public function show() {} }
        class Page extends Model { public function __toString() { return ''; } public function offsetGet($key) {} }
        function run(Model $model, Page $page) { echo "$model $page"; $model['x']; $page['x']; $model->show(); }
        """,
        """
        main.run -> main.Page.__toString inferred
        main.run -> main.Page.offsetGet inferred
        main.run -> main.Model.show inferred
        """,
    ),
    "properties with hooks call them": (
        """
        <?php
        class Person {
            public string $full { get => $this->join(); set($value) { $this->split($value); } }
            private function join() {}
            private function split($value) {}
        }
        $person = new Person;
        echo $person->full;
        $person->full = 'x';
        """,
        """
        main.Person.full.get -> main.Person.join direct
        main.Person.full.set -> main.Person.split direct
        main -> main.Person.full.get inferred
        main -> main.Person.full.set inferred
        """,
    ),
    "of an unknown object, the name is all there is to go by": (
        """
        <?php
        class Cat { public function feed() {} }
        class Shop { public $feed; public function only() {} }
        function run($thing) { $thing->feed(); }
        """,
        "main.run -> main.Cat.feed dynamic",
    ),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_a_program_has_just_these_calls(tmp_path: Path, source: str, expected: str) -> None:
    assert calls(program(tmp_path, source, "main.php")) == listed(expected)


SHOP = """
=== src/Order.php
<?php
namespace Acme\\Shop;
use Acme\\Mail\\Sender;
use Acme\\Mail\\{Queue as Q, Other};
use function Acme\\help;
class Order {
    public function place() { (new Sender())->send(); Q::push(); help(); local(); \\topmost(); new \\Acme\\Shop\\Item; }
}
class Item { public function __construct() {} }
function local() {}
=== src/mail.php
<?php
namespace Acme\\Mail;
class Sender { public function send() {} }
class Queue { public static function push() { topmost(); } }
=== src/functions.php
<?php
namespace Acme { function help() {} function topmost() {} }
namespace { function topmost() {} function local() {} }
=== other/Sender.php
<?php
class Sender { public function send() {} }
"""


def test_classes_and_functions_are_found_by_their_namespaces(tmp_path: Path) -> None:
    assert calls(program(tmp_path, SHOP)) == listed(
        """
        src.Order.place -> src.mail.Sender.send inferred
        src.Order.place -> src.mail.Queue.push direct
        src.Order.place -> src.functions.help direct
        src.Order.place -> src.Order.local direct
        src.Order.place -> src.functions.topmost direct
        src.Order.place -> src.Order.Item.__construct direct
        src.mail.Queue.push -> src.functions.topmost direct
        """
    )


@pytest.mark.parametrize("typed", ["Acme\\Shop\\Order::place", "Order::place", "Order.php:place", "src/Order.php:7"])
def test_people_may_name_a_method_as_they_do_in_php(tmp_path: Path, typed: str) -> None:
    assert [function.name for function in program(tmp_path, SHOP).find(typed)] == ["src.Order.place"]


def test_what_is_outside_keeps_its_name(tmp_path: Path) -> None:
    source = (
        "<?php namespace A; use Psr\\Log\\Logger; function run(Logger $l) { $l->info(strlen('x')); new \\DateTime(); }"
    )
    assert outside(program(tmp_path, source, "main.php")) == {
        "main.run -> Psr.Log.Logger.info",
        "main.run -> strlen",
        "main.run -> DateTime",
    }


@pytest.mark.parametrize("broken", ["use A;", "case B;", "$x = new", "foreach ($a", "class { function", "f(new"])
def test_broken_syntax_costs_only_its_own_place(tmp_path: Path, broken: str) -> None:
    found = program(tmp_path, f"<?php function a() {{ b(); }} function b() {{}}\n{broken}", "main.php")
    assert "main.a -> main.b direct" in calls(found)
