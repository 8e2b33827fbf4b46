"""Remote services as the workshop sees them: real processes, in all the ways they fail."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from blockbuster import blockbuster_ctx
from tenacity import wait_none

from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.toolbox.artifacts import read_artifact
from intelligent_office.toolbox.remote import conversation, pipes, program
from intelligent_office.toolbox.remote import service as one_service
from intelligent_office.toolbox.remote.directory import Directory
from intelligent_office.toolbox.remote.line import Line
from intelligent_office.toolbox.workshop import Workshop
from tests.examples.processes import FINANCE, IT, ROOT, running
from tests.ports import own_port
from tests.sandbox.world import processes_below
from tests.toolbox.bench import SCOPE

ODD = Path(__file__).parent / "odd_service.py"
PATIENT = "seconds = 300\nconnect_seconds = 300\n"
"""A service on a busy machine takes its time to start, and to answer."""


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """So does one that is asked whether it is there, or told that nobody waits any more."""
    monkeypatch.setattr(program, "PING_SECONDS", 300.0)
    monkeypatch.setattr(conversation, "GOODBYE_SECONDS", 300.0)


def call(action: str, *, key: str = "k1", **inputs: Any) -> Any:
    return {"step_id": "s1", "action": action, "inputs": inputs, "idempotency_key": key}


@pytest.fixture
def workshop(database, settings, tmp_path):
    """Makes workshops by the text of a services file; each is like a process of its own."""

    async def make(text: str, **changes: Any) -> Workshop:
        path = tmp_path / "services.toml"
        path.write_text(text)
        known = settings.model_copy(update={"services_file": path, **changes})
        made = Workshop([], database, known, sources=[Directory(known)], backoff=wait_none())
        await made.refresh()
        return made

    return make


@pytest.fixture
def odd(tmp_path):
    with own_port() as port, running(ODD, tmp_path, port) as process:
        yield process


def at(url: str, more: str = "") -> str:
    return f'[services.odd]\nurl = "{url}"\n{PATIENT}{more}'


def by_command(folder: Path) -> str:
    return f"[services.odd]\ncommand = {json.dumps([sys.executable, str(ODD), str(folder), 'stdio'])}\n{PATIENT}"


def programs(folder: Path) -> list[int]:
    """The processes of this test's service on standard streams."""
    return [pid for pid in processes_below(os.getpid()) if f"{folder}\0stdio" in _arguments(pid)]


def _arguments(pid: int) -> str:
    """All of them, however long the names of folders are on this machine."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


async def traces(folder: Path, text: str, count: int = 1) -> None:
    """Wait until the service has left so many."""
    pressed = folder / "pressed"
    while not pressed.exists() or pressed.read_text().count(text) < count:
        await asyncio.sleep(0.01)


@pytest.fixture
def later(monkeypatch):
    """Lets so many seconds pass at once for whoever waits in the running event loop."""

    def pass_by(seconds: float) -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: time.monotonic() + seconds)

    return pass_by


def reasons(workshop: Workshop) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in workshop.absences()}


# What there is


async def test_two_services_may_have_tools_of_one_name(workshop):
    with running(IT) as it:
        both = await workshop(f'[services.a]\nurl = "{it.url}"\n{PATIENT}[services.b]\nurl = "{it.url}"\n{PATIENT}')
        names = {card["name"]: card["source"] for card in both.cards()}
        answer = await both.invoke(call("b__get_ip", host="db-02"), {}, SCOPE)
    assert names == {
        "a__get_ip": "service a",
        "a__jira_metrics": "service a",
        "b__get_ip": "service b",
        "b__jira_metrics": "service b",
    }
    assert answer["output"] == {"host": "db-02", "ip": "198.51.100.20", "site": "Dublin"}


async def test_what_a_service_claims_never_makes_a_tool_safe_and_what_the_operator_says_counts(workshop, odd):
    told = await workshop(at(odd.url, '[services.odd.tools.press]\nrisk = "safe"\nidempotent = true\n'))
    assert told.risk("odd__say", {}) == "guarded"
    assert told.risk("odd__die", {}) == "dangerous"
    assert told.risk("odd__press", {}) == "safe"
    assert [told.idempotent(f"odd__{name}", {}) for name in ("say", "die", "press")] == [False, False, True]


async def test_a_tool_that_cannot_be_used_is_left_out_with_the_reason_and_the_others_are_there(workshop, odd):
    told = await workshop(at(odd.url, '[services.odd.tools.sey]\nrisk = "safe"\n'))
    found = reasons(told)
    assert set(found) == {"odd__say.it", "odd__spell", "odd__sey"}
    assert "letters, digits, _ and - only" in found["odd__say.it"]
    assert "no JSON Schema" in found["odd__spell"]
    assert found["odd__sey"] == "the services file names it, and the service has none"
    assert "odd__say" in {card["name"] for card in told.cards()}


async def test_a_schema_that_points_elsewhere_is_not_fetched(workshop, odd):
    told = await workshop(at(odd.url))
    answer = await told.invoke(call("odd__fetch", text="x"), {}, SCOPE)
    assert answer["status"] == "failed"
    assert "cannot be checked: its schema refers to `http://127.0.0.1:1/schema.json`" in answer["error"]


# Calling


@pytest.mark.parametrize("how", ["streamable_http", "stdio"])
async def test_inputs_arrive_whatever_their_names(workshop, odd, tmp_path, how):
    told = await workshop(at(odd.url) if how == "streamable_http" else by_command(tmp_path))
    answer = await told.invoke(call("odd__keep", config="a", run_manager="b", callbacks="c"), {}, SCOPE)
    assert (answer["status"], answer["text"]) == ("succeeded", "a b c")


async def test_a_service_that_refuses_is_told_word_for_word(workshop):
    with running(FINANCE) as finance:
        told = await workshop(f'[services.finance]\nurl = "{finance.url}"\n{PATIENT}')
        answer = await told.invoke(call("finance__stock_price", symbol="ACMI"), {}, SCOPE)
        wrong = await told.invoke(call("finance__calculate_roi", principal="much", rate_percent=1, years=1), {}, SCOPE)
    assert (answer["status"], answer["attempts"]) == ("failed", 1)
    assert "There is no share 'ACMI'; did you mean ACME?" in answer["error"]
    assert "`principal` must be of type number" in wrong["error"]


@pytest.mark.parametrize("how", ["streamable_http", "stdio"])
async def test_a_call_whose_service_dies_is_in_doubt_and_never_made_twice(workshop, odd, tmp_path, how):
    text = at(odd.url) if how == "streamable_http" else by_command(tmp_path)
    answer = await (await workshop(text)).invoke(call("odd__die", text="once"), {}, SCOPE)
    assert answer["status"] == "in_doubt", answer
    assert "Whether the call took effect is not known." in answer["error"]
    if how == "streamable_http":
        odd.end()
        with running(ODD, tmp_path, odd.port):
            again = await (await workshop(text)).invoke(call("odd__die", text="once"), {}, SCOPE)
    else:
        again = await (await workshop(text)).invoke(call("odd__die", text="once"), {}, SCOPE)
    assert again["status"] == "in_doubt"
    assert (tmp_path / "pressed").read_text() == "once\n"


async def test_a_call_whose_office_was_killed_is_in_doubt_and_never_made_twice(workshop, odd, tmp_path, database_url):
    told = await workshop(at(odd.url))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.toolbox.remote.crash", database_url, tmp_path / "services.toml", cwd=ROOT
    )
    assert await asyncio.to_thread(odd.read) == "waiting"
    process.kill()
    await process.wait()
    answer = await told.invoke(call("odd__wait"), {}, SCOPE)
    assert answer["status"] == "in_doubt"
    assert (tmp_path / "pressed").read_text() == "waiting\n"


async def test_a_repeatable_call_whose_service_dies_has_failed(workshop, odd):
    told = await workshop(at(odd.url, "[services.odd.tools.die]\nidempotent = true\n"))
    answer = await told.invoke(call("odd__die", text="once"), {}, SCOPE)
    assert (answer["status"], answer["transient"]) == ("failed", True)
    assert "cannot be reached" in answer["error"]


async def test_an_answer_that_is_not_as_announced_is_told(workshop, odd):
    told = await workshop(at(odd.url, "[services.odd.tools.lie]\nidempotent = true\n"))
    answer = await told.invoke(call("odd__lie"), {}, SCOPE)
    assert (answer["status"], answer["attempts"], answer["transient"]) == ("failed", 1, False)
    assert "`lie` answered otherwise than it announced at ['n']: 'many' is not of type 'integer'" in answer["error"]


async def test_a_large_answer_is_kept_outside_and_a_huge_one_is_not_read(workshop, odd, database):
    told = await workshop(at(odd.url, "[services.odd.tools.repeat]\nidempotent = true\n"))
    large = await told.invoke(call("odd__repeat", text="sea ", times=50_000), {}, SCOPE)
    huge = await told.invoke(call("odd__repeat", key="k2", text="sea ", times=2_000_000), {}, SCOPE)
    assert large["artifact"] is not None
    assert len(large["text"]) < 10_000
    assert (await read_artifact(database, SCOPE.task_id, large["artifact"]))["text"] == "sea " * 50_000
    assert (huge["status"], huge["attempts"]) == ("failed", 1)
    assert "the answer is longer than 4000000 bytes" in huge["error"]


async def test_a_call_that_takes_too_long_is_stopped_there_too(workshop, odd, later):
    told = await workshop(at(odd.url, "[services.odd.tools.wait]\nseconds = 100\nidempotent = true\n"))
    calling = asyncio.create_task(told.invoke(call("odd__wait"), {}, SCOPE))
    assert await asyncio.to_thread(odd.read) == "waiting"
    later(100)
    answer = await calling
    assert (answer["status"], answer["error"]) == ("failed", "The step was stopped after 100 seconds.")
    assert await asyncio.to_thread(odd.read) == "stopped"


async def test_a_call_that_is_cancelled_is_stopped_there_too(workshop, odd):
    told = await workshop(at(odd.url))
    calling = asyncio.create_task(told.invoke(call("odd__wait"), {}, SCOPE))
    assert await asyncio.to_thread(odd.read) == "waiting"
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert await asyncio.to_thread(odd.read) == "stopped"


# Programs on standard streams


async def test_a_program_on_standard_streams_is_one_process_for_all_questions(workshop, tmp_path):
    told = await workshop(by_command(tmp_path))
    [started] = programs(tmp_path)
    answers = await asyncio.gather(
        *(told.invoke(call("odd__press", key=f"k{n}", text=f"{n}"), {}, SCOPE) for n in range(5))
    )
    assert {answer["status"] for answer in answers} == {"succeeded"}
    assert sorted((tmp_path / "pressed").read_text().split()) == ["0", "1", "2", "3", "4"]
    assert programs(tmp_path) == [started]
    await told.close()
    assert programs(tmp_path) == []


async def test_a_program_that_has_died_is_started_again_for_the_next_question(workshop, tmp_path):
    told = await workshop(by_command(tmp_path))
    [first] = programs(tmp_path)
    os.kill(first, signal.SIGKILL)
    answer = await told.invoke(call("odd__press", text="x"), {}, SCOPE)
    [second] = programs(tmp_path)
    assert (answer["status"], answer["attempts"]) == ("succeeded", 1)
    assert second != first
    assert (tmp_path / "pressed").read_text() == "x\n"
    await told.close()


async def test_a_program_that_dies_takes_only_the_calls_along_that_it_was_at(workshop, tmp_path):
    told = await workshop(by_command(tmp_path))
    [first] = programs(tmp_path)
    waiting = [asyncio.create_task(told.invoke(call("odd__wait", key=f"k{n}"), {}, SCOPE)) for n in range(3)]
    await traces(tmp_path, "waiting", 3)
    os.kill(first, signal.SIGKILL)
    assert [(await one)["status"] for one in waiting] == ["in_doubt"] * 3
    answer = await told.invoke(call("odd__say", key="k9", text="x"), {}, SCOPE)
    assert (answer["status"], answer["text"]) == ("succeeded", "x")
    await told.close()


async def test_a_call_that_is_cancelled_leaves_the_program_to_the_others(workshop, tmp_path):
    told = await workshop(by_command(tmp_path))
    [first] = programs(tmp_path)
    calling = asyncio.create_task(told.invoke(call("odd__wait"), {}, SCOPE))
    await traces(tmp_path, "waiting")
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    answer = await told.invoke(call("odd__say", key="k2", text="x"), {}, SCOPE)
    assert answer["status"] == "succeeded"
    assert programs(tmp_path) == [first]
    await told.close()


async def test_a_program_that_hears_nothing_any_more_is_started_again(workshop, tmp_path, monkeypatch, later):
    told = await workshop(by_command(tmp_path) + "[services.odd.tools.hang]\nseconds = 100\n")
    [first] = programs(tmp_path)
    calling = asyncio.create_task(told.invoke(call("odd__hang"), {}, SCOPE))
    await traces(tmp_path, "hanging")
    for module, name in ((program, "PING_SECONDS"), (conversation, "GOODBYE_SECONDS"), (pipes, "FAREWELL_SECONDS")):
        monkeypatch.setattr(module, name, 0.1)
    later(100)
    hung = await calling
    answer = await told.invoke(call("odd__say", key="k2", text="x"), {}, SCOPE)
    assert (hung["status"], answer["status"]) == ("in_doubt", "succeeded")
    assert first not in programs(tmp_path)
    await told.close()


async def test_a_huge_answer_of_a_program_is_not_used_and_the_program_stays(workshop, tmp_path):
    told = await workshop(by_command(tmp_path) + "[services.odd.tools.repeat]\nidempotent = true\n")
    before = programs(tmp_path)
    huge = await told.invoke(call("odd__repeat", text="sea ", times=2_000_000), {}, SCOPE)
    answer = await told.invoke(call("odd__say", key="k2", text="x"), {}, SCOPE)
    assert (huge["status"], huge["attempts"], answer["status"]) == ("failed", 1, "succeeded")
    assert "the answer is longer than 10000000 bytes" in huge["error"]
    assert programs(tmp_path) == before
    await told.close()


async def test_a_program_that_speaks_no_protocol_is_told(workshop, tmp_path):
    told = await workshop(f'[services.odd]\ncommand = ["{sys.executable}", "-c", "print(1)"]\n{PATIENT}')
    assert "The service `odd` cannot be reached" in reasons(told)["odd__*"]
    await told.close()


def test_a_program_ends_with_its_event_loop_and_is_started_again_in_the_next(tmp_path, settings):
    path = tmp_path / "services.toml"
    path.write_text(by_command(tmp_path))
    directory = Directory(settings.model_copy(update={"services_file": path}))
    asyncio.run(directory.refresh())
    assert programs(tmp_path) == []
    [service] = directory.services
    service._ask_again_at = 0.0
    asyncio.run(directory.refresh())
    assert directory.tools() != []


# Coming and going


async def test_a_service_that_is_down_is_told_and_comes_back_by_itself(workshop, tmp_path, monkeypatch):
    monkeypatch.setattr(one_service, "PATIENCE_SECONDS", 0.0)
    with own_port() as port:
        told = await workshop(at(f"http://127.0.0.1:{port}/mcp"))
        answer = await told.invoke(call("odd__say", text="x"), {}, SCOPE)
        assert "The service `odd` cannot be reached" in reasons(told)["odd__*"]
        assert "The tool `odd__say` cannot be used now: The service `odd` cannot be reached" in answer["error"]
        assert "odd__say" not in {card["name"] for card in told.cards()}
        with running(ODD, tmp_path, port):
            await told.refresh()
            answer = await told.invoke(call("odd__say", text="x"), {}, SCOPE)
    assert (answer["status"], answer["text"]) == ("succeeded", "x")


async def test_a_service_is_restarted_between_two_calls_and_nobody_notices(workshop, odd, tmp_path):
    told = await workshop(at(odd.url))
    odd.end()
    with running(ODD, tmp_path, odd.port):
        answer = await told.invoke(call("odd__press", text="x"), {}, SCOPE)
    assert (answer["status"], answer["attempts"]) == ("succeeded", 1)


async def test_a_call_that_nobody_was_there_to_hear_had_no_effect(workshop, odd):
    told = await workshop(at(odd.url))
    odd.end()
    answer = await told.invoke(call("odd__press", text="x"), {}, SCOPE)
    assert (answer["status"], answer["attempts"], answer["transient"]) == ("failed", 3, True)


async def test_a_renamed_tool_is_noticed_after_the_first_call_that_fails(workshop, odd, tmp_path):
    told = await workshop(at(odd.url))
    odd.end()
    with running(ODD, tmp_path, odd.port, "speak"):
        failed = await told.invoke(call("odd__say", text="x"), {}, SCOPE)
        await told.refresh()
        answer = await told.invoke(call("odd__speak", key="k2", text="x"), {}, SCOPE)
    assert failed["status"] == "failed"
    assert "say" in failed["error"]
    assert (answer["status"], answer["text"]) == ("succeeded", "x")
    assert "There is no tool `odd__say`; did you mean `odd__speak`" in told.faults("odd__say", {"text": "x"})[0]


async def test_a_service_that_never_answers_costs_no_longer_than_the_file_says(workshop):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/mcp"
        told = await workshop(f'[services.odd]\nurl = "{url}"\nconnect_seconds = 0.5\n')
    assert reasons(told)["odd__*"].endswith("it does not answer in time.")


@pytest.mark.parametrize("clock", [TimeoutError(), httpx.ConnectTimeout(""), httpx.ReadTimeout("")])
async def test_it_is_told_in_the_same_words_whichever_clock_was_the_first_to_run_out(workshop, monkeypatch, clock):
    async def late(_: Any, question: Coroutine[Any, Any, None]) -> None:
        question.close()
        raise clock

    monkeypatch.setattr(Line, "answer", late)
    with own_port() as port:
        told = await workshop(at(f"http://127.0.0.1:{port}/mcp"))
    assert reasons(told)["odd__*"] == "The service `odd` cannot be reached: it does not answer in time."


async def test_a_secret_comes_from_its_variable_and_is_told_to_nobody(workshop, odd, monkeypatch):
    text = at(odd.url, 'headers = { Authorization = "ODD_TOKEN" }\n')
    without = await workshop(text)
    assert reasons(without)["odd__*"] == "The service `odd` needs the variable ODD_TOKEN, which is not set."
    monkeypatch.setenv("ODD_TOKEN", "Bearer sesame")
    told = await workshop(text)
    answer = await told.invoke(call("odd__say", text="x"), {}, SCOPE)
    assert answer["status"] == "succeeded"
    assert "sesame" not in json.dumps([answer, told.cards(), told.absences()])


async def test_a_secret_of_a_service_is_hidden_wherever_it_turns_up_later(workshop, odd, monkeypatch):
    monkeypatch.setenv("ODD_TOKEN", "Bearer open-the-hill-1")
    redaction = Redaction("off")
    await workshop(at(odd.url, 'headers = { Authorization = "ODD_TOKEN" }\n'))
    hidden = redaction.hidden({"said": "you sent Bearer open-the-hill-1", "token": "open-the-hill-1"})
    assert "hill" not in str(hidden)


@pytest.mark.parametrize("how", ["streamable_http", "stdio"])
async def test_the_event_loop_waits_for_nothing(workshop, odd, tmp_path, how):
    """The LangGraph server refuses calls that block it."""
    told = await workshop(at(odd.url) if how == "streamable_http" else by_command(tmp_path))
    with blockbuster_ctx():
        answer = await told.invoke(call("odd__press", text="x"), {}, SCOPE)
    assert answer["status"] == "succeeded", answer


async def test_a_command_that_cannot_be_started_is_told(workshop):
    told = await workshop('[services.odd]\ncommand = ["/nowhere/at-all"]\n')
    assert "No such file or directory" in reasons(told)["odd__*"]
