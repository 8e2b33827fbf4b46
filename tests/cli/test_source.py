"""`office trace` and `office graph`: answers from source code, without database or model."""

import json
import textwrap

import pytest
from jsonschema import validate

from intelligent_office.analyzer import GRAPH_SCHEMA, TRACE_SCHEMA
from tests.cli.conftest import one_line

SHOP = """
    import json


    class Till:
        def pay(self, sum):
            return receipt(sum)


    def receipt(sum):
        return json.dumps({"sum": sum})


    def main():
        Till().pay(3)


    def lonely():
        pass
"""


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "sale.py").write_text(textwrap.dedent(SHOP).lstrip())
    return folder


def test_a_chain_names_file_and_line_of_every_hop(offline, shop):
    done = offline("trace", shop, "main", "receipt")
    assert done.returncode == 0, done.stderr
    assert [place for place in ("sale.py:13", "sale.py:14", "sale.py:5", "sale.py:6", "sale.py:9")
            if place not in done.stdout] == []  # fmt: skip


def test_a_chain_as_json_keeps_to_its_schema(offline, shop):
    done = offline("trace", shop, "main", "receipt", "--json")
    answer = json.loads(done.stdout)
    validate(answer, TRACE_SCHEMA)
    assert (done.returncode, done.stderr) == (0, "")
    assert answer["status"] == "success"
    assert answer["path"] == ["sale.main", "sale.Till.pay", "sale.receipt"]
    assert [(hop["file"], hop["line"]) for hop in answer["hops"]] == [("sale.py", 14), ("sale.py", 6)]


def test_a_chain_as_a_diagram_shows_every_function(offline, shop):
    mermaid = offline("trace", shop, "main", "receipt", "--mermaid").stdout
    assert mermaid.startswith("flowchart")
    assert [name for name in ("sale.main", "sale.Till.pay", "sale.receipt") if name not in mermaid] == []
    assert offline("trace", shop, "main", "receipt", "--svg").stdout.startswith("<svg")


def test_a_chain_is_drawn_into_a_file_beside_the_answer(offline, shop, tmp_path):
    picture = tmp_path / "chain.png"
    done = offline("trace", shop, "main", "receipt", "--json", "--png", picture)
    assert json.loads(done.stdout)["status"] == "success"
    drawn = done.returncode == 0 and picture.read_bytes().startswith(b"\x89PNG")
    assert drawn or "fonts" in one_line(done.stderr)


def test_a_picture_that_cannot_be_written_is_one_clear_line(offline, shop, tmp_path):
    done = offline("trace", shop, "main", "receipt", "--png", tmp_path / "nowhere" / "chain.png")
    assert done.returncode == 2
    assert "chain.png cannot be written" in one_line(done.stderr) or "No font" in done.stderr


@pytest.mark.parametrize("form", ["--mermaid", "--svg"])
def test_no_chain_is_no_diagram(offline, shop, form):
    done = offline("trace", shop, "receipt", "lonely", form)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No chain of calls leads from receipt to lonely" in done.stderr


def test_where_no_chain_leads_the_exit_code_is_1_and_the_reason_is_told(offline, shop):
    done = offline("trace", shop, "receipt", "lonely")
    assert done.returncode == 1
    assert "No chain of calls leads from receipt to lonely" in done.stdout
    told = offline("trace", shop, "receipt", "lonely", "--json")
    assert (told.returncode, json.loads(told.stdout)["status"]) == (1, "not_found")


def test_a_name_nobody_has_is_a_wrong_argument_and_near_ones_are_suggested(offline, shop):
    done = offline("trace", shop, "mian", "receipt")
    assert done.returncode == 2
    assert "main" in one_line(done.stderr)
    told = json.loads(offline("trace", shop, "mian", "receipt", "--json").stdout)
    assert (told["status"], told["suggestions"]["mian"]) == ("unknown_name", ["sale.main"])


def test_a_name_that_several_functions_have_lists_them(offline, shop):
    (shop / "other.py").write_text("def main():\n    pass\n")
    done = offline("trace", shop, "main", "receipt")
    assert done.returncode == 2
    assert "sale.py:13" in one_line(done.stderr)
    assert "other.py:1" in done.stderr
    assert offline("trace", shop, "main", "receipt", "--all-pairs").returncode == 0


def test_a_folder_that_is_not_there_is_one_clear_line_and_still_json_for_scripts(offline, tmp_path):
    done = offline("trace", tmp_path / "nowhere", "a", "b")
    assert done.returncode == 2
    assert "nowhere does not exist" in one_line(done.stderr)
    told = offline("trace", tmp_path / "nowhere", "a", "b", "--json")
    answer = json.loads(told.stdout)
    validate(answer, TRACE_SCHEMA)
    assert (told.returncode, answer["status"]) == (2, "error")
    assert "nowhere does not exist" in one_line(offline("graph", tmp_path / "nowhere").stderr)


def test_the_graph_of_a_folder_marks_what_lies_outside(offline, shop):
    done = offline("graph", shop, "--json")
    graph = json.loads(done.stdout)
    validate(graph, GRAPH_SCHEMA)
    edges = {(edge["caller"], edge["callee"], edge["external"]) for edge in graph["edges"]}
    assert ("sale.main", "sale.Till.pay", False) in edges
    assert ("sale.receipt", "json.dumps", True) in edges
    assert (done.returncode, graph["skipped"]) == (0, [])


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_answered(offline, shop):
    (shop / "broken.py").write_bytes(b"def f(:\n")
    done = offline("trace", shop, "main", "receipt")
    assert done.returncode == 0
    assert "broken.py" in done.stderr


def test_a_terminal_without_utf_8_gets_plain_letters(offline, shop):
    done = offline.start("trace", shop, "main", "receipt", PYTHONUTF8="0", PYTHONIOENCODING="ascii").end()
    assert done.returncode == 0, done.stderr
    assert "`- sale.Till.pay" in done.stdout
