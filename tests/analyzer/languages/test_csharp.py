"""C#: each program with all its calls and how they are known."""

from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze
from tests.analyzer.languages.writing import calls, listed, outside, program

CASES = {
    "members need no this, and overloads differ by what they take": (
        """
        class Main {
          void Run() { Step(); Step(1); this.Step(b: 2, a: 1); Helper(); Shown(); void Shown() { Step(); } }
          void Step() {}
          void Step(int n, string s = "x") { Last(); }
          void Step(int a, int b, params int[] c) {}
          private static void Last(params int[] ns) {}
          static void Helper() => Last(1, 2);
          static async Task Main(string[] args) { await new Main().RunAsync().ConfigureAwait(false); }
          Task RunAsync() { return null; }
        }
        """,
        """
        Main.Run -> Main.Step direct
        Main.Run -> Main.Step inferred
        Main.Run -> Main.Helper direct
        Main.Run -> Main.Run.Shown direct
        Main.Run.Shown -> Main.Step direct
        Main.Step -> Main.Last direct
        Main.Helper -> Main.Last direct
        Main.Main -> Main.RunAsync inferred
        """,
    ),
    "constructors call each other and that of the base": (
        """
        class Main : Base {
          private Part part = new Part(1);
          public Main() : this("a") { }
          public Main(string a) { Start(); }
          private void Start() {}
          static Main Make() => new();
        }
        class Base { public Base() { Init(); } void Init() {} }
        class Part { public Part(int n) {} }
        class Whole { Part part = new(2); static Part shared = new Part(3); List<int> l = new(); }
        class Short(Part part) : Parent(part) { void Use() { part.Work(); } }
        class Parent { public Parent(Part p) {} }
        class Use { void Go() { new Whole(); new Short(null); } }
        """,
        """
        Main.Main -> Main.Main direct
        Main.Main -> Main.Start direct
        Main.Main -> Main.Base.Base direct
        Main.Main -> Main.Part.Part direct
        Main.Make -> Main.Main direct
        Main.Base.Base -> Main.Base.Init direct
        Main.Whole.Whole -> Main.Part.Part direct
        Main -> Main.Part.Part direct
        Main.Short.Short -> Main.Parent.Parent direct
        Main.Use.Go -> Main.Whole.Whole direct
        Main.Use.Go -> Main.Short.Short direct
        """,
    ),
    "properties, indexers and operators are functions where they have code": (
        """
        class Main {
          int size;
          public int Size { get { return Count(); } set { Check(value); size = value; } }
          public int Double => Size * 2;
          public static Main Current => Find();
          public Part Plain { get; set; } = new Part();
          static Main Find() { return null; }
          int Count() { return 1; }
          void Check(int n) {}
          public Part this[int i] { get => At(i); }
          Part At(int i) { return null; }
          public static Main operator +(Main a, Main b) => a.Add(b);
          Main Add(Main other) { return this; }
          void Run(Main other) {
            Size = Double;
            this[1].Work();
            Plain.Work();
            var sum = this + other;
            sum.Count();
            Main.Current.Count();
          }
        }
        class Part { public void Work() {} }
        """,
        """
        Main.Size -> Main.Count direct
        Main.Size -> Main.Check direct
        Main.Double -> Main.Size inferred
        Main.Current -> Main.Find direct
        Main.Item -> Main.At direct
        Main.operator+ -> Main.Add direct
        Main.Run -> Main.Size inferred
        Main.Run -> Main.Double inferred
        Main.Run -> Main.Item inferred
        Main.Run -> Main.Part.Work inferred
        Main.Run -> Main.operator+ inferred
        Main.Run -> Main.Count inferred
        Main.Run -> Main.Current inferred
        """,
    ),
    "interfaces, abstract and virtual methods, and what nobody overrides": (
        """
        interface IRepo<T> { T Find(string id); T First() { return Find("1"); } }
        abstract class Cached<T> : IRepo<T> {
          public T Find(string id) => Load(id);
          protected abstract T Load(string id);
          public virtual void Clear() {}
          public void Reset() { Clear(); Own(); }
          void Own() {}
        }
        class Users : Cached<User> {
          protected override User Load(string id) => new User();
          public override void Clear() { base.Clear(); }
          void Own() {}
        }
        class User { public void Greet() {} }
        class Other { public void Greet() {} public void Load(string id) {} }
        class Main {
          private readonly IRepo<User> repo;
          public Main(IRepo<User> repo) { this.repo = repo; }
          void Run() { repo.Find("x").Greet(); var u = repo.First(); u?.Greet(); }
        }
        """,
        """
        Main.IRepo.First -> Main.IRepo.Find inferred
        Main.IRepo.First -> Main.Cached.Find override
        Main.Cached.Find -> Main.Cached.Load inferred
        Main.Cached.Find -> Main.Users.Load override
        Main.Cached.Reset -> Main.Cached.Clear inferred
        Main.Cached.Reset -> Main.Users.Clear override
        Main.Cached.Reset -> Main.Cached.Own direct
        Main.Users.Clear -> Main.Cached.Clear direct
        Main.Run -> Main.IRepo.Find inferred
        Main.Run -> Main.Cached.Find override
        Main.Run -> Main.IRepo.First inferred
        Main.Run -> Main.User.Greet inferred
        """,
    ),
    "delegates, events, lambdas and queries": (
        """
        using System.Linq;
        class Main {
          public event Action<string> Done;
          delegate void Handler(string s);
          void Finished(string s) {}
          void Handle(string s) {}
          void Dispatch(Handler handler) { handler("e"); }
          void Run(List<User> users, Func<User, bool> test) {
            Done += Finished;
            Done += s => Handle(s);
            Done?.Invoke("x");
            Dispatch(Handle);
            Dispatch(delegate (string s) { Finished(s); });
            users.Where(u => u.Active()).Select(u => u.Name()).ToList();
            var names = from u in users where u.Active() select u.Name();
            Task.Run(() => Handle("t"));
          }
          class User { public bool Active() => true; public string Name() => ""; }
        }
        """,
        """
        Main.Run -> Main.Finished inferred
        Main.Run -> Main.Run.Done inferred
        Main.Run.Done -> Main.Handle direct
        Main.Run -> Main.Dispatch direct
        Main.Dispatch -> Main.Handle inferred
        Main.Dispatch -> Main.Run.<lambda1> inferred
        Main.Run.<lambda1> -> Main.Finished direct
        Main.Run -> Main.Run.<lambda2> inferred
        Main.Run -> Main.Run.<lambda3> inferred
        Main.Run.<lambda2> -> Main.User.Active inferred
        Main.Run.<lambda3> -> Main.User.Name inferred
        Main.Run -> Main.User.Active inferred
        Main.Run -> Main.User.Name inferred
        Main.Run -> Main.Run.<lambda4> inferred
        Main.Run.<lambda4> -> Main.Handle direct
        """,
    ),
    "casts, tests and patterns tell types; loops and resources call methods": (
        """
        class Main {
          void Look(Shape s, Dictionary<string, List<Shape>> all) {
            if (s is Circle c && c.Round()) c.Roll();
            if (s is Square) { ((Square)s).Spin(); }
            (s as Square)?.Spin();
            if (s is not Circle d) return;
            d.Roll();
            switch (s) { case Circle k: k.Roll(); break; case Square { Size: 1 } q: q.Spin(); break; }
            var n = s switch { Circle z => z.Round(), _ => None() };
            using (var r = new Res()) { r.Use(); }
            foreach (var node in new Nodes()) node.Touch();
            foreach (var pair in all) foreach (var each in pair.Value) each.Draw();
            if (all.TryGetValue("x", out var found)) found[0].Draw();
          }
          bool None() => false;
        }
        class Shape { public void Draw() {} }
        class Circle : Shape { public void Roll() {} public bool Round() => true; }
        class Square : Shape { public void Spin() {} }
        class Res : IDisposable { public void Use() {} public void Dispose() {} }
        class Node { public void Touch() {} }
        class Nodes : IEnumerable<Node> {
          public IEnumerator<Node> GetEnumerator() { yield return new Node(); }
        }
        """,
        """
        Main.Look -> Main.Circle.Round inferred
        Main.Look -> Main.Circle.Roll inferred
        Main.Look -> Main.Square.Spin inferred
        Main.Look -> Main.None direct
        Main.Look -> Main.Res.Dispose inferred
        Main.Look -> Main.Res.Use inferred
        Main.Look -> Main.Nodes.GetEnumerator inferred
        Main.Look -> Main.Node.Touch inferred
        Main.Look -> Main.Shape.Draw inferred
        """,
    ),
    "extension methods are those of what they extend": (
        """
        static class Extensions {
          public static string Loud(this string s, int n) => s;
          public static void Twice(this User u) { u.Greet(); }
          public static IServices AddAll(this IServices s) { return s; }
          public static void Each<T>(this IEnumerable<T> xs, Action<T> act) { foreach (var x in xs) act(x); }
        }
        class User { public void Greet() {} }
        class Other { public void Twice() {} }
        class Main {
          void Run(User u, Other o, IServices services, List<User> us) {
            "a".Loud(1);
            u.Twice();
            o.Twice();
            services.AddAll();
            us.Each(x => x.Greet());
          }
        }
        """,
        """
        Main.Run -> Main.Extensions.Loud inferred
        Main.Extensions.Twice -> Main.User.Greet inferred
        Main.Extensions.Each -> Main.Run.<lambda1> inferred
        Main.Run -> Main.Extensions.Twice inferred
        Main.Run -> Main.Other.Twice inferred
        Main.Run -> Main.Extensions.AddAll inferred
        Main.Run -> Main.Extensions.Each inferred
        Main.Run.<lambda1> -> Main.User.Greet inferred
        """,
    ),
    "namespaces: using of every kind, and classes in parts": (
        """
        === src/App.cs
        using Acme.Store;
        using static Acme.Text.Words;
        using Far = Acme.Far.Away;
        namespace Acme;
        public partial class App {
          public static void Main(string[] args) {
            new Store().Save(); new Beside().Help();
            Shout(); Far.Go(); Other(); Acme.Far.Away.Go();
          }
        }
        === src/App.Other.cs
        namespace Acme
        {
          public partial class App { static void Other() { Main(null); new App().Work(); } void Work() { Other(); } }
        }
        === src/Beside.cs
        using Acme.Deep;
        namespace Acme { class Beside { public void Help() { Inner.Show(); } } }
        namespace Acme.Deep { class Inner { public static void Show() {} } }
        === src/Store.cs
        namespace Acme.Store { public class Store { public void Save() {} } }
        === src/Words.cs
        namespace Acme.Text;
        public static class Words { public static void Shout() {} }
        === src/Away.cs
        namespace Acme.Far;
        public class Away { public static void Go() {} }
        === src/Unrelated.cs
        namespace Unrelated { public class Store { public void Save() {} public static void Shout() {} } }
        """,
        """
        src.App.Main -> src.Store.Save inferred
        src.App.Main -> src.Beside.Help inferred
        src.App.Main -> src.Words.Shout direct
        src.App.Main -> src.Away.Go direct
        src.App.Main -> src.App.Other.App.Other direct
        src.App.Other.App.Other -> src.App.Main direct
        src.App.Other.App.Other -> src.App.Other.App.Work inferred
        src.App.Other.App.Work -> src.App.Other.App.Other direct
        src.Beside.Help -> src.Beside.Inner.Show direct
        """,
    ),
    "statements at the top of a file, records and enumerations": (
        """
        var p = new Point(1, new User());
        p.Owner.Greet();
        Help();
        Color.Red.Tell();
        static void Help() {}
        record Point(int X, User Owner) { public static Point Zero() => new(0, null); }
        class User { public void Greet() {} }
        enum Color { Red, Green }
        static class Colors { public static void Tell(this Color c) {} }
        """,
        """
        Main -> Main.User.Greet inferred
        Main -> Main.Help direct
        Main -> Main.Colors.Tell inferred
        """,
    ),
    "overloads are told apart by what the source says of types": (
        """
        class Main {
          string name;
          void Text() { Put("a").Go(); Put(name).Go(); Put($"a{1}").Go(); }
          void Number(int n) { Put(n).Go(); Put(b: 1, a: true); }
          void Animal(Dog dog) { Put(dog).Go(); foreach (Dog one in All()) Put(one).Go(); }
          void Null() { Put(null).Go(); }
          Dog[] All() => null;
          A Put(string s) => new A();
          B Put(int i) => new B();
          void Put(bool a, int b) {}
          C Put(Animal a) => new C();
        }
        class Animal {}
        class Dog : Animal {}
        class A { public void Go() {} }
        class B { public void Go() {} }
        class C { public void Go() {} }
        """,
        """
        Main.Text -> Main.Put direct
        Main.Text -> Main.A.Go inferred
        Main.Number -> Main.Put direct
        Main.Number -> Main.B.Go inferred
        Main.Animal -> Main.Put direct
        Main.Animal -> Main.All direct
        Main.Animal -> Main.C.Go inferred
        Main.Null -> Main.Put inferred
        Main.Null -> Main.A.Go inferred
        Main.Null -> Main.C.Go inferred
        """,
    ),
    "of unknown objects only names are known": (
        """
        class Main {
          void Run(Missing m) { m.Step(); nowhere.Step(); "a".Step(); this.ToString(); /* Step(); */ }
          string s = "Step()";
          void Hide(Action Step) { Step(); }
        }
        class Other { public void Step() {} public override string ToString() => ""; }
        """,
        "Main.Run -> Main.Other.Step dynamic",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_all_calls_of_a_program_are_found(tmp_path: Path, name: str) -> None:
    text, expected = CASES[name]
    assert calls(program(tmp_path, text, "Main.cs")) == listed(expected)


@pytest.mark.parametrize("typed", ["Acme.Web.App.Run", "App.Run", "App::Run", "src/App.cs:Run", "App.cs:4"])
def test_methods_answer_to_the_names_people_give_them(tmp_path: Path, typed: str) -> None:
    found = program(
        tmp_path,
        """
        === src/App.cs
        namespace Acme.Web;
        public class App
        {
          void Run() {}
          public App() {}
        }
        """,
    )
    assert [function.name for function in found.find(typed)] == ["src.App.Run"]
    assert {function.name for function in found.find("Acme.Web.App")} == {"src.App.App"}


def test_calls_of_the_library_have_its_names(tmp_path: Path) -> None:
    found = program(
        tmp_path,
        """
        using System;
        class Main {
          void Run(List<string> names, ILogger log) {
            log.LogInformation("b");
            names.Clear();
            "a".Trim();
            Math.Max(1, 2);
            System.Console.WriteLine($"{nameof(Run)}");
          }
        }
        """,
        "Main.cs",
    )
    assert outside(found) == {
        "Main.Run -> ILogger.LogInformation",
        "Main.Run -> List.Clear",
        "Main.Run -> String.Trim",
        "Main.Run -> Math.Max",
        "Main.Run -> System.Console.WriteLine",
    }


def test_a_syntax_error_costs_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "Main.cs").write_text("class Main {\n void A() { B(); }\n void ( { ;\n void B() {}\n}\n")
    found = analyze(tmp_path)
    assert "Main.A -> Main.B direct" in calls(found)
    assert [item.file for item in found.skipped] == ["Main.cs"]
