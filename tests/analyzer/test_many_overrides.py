"""What many subclasses override is called all at once, and every argument and result still finds its way."""

from pathlib import Path

from tests.analyzer.writing import analyzed, calls_of

KINDS = ("A", "B", "C", "D", "E", "F", "G")


def _program(method: str, use: str) -> str:
    subclasses = "\n".join(f"class {kind}(Base):\n    def act({method}\n" for kind in KINDS)
    return f"class Base:\n    def act(self, *args, **more): pass\n    def own(self): pass\n{subclasses}\n{use}\n"


def _calls(folder: Path, method: str, use: str) -> set[str]:
    return calls_of(analyzed(folder, _program(method, use)))


def _all(*pattern: str) -> set[str]:
    return {line.format(kind=kind) for kind in KINDS for line in pattern}


def test_every_method_that_may_run_is_called_with_what_was_given(tmp_path: Path) -> None:
    use = "def hook(): pass\ndef main(thing: Base):\n    thing.act(hook)\n"
    assert _calls(tmp_path, "self, f, g=None): f()", use) >= _all(
        "main.main -> main.{kind}.act", "main.{kind}.act -> main.hook"
    )


def test_what_is_given_by_name_or_with_a_star_arrives(tmp_path: Path) -> None:
    use = (
        "def hook(): pass\ndef other(): pass\n"
        "def main(thing: Base):\n    thing.act(g=hook, f=None)\n    thing.act(*[other])\n"
    )
    method = "self, f, g=None): g(); f()"
    assert _calls(tmp_path, method, use) >= _all("main.{kind}.act -> main.hook", "main.{kind}.act -> main.other")


def test_what_the_methods_return_comes_back(tmp_path: Path) -> None:
    use = "def hook(): pass\ndef main(thing: Base):\n    thing.act()()\n"
    assert "main.main -> main.hook" in _calls(tmp_path, "self): return hook", use)


def test_an_argument_that_is_returned_goes_back_to_its_own_caller_alone(tmp_path: Path) -> None:
    use = (
        "def one(): pass\ndef two(): pass\n"
        "def first(thing: Base):\n    thing.act(one)()\n"
        "def second(thing: Base):\n    thing.act(two)()\n"
    )
    calls = _calls(tmp_path, "self, f): return f", use)
    assert {"main.first -> main.one", "main.second -> main.two"} <= calls
    assert not {"main.first -> main.two", "main.second -> main.one"} & calls


def test_methods_that_return_their_object_give_one_of_their_own_class(tmp_path: Path) -> None:
    use = "def main(thing: Base):\n    thing.act().own()\n"
    assert "main.main -> main.Base.own" in _calls(tmp_path, "self): return self", use)


def test_handed_to_others_the_methods_are_called_there(tmp_path: Path) -> None:
    use = "def run(f): f()\ndef main(thing: Base):\n    run(thing.act)\n"
    assert _calls(tmp_path, "self): pass", use) >= _all("main.run -> main.{kind}.act")


def test_properties_of_many_subclasses_are_all_asked(tmp_path: Path) -> None:
    subclasses = "\n".join(f"class {kind}(Base):\n    @property\n    def size(self): pass\n" for kind in KINDS)
    program = f"class Base: pass\n{subclasses}\ndef main(thing: Base):\n    return thing.size\n"
    assert calls_of(analyzed(tmp_path, program)) >= _all("main.main -> main.{kind}.size")


def test_setters_of_many_subclasses_take_what_is_stored(tmp_path: Path) -> None:
    accessor = "    @property\n    def size(self): pass\n    @size.setter\n    def size(self, f): f()\n"
    subclasses = "\n".join(f"class {kind}(Base):\n{accessor}" for kind in KINDS)
    program = f"class Base: pass\n{subclasses}\ndef hook(): pass\ndef main(thing: Base):\n    thing.size = hook\n"
    assert calls_of(analyzed(tmp_path, program)) >= _all("main.{kind}.size -> main.hook")


def test_of_many_subclasses_the_few_that_override_are_found_wherever_they_have_it_from(tmp_path: Path) -> None:
    plain = "\n".join(f"class Plain{number}(Base): pass" for number in range(20))
    program = (
        "class Base:\n    def act(self): pass\n"
        "class Mixin:\n    def act(self): pass\n"
        f"{plain}\nclass Mixed(Mixin, Base): pass\nclass Own(Plain3):\n    def act(self): pass\n"
        "def main(thing: Base):\n    thing.act()\n"
    )
    found = {call for call in calls_of(analyzed(tmp_path, program)) if call.startswith("main.main")}
    assert found == {"main.main -> main.Base.act", "main.main -> main.Mixin.act", "main.main -> main.Own.act"}


def test_a_long_table_of_names_still_names_what_is_called(tmp_path: Path) -> None:
    names = ", ".join(['"first"', '"second"'] * 10)
    program = (
        f"NAMES = [{names}]\nclass Desk:\n    def first(self): pass\n    def other(self): pass\n"
        "def main(desk: Desk):\n    for name in NAMES:\n        getattr(desk, name)()\n"
    )
    calls = calls_of(analyzed(tmp_path, program))
    assert "main.main -> main.Desk.first" in calls
    assert "main.main -> main.Desk.other" not in calls
