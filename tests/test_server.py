"""The module that servers import: importing it makes everything and starts nothing."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api.keys import client_of, home_with_key
from tests.api.listening import listen

ROOT = Path(__file__).parents[1]
PATIENCE = 300
RUNNING = re.compile(r"running on (http://\S+)")
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


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OFFICE_")}  # noqa: TID251
    return {**kept, "OFFICE_HOME": str(home), **settings}


def imported(home: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", REPORT],
        cwd=ROOT,
        env=environment(home, **settings),
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


async def test_a_server_that_is_stopped_ends_its_streams_in_order_and_keeps_its_tasks(database_url, tmp_path):
    with running(database_url, tmp_path) as (process, address):
        async with client_of(address) as http:
            task = {"description": 'write "hello" to hello.txt', "folder": str(tmp_path)}
            task_id = (await http.post("/tasks", json=task)).json()["task_id"]
            heard = []
            async for event in listen(http, f"/tasks/{task_id}/events"):
                heard.append(event.kind)
                if event.kind == "approval.asked":
                    process.terminate()
        assert "approval.asked" in heard, "and the stream came to an end without an error"
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
    with running(database_url, tmp_path) as (_, address):
        async with client_of(address) as http:
            assert (await http.get(f"/tasks/{task_id}/status")).json()["status"] == "waiting"


@contextmanager
def running(database_url: str, folder: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The module served by uvicorn, as a process of its own, and its address."""
    settings = {"OFFICE_DATABASE_URL": database_url, "OFFICE_ROOTS": json.dumps([str(folder)])}
    with subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "server:app", "--port", "0"],
        cwd=ROOT,
        env=environment(home_with_key(folder / "home"), **settings),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        try:
            address = next(match[1] for match in map(RUNNING.search, process.stderr) if match)
            yield process, address
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def test_a_broken_setting_is_one_line_at_the_import(tmp_path):
    file = tmp_path / "models.toml"
    file.write_text('[roles]\nplaner = "large"\n')
    for settings, told in {
        ("OFFICE_PORT", "ninety"): "OFFICE_PORT",
        ("OFFICE_MODELS_FILE", str(file)): "models.toml, line 2: `planer` is no role; did you mean `planner`?",
    }.items():
        done = imported(tmp_path, **dict([settings]))
        assert done.returncode == 2
        [line] = done.stderr.splitlines()
        assert told in line
