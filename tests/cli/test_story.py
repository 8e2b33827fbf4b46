"""The story of a task: which events are told, and in what words."""

from datetime import UTC, datetime
from typing import Any

from intelligent_office.cli.story import Story
from intelligent_office.records import Event
from tests.fakes import step_result


def event(kind: str, role: str = "", subtask: str = "t1", **data: Any) -> Event:
    return Event(
        task_id="task", number=1, at=datetime(2026, 1, 1, tzinfo=UTC), kind=kind, role=role, subtask=subtask, data=data
    )


def told(story: Story, *events: Event) -> list[str]:
    return [line.text for one in events for line in story.tell(one)]


def step(name: str, action: str = "echo", after: tuple[str, ...] = (), **inputs: Any) -> dict[str, Any]:
    return {"step_id": name, "action": action, "inputs": inputs, "dependencies": list(after)}


def planned(*steps: dict[str, Any], attempt: int = 1, subtask: str = "t1") -> Event:
    return event("role.finished", "planner", subtask, attempt=attempt, plan={"steps": list(steps)})


def finished(**changes: Any) -> Event:
    return event("step.finished", "executor", step_id="s1", action="echo", result=step_result("s1", **changes))


def test_a_plan_is_told_step_by_step_with_inputs_in_short():
    lines = told(Story(), planned(step("s1", text="hello  world"), step("s2", after=("s1",), text="${s1}" + "x" * 99)))
    assert lines[:2] == ["plan:", '  s1  echo  text="hello world"']
    assert lines[2].startswith("  s2  echo  text=${s1}xxx")
    assert lines[2].endswith("…  (after s1)")


def test_every_further_attempt_is_counted():
    story = Story()
    told(story, planned(step("s1")))
    assert told(story, planned(step("s1"), attempt=2))[0] == "plan 2:"
    assert story.attempts == 2
    assert told(story, event("role.finished", "planner", attempt=3, plan=None)) == ["plan 3: none could be made"]


def test_a_rejected_plan_is_told_with_its_reasons():
    validation = {"verdict": "REJECTED", "reasons": ["There is no tool `x`.", "Step `s2` waits for itself."]}
    [line] = told(Story(), event("role.finished", "validator", validation=validation))
    assert line == "validator: the plan is rejected. There is no tool `x`. Step `s2` waits for itself."


def test_results_are_told_by_their_first_line():
    story = Story()
    assert told(story, finished(text="7", seconds=1.234)) == ["✓ s1 echo (1.23 s): 7"]
    assert told(story, finished(text="a\nb")) == ["✓ s1 echo (0.00 s): a / b"]
    assert told(story, finished(text="a\nb\nc\n")) == ["✓ s1 echo (0.00 s): a … and 2 more lines"]
    assert told(story, finished(text="7", reused=True)) == ["✓ s1 echo (known from before): 7"]
    failed = finished(status="failed", text="no such file", attempts=3)
    assert told(story, failed) == ["✗ s1 echo failed (0.00 s, 3 attempts): no such file"]
    assert told(story, finished(status="in_doubt", text="?"))[0].startswith("✗ s1 echo in doubt")
    assert told(story, finished(status="skipped", text="not run"))[0].startswith("· s1 echo skipped")


def test_only_permissions_that_people_gave_or_refused_are_told():
    grant = {"decision": "automatic", "by": "policy", "reason": ""}
    refused = {"decision": "refused", "by": "human", "reason": "too loud"}
    grants = {"s1": grant, "s2": refused}
    assert told(Story(), event("role.finished", "broker", grants=grants)) == ["broker: s2 refused by human: too loud"]


def test_a_verdict_is_told_with_its_finding():
    review = {"verdict": "REVISE", "finding": "too short", "by": "model"}
    assert told(Story(), event("role.finished", "reviewer", review=review)) == [
        "reviewer: REVISE (by model). too short"
    ]


def test_several_subtasks_are_listed_and_named_in_every_line():
    parts = {
        "t1": {"objective": "what is 1 + 1", "dependencies": []},
        "t2": {"objective": "echo the result", "dependencies": ["t1"]},
    }
    analysed = event("role.finished", "analyst", "", subtasks=parts)
    story, plain = Story(), Story(named=False)
    assert told(story, analysed) == ["subtasks:", "  t1  what is 1 + 1", "  t2  echo the result  (after t1)"]
    assert told(story, planned(step("s1", text="x"), subtask="t2"))[0] == "t2 plan:"
    told(plain, analysed)
    assert told(plain, planned(step("s1", text="x"), subtask="t2"))[0] == "plan:"


def test_a_question_shows_every_argument_in_full():
    request = {
        "action_requests": [{"name": "send", "args": {"text": "x" * 500, "to": ["a"]}, "description": "It is guarded."}]
    }
    lines = told(Story(), event("approval.asked", subtask="", request=request))
    assert lines == ["may it call send? It is guarded.", "    text: " + "x" * 500, '    to: ["a"]']


def test_what_goes_on_is_said_with_the_inputs_of_the_call():
    story = Story()
    told(story, planned(step("s1", text="hello")))
    assert story.now(event("role.started", "planner")) == "planner"
    assert story.now(event("step.started", "executor", step_id="s1", action="echo")) == "s1  echo  text=hello"
    assert story.now(event("step.started", "executor", step_id="s9", action="echo")) == "echo"
    assert story.now(event("task.finished")) is None


def test_an_answer_and_a_question_that_expired_are_told():
    answer = {"decisions": [{"type": "approve"}, {"type": "reject"}]}
    assert told(Story(), event("approval.answered", answer=answer, by="ada")) == ["answer: approve, reject (by ada)"]
    assert "counts as refused" in told(Story(), event("approval.expired"))[0]


def test_what_a_model_did_not_see_is_told():
    cut = event("prompt.cut", "planner", model_role="planner", characters={"objective": 70_000})
    assert told(Story(), cut) == [
        "planner: too long for the model, which did not see 70000 characters of the objective"
    ]


def test_money_that_comes_to_an_end_is_told_and_so_is_more_of_it():
    task, tenant = (event("budget.warned", budget=name, limit_usd=0.5, spent_usd=0.41) for name in ("task", "tenant"))
    assert told(Story(), task) == ["money: $0.41 of the task's budget of $0.50 are spent"]
    assert "the tenant's budget for this month" in told(Story(), tenant)[0]
    assert told(Story(), event("task.resumed", max_cost_usd=2.0)) == ["goes on, with a budget of $2.00"]
    assert told(Story(), event("task.resumed")) == ["goes on"]
