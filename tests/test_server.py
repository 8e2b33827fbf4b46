"""The module that servers import: importing it makes everything and starts nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REPORT = """
import json, socket, subprocess, sys, threading

def refuse(*_):
    raise AssertionError("importing must not reach for the network or another program")

socket.socket.connect = refuse
subprocess.Popen.__init__ = refuse
import server
from langgraph.graph import StateGraph
print(json.dumps({
    "uncompiled": type(server.builder) is StateGraph,
    "nodes": sorted(server.builder.nodes),
    "threads": threading.active_count(),
    "modules": sorted(sys.modules),
    "routes": sorted(server.app.openapi()["paths"]),
    "same database": server.app.state.parts.database is server.database,
}))
"""
HEAVY = ("chromadb", "langchain_openai", "langchain_google_genai", "langchain_mistralai", "langchain_ollama")


def imported(home: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OFFICE_")}  # noqa: TID251
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", REPORT],
        cwd=ROOT,
        env={**kept, "OFFICE_HOME": str(home), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "home"


@pytest.fixture(scope="module")
def report(home: Path) -> dict[str, object]:
    done = imported(home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_importing_starts_nothing(report, home):
    assert report["threads"] == 1
    assert not home.exists()


def test_importing_leaves_heavy_libraries_for_later(report):
    assert not {name for name in HEAVY if name in report["modules"]}


def test_the_graph_is_handed_over_uncompiled(report):
    assert report["uncompiled"]
    assert {"receptionist", "analyst", "manager", "desk", "archivist", "morgue"} <= set(report["nodes"])


def test_the_routes_and_the_roles_share_one_database(report):
    assert report["same database"]


def test_the_application_has_all_its_routes(report):
    assert {"/tasks", "/tasks/{task_id}/events", "/office/invoke", "/healthz", "/schemas/plan.json"} <= set(
        report["routes"]
    )


def test_langgraphs_file_names_what_the_module_has():
    named = json.loads((ROOT / "langgraph.json").read_text())
    assert named["graphs"] == {"office": "server:builder"}
    assert named["http"]["app"] == "server:app"


def test_a_broken_setting_is_named_at_the_import(tmp_path):
    done = imported(tmp_path, OFFICE_PORT="ninety")
    assert done.returncode != 0
    assert "OFFICE_PORT" in done.stderr.splitlines()[-1]
