"""Answers as JSON, text and pictures."""

from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from intelligent_office.analyzer import (
    GRAPH_SCHEMA,
    TRACE_SCHEMA,
    Program,
    chains_mermaid,
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
    assert "2 functions lead to" not in chains_text(program.chains("sort", "main.lonely"))
    assert "main.sort reaches" in chains_text(program.chains("main.sort", "a"))
    assert "other.py:1" in chains_text(program.chains("lonely", "a"))
    assert "main.A.go" in neighbours_text(program.callees("a"))


def test_a_mermaid_chart_has_a_box_for_each_function_and_escapes(program: Program) -> None:
    chart = chains_mermaid(program.chains("a", "main.A.go.<lambda1>").chains)
    assert chart.startswith("flowchart TD\n")
    assert chart.count("[") == 4
    assert "#lt;lambda1#gt;" in chart


def test_a_picture_is_well_formed(program: Program) -> None:
    picture = ElementTree.fromstring(chains_svg(program.chains("a", "main.A.go.<lambda1>").chains))
    boxes = picture.findall(".//{http://www.w3.org/2000/svg}rect")
    assert len(boxes) == 4
