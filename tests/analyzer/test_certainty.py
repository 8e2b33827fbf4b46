"""Every call says how it is known."""

from pathlib import Path

from tests.analyzer.writing import analyzed


def _certainties(folder: Path, text: str) -> dict[str, str]:
    return {f"{call.caller} -> {call.callee}": call.certainty for call in analyzed(folder, text).calls}


def test_a_name_that_can_mean_one_function_only_is_direct(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        # file: main.py
        import tools
        from tools import cut as chop
        def run():
            tools.saw()
            chop()
            Box()
        class Box:
            def __init__(self):
                self.close()
            def close(self): pass
        # file: tools.py
        def saw(): pass
        def cut(): pass
        """,
    )
    assert found == dict.fromkeys(found, "direct")
    assert len(found) == 4


def test_a_function_that_came_as_an_argument_is_inferred(tmp_path: Path) -> None:
    found = _certainties(tmp_path, "def f(g): g()\ndef h(): pass\nf(h)\n")
    assert found["main.f -> main.h"] == "inferred"
    assert found["main -> main.f"] == "direct"


def test_a_method_that_only_a_subclass_would_take_is_an_override(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        class Shape:
            def draw(self):
                self.outline()
            def outline(self): pass
        class Circle(Shape):
            def outline(self): pass
        """,
    )
    assert found["main.Shape.draw -> main.Circle.outline"] == "override"


def test_an_abstract_method_leads_to_what_implements_it(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        from abc import ABC, abstractmethod
        class Shape(ABC):
            @abstractmethod
            def outline(self): ...
        class Circle(Shape):
            def outline(self): pass
        def draw(shape: Shape):
            shape.outline()
        """,
    )
    assert found["main.draw -> main.Circle.outline"] == "override"


def test_a_method_of_an_unknown_object_is_a_guess_by_name(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        class Engine:
            def ignite(self): pass
        def start(thing):
            thing.ignite()
        """,
    )
    assert found == {"main.start -> main.Engine.ignite": "dynamic"}


def test_nothing_is_guessed_about_an_object_from_outside(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        import os
        class Engine:
            def ignite(self): pass
        os.thing().ignite()
        "".join([])
        """,
    )
    assert "main -> main.Engine.ignite" not in found


def test_a_function_handed_to_unknown_code_may_be_called_from_there(tmp_path: Path) -> None:
    found = _certainties(tmp_path, "import gui\ndef clicked(): pass\ngui.on_click(clicked)\n")
    assert found["main -> main.clicked"] == "dynamic"


def test_calls_that_leave_the_program_are_marked(tmp_path: Path) -> None:
    program = analyzed(tmp_path, "import os.path as p\nfrom json import dumps\np.join('a')\ndumps(1)\nlen([])\n")
    assert {(call.callee, call.external) for call in program.calls} == {
        ("os.path.join", True),
        ("json.dumps", True),
        ("builtins.len", True),
    }


def test_where_a_subclass_may_take_the_call_the_method_itself_is_not_certain(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        class Shape:
            def draw(self):
                self.outline()
            def outline(self): pass
        class Circle(Shape):
            def outline(self):
                super().outline()
        """,
    )
    assert found["main.Shape.draw -> main.Shape.outline"] == "inferred"
    assert found["main.Circle.outline -> main.Shape.outline"] == "direct"


def test_what_a_property_returns_is_not_known_by_name(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        class Thing:
            def go(self): pass
        class Holder:
            @property
            def thing(self):
                return Thing()
            @staticmethod
            def fixed(): pass
            def run(self):
                self.thing.go()
                self.fixed()
        """,
    )
    assert found["main.Holder.run -> main.Thing.go"] == "inferred"
    assert found["main.Holder.run -> main.Holder.fixed"] == "direct"


def test_a_name_that_a_loop_only_reads_is_as_certain_in_it_as_before(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        def step(): pass
        def jump(): pass
        for _ in range(3):
            step()
            while True:
                jump()
        """,
    )
    assert found.pop("main -> builtins.range")
    assert found == {"main -> main.step": "direct", "main -> main.jump": "direct"}


def test_a_name_that_a_loop_binds_anew_is_not_certain_in_it(tmp_path: Path) -> None:
    found = _certainties(
        tmp_path,
        """
        def step(): pass
        def jump(): pass
        def run(times):
            go = step
            while times:
                go()
                go = jump
        """,
    )
    assert found == {"main.run -> main.step": "inferred", "main.run -> main.jump": "inferred"}
