"""Ruby: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from tests.analyzer.languages.writing import calls, listed, outside, program

CASES = {
    "methods outside of classes are called without parentheses": (
        """
        def first = second
        def second
          third 1
          third = 2
          third
        end
        def third(n) end
        first
        """,
        """
        main -> main.first direct
        main.first -> main.second direct
        main.second -> main.third direct
        """,
    ),
    "a local variable hides a method": (
        """
        def used; end
        def takes(used) used end
        def holds
          used = 1
          used
          [1].each { |used| used }
        end
        """,
        "",
    ),
    "comments and strings call nothing, what is put into a string does": (
        """
        def a; end
        def b
          # a
          "a"
        end
        def c; "x#{a}"; end
        """,
        "main.c -> main.a direct",
    ),
    "classes, inheritance and super": (
        """
        class Base
          def initialize(n) start end
          def start; end
          def self.make; new(1); end
          def name; 'base'; end
        end
        class Child < Base
          def initialize
            super(2)
            self.name
          end
          def start; super; end
          def self.make
            super
          end
        end
        Child.new.start
        Base.make
        """,
        """
        main.Base.initialize -> main.Base.start inferred
        main.Base.initialize -> main.Child.start override
        main.Base.make -> main.Base.initialize inferred
        main.Base.make -> main.Child.initialize override
        main.Child.initialize -> main.Base.initialize direct
        main.Child.initialize -> main.Base.name direct
        main.Child.start -> main.Base.start direct
        main.Child.make -> main.Base.make direct
        main -> main.Child.initialize direct
        main -> main.Child.start inferred
        main -> main.Base.make direct
        """,
    ),
    "fields and their accessors": (
        """
        class Engine
          def go; end
        end
        class Car
          attr_reader :engine
          attr_writer :spare
          def initialize; @engine = Engine.new; end
          def drive
            engine.go
            @spare.go
          end
          def speed=(value) value.go end
        end
        car = Car.new
        car.engine.go
        car.spare = Engine.new
        car.speed = Engine.new
        """,
        """
        main.Car.drive -> main.Engine.go inferred
        main.Car.speed= -> main.Engine.go inferred
        main -> main.Car.initialize direct
        main -> main.Engine.go inferred
        main -> main.Car.speed= inferred
        """,
    ),
    "modules are mixed in, extended and called": (
        """
        module Loud
          def shout; volume; end
        end
        module Finders
          def find; build; end
        end
        module Tools
          module_function
          def fix; oil; end
          def oil; end
        end
        class Dog
          include Loud
          extend Finders
          def volume; end
          class << self
            def build; new; end
          end
        end
        Dog.new.shout
        Dog.find
        Tools.fix
        """,
        """
        main.Loud.shout -> main.Dog.volume override
        main.Tools.fix -> main.Tools.oil direct
        main -> main.Loud.shout inferred
        main -> main.Finders.find direct
        main -> main.Tools.fix direct
        main.Finders.find -> main.Dog.build direct
        """,
    ),
    "what a block calls, the method around it calls": (
        """
        class Item
          def price; end
        end
        def total
          items = [Item.new]
          items.sum { |item| item.price }
          items.map(&:price)
          items.each_with_index do |item, index| item.price end
          { a: Item.new }.each { |key, item| item.price }
        end
        """,
        "main.total -> main.Item.price inferred",
    ),
    "a block that a method of the program calls is a function too": (
        """
        def twice
          yield 1
        end
        def kept(&block) = block.call
        def run
          twice { |n| work }
          kept { work }
        end
        def work; end
        """,
        """
        main.run -> main.twice direct
        main.run -> main.kept direct
        main.run -> main.work direct
        main.twice -> main.run.<lambda1> inferred
        main.kept -> main.run.<lambda2> inferred
        main.run.<lambda1> -> main.work direct
        main.run.<lambda2> -> main.work direct
        """,
    ),
    "lambdas and method objects": (
        """
        def work; end
        def rest; end
        handler = ->(x) { work }
        handler.call(1)
        handler.(1)
        table = { work: method(:rest) }
        table[:work].call
        """,
        """
        main.handler -> main.work direct
        main -> main.handler inferred
        main -> main.rest inferred
        """,
    ),
    "structs have fields and methods": (
        """
        Point = Struct.new(:x, :y) do
          def length; x.size; end
        end
        class Box < Struct.new(:inner)
          def open; inner.length; end
        end
        class Size
          def size; end
        end
        Box.new(Point.new(Size.new, 2)).open
        """,
        """
        main.Point.length -> main.Size.size inferred
        main.Box.open -> main.Point.length inferred
        main -> main.Box.open inferred
        """,
    ),
    "operators and items are methods": (
        """
        class Money
          include Comparable
          def +(other) Money.new end
          def <=>(other) 0 end
          def [](key) end
          def -@; end
          def to_s; ''; end
        end
        def run
          sum = Money.new + Money.new
          sum[1]
          -sum
          sum > Money.new
          puts sum
        end
        """,
        """
        main.run -> main.Money.+ inferred
        main.run -> main.Money.[] inferred
        main.run -> main.Money.-@ inferred
        main.run -> main.Money.<=> inferred
        main.run -> main.Money.to_s inferred
        """,
    ),
    "an object that can be iterated over": (
        """
        class Bag
          include Enumerable
          def each; yield 1; end
        end
        def run = Bag.new.map { |x| work }
        def work; end
        """,
        """
        main.run -> main.Bag.each inferred
        main.run -> main.work direct
        main.Bag.each -> main.run.<lambda1> inferred
        main.run.<lambda1> -> main.work direct
        """,
    ),
    "methods by name": (
        """
        class Job
          def start; send(:finish); end
          def finish; end
          alias stop finish
          define_method(:pause) { stop }
          def method_missing(name, *args) super end
        end
        Job.new.public_send(:start)
        Job.new.pause
        Job.new.anything
        """,
        """
        main.Job.start -> main.Job.finish direct
        main.Job.pause -> main.Job.finish direct
        main -> main.Job.start inferred
        main -> main.Job.pause inferred
        main -> main.Job.method_missing inferred
        """,
    ),
    "errors": (
        """
        class Broken < StandardError
          def initialize(text) super end
          def report; end
        end
        def risky
          raise Broken, 'x'
        end
        def safe
          risky
        rescue Broken => error
          error.report
        ensure
          clean
        end
        def clean; end
        """,
        """
        main.risky -> main.Broken.initialize direct
        main.safe -> main.risky direct
        main.safe -> main.Broken.report inferred
        main.safe -> main.clean direct
        """,
    ),
    "patterns bind variables": (
        """
        class Bus
          def fire; end
        end
        def name; end
        def size; end
        def run(thing)
          case thing
          in Bus => bus then bus.fire
          in {name: String => text, size:} if text then size
          in [name, *size] then name
          end
        end
        """,
        "main.run -> main.Bus.fire inferred",
    ),
    "a variable in the body of a class": (
        """
        def work; end
        class Limits
          read = lambda { |name| work }
          MOST = read.call('most')
          define_method(:least) { read.call('least') }
        end
        """,
        """
        main.Limits.read -> main.work direct
        main -> main.Limits.read inferred
        main.Limits.least -> main.Limits.read inferred
        """,
    ),
    "of an unknown object, the name is all there is to go by": (
        """
        class Cat
          def feed; end
        end
        class Shop
          def feed(x) end
          def only; end
        end
        def run(thing)
          thing.feed
        end
        """,
        """
        main.run -> main.Cat.feed dynamic
        main.run -> main.Shop.feed dynamic
        """,
    ),
    "the value of a branch": (
        """
        class A
          def go; end
        end
        class B
          def go; end
        end
        def pick(n)
          if n then A.new else B.new end
        end
        def choose(n)
          case n
          when 1 then A.new
          else return B.new
          end
        end
        pick(1).go
        (@kept ||= choose(2)).go
        """,
        """
        main -> main.pick direct
        main -> main.choose direct
        main -> main.A.go inferred
        main -> main.B.go inferred
        """,
    ),
}


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES.keys())
def test_a_program_has_just_these_calls(tmp_path: Path, source: str, expected: str) -> None:
    assert calls(program(tmp_path, source, "main.rb")) == listed(expected)


def test_classes_are_opened_in_several_files_and_constants_found_in_the_modules_around(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        === lib/shop.rb
        require_relative "shop/order"
        module Shop
          class Error < StandardError; end
          def self.open = Order.new.place
        end
        === lib/shop/order.rb
        module Shop
          class Order
            def place; ship; Mail::Sender.new.send_it; end
          end
        end
        === lib/shop/shipping.rb
        class Shop::Order
          def ship; end
        end
        module Shop
          module Mail
            class Sender
              def send_it; helper; end
            end
          end
        end
        === lib/other.rb
        class Order
          def place; end
          def ship; end
        end
        def helper; end
        """,
    )
    assert calls(found) == listed(
        """
        lib.shop.Shop.open -> lib.shop.order.Shop.Order.place inferred
        lib.shop.order.Shop.Order.place -> lib.shop.shipping.Shop.Order.ship direct
        lib.shop.order.Shop.Order.place -> lib.shop.shipping.Shop.Mail.Sender.send_it inferred
        lib.shop.shipping.Shop.Mail.Sender.send_it -> lib.other.helper direct
        """
    )


def test_two_programs_in_one_folder_do_not_mix(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        === a.rb
        class App
          def run; help; end
        end
        def help; end
        App.new.run
        === b.rb
        class App
          def run; help; end
        end
        def help; end
        App.new.run
        """,
    )
    assert calls(found) == listed(
        """
        a.App.run -> a.help direct
        a -> a.App.run inferred
        b.App.run -> b.help direct
        b -> b.App.run inferred
        """
    )


def test_what_is_outside_keeps_its_name(tmp_path: Path) -> None:
    found = program(tmp_path, "def run\n  puts File.read('x').size\n  JSON::Parser.new\nend\n", "main.rb")
    assert outside(found) == {
        "main.run -> puts",
        "main.run -> File.read",
        "main.run -> File.read.size",
        "main.run -> JSON.Parser.new",
    }


@pytest.mark.parametrize("typed", ["Shop::Order#place", "Shop::Order.place", "order.rb:place", "order.rb:3"])
def test_people_may_name_a_method_as_they_do_in_ruby(tmp_path: Path, typed: str) -> None:
    found = program(tmp_path, "module Shop\n  class Order\n    def place; end\n  end\nend\n", "order.rb")
    assert [function.name for function in found.find(typed)] == ["order.Shop.Order.place"]


@pytest.mark.parametrize("broken", ["def", "class", "x = ->(", "foo do |a", "case", "yield(", "alias", "a&."])
def test_broken_syntax_costs_only_its_own_place(tmp_path: Path, broken: str) -> None:
    found = program(tmp_path, f"def a\n  b\nend\ndef b; end\n{broken}", "main.rb")
    assert "main.a -> main.b direct" in calls(found)
