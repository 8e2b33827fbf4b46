"""Plugins: tools of other packages, and what becomes of those that cannot be used."""

import subprocess
import sys
from typing import Any

import pytest

from intelligent_office.services import make_services
from intelligent_office.toolbox.plugins import installed
from tests.examples.processes import ROOT
from tests.toolbox.bench import SCOPE

GOOD = """
from langchain_core.tools import tool
from intelligent_office.toolbox.policy import Tool, ToolPolicy

@tool
def {name}(text: str) -> str:
    "Do it."
    return text

made = Tool(definition={name}, policy=ToolPolicy({policy}))
bare = {name}
twice = [made, made]
"""

SPEECHLESS = """
class Silent(BaseException):
    def __str__(self): raise SystemExit(4)
raise Silent
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Installs a package of one module, with one entry point."""

    def install(module, source, entry):
        folder = tmp_path / module
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[intelligent_office.tools]\n{module} = {entry}\n")
        (folder / f"{module}.py").write_text(source)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install


def test_no_plugin_is_installed_here():
    assert installed([]) == ([], [])


def test_a_tool_of_a_package_is_one_of_the_offices_tools(package, settings, database):
    package("plug_good", GOOD.format(name="plugged", policy="risk='safe'"), "plug_good:made")
    toolbox = make_services(settings, database).toolbox
    card = next(card for card in toolbox.cards() if card["name"] == "plugged")
    assert (card["risk"], card["source"]) == ("safe", "package plug_good 1.0")
    assert [one["name"] for one in toolbox.absences()] == ["web_search"]
    undeclared = {name: card["policy"][name] for name in ("network", "files", "idempotent", "cost")}
    assert undeclared == {"network": "internet", "files": "write", "idempotent": "never", "cost": None}


@pytest.mark.parametrize(
    ("source", "entry", "told"),
    [
        ("import no_such_module", "x", "it cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", "x", "it cannot be loaded: SystemExit: 3"),
        ("def x(): raise SystemExit", "x", "it cannot be loaded: SystemExit"),
        (SPEECHLESS, "x", "it cannot be loaded: Silent"),
        ("x = 1", "y", "it cannot be loaded: AttributeError"),
        ("def x(): raise ValueError('no key')", "x", "it cannot be loaded: ValueError: no key"),
        ("x = 1", "x", "it gives a int, and no Tool"),
        (GOOD.format(name="plugged", policy=""), "bare", "`plugged` has no policy: hand it over as Tool"),
        (GOOD.format(name="echo", policy=""), "made", "there is a tool `echo` already"),
        (GOOD.format(name="it__get_ip", policy=""), "made", "`it__get_ip`: a name has letters, digits"),
        (GOOD.format(name="plugged", policy="risk='none'"), "made", "its risk must be one of safe, guarded, dangerous"),
        (GOOD.format(name="plugged", policy="seconds=0"), "made", "its seconds above 0"),
        (
            GOOD.format(name="plugged", policy="network='lan'"),
            "made",
            "its network must be none, internet, or `service`",
        ),
        (GOOD.format(name="plugged", policy="files='all'"), "made", "its files must be one of none, read, write"),
        (GOOD.format(name="plugged", policy="cost=-1"), "made", "its cost must be US dollars"),
        (GOOD.format(name="plugged", policy=""), "twice", "there is a tool `plugged` already"),
        (GOOD.format(name="plugged", policy="seconds='5'"), "made", "it cannot be loaded: TypeError"),
        (GOOD.format(name="plugged", policy="examples=None"), "made", "`plugged` cannot be described: "),
        (GOOD.format(name="plugged", policy="examples=[object()]"), "made", "`plugged` cannot be described: "),
        (GOOD.format(name="plugged", policy="limits=None"), "made", "`plugged` cannot be described: "),
        (GOOD.format(name="plugged", policy="asked_by=None"), "made", "`plugged` cannot be described: "),
        (GOOD.format(name="plugged", policy="") + "plugged.description = None", "made", "must be text"),
        (GOOD.format(name="plugged", policy="") + "plugged.name = 7", "made", "must be text"),
        ("class Odd(BaseException): pass\nraise Odd('odd')", "x", "it cannot be loaded: Odd: odd"),
        ("class Odd(list):\n    def __iter__(self): raise ValueError('odd')\nx = Odd()", "x", "ValueError: odd"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_with_the_reason_and_the_others_work(package, source, entry, told):
    package("plug_bad", source, f"plug_bad:{entry}")
    package("plug_good", GOOD.format(name="fine", policy=""), "plug_good:made")
    tools, absences = installed(["echo"])
    assert [tool.name for tool in tools] == ["fine"]
    assert [(one["name"], one["source"]) for one in absences] == [("plug_bad", "package plug_bad 1.0")]
    assert told in absences[0]["reason"]


@pytest.mark.parametrize("source", ["raise KeyboardInterrupt", "def x(): raise KeyboardInterrupt"])
def test_who_interrupts_the_office_while_a_plugin_is_loaded_is_heard(package, source):
    package("plug_slow", source, "plug_slow:x")
    with pytest.raises(KeyboardInterrupt):
        installed([])


def test_a_policy_that_fails_refuses_the_call_and_no_more(package, settings, database):
    package("plug_odd", GOOD.format(name="plugged", policy="demands=lambda inputs: 1 / 0"), "plug_odd:made")
    toolbox = make_services(settings, database).toolbox
    assert toolbox.faults("plugged", {"text": "x"}) == [
        "The policy of `plugged` cannot judge these inputs: ZeroDivisionError: division by zero"
    ]


def test_a_policy_that_talks_nonsense_is_taken_for_the_worst(package, settings, database):
    nonsense = "risk_of=lambda inputs: 'low', reaches=lambda inputs: {'files': 'some', 'odd': object()}"
    package("plug_odd", GOOD.format(name="plugged", policy=nonsense), "plug_odd:made")
    toolbox = make_services(settings, database).toolbox
    assert toolbox.risk("plugged", {"text": "x"}) == "dangerous"
    assert toolbox.bounds("plugged", {"text": "x"}) == toolbox.bounds("plugged", None)


def test_of_two_plugins_with_one_name_the_first_by_package_stays(package):
    for module in ("plug_b", "plug_a"):
        package(module, GOOD.format(name="same", policy=""), f"{module}:made")
    tools, absences = installed([])
    assert [tool.source for tool in tools] == ["package plug_a 1.0"]
    assert [one["name"] for one in absences] == ["plug_b"]


def reading(value: str) -> Any:
    return {"step_id": "s1", "action": "roman_numerals", "inputs": {"value": value}, "idempotency_key": value}


async def test_the_example_package_installs_and_works(tmp_path, monkeypatch, settings, database):
    command = [sys.executable, "-m", "pip", "--isolated", "install", "--quiet", "--no-deps", "--no-index"]
    target = ["--no-build-isolation", "--root-user-action", "ignore", "--target", str(tmp_path)]
    done = subprocess.run([*command, *target, str(ROOT / "examples/plugin")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    toolbox = make_services(settings, database).toolbox
    answer, back, odd = [await toolbox.invoke(reading(value), {}, SCOPE) for value in ("1984", "mcmlxxxiv", "IIII")]
    assert (answer["text"], back["text"], odd["status"]) == ("MCMLXXXIV", "1984", "failed")
    assert [one["name"] for one in toolbox.absences()] == ["web_search"]
