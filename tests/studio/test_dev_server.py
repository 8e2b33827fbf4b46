"""LangGraph's own server over our graph and our routes, as Studio uses them, asked through its SDK."""

import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.api.keys import client_of, home_with_key
from tests.conftest import Server
from tests.firm import PATIENCE
from tests.ports import own_port
from tests.requirements import require_module

ROOT = Path(__file__).parents[2]
STARTING_SECONDS = 400
STOPPING_SECONDS = 100
QUIET = {
    "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    "LANGGRAPH_NO_VERSION_CHECK": "true",
    "LANGSMITH_TRACING": "false",
}
"""Without these it calls home."""
SECRETS = ("LANGSMITH", "LANGCHAIN", "LANGGRAPH", "OFFICE", "OPENAI", "GOOGLE", "GEMINI", "MISTRAL")


@dataclass
class Studio:
    """The running server."""

    address: str
    log: "Log"
    folder: Path


class Log:
    """What the server prints, read as it comes."""

    def __init__(self, output: IO[str]) -> None:
        self.lines: list[str] = []
        self.told = threading.Event()
        """Set when the server says that it has started, or nothing more."""
        self.reading = threading.Thread(target=self._read, args=[output])
        self.reading.start()

    def __str__(self) -> str:
        return "".join(self.lines)

    def _read(self, output: IO[str]) -> None:
        with output:
            for line in output:
                self.lines.append(line)
                if "Application started up" in line:
                    self.told.set()
        self.told.set()


@pytest.fixture(scope="module")
def studio(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """`langgraph dev` with the project's file, on a database of its own.

    It runs in a folder of its own, because it keeps what it remembers where it was started.
    """
    require_module("langgraph_cli")
    require_module("langgraph_api")
    folder = tmp_path_factory.mktemp("studio")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SECRETS)}  # noqa: TID251
    database = postgres.create("studio", "office_template")
    environment = {**kept, **QUIET, "OFFICE_DATABASE_URL": database, "OFFICE_HOME": str(home_with_key(folder / "home"))}
    environment["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload", "--host", "127.0.0.1"]
    with own_port() as port:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--config", str(ROOT / "langgraph.json")],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout
        log = Log(process.stdout)
        try:
            log.told.wait(STARTING_SECONDS)
            assert process.poll() is None, str(log)
            yield Studio(f"http://127.0.0.1:{port}", log, folder)
        finally:
            process.terminate()
            process.wait(STOPPING_SECONDS)
            log.reading.join()
            postgres.drop("studio")


@pytest.fixture
async def platform(studio: Studio) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=studio.address, timeout=PATIENCE) as client:
        yield client


async def test_the_desk_is_shown_as_a_subgraph_of_the_office(platform):
    [assistant] = await platform.assistants.search(graph_id="office")
    drawn = await platform.assistants.get_graph(assistant["assistant_id"], xray=True)
    nodes = {node["id"] for node in drawn["nodes"]}
    assert {"receptionist", "analyst", "manager", "archivist", "morgue"} <= nodes
    assert {f"desk:{role}" for role in ("planner", "validator", "broker", "executor", "reviewer")} <= nodes
    assert "desk" in await platform.assistants.get_subgraphs(assistant["assistant_id"])


async def test_what_a_caller_may_choose_is_editable(platform):
    [assistant] = await platform.assistants.search(graph_id="office")
    schemas = await platform.assistants.get_schemas(assistant["assistant_id"])
    choices = schemas["context_schema"]["properties"]
    assert {"folder", "max_iterations", "max_cost_usd", "allowed_tools", "success_criteria", "approval"} <= set(choices)
    assert choices["max_iterations"]["default"] == 3


async def test_a_run_answers(platform, studio):
    state = await _run(platform, studio, input={"request": "what is 15 * 23?"})
    assert state["outcome"]["status"] == "completed"
    assert "345" in state["outcome"]["answer"]


async def test_a_run_keeps_to_what_was_chosen(platform, studio):
    state = await _run(platform, studio, input={"request": "what is 15 * 23?"}, allowed_tools=["echo"])
    assert state["outcome"]["status"] == "failed"


async def test_a_question_interrupts_a_run_and_its_answer_ends_it(platform, studio):
    thread = await platform.threads.create()
    state = await _run(platform, studio, thread, input={"request": 'write "hello" to studio.txt'})
    [question] = state["__interrupt__"]
    [action] = question["value"]["action_requests"]
    assert (action["name"], action["args"]["content"]) == ("file_operations", "hello")
    assert question["value"]["review_configs"][0]["allowed_decisions"] == ["approve", "edit", "reject"]
    assert not (studio.folder / "studio.txt").exists()
    answer = {"resume": {question["id"]: {"decisions": [{"type": "approve"}]}}}
    state = await _run(platform, studio, thread, command=answer)
    assert state["outcome"]["status"] == "completed"
    assert (studio.folder / "studio.txt").read_text() == "hello"


async def test_our_routes_stand_beside_the_platforms_own(studio):
    async with client_of(studio.address, timeout=PATIENCE) as http:
        assert (await http.get("/ok")).json()["ok"] is True
        while (ready := (await http.get("/readyz")).json())["status"] != "ready":  # a slow machine may not be at once
            pass
        assert ready["parts"] == {"database": "ok", "worker": "ok"}
        paths = set((await http.get("/openapi.json")).json()["paths"])
        assert {"/tasks", "/threads", "/office/invoke"} <= paths
        task = {"description": "what is 15 * 23?"}
        response = await http.post("/office/invoke", json={"input": task})
        assert response.is_success, response.text
        output = response.json()["output"]
        assert "345" in output["answer"]
        assert (await http.get(f"/tasks/{output['task_id']}")).json()["status"] == "completed"


async def test_our_routes_want_a_key_there_too(studio):
    async with httpx.AsyncClient(base_url=studio.address, timeout=PATIENCE) as http:
        for method, path in (("GET", "/tasks"), ("POST", "/tasks"), ("POST", "/office/invoke"), ("GET", "/admin/keys")):
            assert (await http.request(method, path)).status_code == 401, path
        assert (await http.get("/healthz")).status_code == 200


async def test_the_platforms_own_errors_keep_the_detail_that_its_clients_read(studio):
    async with httpx.AsyncClient(base_url=studio.address, timeout=PATIENCE) as http:
        response = await http.get("/threads/00000000-0000-4000-8000-000000000000")
    assert response.status_code == 404
    assert response.json()["detail"]


@pytest.mark.parametrize(
    "wish",
    [
        "what is 15 * 23, then add the result to my todo list",
        "read notes.txt",
        "list the files in .",
        'search for "milk" in notes.txt',
        "which functions are called on the way from start to end in .",
    ],
)
async def test_nothing_of_ours_holds_up_the_event_loop(platform, studio, wish):
    """The server makes every blocking call an error."""
    (studio.folder / "notes.txt").write_text("buy milk")
    (studio.folder / "program.py").write_text("def start(): end()\n\n\ndef end(): pass\n")
    state = await _run(platform, studio, input={"request": wish})
    assert state["outcome"]["status"] == "completed", state["outcome"]["reason"]
    assert "BlockingError" not in str(studio.log)


async def _run(platform: LangGraphClient, studio: Studio, thread: Any = None, **given: Any) -> dict[str, Any]:
    thread = thread or await platform.threads.create()
    context = {"folder": str(studio.folder), "allowed_tools": given.pop("allowed_tools", [])}
    state: Any = await platform.runs.wait(thread["thread_id"], "office", context=context, **given)
    assert isinstance(state, dict)
    return state
