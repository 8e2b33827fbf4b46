"""After an edit the answers are those of an analysis from scratch, and nothing is solved again that flows as before."""

import ast
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from intelligent_office.analyzer import analysis, analyze, graph_json
from tests.analyzer.writing import write

PROGRAM = """
# file: shop.py
from stock import Stock, count
class Shop:
    def __init__(self, stock: "Stock.kind | Stock" = None):
        self.stock = stock or Stock()
    def sell(self, name):
        amount = count(self.stock); self.stock.take(name, amount)
        return self.stock.take(
            name,
            Shop.price(name),
        )
    @staticmethod
    def price(name): return len(name)
# file: stock.py
class Stock:
    def take(self, name, amount): return self.log("taken")
    def log(self, text): print(text)
class Cold(Stock):
    def log(self, text): super().log(text)
def count(stock): return stock.take("", 0)
"""


def _edit(folder: Path, old: str, new: str) -> None:
    path = folder / "shop.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def _refuse(*_: object) -> object:
    raise AssertionError("solved again")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from stock import", "# A remark before all else.\nfrom stock import"),
        ("class Shop", "# A place.\n\n\nclass Shop"),
        (
            "def sell(self, name):\n",
            'def sell(self, name):\n        """Hand over.\n\n        For money.\n        """\n',
        ),
        ("amount", "how_many"),
        ("            name,\n            Shop.price(name),\n        )", "name, Shop.price(name))"),
        ("def price(name)", "def price(name: str)"),
        ("from stock import Stock, count", "from stock import (\n    Stock,\n    count,\n)"),
    ],
    ids=["first line", "comment", "docstring", "local name", "formatting", "annotation", "import"],
)
def test_an_edit_that_changes_no_flow_only_moves_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str
) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    analyze(folder, cache=cache)
    _edit(folder, old, new)
    from_scratch = graph_json(analyze(folder))
    monkeypatch.setattr(analysis, "solve", _refuse)
    assert graph_json(analyze(folder, cache=cache)) == from_scratch
    assert graph_json(analyze(folder, cache=cache)) == from_scratch


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount = count(self.stock); self.stock", "amount = count(self.stock)\n        self.stock"),
        ("return len(name)", "return Stock().log(name)"),
        ("self.stock = stock or Stock()", "self.stock = 1"),
        ("def price", "def cost"),
        ("def price(name): return len(name)", "def price(name, also=count): return also(name)"),
        ("    @staticmethod\n", ""),
    ],
    ids=["one line made two", "another call", "another value", "another name", "a parameter", "a decorator"],
)
def test_an_edit_that_changes_what_flows_or_is_called_where_is_seen(tmp_path: Path, old: str, new: str) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    before = graph_json(analyze(folder, cache=cache))
    _edit(folder, old, new)
    after = graph_json(analyze(folder, cache=cache))
    assert after == graph_json(analyze(folder))
    assert after != before


def test_a_file_that_becomes_unreadable_and_readable_again_is_noticed(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    plain = graph_json(analyze(folder, cache=cache))
    text = (folder / "stock.py").read_text()
    for content in (text.replace("class Cold", "class class"), "", "x" * 10, text):
        (folder / "stock.py").write_text(content)
        assert graph_json(analyze(folder, cache=cache)) == graph_json(analyze(folder))
    assert graph_json(analyze(folder, cache=cache)) == plain


def _comment(tree: ast.Module, lines: list[str], chance: random.Random) -> None:
    statement = chance.choice([node for node in ast.walk(tree) if isinstance(node, ast.stmt)])
    lines.insert(statement.lineno - 1, "\n# a remark\n")


def _docstring(tree: ast.Module, lines: list[str], chance: random.Random) -> None:
    function = chance.choice([node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)])
    lines.insert(function.body[0].lineno - 1, " " * function.body[0].col_offset + '"""What for,\n    and why."""\n')


def _function(_tree: ast.Module, lines: list[str], chance: random.Random) -> None:
    lines.append(f"\n\ndef added_{chance.randrange(1000)}(thing):\n    return thing.kind\n")


def _removal(tree: ast.Module, lines: list[str], chance: random.Random) -> None:
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    chosen = chance.choice(functions)
    del lines[chosen.lineno - 1 : chosen.end_lineno]


def _rewriting(tree: ast.Module, lines: list[str], _chance: random.Random) -> None:
    lines[:] = ast.unparse(tree).splitlines(keepends=True)


@pytest.mark.parametrize("seed", range(3))
def test_edits_at_random_give_what_an_analysis_from_scratch_gives(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder, cache = tmp_path / "code", tmp_path / "cache"
    folder.mkdir()
    for name in ("flow", "attributes", "access", "containers", "values", "hierarchy", "same_flow"):
        shutil.copy(Path(analysis.__file__).with_name(f"{name}.py"), folder)
    analyze(folder, cache=cache)
    edits: list[Callable[[ast.Module, list[str], random.Random], None]]
    edits = [_comment, _docstring, _comment, _function, _removal, _rewriting]
    for _ in range(8):
        path = chance.choice(sorted(folder.iterdir()))
        lines = path.read_text().splitlines(keepends=True)
        tree = ast.parse("".join(lines))
        if any(isinstance(node, ast.FunctionDef) for node in tree.body) or len(tree.body) > 5:
            chance.choice(edits)(tree, lines, chance)
        path.write_text("".join(lines))
        assert graph_json(analyze(folder, cache=cache)) == graph_json(analyze(folder))
