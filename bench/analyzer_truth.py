"""Hold the analyzer against what really happens: run packages under a profiler and look for every observed call.

    python bench/analyzer_truth.py [PACKAGE ...] [--missing N]

For each package its own code paths are driven for a moment, the calls between its functions are recorded, and the
share of them that the analyzer knows is printed, with the calls it names a single certain target for while another ran.
"""

import argparse
import contextlib
import importlib
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.observation import Matcher, observe
from intelligent_office.analyzer import analyze


def compare(name: str, run: Callable[[], None], shown: int) -> None:
    """Print how much of the observed the analyzer knows."""
    package = importlib.import_module(name)
    folder = str(Path(package.__file__ or next(iter(package.__path__)) + "/x").parent)
    observed = observe(run, folder + "/")
    program = analyze(folder)
    matcher = Matcher(program, folder)
    known: dict[tuple[str, str], str] = {}
    targets: dict[tuple[str, str, int], dict[str, str]] = {}
    for call in program.calls:
        known.setdefault((call.caller, call.callee), call.certainty)
        targets.setdefault((call.caller, call.file, call.line), {})[call.callee] = call.certainty
    missing: list[str] = []
    contradicted: list[str] = []
    certainties: Counter[str] = Counter()
    pairs: set[tuple[str, str]] = set()
    for caller_code, callee_code, line in sorted(observed, key=repr):
        caller, callee = matcher.find(caller_code), matcher.find(callee_code)
        if caller is None or callee is None:
            continue
        pair = (caller.name, callee.name)
        at_line = targets.get((caller.name, caller.file, line), {})
        if at_line and callee.name not in at_line and set(at_line.values()) == {"direct"} and len(at_line) == 1:
            contradicted.append(f"{caller.file}:{line} {caller.name} -> {callee.name}, said {', '.join(at_line)}")
        if pair in pairs:
            continue
        pairs.add(pair)
        certainty = known.get(pair)
        if certainty is None:
            missing.append(f"{caller.file}:{line} {caller.name} -> {callee.name}")
        else:
            certainties[certainty] += 1
    found = sum(certainties.values())
    print(
        f"{name}: {found} of {len(pairs)} observed calls known ({found / max(len(pairs), 1):.1%}), "
        f"{dict(certainties)}, {len(contradicted)} contradicted"
    )
    for line_text in missing[:shown]:
        print("   missing     ", line_text)
    for line_text in contradicted[:shown]:
        print("   contradicted", line_text)


def _jinja2() -> None:
    import jinja2

    source = (
        "{% macro f(x) %}{{ x|upper }}{% endmacro %}{% for i in items if i %}{{ f(i) }}{{ loop.index }}{% endfor %}"
    )
    environment = jinja2.Environment(
        loader=jinja2.DictLoader({"a": source + "{% block b %}{% endblock %}"}), autoescape=True
    )
    environment.get_template("a").render(items=["x", "y"])
    environment.from_string(
        "{% extends 'a' %}{% block b %}{{ 1 + 2 }}{% set z = [1, {'a': 2}] %}{% endblock %}"
    ).render(items=[])
    with contextlib.suppress(jinja2.TemplateSyntaxError):
        environment.from_string("{% if %}")
    environment.compile_expression("a.b|default(1) > 2 and not c")(a={})


def _click() -> None:
    import click
    from click.testing import CliRunner

    @click.group()
    @click.option("--verbose", is_flag=True)
    @click.pass_context
    def door(ctx: click.Context, verbose: bool) -> None:
        ctx.obj = verbose

    @door.command()
    @click.argument("name", type=click.Choice(["a", "b"]))
    @click.option("--count", default=1, type=click.IntRange(1, 5), help="How often.")
    def greet(name: str, count: int) -> None:
        click.secho(name * count, fg="red")

    for arguments in (
        ["greet", "a"],
        ["--help"],
        ["greet", "--help"],
        ["greet", "x"],
        ["--verbose", "greet", "b", "--count", "9"],
    ):
        CliRunner().invoke(door, arguments)


def _rich() -> None:
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.panel import Panel
    from rich.progress import track
    from rich.syntax import Syntax
    from rich.table import Table
    from rich.tree import Tree

    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    table = Table(title="T")
    table.add_column("a")
    table.add_row("[bold]x[/]")
    tree = Tree("root")
    tree.add("leaf")
    for item in (
        table,
        tree,
        Panel("p"),
        Markdown("# T\n\n* a\n* b\n\n`c`"),
        Syntax("def f(): pass", "python"),
        {"a": [1]},
    ):
        console.print(item)
    list(track([1, 2], console=console))
    console.print_json('{"a": 1}')


def _jsonschema() -> None:
    import jsonschema

    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/n"}},
        "required": ["a"],
        "$defs": {"n": {"minimum": 1}},
    }
    for value in ({"a": 1}, {"a": 0}, {}, 3):
        with contextlib.suppress(jsonschema.ValidationError):
            jsonschema.validate(value, schema)
    list(jsonschema.Draft202012Validator(schema).iter_errors([1]))


def _packaging() -> None:
    from packaging.markers import Marker
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    sorted([Version("1.0"), Version("1.0rc1"), Version("2.0.post1")])
    list(SpecifierSet(">=1,<2,!=1.5").filter(["1.0", "1.5", "2.0"]))
    str(Requirement("a[b]>=1 ; python_version > '3'"))
    Marker("os_name == 'posix' and python_version >= '3'").evaluate()


def _markdown_it() -> None:
    from markdown_it import MarkdownIt

    MarkdownIt("commonmark").enable("table").render(
        "# T\n\n* a\n* [b](c)\n\n> q\n\n| a |\n| - |\n| b |\n\n```py\nx\n```\n<b>"
    )


def _pygments() -> None:
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters.html import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]

    for language in ("python", "html", "json"):
        highlight("def f(): return {'a': 1}", get_lexer_by_name(language), HtmlFormatter(linenos=True))


def _fsspec() -> None:
    import fsspec  # type: ignore[import-untyped]

    memory = fsspec.filesystem("memory")
    with memory.open("/a/b.txt", "wb") as file:
        file.write(b"x")
    memory.ls("/a")
    memory.find("/")
    memory.cat("/a/b.txt")
    memory.copy("/a/b.txt", "/a/c.txt")
    memory.rm("/a", recursive=True)
    with fsspec.open("memory://q.txt", "w") as file:
        file.write("x")


RUNS: dict[str, Callable[[], None]] = {
    "jinja2": _jinja2,
    "click": _click,
    "rich": _rich,
    "jsonschema": _jsonschema,
    "packaging": _packaging,
    "markdown_it": _markdown_it,
    "pygments": _pygments,
    "fsspec": _fsspec,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="*", choices=[[], *RUNS], help="packages to drive; all by default")
    parser.add_argument("--missing", type=int, default=0, help="calls to list that the analyzer does not know")
    arguments = parser.parse_args()
    for name in arguments.packages or RUNS:
        compare(name, RUNS[name], arguments.missing)


if __name__ == "__main__":
    main()
