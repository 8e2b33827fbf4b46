import asyncio

import pytest

from intelligent_office.approvals import fitting
from intelligent_office.database.audit import read_trail
from intelligent_office.database.statements import statement
from intelligent_office.errors import AlreadyAnswered, InvalidAnswer, InvalidRequest, Missing, TaskEnded
from intelligent_office.task_requests import Constraints, TaskRequest
from intelligent_office.workers.claims import Claims
from tests.sql import query

APPROVE = {"decisions": [{"type": "approve"}]}
BY_ANN = {**APPROVE, "by": "ann"}


def asking(*names, allowed=("approve", "edit", "reject")):
    return {
        "action_requests": [{"name": name, "args": {"text": name}, "description": ""} for name in names],
        "review_configs": [{"action_name": name, "allowed_decisions": list(allowed)} for name in names],
    }


def question(interrupt_id="i1", *names):
    return {"interrupt_id": interrupt_id, "request": asking(*(names or ("echo",)))}


async def wait(tasks, claims, *questions):
    """A task that waits for the answers to the questions."""
    task = await tasks.submit(TaskRequest(description="Risky"), tenant="acme", origin="test")
    claim = await claims.take(task.task_id, "acme", "w")
    await claim.wait_for_human(questions or [question()])
    return task.task_id


# What fits


@pytest.mark.parametrize(
    "decision",
    [
        {"type": "approve"},
        {"type": "reject"},
        {"type": "reject", "message": "Not today"},
        {"type": "edit", "edited_action": {"name": "echo", "args": {"text": "b"}}},
    ],
)
def test_a_decision_of_an_allowed_type_fits(decision):
    assert fitting(asking("echo"), {"decisions": [decision]}) == {"decisions": [decision]}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "decisions"),
        ("approve", "decisions"),
        ({}, "decisions"),
        ({"decisions": {}}, "decisions"),
        ({"decisions": [{"type": "approve"}], "by": "eve"}, "decisions"),
        ({"decisions": []}, "1 decision.*`echo`.*holds 0"),
        ({"decisions": [{"type": "approve"}] * 2}, "holds 2"),
        ({"decisions": ["approve"]}, "a type of approve, edit, reject"),
        ({"decisions": [{"type": "respond", "message": "x"}]}, "a type of"),
        ({"decisions": [{"type": ["approve"]}]}, "a type of"),
        ({"decisions": [{"type": "approve", "message": "x"}]}, "unknown fields for `approve`: message"),
        ({"decisions": [{"type": "reject", "message": 3}]}, "no text"),
        ({"decisions": [{"type": "reject", "message": "x" * 10_001}]}, "more than 10000 characters"),
        ({"decisions": [{"type": "edit"}]}, "edited_action"),
        ({"decisions": [{"type": "edit", "edited_action": {"name": "echo"}}]}, "edited_action"),
        ({"decisions": [{"type": "edit", "edited_action": {"name": "echo", "args": []}}]}, "edited_action"),
        ({"decisions": [{"type": "edit", "edited_action": {"name": "exec", "args": {}}}]}, "not the name"),
    ],
)
def test_an_answer_that_does_not_fit_is_told_what_would(answer, reason):
    with pytest.raises(InvalidAnswer, match=reason):
        fitting(asking("echo"), answer)


def test_a_decision_the_question_does_not_offer_is_refused():
    edit = {"type": "edit", "edited_action": {"name": "echo", "args": {}}}
    with pytest.raises(InvalidAnswer, match="`echo` must have a type of approve, reject"):
        fitting(asking("echo", allowed=["approve", "reject"]), {"decisions": [edit]})


def test_decisions_belong_to_the_actions_in_their_order():
    edit = {"type": "edit", "edited_action": {"name": "exec", "args": {}}}
    fitting(asking("echo", "exec"), {"decisions": [{"type": "approve"}, edit]})
    with pytest.raises(InvalidAnswer, match="`echo`"):
        fitting(asking("echo", "exec"), {"decisions": [edit, {"type": "approve"}]})


# Answering


async def test_an_answer_sends_the_task_back_to_work_and_reaches_the_graph(tasks, claims):
    task_id = await wait(tasks, claims)

    approval = await tasks.answer(task_id, "acme", APPROVE, by="ann")

    assert (approval.status, approval.answer, approval.answered_by) == ("answered", APPROVE, "ann")
    claim = await claims.next("w2")
    assert claim.task.task_id == task_id
    assert await claims.answers(task_id) == {"i1": BY_ANN}


async def test_what_was_asked_and_answered_is_in_the_ledger_and_the_audit_trail(database, tasks, claims):
    task_id = await wait(tasks, claims, question("i1", "echo", "exec"))
    answer = {"decisions": [{"type": "approve"}, {"type": "reject", "message": "no"}]}
    await tasks.answer(task_id, "acme", answer, by="ann")

    events = await tasks.events(task_id, "acme", after=1)
    assert [(event.kind, event.data["interrupt_id"]) for event in events] == [
        ("approval.asked", "i1"),
        ("approval.answered", "i1"),
    ]
    assert events[0].data["request"]["action_requests"][1]["args"] == {"text": "exec"}
    assert events[1].data["answer"] == answer
    rows = await query(
        database, "SELECT kind, tool, who, data -> 'decision' ->> 'type' AS type FROM audit ORDER BY audit_id"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("asked", "echo", "policy", None),
        ("asked", "exec", "policy", None),
        ("answered", "echo", "ann", "approve"),
        ("answered", "exec", "ann", "reject"),
    ]


async def test_of_fifty_answers_at_once_one_wins(tasks, claims):
    task_id = await wait(tasks, claims)
    answers = [tasks.answer(task_id, "acme", APPROVE, by=f"human {number}") for number in range(50)]

    results = await asyncio.gather(*answers, return_exceptions=True)

    winners = [result for result in results if not isinstance(result, Exception)]
    assert len(winners) == 1
    assert all(isinstance(result, AlreadyAnswered) for result in results if result not in winners)
    (kept,) = await tasks.approvals(task_id, "acme", open_only=False)
    assert kept == winners[0]


async def test_a_second_answer_is_told_of_the_first(tasks, claims):
    task_id = await wait(tasks, claims)
    await tasks.answer(task_id, "acme", {"decisions": [{"type": "reject"}]}, by="ann")
    with pytest.raises(AlreadyAnswered, match="reject by ann"):
        await tasks.answer(task_id, "acme", APPROVE, by="bob")


async def test_an_answer_that_does_not_fit_changes_nothing(tasks, claims):
    task_id = await wait(tasks, claims)
    with pytest.raises(InvalidAnswer):
        await tasks.answer(task_id, "acme", {"decisions": []}, by="ann")
    assert len(await tasks.approvals(task_id, "acme")) == 1
    assert (await tasks.get(task_id, "acme")).status == "waiting"


async def test_one_of_several_questions_must_be_named(tasks, claims):
    task_id = await wait(tasks, claims, question("i1"), question("i2"))
    first, second = await tasks.approvals(task_id, "acme")
    with pytest.raises(InvalidRequest) as told:
        await tasks.answer(task_id, "acme", APPROVE, by="ann")
    assert first.approval_id in str(told.value)

    answered = await tasks.answer(task_id, "acme", APPROVE, approval_id=second.approval_id, by="ann")

    assert answered.interrupt_id == "i2"
    assert [approval.interrupt_id for approval in await tasks.approvals(task_id, "acme")] == ["i1"]


async def test_the_approval_of_another_task_is_missing(tasks, claims):
    task_id, other = await wait(tasks, claims), await wait(tasks, claims)
    (approval,) = await tasks.approvals(other, "acme")
    with pytest.raises(Missing):
        await tasks.answer(task_id, "acme", APPROVE, approval_id=approval.approval_id, by="ann")


async def test_a_task_without_questions_has_nothing_to_answer(tasks):
    task = await tasks.submit(TaskRequest(description="Safe"), tenant="acme", origin="test")
    with pytest.raises(Missing, match="open question"):
        await tasks.answer(task.task_id, "acme", APPROVE, by="ann")


async def test_nobody_waits_for_an_answer_once_the_task_has_ended(tasks, claims):
    task_id = await wait(tasks, claims)
    await tasks.cancel(task_id, "acme")
    with pytest.raises(TaskEnded):
        await tasks.answer(task_id, "acme", APPROVE, by="ann")
    (approval,) = await tasks.approvals(task_id, "acme", open_only=False)
    assert approval.status == "withdrawn"


async def test_an_answer_while_the_worker_is_busy_is_not_asked_for_again(tasks, claims):
    """Two questions; the second is answered while the worker goes on with the first."""
    task_id = await wait(tasks, claims, question("i1"), question("i2"))
    first, second = await tasks.approvals(task_id, "acme")
    await tasks.answer(task_id, "acme", APPROVE, approval_id=first.approval_id, by="ann")
    claim = await claims.next("w")
    await tasks.answer(task_id, "acme", APPROVE, approval_id=second.approval_id, by="ann")
    assert await claims.answers(task_id) == {"i1": BY_ANN}
    assert (await tasks.get(task_id, "acme")).status == "running"

    assert await claim.wait_for_human([question("i2")]) == []

    assert (await tasks.get(task_id, "acme")).status == "queued"
    await claims.next("w")
    assert await claims.answers(task_id) == {"i1": BY_ANN, "i2": BY_ANN}


async def test_a_question_that_is_open_already_is_not_asked_twice(tasks, claims):
    task_id = await wait(tasks, claims, question("i1"), question("i2"))
    first, second = await tasks.approvals(task_id, "acme")
    await tasks.answer(task_id, "acme", APPROVE, approval_id=first.approval_id, by="ann")

    still_open = await (await claims.next("w")).wait_for_human([question("i2")])

    assert [approval.approval_id for approval in still_open] == [second.approval_id]
    kinds = [event.kind for event in await tasks.events(task_id, "acme")]
    assert kinds.count("approval.asked") == 2


async def test_the_same_place_may_ask_again_after_its_answer_was_delivered(tasks, claims):
    task_id = await wait(tasks, claims)
    await tasks.answer(task_id, "acme", {"decisions": [{"type": "reject"}]}, by="ann")
    claim = await claims.next("w")

    await claim.wait_for_human([question("i1")])
    await tasks.answer(task_id, "acme", APPROVE, by="ann")

    await claims.next("w")
    assert await claims.answers(task_id) == {"i1": BY_ANN}
    assert len(await tasks.approvals(task_id, "acme", open_only=False)) == 2


# Expiring


async def test_a_question_nobody_answers_is_refused_when_its_time_is_up(database, tasks, claims):
    task_id = await wait(tasks, claims, question("i1", "echo", "exec"))
    assert await tasks.expire_approvals() == []
    await query(database, "UPDATE approvals SET expires_at = now() - interval '1 second'")

    (expired,) = await tasks.expire_approvals()

    refused = {"type": "reject", "message": "denied by time-out"}
    assert (expired.status, expired.answer) == ("expired", {"decisions": [refused, refused]})
    await claims.next("w")
    assert await claims.answers(task_id) == {"i1": {"decisions": [refused, refused], "by": "time-out"}}
    assert (await tasks.events(task_id, "acme"))[-1].kind == "approval.expired"
    with pytest.raises(AlreadyAnswered, match="time-out"):
        await tasks.answer(task_id, "acme", APPROVE, by="late")


async def test_an_answer_that_comes_too_late_is_refused_though_no_worker_has_looked(database, tasks, claims):
    task_id = await wait(tasks, claims)
    await query(database, "UPDATE approvals SET expires_at = now() - interval '1 second'")
    with pytest.raises(AlreadyAnswered, match="time-out"):
        await tasks.answer(task_id, "acme", APPROVE, by="late")
    await claims.next("w")
    assert (await claims.answers(task_id))["i1"]["by"] == "time-out"


async def test_who_answers_has_to_wait_for_no_other_task_whose_questions_are_due(database, tasks, claims):
    ours, others = await wait(tasks, claims), await wait(tasks, claims)
    await query(database, f"UPDATE approvals SET expires_at = now() - interval '1 hour' WHERE task_id = '{others}'")
    async with database.transaction() as statements:
        await statements.one("lock_task", task_id=others, tenant="acme")
        answered = await tasks.answer(ours, "acme", APPROVE, by="ann")
    assert answered.status == "answered"
    assert [one.status for one in await tasks.approvals(others, "acme")] == ["open"]


async def test_two_workers_that_look_at_once_expire_a_question_once(database, tasks, claims):
    await wait(tasks, claims)
    await query(database, "UPDATE approvals SET expires_at = now() - interval '1 second'")
    expired = await asyncio.gather(*(tasks.expire_approvals() for _ in range(5)))
    assert sorted(map(len, expired)) == [0, 0, 0, 0, 1]


async def test_when_most_of_the_time_is_over_it_is_told_once(database, tasks, claims):
    task_id = await wait(tasks, claims)
    await query(database, "UPDATE approvals SET asked_at = now() - interval '7 hours', expires_at = now() + '3 hours'")
    assert await tasks.warn_of_expiry() == []
    await query(database, "UPDATE approvals SET asked_at = now() - interval '9 hours', expires_at = now() + '2 hours'")
    warned = await asyncio.gather(*(tasks.warn_of_expiry() for _ in range(5)))
    assert sorted(map(len, warned)) == [0, 0, 0, 0, 1]
    told = (await tasks.events(task_id, "acme"))[-1]
    (approval,) = await tasks.approvals(task_id, "acme")
    assert (told.kind, told.data["approval_id"]) == ("approval.expiring", approval.approval_id)
    assert (await tasks.get(task_id, "acme")).status == "waiting"
    await tasks.answer(task_id, "acme", APPROVE, by="ann")


async def test_a_task_may_say_how_long_its_questions_wait(tasks, claims):
    request = TaskRequest(description="Work", constraints=Constraints(approval_hours=2))
    task = await tasks.submit(request, tenant="acme", origin="test")
    await (await claims.next("w")).wait_for_human([question("i1", "echo")])
    (approval,) = await tasks.approvals(task.task_id, "acme")
    assert (approval.expires_at - approval.asked_at).total_seconds() == pytest.approx(7200, abs=1)


async def test_the_time_to_answer_is_a_setting(database, settings, tasks):
    claims = Claims(database, settings.model_copy(update={"approval_hours": 0.5}))
    task_id = await wait(tasks, claims)
    (approval,) = await tasks.approvals(task_id, "acme")
    assert (approval.expires_at - approval.asked_at).total_seconds() == pytest.approx(1800, abs=1)


async def test_the_audit_trail_hides_what_is_private_and_cuts_what_is_long(database, tasks, claims):
    asked = question("i1", "mail")
    asked["request"]["action_requests"][0]["args"] = {"to": "ann@example.org", "lines": ["one of many"] * 1_000}
    task_id = await wait(tasks, claims, asked)
    edit = {"type": "edit", "edited_action": {"name": "mail", "args": {"to": "bob@example.org"}}}
    await tasks.answer(task_id, "acme", {"decisions": [edit]}, by="ann")

    trail = await read_trail(database, task_id)
    assert trail.intact
    first, second = (entry.data for entry in trail.entries)
    assert first["arguments"].startswith('{"to": "<EMAIL>", "lines": ["one of many"')
    assert second["decision"]["edited_action"]["args"] == {"to": "<EMAIL>"}


async def test_the_audit_trail_cannot_be_changed(database, tasks, claims):
    await wait(tasks, claims)
    with pytest.raises(Exception, match="append-only"):
        await query(database, "UPDATE audit SET who = 'nobody'")


@pytest.mark.parametrize("statement_name", ["due_approvals", "expiring_approvals"])
async def test_questions_that_have_time_are_not_even_looked_at_however_many_they_are(
    tasks, claims, database, statement_name
):
    await wait(tasks, claims)
    await query(
        database,
        "INSERT INTO approvals (approval_id, task_id, tenant, interrupt_id, request, expires_at)"
        " SELECT number::text, number::text, 'acme', 'i', '{}', now() + interval '1 day'"
        " FROM generate_series(1, 3000) AS number",
    )
    await query(database, "ANALYZE approvals")
    lines = await query(database, b"EXPLAIN (ANALYZE, TIMING OFF) " + statement(statement_name))
    told = "\n".join(line["QUERY PLAN"] for line in lines)
    assert "Index Cond" in told
    assert "Rows Removed" not in told
