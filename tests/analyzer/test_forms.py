"""Answers as JSON, text and pictures."""

import re
import struct
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import resvg_py

from intelligent_office.analyzer import (
    GRAPH_SCHEMA,
    TRACE_SCHEMA,
    Chain,
    Chains,
    Function,
    NoFont,
    Program,
    chains_mermaid,
    chains_png,
    chains_svg,
    chains_text,
    graph_json,
    neighbours_text,
    trace_json,
)
from tests.analyzer.writing import analyzed

SOURCE = """
# file: main.py
import os
class A:
    def go(self):
        sort(key=lambda x: os.getcwd())
def sort(key):
    key("<&>")
def a(): A().go()
def lonely(): pass
# file: other.py
def lonely(): pass
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return analyzed(tmp_path, SOURCE)


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("a", "sort", "success"),
        ("sort", "a", "not_found"),
        ("lonely", "a", "ambiguous"),
        ("nobody", "a", "unknown_name"),
    ],
)
def test_a_trace_fits_its_schema(program: Program, start: str, end: str, status: str) -> None:
    answer = trace_json(program, start, end)
    jsonschema.validate(answer, TRACE_SCHEMA)
    assert answer["status"] == status


def test_a_trace_names_the_path_and_each_hop(program: Program) -> None:
    answer = trace_json(program, "a", "main.A.go.<lambda1>")
    assert answer["path"] == ["main.a", "main.A.go", "main.sort", "main.A.go.<lambda1>"]
    assert [(hop["file"], hop["line"]) for hop in answer["hops"]] == [("main.py", 7), ("main.py", 4), ("main.py", 6)]
    assert {hop["certainty"] for hop in answer["hops"]} <= {"direct", "inferred"}


def test_a_graph_fits_its_schema_and_marks_the_outside(program: Program) -> None:
    graph = graph_json(program)
    jsonschema.validate(graph, GRAPH_SCHEMA)
    external = {node["name"] for node in graph["nodes"] if node["external"]}
    assert external == {"os.getcwd"}
    names = {node["name"] for node in graph["nodes"]}
    assert {edge["caller"] for edge in graph["edges"]} | {edge["callee"] for edge in graph["edges"]} <= names


def test_text_shows_definition_and_call_of_every_hop(program: Program) -> None:
    text = chains_text(program.chains("a", "sort"))
    assert text.splitlines()[0] == "main.a  (main.py:7)"
    assert "main.sort  (main.py:5)" in text
    assert "called at main.py:4: sort(key=lambda x: os.getcwd())" in text


def test_text_explains_where_there_is_no_chain(program: Program) -> None:
    backwards = chains_text(program.chains("main.sort", "a")).splitlines()
    assert backwards == [
        "No chain of calls leads from main.sort to a.",
        "The other way round there is one: a comes to call main.sort after 2 calls.",
        "main.sort reaches 1 function: main.A.go.<lambda1>.",
        "Nothing in this source is seen to call a: only other code might, or a name made at run time.",
    ]
    assert "main.lonely calls no function of this source." in chains_text(program.chains("main.lonely", "sort"))
    assert "other.py:1" in chains_text(program.chains("lonely", "a"))
    assert "main.A.go" in neighbours_text(program.callees("a"))


def test_a_mermaid_chart_has_a_box_for_each_function_and_escapes(program: Program) -> None:
    chart = chains_mermaid(program.chains("a", "main.A.go.<lambda1>").chains)
    assert chart.startswith("flowchart TD\n")
    assert chart.count("[") == 4
    assert "#60;lambda1#62;" in chart


def test_a_picture_is_well_formed(program: Program) -> None:
    picture = ElementTree.fromstring(chains_svg(program.chains("a", "main.A.go.<lambda1>").chains))
    boxes = picture.findall(".//{http://www.w3.org/2000/svg}rect[@rx]")
    assert len(boxes) == 4
    assert 'key("<&>")' in {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}


def test_a_png_picture_shows_the_names_or_says_that_there_is_no_font_for_them(program: Program) -> None:
    short, long = program.chains("a", "main.A.go").chains, program.chains("a", "sort").chains
    try:
        pictures = [chains_png(short), chains_png([_renamed(short[0])]), chains_png(long)]
    except NoFont:
        return
    widths, heights = zip(*(struct.unpack(">II", picture[16:24]) for picture in pictures), strict=True)
    assert all(picture.startswith(b"\x89PNG\r\n") for picture in pictures)
    assert pictures[0] != pictures[1]
    assert widths[0] == widths[1]
    assert heights[2] > heights[0]


def _renamed(chain: Chain) -> Chain:
    return replace(chain, start=replace(chain.start, name="main.b"))


def test_without_a_font_no_picture_without_letters_is_made(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resvg_py, "svg_to_bytes", partial(resvg_py.svg_to_bytes, skip_system_fonts=True))
    with pytest.raises(NoFont, match="fonts-dejavu-core"):
        chains_png(program.chains("a", "sort").chains)


def test_a_hundred_long_chains_are_one_picture_of_bearable_size(program: Program) -> None:
    (chain,) = program.chains("a", "sort").chains
    endless = replace(chain, hops=chain.hops * 20)
    try:
        picture = chains_png([endless] * 40)
    except NoFont:
        return
    width, height = struct.unpack(">II", picture[16:24])
    assert width * height < 50_000_000


HOSTILE = 'a\x1b[31m\u202e\n\udcff\x00|]<script>`"#&\\n.py'


def _hostile(program: Program) -> Chains:
    """An answer in which a file has a name that nobody would want to show as it is."""
    answer = program.chains("a", "sort")
    chain = answer.chains[0]
    hops = tuple(
        replace(hop, caller=_hidden(hop.caller), callee=_hidden(hop.callee), text=HOSTILE) for hop in chain.hops
    )
    return replace(answer, chains=(Chain(_hidden(chain.start), _hidden(chain.end), hops),))


def _hidden(function: Function) -> Function:
    return replace(function, file=HOSTILE)


def test_no_name_ends_a_line_or_commands_a_terminal(program: Program) -> None:
    answer = _hostile(program)
    plain = chains_text(program.chains("a", "sort"))
    for form in (chains_text(answer), chains_mermaid(answer.chains), chains_svg(answer.chains)):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ud800-\udfff]", form)
        form.encode()
    assert len(chains_text(answer).splitlines()) == len(plain.splitlines())


def test_no_name_breaks_out_of_a_diagram(program: Program) -> None:
    answer = _hostile(program)
    ElementTree.fromstring(chains_svg(answer.chains))
    chart = chains_mermaid(answer.chains)
    assert "<script" not in chart
    assert "`" not in chart
    assert all(line.count('"') == 2 for line in chart.splitlines()[1:])
