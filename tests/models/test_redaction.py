"""What is private: no provider gets it, and whoever the answer is for gets it back. Captured at a socket."""

import asyncio
import json
import logging

import pytest
import structlog

from intelligent_office.contracts import Answer, PlanDraft
from intelligent_office.errors import ModelError
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.telemetry.logs import configure
from intelligent_office.telemetry.redaction.veil import Veil
from intelligent_office.telemetry.scope import Scope, working_for
from tests.fakes import step_result
from tests.models.asking import MODELS, pointing_at, router
from tests.models.wire import Fault, Reply, Server, Speech, serve
from tests.telemetry.redaction.planted import BESIDE, PLANTED
from tests.test_on_models import settings_for, work, worker

ALICE, CARD = "alice@example.com", "4111 1111 1111 1111"
SECRETS = [*(value for values in PLANTED.values() for value in values), *(value for _, _, value, _ in BESIDE)]
TEXT = "\n".join([*(value for values in PLANTED.values() for value in values), *("".join(one[1:]) for one in BESIDE)])
SCOPE = Scope("task-1")
SOURCE = f'''
SERVER = "postgres://ada:s3same@192.168.1.17/mail"

def send(to="{ALICE}"):
    return write(to, "{CARD}")

def write(to, card):
    """Tell +49 30 901820."""
    return ring("sk-{"a1B2c3D4" * 4}")

def ring(key): ...
'''


def sent(server: Server) -> str:
    """Everything that the server was sent, as it was and as it reads."""
    bodies = [request.body for request in server.requests]
    return "\n".join([json.dumps(bodies), json.dumps(bodies, ensure_ascii=False), *map(str, bodies)])


def leaked(server: Server) -> list[str]:
    text = sent(server)
    return [secret for secret in SECRETS if any(form in text for form in (secret, json.dumps(secret)[1:-1]))]


def placeholder(value: str, scope: Scope = SCOPE) -> str:
    with working_for(scope):
        return Veil().hide(value)


@pytest.fixture
def _logs_as_they_were():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.parametrize("speech", MODELS)
async def test_no_provider_gets_anything_private_and_the_answer_has_it_back(speech: Speech):
    said = json.dumps({"text": f"Dear {placeholder(ALICE)}, {placeholder(CARD).lower()} it is. <EMAIL_bcdfgh>"})
    async with serve(speech, Reply(said)) as server, router(pointing_at(server, model=MODELS[speech])) as (models, _):
        with working_for(SCOPE):
            answer = await models.ask("ai_tool", Answer, instruction=f"Write to {ALICE}", text=TEXT)
    assert answer == {"text": f"Dear {ALICE}, {CARD} it is. <EMAIL_bcdfgh>"}
    assert leaked(server) == []
    assert server.requests[0].prompt.count(placeholder(ALICE)) == 2, "in the instruction and in the text"


async def test_a_value_inside_nested_inputs_and_keys_is_hidden_and_put_back_into_a_plan():
    plan = {"steps": [{"step_id": "s1", "action": "echo", "inputs": {placeholder(ALICE): [{"to": placeholder(CARD)}]}}]}
    values = {"request": "x", "objective": "x", "hints": [], "tools": [], "given": {}, "criteria": [], "lessons": []}
    values["attachments"] = []
    result = step_result("s1", text=json.dumps({ALICE: f"\n{CARD}\n"}))
    async with serve("openai", Reply(json.dumps({**plan, "confidence": 1}))) as server:
        with working_for(SCOPE):
            async with router(pointing_at(server)) as (models, _):
                draft = await models.ask("planner", PlanDraft, **values, objections=[], results={"s1": result})
    assert draft["steps"][0]["inputs"] == {ALICE: [{"to": CARD}]}
    assert leaked(server) == []


@pytest.mark.parametrize("characters", range(1185, 1205, 3))
async def test_a_value_at_the_place_where_a_long_result_is_cut_does_not_show_in_part(characters):
    values = {"request": "x", "objective": "x", "hints": [], "tools": [], "given": {}, "criteria": [], "lessons": []}
    values["attachments"] = []
    result = step_result("s1", text=f"{'x' * characters} {CARD} {'y' * 5000}")
    plan = {"steps": [{"step_id": "s1", "action": "echo", "inputs": {}}], "confidence": 1}
    async with serve("openai", Reply(json.dumps(plan))) as server, router(pointing_at(server)) as (models, _):
        await models.ask("planner", PlanDraft, **values, objections=[], results={"s1": result})
    assert "4111" not in server.requests[0].prompt


async def test_what_a_model_says_itself_is_hidden_when_it_is_asked_again():
    unfit, good = Reply(f"Ask {ALICE} or 192.168.1.17."), Reply('{"text": "Deep."}')
    async with serve("ollama", unfit, good) as server, router(pointing_at(server)) as (models, _):
        await models.ask("ai_tool", Answer, instruction="Praise it.", text="")
    assert len(server.requests) == 2
    assert leaked(server) == []


async def test_the_same_question_is_sent_in_the_same_words_within_a_task():
    async with serve("ollama", Reply('{"text": "Deep."}')) as server, router(pointing_at(server)) as (models, _):
        with working_for(SCOPE):
            for _ in range(2):
                await models.ask("ai_tool", Answer, instruction=f"Write to {ALICE}", text=TEXT)
    first, second = (request.prompt for request in server.requests)
    assert first == second


async def test_the_error_that_a_person_reads_names_what_they_wrote():
    fault = Fault(400, f"the address {placeholder(ALICE)} is odd")
    async with serve("openai", fault) as server, router(pointing_at(server)) as (models, usage):
        with working_for(SCOPE), pytest.raises(ModelError, match=ALICE):
            await models.ask("ai_tool", Answer, instruction=f"Write to {ALICE}", text="")
    assert ALICE not in repr(usage.calls)


@pytest.mark.usefixtures("_logs_as_they_were")
async def test_no_log_line_shows_anything_private(capsys):
    configure("debug", "json")
    fault = Fault(400, TEXT[:150])
    async with serve("openai", fault, Reply("no")) as server, router(pointing_at(server)) as (models, _):
        with pytest.raises(ModelError) as failure:
            await models.ask("ai_tool", Answer, instruction=f"Write to {ALICE}", text=TEXT)
    structlog.get_logger().warning("task.failed", reason=str(failure.value), error=failure.value)
    told = capsys.readouterr().err
    assert "task.failed" in told
    assert [secret for secret in SECRETS if secret in told] == []


async def test_switched_off_everything_is_sent_as_it_is():
    good = Reply('{"text": "Deep."}')
    async with serve("openai", good) as server, router(pointing_at(server, redaction="off")) as (models, _):
        await models.ask("ai_tool", Answer, instruction=f"Write to {ALICE}", text="")
    assert ALICE in server.requests[0].prompt


async def test_questions_at_the_same_time_do_not_see_each_others_values():
    """The second task's model writes the first one's placeholder: it stands for nothing there."""
    said = json.dumps({"text": f"Write to {placeholder(ALICE)}"})
    async with serve("ollama", Reply(said)) as server, router(pointing_at(server)) as (models, _):

        async def ask(scope: Scope, instruction: str) -> str:
            with working_for(scope):
                return (await models.ask("ai_tool", Answer, instruction=instruction, text=""))["text"]

        mine, theirs = await asyncio.gather(ask(SCOPE, f"Praise {ALICE}"), ask(Scope("task-2"), f"Praise {ALICE}"))
    assert mine == f"Write to {ALICE}"
    assert theirs == f"Write to {placeholder(ALICE)}"


async def test_a_tool_and_the_user_get_the_real_values(settings, database):
    tasks = Tasks(database, settings)
    task = await tasks.submit(TaskRequest(description=f"Greet {ALICE} in a new way"), tenant="default", origin="test")
    name = placeholder(ALICE, Scope(task.task_id, task.tenant))
    subtask = {"subtask_id": "t1", "objective": f"Greet {name}", "dependencies": [], "tools": []}
    plan = {"steps": [{"step_id": "s1", "action": "echo", "inputs": {"text": f"Hello {name}"}}], "confidence": 1.0}
    answers = [{"subtasks": [subtask]}, plan, {"flaws": []}, {"verdict": "APPROVED", "finding": ""}]
    async with (
        serve("openai", *(Reply(json.dumps(answer)) for answer in answers)) as server,
        worker(settings_for("openai", server.url, settings), database) as hands,
    ):
        await hands.work_on(await hands.take(task))
    done = await tasks.get(task.task_id, "default")
    assert done.outcome is not None
    assert done.outcome["answer"] == f"Hello {ALICE}"
    assert len(server.requests) == 4
    assert leaked(server) == []


async def test_a_call_chain_is_the_same_to_the_byte_with_and_without(settings, database, tmp_path):
    (tmp_path / "mail.py").write_text(SOURCE)
    inputs = {"folder": str(tmp_path), "start": "send", "end": "ring"}
    answers = [
        {"subtasks": [{"subtask_id": "t1", "objective": "trace", "dependencies": [], "tools": []}]},
        {"steps": [{"step_id": "s1", "action": "code_analyzer", "inputs": inputs}], "confidence": 1.0},
        {"flaws": []},
        {"verdict": "APPROVED", "finding": ""},
    ]

    async def chain(redaction: str) -> str:
        async with serve("openai", *(Reply(json.dumps(answer)) for answer in answers)) as server:
            chosen = settings_for("openai", server.url, settings).model_copy(
                update={"redaction": redaction, "roots": [tmp_path]}
            )
            done = await work(chosen, database, f"Trace how send reaches ring in {tmp_path}")
        assert done.outcome is not None
        assert done.status == "completed", done.outcome
        assert (leaked(server) == []) == (redaction == "on")
        return str(done.outcome["answer"])

    hidden, shown = await chain("on"), await chain("off")
    assert hidden == shown
    assert CARD in shown


def test_a_kind_that_does_not_exist_is_told():
    with pytest.raises(ValueError, match="on, off, or some of email"):
        Settings(redaction="emial", _env_file=None)
