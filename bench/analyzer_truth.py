"""Hold the analyzer against what really happens: run packages under a profiler and look for every observed call.

    python -m bench.analyzer_truth [PACKAGE ...] [--missing N]

For each package its own code paths are driven for a moment, the calls between its functions are recorded, and the
share of them that the analyzer knows is printed, with the calls it names a single certain target for while another ran.
"""

import argparse
import contextlib
import http.server
import importlib
import io
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.observation import Matcher, observe
from intelligent_office.analyzer import Function, analyze


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
    calls: list[tuple[Function, Function, int]] = []
    for caller_code, callee_code, line in sorted(observed, key=repr):
        caller, callee = matcher.find(caller_code), matcher.find(callee_code)
        if caller is not None and callee is not None:
            calls.append((caller, callee, line))
    ran: dict[tuple[str, str, int], set[str]] = {}
    for source, target, line in calls:
        ran.setdefault((source.name, source.file, line), set()).add(target.name)
    contradicted = [
        f"{file}:{line} {name_of} -> {', '.join(sorted(names))}, said {', '.join(said)}"
        for (name_of, file, line), names in ran.items()
        if (said := targets.get((name_of, file, line), {})).keys().isdisjoint(names) and [*said.values()] == ["direct"]
    ]
    missing: list[str] = []
    certainties: Counter[str] = Counter()
    pairs: set[tuple[str, str]] = set()
    for source, target, line in calls:
        pair = (source.name, target.name)
        if pair in pairs:
            continue
        pairs.add(pair)
        certainty = known.get(pair)
        if certainty is None:
            missing.append(f"{source.file}:{line} {source.name} -> {target.name}")
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


def _tenacity() -> None:
    import tenacity

    @tenacity.retry(
        stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(9),
        wait=tenacity.wait_none() + tenacity.wait_fixed(0),
        retry=tenacity.retry_if_exception_type(ValueError),
    )
    def fail() -> None:
        raise ValueError

    with contextlib.suppress(tenacity.RetryError):
        fail()
    for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(2), reraise=True):
        with attempt:
            pass


class _Echo(http.server.BaseHTTPRequestHandler):
    def _answer(self) -> None:
        self.send_response(200 if self.path == "/end" else 302)
        self.send_header("Location", "/end")
        self.send_header("Set-Cookie", "a=b")
        self.end_headers()
        self.wfile.write(b'{"a": 1}')

    do_GET = do_POST = _answer  # noqa: N815 - the names that the server asks for

    def log_message(self, *_: object) -> None:
        pass


def _httpx() -> None:
    import httpx

    with http.server.HTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            httpx.get(url + "/start", params={"q": 1}, follow_redirects=True).json()
            with httpx.Client(base_url=url, auth=("a", "b"), headers={"x": "y"}) as client:
                client.post("/end", files={"f": b"x"}, data={"k": "v"})
                with client.stream("GET", "/end") as response:
                    list(response.iter_lines())
        finally:
            server.shutdown()
            thread.join()


def _pydantic() -> None:
    import pydantic

    class Leaf(pydantic.BaseModel):
        size: int = pydantic.Field(gt=0)

        @pydantic.field_validator("size")
        @classmethod
        def odd(cls, size: int) -> int:
            return size | 1

    class Tree(pydantic.BaseModel):
        leaves: list[Leaf] = []
        name: str | None = None

    Tree.model_validate({"leaves": [{"size": 2}]}).model_dump_json()
    with contextlib.suppress(pydantic.ValidationError):
        Tree.model_validate({"leaves": [{"size": 0}]})
    Tree.model_json_schema()
    pydantic.TypeAdapter(dict[str, Leaf]).validate_python({"a": {"size": 1}})


def _langgraph() -> None:
    from langgraph.graph import END, START, MessagesState, StateGraph

    office = StateGraph(MessagesState)
    office.add_node("one", lambda _state: {"messages": ["one"]})
    office.add_node("two", lambda _state: {"messages": ["two"]})
    office.add_edge(START, "one")
    office.add_conditional_edges("one", lambda _state: "two", ["two", END])
    graph = office.compile()
    graph.invoke({"messages": []})
    list(graph.stream({"messages": []}, stream_mode="updates"))


def _pycparser() -> None:
    from pycparser import c_generator, c_parser  # type: ignore[import-untyped]

    source = "typedef int T; struct S { T a[3]; }; int f(T x) { for (int i = 0; i < 3; i++) x += g(i, *&x); return x; }"
    c_generator.CGenerator().visit(c_parser.CParser().parse(source))


RUNS: dict[str, Callable[[], None]] = {
    "jinja2": _jinja2,
    "click": _click,
    "rich": _rich,
    "jsonschema": _jsonschema,
    "packaging": _packaging,
    "markdown_it": _markdown_it,
    "pygments": _pygments,
    "fsspec": _fsspec,
    "tenacity": _tenacity,
    "httpx": _httpx,
    "pydantic": _pydantic,
    "langgraph": _langgraph,
    "pycparser": _pycparser,
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
