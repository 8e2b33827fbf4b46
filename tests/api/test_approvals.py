"""Questions to humans and their answers over HTTP."""

import asyncio
from contextlib import aclosing

import httpx

from tests.api.listening import listen, told

APPROVE = {"decisions": [{"type": "approve"}]}


async def test_an_open_question_is_shown_in_the_customary_form(http, waiting):
    task_id = await waiting()
    [asked] = (await http.get(f"/tasks/{task_id}/approvals")).json()["approvals"]
    assert asked["status"] == "open"
    [action] = asked["request"]["action_requests"]
    assert action["name"] == "file_operations"
    assert action["args"]["content"] == "hello"
    assert asked["request"]["review_configs"][0]["allowed_decisions"] == ["approve", "edit", "reject"]


async def test_an_approved_call_is_carried_out_and_the_task_completes(http, waiting, folder):
    task_id = await waiting('write "approved" to approved.txt')
    response = await http.post(f"/tasks/{task_id}/approvals", json=APPROVE)
    assert response.status_code == 200
    assert response.json()["status"] == "answered"
    await told(http, task_id)
    assert (await http.get(f"/tasks/{task_id}")).json()["status"] == "completed"
    assert (folder / "approved.txt").read_text() == "approved"


async def test_a_rejected_call_is_not_carried_out(http, waiting, folder):
    task_id = await waiting('write "rejected" to rejected.txt', constraints={"max_iterations": 1})
    reject = {"decisions": [{"type": "reject", "message": "not here"}]}
    assert (await http.post(f"/tasks/{task_id}/approvals", json=reject)).status_code == 200
    await told(http, task_id)
    task = (await http.get(f"/tasks/{task_id}")).json()
    assert task["status"] == "failed"
    assert "not here" in task["result"]["reason"]
    assert not (folder / "rejected.txt").exists()


async def test_an_edited_call_is_carried_out_as_edited(http, waiting, folder):
    task_id = await waiting('write "first" to first.txt')
    [asked] = (await http.get(f"/tasks/{task_id}/approvals")).json()["approvals"]
    [action] = asked["request"]["action_requests"]
    edited = {"name": action["name"], "args": {**action["args"], "path": "second.txt"}}
    decisions = [{"type": "edit", "edited_action": edited}]
    response = await http.post(
        f"/tasks/{task_id}/approvals", json={"approval_id": asked["approval_id"], "decisions": decisions}
    )
    assert response.status_code == 200
    await told(http, task_id)
    assert (folder / "second.txt").read_text() == "first"
    assert not (folder / "first.txt").exists()


async def test_an_edit_that_the_tool_would_refuse_is_asked_about_again_with_the_reason(http, waiting, folder):
    task_id = await waiting('write "again" to again.txt')
    path = f"/tasks/{task_id}/approvals"
    [asked] = (await http.get(path)).json()["approvals"]
    [action] = asked["request"]["action_requests"]
    wrong = [({**action["args"], "path": "../out.txt"}, "`../out.txt`"), ({"path": 1}, "`path` must be of type string")]
    async with aclosing(listen(http, f"/tasks/{task_id}/events")) as events:
        questions = (heard.data["data"]["request"] async for heard in events if heard.kind == "approval.asked")
        await anext(questions)
        for args, reason in wrong:
            edit = {"type": "edit", "edited_action": {"name": action["name"], "args": args}}
            assert (await http.post(path, json={"decisions": [edit]})).status_code == 200
            assert reason in (await anext(questions))["action_requests"][0]["description"]
    assert (await http.post(path, json=APPROVE)).status_code == 200
    await told(http, task_id)
    assert (folder / "again.txt").read_text() == "again"


async def test_of_many_answers_at_once_one_wins_and_the_others_hear_of_it(http, waiting):
    task_id = await waiting()
    responses = await asyncio.gather(*(http.post(f"/tasks/{task_id}/approvals", json=APPROVE) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [200] + [409] * 9
    types = {response.json()["type"] for response in responses if response.status_code == 409}
    assert types <= {
        "urn:intelligent-office:problem:already-answered",
        "urn:intelligent-office:problem:task-ended",
    }


async def test_an_answer_that_does_not_fit_leaves_the_question_open(http, waiting):
    task_id = await waiting()
    for decisions in ([], [{"type": "maybe"}], [{"type": "approve"}, {"type": "approve"}], [{"type": "edit"}]):
        response = await http.post(f"/tasks/{task_id}/approvals", json={"decisions": decisions})
        assert response.status_code == 422, decisions
        assert response.json()["type"] == "urn:intelligent-office:problem:invalid-answer"
    [asked] = (await http.get(f"/tasks/{task_id}/approvals")).json()["approvals"]
    assert asked["status"] == "open"


async def test_answered_questions_are_shown_only_when_asked_for(http, waiting):
    task_id = await waiting()
    await http.post(f"/tasks/{task_id}/approvals", json=APPROVE)
    assert (await http.get(f"/tasks/{task_id}/approvals")).json() == {"approvals": []}
    [asked] = (await http.get(f"/tasks/{task_id}/approvals", params={"open": False})).json()["approvals"]
    assert asked["answer"] == APPROVE


async def test_a_task_without_a_question_takes_no_answer(http: httpx.AsyncClient, submit):
    task_id = await submit("what is 1 + 1?")
    await told(http, task_id)
    assert (await http.post(f"/tasks/{task_id}/approvals", json=APPROVE)).status_code == 409
