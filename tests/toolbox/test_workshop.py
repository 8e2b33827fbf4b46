"""The one way to call a tool: results, limits, retries, the ledger, artifacts, the audit trail."""

import asyncio
import json
import math
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain_core.tools import InjectedToolArg, StructuredTool, ToolException, tool
from pydantic import SecretStr
from tenacity import wait_none

from intelligent_office.database.audit import call_digest, read_trail
from intelligent_office.database.pool import Database
from intelligent_office.errors import ModelError, NoRuleCovers, ToolError, TransientToolError, Unavailable
from intelligent_office.permits import Permits, permit
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.artifacts import read_artifact
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.workshop import Workshop
from tests.toolbox.bench import SCOPE, Effects, a_step, pressing

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workshop(database, settings):
    """Makes workshops; each one is like a process of its own, with nothing in mind."""

    def make(tools, *, database=database, **changes):
        return Workshop(tools, database, settings.model_copy(update=changes), backoff=wait_none())

    return make


async def ledger_row(database: Any, key: str = "k1") -> Any:
    return await database.one("recorded_call", task_id=SCOPE.task_id, idempotency_key=key)


async def rows(database: Any, query: str) -> list[Any]:
    async with database.pool.connection() as connection:
        return list(await (await connection.execute(query)).fetchall())


def a_started_call() -> dict[str, Any]:
    """What `start_call` is told by a process that dies then."""
    call = {"task_id": SCOPE.task_id, "tenant": SCOPE.tenant, "idempotency_key": "k1", "step_id": "s1", "tool": "press"}
    return {**call, "subtask_id": "t1", "inputs": {"text": "hello"}, "audit": {}}


class Counted:
    """A database that counts the statements that go through it."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.statements: list[str] = []

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self.database, name)

        async def counting(statement: str, **parameters: Any) -> Any:
            self.statements.append(statement)
            return await inner(statement, **parameters)

        return counting


class Slow:
    """A database whose `record_call` waits for a sign."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.recording = asyncio.Event()
        self.go_on = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    async def run(self, statement: str, **parameters: Any) -> Any:
        if statement == "record_call":
            self.recording.set()
            await self.go_on.wait()
        return await self.database.run(statement, **parameters)


class Away:
    """A database that is away when a call's end is to be written down, a number of times; or just after that."""

    def __init__(self, database: Any, times: float, *, writes: bool = False) -> None:
        self.database = database
        self.times = times
        self.writes = writes
        self.asked = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)

    async def run(self, statement: str, **parameters: Any) -> Any:
        if statement == "record_call" and self.times:
            self.times -= 1
            self.asked.set()
            if self.writes:
                await self.database.run(statement, **parameters)
            raise Unavailable(part="the database", reason="it is started anew")
        return await self.database.run(statement, **parameters)


# What comes back


async def test_a_result_carries_text_data_and_circumstances(workshop, settings):
    effects = Effects()
    result = await workshop(pressing(effects, idempotent=True)).invoke(a_step(), {}, SCOPE)

    assert (result["status"], result["text"], result["output"]) == ("succeeded", "pressed hello", {"said": "hello"})
    assert (result["attempts"], result["reused"], result["error"], result["transient"]) == (1, False, None, False)
    assert datetime.fromisoformat(result["started_at"]).tzinfo is not None
    assert result["seconds"] >= 0
    assert json.loads(json.dumps(result)) == result


async def test_a_tool_is_told_for_whom_it_works_and_under_which_key(workshop):
    effects = Effects()
    scope = replace(SCOPE, folder=Path("/w"), roots=(Path("/r"),))
    own = {"home": Path("/office"), "tls_key": Path("/tls.pem"), "tenant": SCOPE.tenant}
    await workshop(pressing(effects, idempotent=True), roots=[Path("/more")], **own).invoke(a_step(), {}, scope)

    [told] = effects.scopes
    assert told.bounds is not None
    known = replace(scope, step_id="s1", idempotency_key="k1", roots=(Path("/r"), Path("/more")))
    assert replace(told, bounds=None, private=()) == known
    assert set(told.private) == {Path("/office"), Path("/proc"), Path("/tls.pem")}


async def test_references_are_resolved_before_the_call(workshop):
    effects = Effects()
    sources = {"s0": {"text": "first", "output": {"word": "second"}}}
    await workshop(pressing(effects, idempotent=True)).invoke(a_step(text="${s0}, ${s0.output.word}"), sources, SCOPE)

    assert effects.done == ["first, second"]


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (a_step("pres"), "There is no tool `pres`; did you mean `press`?"),
        (a_step(text=3), "`text` must be of type string; it is 3."),
        (a_step(txt="x"), "`press` needs the input `text`."),
        (a_step(text="${nobody}"), "There is no step or subtask `nobody`"),
        (a_step(text="${s0.output.numbers}"), "`text` must be of type string; it is [1, 2]."),
    ],
)
async def test_a_call_that_does_not_fit_is_a_failed_result_and_leaves_no_trace(workshop, database, step, told):
    effects = Effects()
    sources = {"s0": {"text": "x", "output": {"numbers": [1, 2]}}}
    result = await workshop(pressing(effects, idempotent=False)).invoke(step, sources, SCOPE)

    assert (result["status"], result["attempts"], result["transient"], effects.done) == ("failed", 0, False, [])
    assert told in result["error"]
    assert await ledger_row(database) is None


async def test_a_tool_that_gives_only_one_thing_gives_it_as_text_and_as_data(workshop):
    plain = StructuredTool.from_function(lambda: {"n": 1}, name="plain", description="Plain.")
    result = await workshop([Tool(definition=plain, policy=ToolPolicy(idempotent=True))]).invoke(
        {"step_id": "s1", "action": "plain", "inputs": {}, "idempotency_key": "k1"}, {}, SCOPE
    )

    assert (result["output"], json.loads(result["text"])) == ({"n": 1}, {"n": 1})


async def test_what_postgres_refuses_is_replaced_in_the_result_and_in_the_ledger(workshop, database):
    effects = Effects(lambda: {"a\0": "b\0", "lone": "\udcff", "big": 2**100, "nan": math.nan, "odd": {1, 2}})
    result = await workshop(pressing(effects, idempotent=True)).invoke(a_step(text="x\0y"), {}, SCOPE)

    assert result["text"] == "pressed x\ufffdy"
    assert result["output"] == {
        "a\ufffd": "b\ufffd",
        "lone": "\ufffd",
        "big": "1267650600228229401496703205376",
        "nan": "nan",
        "odd": [1, 2],
    }
    assert (await ledger_row(database))["result"] == result


async def test_output_that_is_no_json_becomes_text(workshop):
    effects = Effects(lambda: Path("/a/b"))
    result = await workshop(pressing(effects, idempotent=True)).invoke(a_step(), {}, SCOPE)

    assert result["output"] == "/a/b"


# Failing


async def test_a_transient_failure_is_retried_and_counted(workshop):
    effects = Effects(TransientToolError(reason="busy"), ConnectionResetError("gone"))
    result = await workshop(pressing(effects, idempotent=True)).invoke(a_step(), {}, SCOPE)

    assert (result["status"], result["attempts"], effects.done) == ("succeeded", 3, ["hello"])


async def test_three_attempts_are_the_most(workshop):
    effects = Effects(*[TransientToolError(reason="busy")] * 9)
    result = await workshop(pressing(effects, idempotent=True)).invoke(a_step(), {}, SCOPE)

    assert (result["status"], result["attempts"], result["error"]) == ("failed", 3, "busy")
    assert result["transient"]


@pytest.mark.parametrize(
    ("failure", "told", "transient"),
    [
        (ToolError(reason="no such thing"), "no such thing", False),
        (ToolException("not possible"), "not possible", False),
        (ValueError("x is 3"), "The tool `press` broke: ValueError: x is 3.", False),
        (ModelError(role="ai_tool", reason="all asleep"), "No model could answer for the ai_tool: all asleep", True),
        (NoRuleCovers(role="ai_tool", reason=""), "No built-in rule covers this request", False),
    ],
)
async def test_a_permanent_failure_is_told_and_not_retried(workshop, database, failure, told, transient):
    effects = Effects(failure)
    result = await workshop(pressing(effects, idempotent=True)).invoke(a_step(), {}, SCOPE)

    assert (result["status"], result["attempts"], result["transient"]) == ("failed", 1, transient)
    assert told in result["error"]
    assert result["text"] == result["error"]
    assert (await ledger_row(database))["status"] == "failed"


async def test_a_tool_that_answers_errors_with_text_fails_all_the_same(workshop):
    def refuse() -> str:
        raise ToolException("not today")

    polite = StructuredTool.from_function(refuse, name="polite", description="Refuse.", handle_tool_error=True)
    result = await workshop([Tool(definition=polite, policy=ToolPolicy())]).invoke(
        {"step_id": "s1", "action": "polite", "inputs": {}, "idempotency_key": "k1"}, {}, SCOPE
    )

    assert (result["status"], result["error"]) == ("failed", "not today")


@pytest.mark.parametrize(("of_step", "of_policy"), [(0.02, 30), (300, 0.02)])
async def test_the_shorter_of_the_steps_and_the_policys_time_limit_ends_a_call(workshop, of_step, of_policy):
    effects = Effects()
    effects.go_on.clear()
    step = {**a_step(), "timeout_seconds": of_step}
    result = await workshop(pressing(effects, idempotent=True, seconds=of_policy)).invoke(step, {}, SCOPE)

    assert (result["status"], result["error"]) == ("failed", "The step was stopped after 0.02 seconds.")
    assert (result["transient"], effects.done) == (True, [])


async def test_the_ledger_being_away_is_raised_because_nothing_can_be_recorded(settings):
    nowhere = Database(settings.model_copy(update={"database_url": SecretStr("postgresql://127.0.0.1:1/x")}))
    effects = Effects()
    with pytest.raises(Unavailable):
        await Workshop(pressing(effects, idempotent=False), nowhere, settings).invoke(a_step(), {}, SCOPE)
    await nowhere.close()

    assert effects.done == []


# The ledger


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_finished_call_is_not_repeated_by_another_process(workshop, idempotent):
    effects = Effects()
    first = await workshop(pressing(effects, idempotent=idempotent)).invoke(a_step(), {}, SCOPE)
    again = await workshop(pressing(effects, idempotent=idempotent)).invoke(a_step(step_id="s7"), {}, SCOPE)

    assert effects.done == ["hello"]
    assert again == {**first, "step_id": "s7", "reused": True}


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_key_is_carried_out_once_however_often_it_is_called_at_once(workshop, idempotent):
    effects = Effects()
    shop = workshop(pressing(effects, idempotent=idempotent))
    results = await asyncio.gather(*[shop.invoke(a_step(), {}, SCOPE) for _ in range(20)])

    assert effects.done == ["hello"]
    assert sorted(result["reused"] for result in results) == [False] + [True] * 19
    assert {result["status"] for result in results} == {"succeeded"}


async def test_processes_racing_for_a_key_have_one_effect_between_them(workshop):
    effects = Effects()
    effects.go_on.clear()
    shops = [workshop(pressing(effects, idempotent=False)) for _ in range(8)]
    calls = [asyncio.ensure_future(shop.invoke(a_step(), {}, SCOPE)) for shop in shops]
    while sum(call.done() for call in calls) < 7:  # all but the one that is inside
        await asyncio.wait([call for call in calls if not call.done()], return_when=asyncio.FIRST_COMPLETED)
    effects.go_on.set()
    results = await asyncio.gather(*calls)

    assert effects.done == ["hello"]
    assert sorted(result["status"] for result in results) == ["in_doubt"] * 7 + ["succeeded"]


async def test_the_same_key_in_another_task_is_another_effect(workshop):
    effects = Effects()
    shop = workshop(pressing(effects, idempotent=False))
    await shop.invoke(a_step(), {}, SCOPE)
    await shop.invoke(a_step(), {}, replace(SCOPE, task_id="task-2"))

    assert effects.done == ["hello", "hello"]


async def test_a_failed_call_may_run_again(workshop, database):
    effects = Effects(ToolError(reason="full"))
    shop = workshop(pressing(effects, idempotent=False))
    failed = await shop.invoke(a_step(), {}, SCOPE)
    again = await shop.invoke(a_step(), {}, SCOPE)

    assert (failed["status"], again["status"], again["reused"]) == ("failed", "succeeded", False)
    assert effects.done == ["hello"]
    assert (await ledger_row(database))["status"] == "succeeded"


async def test_what_succeeded_stays_so_whatever_a_worker_tells_that_was_given_up(workshop, database):
    stale, fresh = Effects(ValueError("too late")), Effects()
    stale.go_on.clear()
    late = asyncio.ensure_future(workshop(pressing(stale, idempotent=False)).invoke(a_step(), {}, SCOPE))
    await stale.entered.wait()
    other = workshop(pressing(fresh, idempotent=False))
    await other.release(SCOPE.task_id, "k1")
    assert (await other.invoke(a_step(), {}, SCOPE))["status"] == "succeeded"
    stale.go_on.set()
    assert (await late)["status"] == "in_doubt"
    assert (await ledger_row(database))["status"] == "succeeded"
    told = [row["kind"] for row in await rows(database, "SELECT kind FROM audit ORDER BY number")]
    assert told == ["started", "started", "finished", "in_doubt"]


async def test_a_call_started_and_never_ended_is_in_doubt_until_it_is_released(workshop):
    effects = Effects()
    effects.go_on.clear()
    crashing = asyncio.ensure_future(workshop(pressing(effects, idempotent=False)).invoke(a_step(), {}, SCOPE))
    await effects.entered.wait()
    crashing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await crashing
    effects.go_on.set()

    later = workshop(pressing(effects, idempotent=False))
    doubtful = await later.invoke(a_step(), {}, SCOPE)
    assert (doubtful["status"], effects.done) == ("in_doubt", [])
    assert "whether it took effect is not known" in doubtful["error"]

    await later.release(SCOPE.task_id, "k1")
    assert (await later.invoke(a_step(), {}, SCOPE))["status"] == "succeeded"
    assert effects.done == ["hello"]


async def test_a_killed_process_leaves_its_call_in_doubt_and_nobody_repeats_it(workshop, database_url):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.toolbox.crash", database_url, stdin=PIPE, stdout=PIPE, cwd=ROOT
    )
    assert process.stdin
    assert process.stdout
    assert await process.stdout.readline() == b"the effect has happened\n"
    process.kill()
    process.stdin.close()
    await process.communicate()

    effects = Effects()
    result = await workshop(pressing(effects, idempotent=False)).invoke(a_step(), {}, SCOPE)
    assert (result["status"], effects.done) == ("in_doubt", [])


async def test_a_cancellation_after_the_effect_waits_until_it_is_written_down(workshop, database, settings):
    effects = Effects()
    slow: Any = Slow(database)
    call = asyncio.ensure_future(
        Workshop(pressing(effects, idempotent=False), slow, settings).invoke(a_step(), {}, SCOPE)
    )
    await slow.recording.wait()
    call.cancel()
    slow.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert (await ledger_row(database))["status"] == "succeeded"
    assert (await workshop(pressing(effects, idempotent=False)).invoke(a_step(), {}, SCOPE))["reused"]


@pytest.mark.parametrize("idempotent", [True, False])
async def test_the_end_of_a_call_is_written_down_when_the_database_is_back(
    workshop, database, settings, monkeypatch, idempotent
):
    monkeypatch.setattr("intelligent_office.toolbox.ledger.PAUSE_SECONDS", 0.0)
    effects = Effects()
    away: Any = Away(database, times=5)
    shop = Workshop(pressing(effects, idempotent=idempotent), away, settings)
    assert (await shop.invoke(a_step(), {}, SCOPE))["status"] == "succeeded"
    assert (await workshop(pressing(effects, idempotent=idempotent)).invoke(a_step(), {}, SCOPE))["reused"]
    assert len(effects.done) == 1


@pytest.mark.parametrize("idempotent", [True, False])
async def test_an_end_that_was_written_though_nobody_heard_so_is_in_ledger_and_trail_once(
    database, settings, monkeypatch, idempotent
):
    monkeypatch.setattr("intelligent_office.toolbox.ledger.PAUSE_SECONDS", 0.0)
    deaf: Any = Away(database, times=2, writes=True)
    shop = Workshop(pressing(Effects(), idempotent=idempotent), deaf, settings)
    assert (await shop.invoke(a_step(), {}, SCOPE))["status"] == "succeeded"
    told = await rows(database, "SELECT kind FROM audit ORDER BY number")
    assert [row["kind"] for row in told] == ["started", "finished"]


async def test_who_waits_for_the_database_with_the_end_of_a_call_can_be_cancelled(database, settings):
    away: Any = Away(database, times=math.inf)
    call = asyncio.ensure_future(
        Workshop(pressing(Effects(), idempotent=False), away, settings).invoke(a_step(), {}, SCOPE)
    )
    await away.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await ledger_row(database))["status"] == "started", "nobody knows"


async def test_a_finished_call_is_not_released(workshop):
    effects = Effects()
    shop = workshop(pressing(effects, idempotent=False))
    await shop.invoke(a_step(), {}, SCOPE)
    await shop.release(SCOPE.task_id, "k1")

    assert (await shop.invoke(a_step(), {}, SCOPE))["reused"]


async def test_a_cancelled_call_that_may_be_repeated_is_simply_made_again(workshop, database):
    effects = Effects()
    effects.go_on.clear()
    shop = workshop(pressing(effects, idempotent=True))
    cancelled = asyncio.ensure_future(shop.invoke(a_step(), {}, SCOPE))
    await effects.entered.wait()
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await ledger_row(database) is None
    effects.go_on.set()

    assert (await shop.invoke(a_step(), {}, SCOPE))["status"] == "succeeded"


@pytest.mark.parametrize("failure", [ConnectionResetError("cut off"), TimeoutError(), KeyError("bug")])
async def test_a_failure_that_may_come_after_the_effect_leaves_it_in_doubt(workshop, database, failure):
    effects = Effects(failure)
    shop = workshop(pressing(effects, idempotent=False))
    result = await shop.invoke(a_step(), {}, SCOPE)

    assert (result["status"], result["attempts"]) == ("in_doubt", 1)
    assert type(failure).__name__ in result["error"]
    assert (await ledger_row(database))["status"] == "started"
    again = await shop.invoke(a_step(), {}, SCOPE)
    assert (again["status"], effects.done) == ("in_doubt", [])
    assert type(failure).__name__ in again["error"]


@pytest.mark.parametrize("failure", [TransientToolError(reason="busy"), ConnectionRefusedError("nobody")])
async def test_a_failure_that_certainly_came_before_the_effect_is_retried(workshop, failure):
    effects = Effects(failure)
    result = await workshop(pressing(effects, idempotent=False)).invoke(a_step(), {}, SCOPE)

    assert (result["status"], result["attempts"], effects.done) == ("succeeded", 2, ["hello"])


async def test_a_call_out_of_time_that_may_not_be_repeated_is_in_doubt(workshop):
    effects = Effects()
    effects.go_on.clear()
    result = await workshop(pressing(effects, idempotent=False, seconds=0.02)).invoke(a_step(), {}, SCOPE)

    assert result["status"] == "in_doubt"
    assert "stopped after 0.02 seconds" in result["error"]


async def test_a_key_that_names_another_call_is_never_taken_for_this_one(workshop):
    effects = Effects()
    once, often = (workshop(pressing(effects, idempotent=repeatable)) for repeatable in (False, True))
    await once.invoke(a_step(text="one"), {}, SCOPE)
    refused = await once.invoke(a_step(text="two"), {}, SCOPE)
    assert (refused["status"], effects.done) == ("failed", ["one"])
    assert "names another call" in refused["error"]

    repeated = await often.invoke(a_step(text="two"), {}, SCOPE)
    assert (repeated["status"], repeated["reused"], effects.done) == ("succeeded", False, ["one", "two"])


async def test_calls_are_told_apart_by_the_end_of_a_long_input_too(workshop, database):
    effects = Effects()
    shop = workshop(pressing(effects, idempotent=True))
    await shop.invoke(a_step(text="x" * 5_000 + "1"), {}, SCOPE)
    await shop.invoke(a_step(text="x" * 5_000 + "2"), {}, SCOPE)

    assert len(effects.done) == 2
    assert len(json.dumps((await ledger_row(database))["inputs"])) < 500


async def test_a_step_costs_two_statements_one_before_it_and_one_at_its_end(database, settings):
    counted: Any = Counted(database)
    often = Workshop(pressing(Effects(), idempotent=True), counted, settings)
    once = Workshop(pressing(Effects(), idempotent=False), counted, settings)

    await often.invoke(a_step(key="a"), {}, SCOPE)
    assert counted.statements == [
        "finished_calls",
        "add_audit_entry",
        "record_call",
    ]  # the first one is made once a task
    counted.statements.clear()
    await often.invoke(a_step(key="b"), {}, SCOPE)
    assert counted.statements == ["add_audit_entry", "record_call"]
    counted.statements.clear()
    await once.invoke(a_step(key="c"), {}, SCOPE)
    assert counted.statements == ["start_call", "record_call"]


# Large outputs


async def test_a_large_output_is_kept_once_and_read_back_by_reference(workshop, database):
    text = "a line\n" * 1_000
    effects = Effects(lambda: {"content": text})
    shop = workshop(pressing(effects, idempotent=True))
    first = await shop.invoke(a_step(), {}, SCOPE)

    assert (first["output"], first["text"]) == (None, "pressed hello")
    assert first["artifact"]["size"] > 7_000
    kept = await read_artifact(database, SCOPE.task_id, first["artifact"])
    assert kept == {"text": "pressed hello", "output": {"content": text}}
    stored = await ledger_row(database)
    assert len(json.dumps(stored["result"])) < 1_000

    await shop.invoke(a_step(key="k2", text="${s1.output.content}"), {"s1": first}, SCOPE)
    assert effects.done[-1] == text


async def test_a_long_text_is_cut_to_a_preview_and_whole_where_it_is_referred_to(workshop):
    effects = Effects(lambda: 1, lambda: 2)
    shop = workshop(pressing(effects, idempotent=True))
    first = await shop.invoke(a_step(text="é" * 5_000), {}, SCOPE)

    assert first["output"] == 1
    assert first["text"].startswith("pressed ééé")
    assert len(first["text"].encode()) < 4096 + 200
    assert first["artifact"]["artifact_id"] in first["text"]
    await shop.invoke(a_step(key="k2", text="<${s1}>"), {"s1": first}, SCOPE)
    assert effects.done[-1] == "<pressed " + "é" * 5_000 + ">"


async def test_the_same_output_twice_in_a_task_is_kept_once(workshop, database):
    effects = Effects(lambda: "x" * 9_000, lambda: "x" * 9_000)
    shop = workshop(pressing(effects, idempotent=True))
    one, two = [await shop.invoke(a_step(key=key), {}, SCOPE) for key in ("k1", "k2")]

    assert one["artifact"] == two["artifact"]
    assert len(await rows(database, "SELECT FROM artifacts")) == 1


async def test_an_artifact_that_is_gone_fails_the_step_that_refers_to_it(workshop):
    gone = {"artifact_id": "0", "media_type": "application/json", "size": 1}
    sources = {"s1": {"text": "", "output": None, "artifact": gone}}
    result = await workshop(pressing(Effects(), idempotent=True)).invoke(a_step(text="${s1}"), sources, SCOPE)

    assert (result["status"], "no longer there" in result["error"]) == ("failed", True)


# The audit trail


async def test_every_start_and_end_of_an_effect_is_in_the_audit_trail(workshop, database):
    effects = Effects(lambda: "fine", ToolError(reason="full"))
    shop = workshop(pressing(effects, idempotent=False))
    await shop.invoke(a_step(key="k1"), {}, SCOPE)
    await shop.invoke(a_step(key="k2"), {}, SCOPE)
    await shop.invoke(a_step(key="k1"), {}, SCOPE)  # reused: nothing ran

    trail = await read_trail(database, SCOPE.task_id)
    assert [(entry.kind, entry.data["idempotency_key"]) for entry in trail.entries] == [
        ("started", "k1"),
        ("finished", "k1"),
        ("started", "k2"),
        ("failed", "k2"),
    ]
    assert {(entry.tenant, entry.tool, entry.step_id, entry.who) for entry in trail.entries} == {
        ("acme", "press", "s1", "executor")
    }
    finished, failed = trail.entries[1].data, trail.entries[3].data
    assert (finished["arguments"], finished["risk"], finished["attempts"]) == ({"text": "hello"}, "safe", 1)
    assert (len(finished["result"]), failed["reason"]) == (64, "full")
    assert trail.intact


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_call_is_in_the_trail_before_it_is_made_and_at_its_end(workshop, database, idempotent):
    effects = Effects()
    effects.go_on.clear()
    call = asyncio.create_task(workshop(pressing(effects, idempotent=idempotent)).invoke(a_step(), {}, SCOPE))
    await effects.entered.wait()
    assert [entry.kind for entry in (await read_trail(database, SCOPE.task_id)).entries] == ["started"]
    effects.go_on.set()
    await call
    started, finished = (await read_trail(database, SCOPE.task_id)).entries
    assert (started.kind, finished.kind, started.data["arguments"]) == ("started", "finished", {"text": "hello"})
    assert datetime.fromisoformat(finished.data["started_at"]) <= started.at <= finished.at


async def test_a_call_that_cannot_be_made_is_told_once_however_often_it_is_tried(workshop, database):
    shop = workshop(pressing(Effects(), idempotent=True))
    for _ in range(2):
        await shop.invoke(a_step("pull", token="sk-abcdefghijklmnopqrstuvwxyz123456"), {}, SCOPE)

    (entry,) = (await read_trail(database, SCOPE.task_id)).entries
    assert (entry.kind, entry.tool, entry.data["attempts"]) == ("failed", "pull", 0)
    assert "pull" in entry.data["reason"]
    assert entry.data["arguments"] == {"token": "<KEY>"}


async def test_a_call_whose_end_was_lost_is_in_doubt_in_the_trail_once(workshop, database):
    await database.run("start_call", **a_started_call())
    for _ in range(2):
        await workshop(pressing(Effects(), idempotent=False)).invoke(a_step(), {}, SCOPE)

    trail = await read_trail(database, SCOPE.task_id)
    assert [entry.kind for entry in trail.entries] == ["started", "in_doubt"]
    assert "its end was never recorded" in trail.entries[1].data["reason"]


async def test_calls_at_the_same_time_make_one_chain(workshop, database):
    shops = [workshop(pressing(Effects(), idempotent=place % 2 == 0)) for place in range(8)]
    await asyncio.gather(
        *(shop.invoke(a_step(key=f"{place}-{n}"), {}, SCOPE) for place, shop in enumerate(shops) for n in range(5))
    )

    trail = await read_trail(database, SCOPE.task_id)
    assert (len(trail.entries), trail.flaws) == (2 * 40, [])


@pytest.mark.parametrize("granted", ["", call_digest(a_step(text="other"))])
async def test_a_call_that_nobody_granted_with_these_arguments_is_not_made_and_the_trail_says_so(
    granted, workshop, database
):
    effects = Effects()
    shop = workshop(pressing(effects, idempotent=False))
    result = await shop.invoke(a_step(text="hello"), {}, replace(SCOPE, granted=granted))
    assert (result["metadata"]["error_class"], effects.done) == ("NotGranted", [])
    (entry,) = (await read_trail(database, SCOPE.task_id)).entries
    assert (entry.kind, entry.data["attempts"]) == ("failed", 0)

    step = a_step(text="hello")
    made = await shop.invoke(step, {}, replace(SCOPE, granted=call_digest(step)))
    assert (made["status"], len(effects.done)) == ("succeeded", 1)


async def test_a_grant_is_written_to_the_audit_trail(workshop, database):
    grant = {
        "step_id": "s1",
        "idempotency_key": "k1",
        "action": "press",
        "risk": "guarded",
        "decision": "approved",
        "by": "ann",
        "reason": "fine\0, mail ann@example.org",
        "clearance": {"decision": "ask", "reason": "who is ann@example.org?", "by": "gatekeeper", "origins": {}},
        "bounds": {"network": "none", "writes": ["of ann@example.org"]},
    }
    for _ in range(2):  # the node ran again after a crash
        await workshop([]).audit([grant], SCOPE)

    (line,) = await rows(database, "SELECT * FROM audit")
    assert (line["kind"], line["who"], line["tool"], line["step_id"]) == ("granted", "ann", "press", "s1")
    assert line["data"] == {
        "idempotency_key": "k1",
        "risk": "guarded",
        "decision": "approved",
        "reason": "fine\ufffd, mail <EMAIL>",
        "clearance": {"decision": "ask", "reason": "who is <EMAIL>?", "by": "gatekeeper", "origins": {}},
        "bounds": {"network": "none", "writes": ["of <EMAIL>"]},
    }


async def test_decisions_on_a_plan_are_written_in_one_statement_and_in_its_order(workshop, database):
    counted: Any = Counted(database)
    grant = {"idempotency_key": "k", "action": "press", "risk": "safe", "decision": "automatic", "by": "policy"}
    grants: Any = [{**grant, "step_id": f"s{n}", "idempotency_key": f"k{n}", "reason": ""} for n in range(12)]
    await workshop([], database=counted).audit(grants, SCOPE)
    assert counted.statements == ["add_audit_entries"]
    trail = await read_trail(database, SCOPE.task_id)
    assert ([entry.step_id for entry in trail.entries], trail.intact) == ([f"s{n}" for n in range(12)], True)


# What a grant allows


def confined(effects: Effects, **policy: Any) -> list[Tool]:
    """A tool that writes a file and may be told for how long."""

    @tool("press", response_format="content_and_artifact")
    async def press(
        text: str, scope: Annotated[ToolScope, InjectedToolArg], path: str = "a.txt", seconds: float = 5
    ) -> tuple[str, Any]:
        "Press."
        return f"pressed {text}", await effects.happen(text, scope)

    terms: dict[str, Any] = {
        "network": "internet",
        "asked_by": {"writes": "path", "seconds": "seconds"},
        "seconds": 900,
    }
    return [Tool(definition=press, policy=ToolPolicy(**{"risk": "safe", **terms, **policy}))]


@pytest.mark.parametrize(
    ("inputs", "granted", "words"),
    [
        ({"path": "b.txt"}, {"writes": ["a.txt"]}, "it would write `b.txt`"),
        ({"path": "../a.txt"}, {"writes": ["."]}, "it would write `../a.txt`"),
        ({"seconds": 7}, {"seconds": 6}, "it asks for 7 s, and 6 s are granted"),
        ({}, {"network": "none"}, "it needs the network"),
        ({}, {"files": "read"}, "it would write files"),
        ({"path": "${s0}"}, {"writes": ["a.txt"]}, "it would write `elsewhere`"),
    ],
)
async def test_a_call_that_asks_for_more_than_its_grant_is_not_made(workshop, database, inputs, granted, words):
    effects = Effects()
    step = a_step(text="hi", **inputs)
    sources = {"s0": {"text": "elsewhere", "output": None}}
    result = await workshop(confined(effects)).invoke(step, sources, replace(SCOPE, bounds=granted))
    assert (result["status"], result["metadata"]["error_class"]) == ("failed", "BeyondGrant")
    assert words in result["error"]
    assert effects.done == []
    [entry] = (await read_trail(database, SCOPE.task_id)).entries
    assert (entry.kind, words in entry.data["reason"]) == ("failed", True)


async def test_a_call_within_its_grant_is_told_what_it_may(workshop):
    effects = Effects()
    scope = replace(SCOPE, bounds={"writes": ["${s0}"], "seconds": 300})
    sources = {"s0": {"text": "out.txt", "output": None}}
    result = await workshop(confined(effects)).invoke(a_step(text="hi", path="${s0}", seconds=2), sources, scope)
    assert result["status"] == "succeeded"
    [told] = effects.scopes
    assert told.bounds == {"network": "internet", "files": "write", "writes": ["out.txt"], "seconds": 300}


async def test_without_a_grant_the_policy_says_what_a_call_may(workshop):
    effects = Effects()
    await workshop(confined(effects)).invoke(a_step(text="hi"), {}, SCOPE)
    assert effects.scopes[0].bounds == {"network": "internet", "files": "write", "seconds": 900}


async def test_a_call_has_the_seconds_that_were_granted(workshop):
    effects = Effects()
    effects.go_on.clear()
    result = await workshop(confined(effects, idempotent=True)).invoke(
        a_step(text="hi"), {}, replace(SCOPE, bounds={"seconds": 0.02})
    )
    assert (result["status"], result["metadata"]["error_class"]) == ("failed", "StepTimedOut")


async def test_a_permit_that_was_revoked_or_has_expired_allows_no_further_call(workshop, database):
    effects = Effects()
    made = workshop(confined(effects))
    permit_id = await a_permit(database, minutes=5)
    scope = replace(SCOPE, permit_id=permit_id)
    assert (await made.invoke(a_step(text="one", key="k1"), {}, scope))["status"] == "succeeded"
    assert (await made.invoke(a_step(text="x", key="kx"), {}, replace(scope, tenant="other")))["status"] == "failed"
    await Permits(database).revoke(permit_id, SCOPE.tenant, by="bob")
    second = await made.invoke(a_step(text="two", key="k2"), {}, scope)
    expired = replace(SCOPE, permit_id=await a_permit(database, minutes=-1))
    third = await made.invoke(a_step(text="three", key="k3"), {}, expired)
    for result in (second, third):
        assert (result["status"], result["metadata"]["error_class"]) == ("failed", "PermitEnded")
    assert permit_id in second["error"]
    assert effects.done == ["one"]


async def test_what_was_done_under_a_permit_stays_done_when_it_is_revoked(workshop, database):
    """A worker died after the call, the permit was taken back, and another worker goes on."""
    effects = Effects()
    scope = replace(SCOPE, permit_id=await a_permit(database, minutes=5))
    first = await workshop(confined(effects)).invoke(a_step(text="one"), {}, scope)
    await database.run("start_call", **{**a_started_call(), "idempotency_key": "k2"})
    await Permits(database).revoke(scope.permit_id, SCOPE.tenant, by="bob")
    again = await workshop(confined(effects)).invoke(a_step(text="one"), {}, scope)
    lost = await workshop(confined(effects)).invoke(a_step(text="hello", key="k2"), {}, scope)
    assert (again["status"], again["reused"], again["text"]) == ("succeeded", True, first["text"])
    assert (lost["status"], effects.done) == ("in_doubt", ["one"])


async def test_a_call_that_turns_out_riskier_than_it_was_granted_is_not_made(workshop):
    effects = Effects()
    tools = confined(effects, risk="dangerous", risk_of=lambda inputs: "dangerous" if "/" in inputs["path"] else "safe")
    sources = {"s0": {"text": "/etc/passwd", "output": None}}
    result = await workshop(tools).invoke(a_step(text="x", path="${s0}"), sources, replace(SCOPE, risk="safe"))
    assert (result["metadata"]["error_class"], effects.done) == ("BeyondGrant", [])
    assert "it turned out to be dangerous, and was granted as safe" in result["error"]


async def a_permit(database: Database, *, minutes: float) -> str:
    async with database.transaction() as statements:
        return await permit(
            statements,
            {"name": "press", "args": {"text": "one"}, "description": ""},
            {"type": "approve", "scope": "tenant", "minutes": minutes},
            task_id=SCOPE.task_id,
            tenant=SCOPE.tenant,
            approval_id="a1",
            by="ann",
        )
