"""The whole office with scripted services: the loops, the questions to people, the ends."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph import office
from intelligent_office.context import Context
from intelligent_office.contracts import Lesson, StepResult
from intelligent_office.errors import NoRuleCovers
from intelligent_office.services import Services
from tests.fakes import BOUNDS, ListArchive, ScriptedModels, ScriptedToolbox, step_result

APPROVED = {"verdict": "APPROVED"}


def analysis(*parts: tuple[str, list[str]]) -> dict[str, Any]:
    return {"subtasks": [{"subtask_id": name, "objective": f"do {name}", "dependencies": on} for name, on in parts]}


def plan(*calls: tuple[str, dict[str, Any]], **changes: Any) -> dict[str, Any]:
    steps = [
        {"step_id": f"s{number}", "action": tool, "inputs": inputs} for number, (tool, inputs) in enumerate(calls, 1)
    ]
    return {"steps": steps, **changes}


async def say(inputs: dict[str, Any]) -> str:
    return str(inputs["text"])


async def fail(inputs: dict[str, Any]) -> str:
    raise ValueError(f"no such thing: {inputs['text']}")


class InDoubt(ScriptedToolbox):
    """What became of a call of `lost` is not known, until it is released."""

    async def invoke(self, step: Any, sources: dict[str, Any], scope: Any) -> StepResult:
        if step["action"] == "lost" and step["idempotency_key"] not in self.released:
            return step_result(step["step_id"], status="in_doubt", text="nobody knows", error="nobody knows")
        return await super().invoke(step, sources, scope)


class House:
    """An office with scripted services, run with memory in the process."""

    def __init__(self, models: ScriptedModels, toolbox: ScriptedToolbox | None = None, **context: Any) -> None:
        self.models = models
        self.toolbox = toolbox or ScriptedToolbox(say=say, fail=fail)
        self.archive = ListArchive()
        self.context = Context(**context)
        self.graph = office.build(Services(self.models, self.toolbox, self.archive)).compile(InMemorySaver())
        self.config: Any = {"configurable": {"thread_id": "task-1"}}

    async def run(self, request: Any = "do it") -> dict[str, Any]:
        given = {"request": request} if isinstance(request, str) else request
        return await self.graph.ainvoke(given, self.config, context=self.context, durability="sync")

    async def answer(self, state: dict[str, Any], *decisions: dict[str, Any]) -> dict[str, Any]:
        [question] = state["__interrupt__"]
        return await self.run(Command(resume={question.id: {"decisions": list(decisions)}}))


async def test_a_simple_task_walks_through_every_role_and_is_approved():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED])
    )
    names = [
        name
        async for _, update in house.graph.astream(
            {"request": "say hi"}, house.config, context=house.context, stream_mode="updates", subgraphs=True
        )
        for name in update
    ]
    assert names == [
        "receptionist", "analyst", "manager", "planner", "validator", "broker", "executor", "reviewer", "desk",
        "manager", "archivist",
    ]  # fmt: skip
    state = (await house.graph.aget_state(house.config)).values
    assert state["outcome"]["status"] == "completed"
    assert state["outcome"]["answer"] == "hi"


async def test_revise_loops_back_to_the_planner_with_the_objection():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hi"})), plan(("say", {"text": "hello"}))],
            reviewer=[{"verdict": "REVISE", "finding": "too short"}, APPROVED],
        )
    )
    state = await house.run()
    assert state["outcome"]["answer"] == "hello"
    second = house.models.values("planner")[1]
    assert [objection["reason"] for objection in second["objections"]] == ["too short"]
    assert second["results"]["s1"]["text"] == "hi"


async def test_the_task_fails_when_the_iterations_are_used_up():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": str(number)})) for number in range(5)],
            reviewer=[{"verdict": "REVISE", "finding": f"no {number}"} for number in range(5)],
        ),
        max_iterations=2,
    )
    state = await house.run()
    assert state["outcome"]["status"] == "failed"
    assert state["outcome"]["reason"] == "no 1"
    assert state["subtasks"]["t1"]["attempts"] == 2


async def test_the_same_plan_with_the_same_finding_twice_goes_to_a_human():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hi"}))] * 3,
            reviewer=[{"verdict": "REVISE", "finding": "too short"}] * 3,
        )
    )
    state = await house.run()
    [question] = state["__interrupt__"]
    assert question.value["action_requests"][0]["args"]["finding"] == "too short"
    assert len(house.models.values("planner")) == 2


async def test_what_nobody_could_judge_goes_to_a_human():
    house = House(ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))]))
    state = await house.run()
    [question] = state["__interrupt__"]
    assert "Nobody could judge the result." in question.value["action_requests"][0]["args"]["finding"]
    assert house.archive.attempts[0]["review"]["by"] == "rules"


@pytest.mark.parametrize("author", ["model", "rules"])
async def test_a_review_says_who_gave_it(author):
    """Models may be connected, and the rules have judged all the same, because none could answer."""
    house = House(
        ScriptedModels(
            author=author,
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hi"}))],
            reviewer=[APPROVED],
        )
    )
    await house.run()
    assert house.archive.attempts[0]["review"]["by"] == author


@pytest.mark.parametrize(
    ("decision", "status", "text"),
    [
        ({"type": "approve"}, "completed", "hi"),
        ({"type": "reject", "message": "not good enough"}, "failed", "not good enough"),
    ],
)
async def test_a_human_overrides_an_escalated_verdict(decision, status, text):
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hi"}))],
            reviewer=[{"verdict": "ESCALATE", "finding": "I cannot tell"}],
        )
    )
    outcome = (await house.answer(await house.run(), decision))["outcome"]
    assert outcome["status"] == status
    assert text in (outcome["answer"] or outcome["reason"])
    assert len(house.models.values("reviewer")) == 1, "the reviewer's model is not asked again on resume"


async def test_a_humans_feedback_gives_an_escalated_subtask_another_attempt():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hi"})), plan(("say", {"text": "good day"}))],
            reviewer=[{"verdict": "ESCALATE", "finding": "I cannot tell"}, APPROVED],
        ),
        max_iterations=1,
    )
    edit = {"type": "edit", "edited_action": {"name": "review", "args": {"feedback": "be more polite"}}}
    state = await house.answer(await house.run(), edit)
    assert state["outcome"]["answer"] == "good day"
    assert house.models.values("planner")[1]["objections"][-1]["reason"] == "be more polite"


async def test_a_rejected_plan_is_not_carried_out_and_the_planner_hears_why():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("shout", {"text": "hi"})), plan(("say", {"text": "hi"}))],
            reviewer=[APPROVED],
        )
    )
    state = await house.run()
    assert state["outcome"]["status"] == "completed"
    assert house.toolbox.calls == [("say", {"text": "hi"})]
    assert "there is no tool `shout`" in house.models.values("planner")[1]["objections"][0]["reason"]


async def test_a_plan_of_the_rules_that_is_rejected_is_final_with_the_validators_reason():
    """They would read the same words and make the same plan."""
    rejected = plan(("shout", {"text": "hi"}))
    house = House(
        ScriptedModels(connected=False, author="rules", analyst=[analysis(("t1", []))], planner=[rejected, rejected])
    )
    outcome = (await house.run())["outcome"]
    assert (outcome["status"], outcome["error_class"]) == ("failed", "PlanRejected")
    assert "there is no tool `shout`" in outcome["reason"]
    assert len(house.models.values("planner")) == 1


async def test_a_rejected_plan_of_rules_that_stood_in_for_a_model_is_planned_again():
    """By then the model may be back."""
    house = House(
        ScriptedModels(
            author="rules",
            analyst=[analysis(("t1", []))],
            planner=[plan(("shout", {"text": "hi"})), plan(("say", {"text": "hi"}))],
            reviewer=[APPROVED],
        )
    )
    assert (await house.run())["outcome"]["answer"] == "hi"
    assert "there is no tool `shout`" in house.models.values("planner")[1]["objections"][0]["reason"]


async def test_a_risky_call_waits_for_a_human_and_runs_once_approved():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED]),
        ScriptedToolbox(say=say, risky=["say"]),
    )
    state = await house.run()
    [question] = state["__interrupt__"]
    assert question.value["action_requests"][0]["name"] == "say"
    assert question.value["review_configs"] == [
        {
            "action_name": "say",
            "allowed_decisions": ["approve", "edit", "reject"],
            "scopes": ["call", "same", "tool", "tenant"],
            "limits": BOUNDS,
        }
    ]
    assert house.toolbox.calls == []
    state = await house.answer(state, {"type": "approve"})
    assert state["outcome"]["answer"] == "hi"
    assert [kind for kind, _ in house.toolbox.audited] == ["granted"]


async def test_a_question_says_what_the_references_in_a_call_stand_for():
    """What is known is shown; of what is not, where it will come from."""
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []), ("t2", ["t1"]))],
            planner=[
                plan(("say", {"text": "long " * 100})),
                plan(
                    ("say", {"text": "hi"}), ("ask", {"text": "${t1}", "more": "${s1}!", "part": "${t1.output.value}"})
                ),
            ],
            reviewer=[APPROVED, APPROVED],
        ),
        ScriptedToolbox(say=say, ask=say, risky=["ask"]),
    )
    [question] = (await house.run())["__interrupt__"]
    [asked] = question.value["action_requests"]
    assert asked["args"] == {"text": "${t1}", "more": "${s1}!", "part": "${t1.output.value}"}
    shown = f"{('long ' * 100).strip()[:200]}… (500 characters)"
    assert asked["description"] == (
        f"Step s2 is guarded. `text` is {shown}. "
        '`more` takes the result of step s1 (say {"text": "hi"}). '
        f"`part` is {shown}. Its bounds: no network; no files; 60 s."
    )


async def test_what_is_said_of_a_refused_call_is_said_to_people_and_not_to_planners():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))]),
        ScriptedToolbox(say=say, risky=["say"]),
        max_iterations=1,
    )
    outcome = (await house.answer(await house.run(), {"type": "reject", "message": "too loud"}))["outcome"]
    assert "`say` in step `s1` was refused: too loud." in outcome["reason"]
    assert "plan this call" not in outcome["reason"]


async def test_nobody_is_asked_about_a_call_that_would_be_refused_anyway():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hush"})), plan(("whisper", {"text": "hi"}))],
            reviewer=[APPROVED],
        ),
        ScriptedToolbox(say=say, whisper=say, risky=["say"], unheard_of=["hush"]),
    )
    state = await house.run()
    assert state["outcome"]["answer"] == "hi"
    assert "nobody may say that" in house.models.values("planner")[1]["objections"][0]["reason"]


def edit(name: str, text: str) -> dict[str, Any]:
    return {"type": "edit", "edited_action": {"name": name, "args": {"text": text}}}


def asked_about(state: dict[str, Any]) -> list[dict[str, Any]]:
    [asked] = state["__interrupt__"]
    return list(asked.value["action_requests"])


async def test_an_edit_to_a_call_that_would_be_refused_is_asked_about_again_with_the_reason():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED]),
        ScriptedToolbox(say=say, risky=["say"], unheard_of=["hush"]),
        max_iterations=1,
    )
    state = await house.run()
    for _ in range(2):
        state = await house.answer(state, edit("say", "hush"))
        [action] = asked_about(state)
        assert action["args"] == {"text": "hi"}
        assert "nobody may say that" in action["description"]
    assert (await house.answer(state, edit("say", "ho")))["outcome"]["answer"] == "ho"
    assert house.toolbox.calls == [("say", {"text": "ho"})]


async def test_what_else_an_answer_decides_holds_where_one_edit_of_it_cannot_be_taken():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(*[("say", {"text": text}) for text in ("a", "b ${s1}", "c")])],
            reviewer=[APPROVED],
        ),
        ScriptedToolbox(say=say, risky=["say"], unheard_of=["hush"]),
    )
    state = await house.answer(await house.run(), edit("say", "x"), edit("say", "hush"), {"type": "approve"})
    [action] = asked_about(state)
    assert (action["step_id"], action["args"]) == ("s2", {"text": "b ${s1}"})
    assert (await house.answer(state, {"type": "approve"}))["outcome"]["status"] == "completed"
    assert sorted(inputs["text"] for _, inputs in house.toolbox.calls) == ["b x", "c", "x"]
    decisions = {grant["step_id"]: grant["decision"] for _, grant in house.toolbox.audited}
    assert decisions == {"s1": "edited", "s2": "approved", "s3": "approved"}


async def test_where_another_call_is_refused_nobody_is_asked_again_about_an_edit():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "a"}), ("say", {"text": "b"}))]),
        ScriptedToolbox(say=say, risky=["say"], unheard_of=["hush"]),
        max_iterations=1,
    )
    state = await house.answer(await house.run(), {"type": "reject", "message": "too loud"}, edit("say", "hush"))
    assert "too loud" in state["outcome"]["reason"]
    assert house.toolbox.calls == []


async def test_an_edited_call_is_carried_out_as_edited():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED]),
        ScriptedToolbox(say=say, risky=["say"]),
    )
    edit = {"type": "edit", "edited_action": {"name": "say", "args": {"text": "good day"}}}
    state = await house.answer(await house.run(), edit)
    assert house.toolbox.calls == [("say", {"text": "good day"})]
    assert state["subtasks"]["t1"]["steps"] == [{"action": "say", "inputs": {"text": "good day"}}]


async def test_an_edited_call_may_refer_to_another_step_and_waits_for_it():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("ask", {"text": "b"}), ("say", {"text": "a"}))],
            reviewer=[APPROVED],
        ),
        ScriptedToolbox(say=say, ask=say, risky=["ask"]),
    )
    edit = {"type": "edit", "edited_action": {"name": "ask", "args": {"text": "after ${s2}"}}}
    assert (await house.answer(await house.run(), edit))["outcome"]["answer"] == "after a"


@pytest.mark.parametrize(("reference", "reason"), [("${s9}", "refers to `s9`"), ("${s2}", "in a circle")])
async def test_an_edit_after_which_the_plan_cannot_be_carried_out_is_asked_about_again(reference, reason):
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("ask", {"text": "b"}), ("say", {"text": "${s1}"}))],
            reviewer=[APPROVED],
        ),
        ScriptedToolbox(say=say, ask=say, risky=["ask"]),
        max_iterations=1,
    )
    state = await house.answer(await house.run(), edit("ask", reference))
    assert reason in asked_about(state)[0]["description"]
    assert house.toolbox.calls == []
    assert (await house.answer(state, {"type": "approve"}))["outcome"]["status"] == "completed"


async def test_edits_that_only_stand_together_are_asked_about_together_again():
    """The first waits for the third, which no longer waits for the first; but that edit cannot be taken."""
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("ask", {"text": "a"}), ("say", {"text": "b"}), ("ask", {"text": "${s1}"}))],
            reviewer=[APPROVED],
        ),
        ScriptedToolbox(say=say, ask=say, risky=["ask"], unheard_of=["hush"]),
    )
    state = await house.answer(await house.run(), edit("ask", "${s3}"), edit("ask", "hush"))
    reasons = [action["description"] for action in asked_about(state)]
    assert ["in a circle" in reason for reason in reasons] == [True, False]
    state = await house.answer(state, {"type": "approve"}, {"type": "approve"})
    assert state["outcome"]["status"] == "completed"


@pytest.mark.parametrize(
    "odd", [{"type": "edit"}, {"type": "edit", "edited_action": {"name": "whisper", "args": {"text": "hi"}}}]
)
async def test_an_edit_without_arguments_or_of_another_tool_is_asked_about_again(odd):
    """Not every door checks the answer before it reaches the graph."""
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))]),
        ScriptedToolbox(say=say, whisper=say, risky=["say"]),
        max_iterations=1,
    )
    state = await house.answer(await house.run(), odd)
    assert "may not change its name" in asked_about(state)[0]["description"]
    assert house.toolbox.calls == []


async def test_a_refused_call_is_not_carried_out_and_the_planner_hears_why():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hi"})), plan(("whisper", {"text": "hi"}))],
            reviewer=[APPROVED],
        ),
        ScriptedToolbox(say=say, whisper=say, risky=["say"]),
    )
    state = await house.answer(await house.run(), {"type": "reject", "message": "too loud"})
    assert state["outcome"]["status"] == "completed"
    assert house.toolbox.calls == [("whisper", {"text": "hi"})]
    assert "too loud" in house.models.values("planner")[1]["objections"][0]["reason"]


async def test_a_call_that_was_refused_once_is_neither_asked_about_nor_made_in_any_later_attempt():
    """Also when the planner tries something else in between."""
    calls = [("shout", "hi"), ("fail", "x"), ("shout", "hi")]
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan((tool, {"text": text})) for tool, text in calls],
        ),
        ScriptedToolbox(shout=say, fail=fail, risky=["shout"]),
    )
    state = await house.answer(await house.run(), {"type": "reject", "message": "too loud"})
    assert len(house.models.values("planner")) == 3
    [question] = state["__interrupt__"]
    assert question.value["action_requests"][0]["name"] == "review"
    assert [tool for tool, _ in house.toolbox.calls] == ["fail"]


async def test_a_plan_that_was_never_carried_out_is_nothing_a_human_can_approve():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("shout", {"text": "hi"}))] * 2),
    )
    state = await house.run()
    [question] = state["__interrupt__"]
    assert question.value["review_configs"] == [{"action_name": "review", "allowed_decisions": ["edit", "reject"]}]
    outcome = (await house.answer(state, {"type": "approve"}))["outcome"]
    assert outcome["status"] == "failed"
    assert "there is no tool `shout`" in outcome["reason"]


async def test_a_step_in_doubt_that_a_human_accepts_is_told_as_such_in_the_answer():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}), ("lost", {"text": "x"}))]
        ),
        InDoubt(say=say, lost=say),
    )
    state = await house.run()
    [question] = state["__interrupt__"]
    [action] = question.value["action_requests"]
    assert [(call["action"], call["inputs"], call["known"]) for call in action["args"]["calls_in_doubt"]] == [
        ("lost", {"text": "x"}, "nobody knows")
    ]
    assert '`lost` {"text": "x"} in step s2' in action["description"]
    outcome = (await house.answer(state, {"type": "approve"}))["outcome"]
    assert outcome["status"] == "completed"
    assert outcome["answer"] == "hi\nStep `s2` was accepted by a human as it is: nobody knows"


async def test_a_step_in_doubt_that_a_human_wants_again_is_released_and_made_once():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))], planner=[plan(("lost", {"text": "x"}))] * 2, reviewer=[APPROVED]
        ),
        InDoubt(lost=say, risky=["lost"]),
    )
    state = await house.answer(await house.run(), {"type": "approve"})
    edit = {"type": "edit", "edited_action": {"name": "review", "args": {"feedback": ""}}}
    outcome = (await house.answer(state, edit))["outcome"]
    assert outcome["answer"] == "x"
    assert len(house.toolbox.calls) == 1
    assert "make the same call again" in str(house.models.asked[-2])


async def test_a_number_that_no_checkpoint_can_hold_does_not_end_the_task():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": 10**30}))], reviewer=[APPROVED])
    )
    assert (await house.run())["outcome"]["answer"] == "1" + "0" * 30


async def test_a_call_without_a_decision_counts_as_refused():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))]),
        ScriptedToolbox(say=say, risky=["say"]),
        max_iterations=1,
    )
    state = await house.answer(await house.run())
    assert state["outcome"]["status"] == "failed"
    assert house.toolbox.calls == []


@pytest.mark.parametrize(("approval", "calls"), [("never", 0), ("always", 1)])
async def test_the_approval_mode_decides_risky_calls_without_a_human(approval, calls):
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED]),
        ScriptedToolbox(say=say, risky=["say"]),
        approval=approval,
        max_iterations=1,
    )
    state = await house.run()
    assert "__interrupt__" not in state
    assert len(house.toolbox.calls) == calls


async def test_independent_subtasks_are_worked_on_at_the_same_time():
    together = asyncio.Barrier(2)

    async def meet(inputs: dict[str, Any]) -> str:
        await together.wait()
        return "met"

    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []), ("t2", []))],
            planner=[plan(("meet", {})), plan(("meet", {}))],
            reviewer=[APPROVED, APPROVED],
        ),
        ScriptedToolbox(meet=meet),
    )
    assert (await house.run())["outcome"]["status"] == "completed"


async def test_a_subtask_reads_what_it_builds_on():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []), ("t2", ["t1"]))],
            planner=[plan(("say", {"text": "42"})), plan(("say", {"text": "it is ${t1}"}))],
            reviewer=[APPROVED, APPROVED],
        )
    )
    state = await house.run()
    assert state["subtasks"]["t2"]["answer"] == "it is 42"


async def test_two_desks_that_ask_at_once_are_answered_one_by_one():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []), ("t2", []))],
            planner=[plan(("say", {"text": "one"})), plan(("say", {"text": "two"}))],
            reviewer=[APPROVED, APPROVED],
        ),
        ScriptedToolbox(say=say, risky=["say"]),
    )
    questions = (await house.run())["__interrupt__"]
    assert len(questions) == 2
    approve = {"decisions": [{"type": "approve"}]}
    state = await house.run(Command(resume={questions[0].id: approve}))
    assert [question.id for question in state["__interrupt__"]] == [questions[1].id]
    assert len(house.toolbox.calls) == 1
    state = await house.run(Command(resume={questions[1].id: approve}))
    assert state["outcome"]["status"] == "completed"
    assert len(house.toolbox.calls) == 2


async def test_a_failed_task_is_remembered_with_its_lesson_and_laid_in_the_morgue():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("fail", {"text": "moon"}))] * 2),
        max_iterations=1,
    )
    state = await house.run()
    assert state["outcome"]["status"] == "failed"
    assert [memory["kind"] for memory in house.archive.memories] == ["failure"]
    assert "no such thing: moon" in house.archive.memories[0]["lesson"]
    letter = house.archive.buried["task-1"]
    assert letter["error_class"] == "StepFailed"
    assert letter["history"][0]["subtask_id"] == "t1"


async def test_a_good_plan_is_remembered_as_it_was():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED])
    )
    await house.run()
    [memory] = house.archive.memories
    assert (memory["kind"], memory["steps"]) == ("success", [{"action": "say", "inputs": {"text": "hi"}}])


async def test_the_planner_sees_remembered_plans():
    lesson: Lesson = {"kind": "success", "objective": "x", "steps": [], "lesson": "", "similarity": 0.9}
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED])
    )
    house.archive.lessons = [lesson]
    await house.run()
    assert house.models.values("planner")[0]["lessons"] == [lesson]


async def test_without_a_model_a_request_no_rule_covers_fails_with_the_settings_to_mend():
    error = NoRuleCovers(role="planner", reason="It asks for a poem.")
    house = House(ScriptedModels(connected=False, analyst=[analysis(("t1", []))], planner=[error]))
    state = await house.run()
    assert state["outcome"]["status"] == "failed"
    assert "OPENAI_API_KEY" in state["outcome"]["reason"]
    assert state["outcome"]["error_class"] == "NoRuleCovers"
    assert len(house.models.values("planner")) == 1, "the rules would say the same again"


async def test_an_empty_request_ends_in_the_morgue_before_anyone_works():
    house = House(ScriptedModels())
    state = await house.run("   ")
    assert state["outcome"]["status"] == "failed"
    assert house.models.asked == []
    assert "task-1" in house.archive.buried


async def test_the_users_criteria_are_fixed_before_the_work_and_reach_the_reviewer():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED]),
        success_criteria=["says hi"],
    )
    await house.run()
    assert {"text": "says hi", "by": "user"} in house.models.values("reviewer")[0]["criteria"]


async def test_what_is_exact_in_a_criterion_is_checked_before_anybodys_opinion():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[plan(("say", {"text": "hi"})), plan(("say", {"text": "good morning"}))],
            reviewer=[APPROVED],
        ),
        success_criteria=["contains 'morning'", "it is polite"],
    )
    state = await house.run()
    assert state["outcome"]["answer"] == "good morning"
    [objection] = house.models.values("planner")[1]["objections"]
    assert (objection["role"], objection["reason"]) == (
        "reviewer",
        "The result does not meet the criterion `contains 'morning'`.",
    )
    [asked] = house.models.values("reviewer")
    assert asked["checks"] == ["Step s1 (say): succeeded.", "Criterion `contains 'morning'`: met."]


async def test_what_one_part_of_a_task_does_not_meet_is_told_and_left_to_the_reviewer():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []), ("t2", []))],
            planner=[plan(("say", {"text": "hi"})), plan(("say", {"text": "bye"}))],
            reviewer=[APPROVED, APPROVED],
        ),
        success_criteria=["contains 'bye'"],
    )
    state = await house.run()
    assert state["outcome"]["status"] == "completed"
    told = {asked["checks"][-1] for asked in house.models.values("reviewer")}
    assert told == {"Criterion `contains 'bye'`: met.", "Criterion `contains 'bye'`: not met."}


async def test_a_task_of_one_part_is_planned_in_the_users_words():
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[APPROVED])
    )
    await house.run("say hi, and mean it")
    assert house.models.values("planner")[0]["objective"] == "say hi, and mean it"


async def test_a_finished_step_stays_finished_when_the_rest_is_planned_again():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[
                plan(("say", {"text": "one"}), ("fail", {"text": "x"})),
                plan(("say", {"text": "one"}), ("say", {"text": "two"})),
            ],
            reviewer=[APPROVED],
        )
    )
    state = await house.run()
    assert state["outcome"]["answer"] == "one\ntwo"
    assert [inputs["text"] for _, inputs in house.toolbox.calls] == ["one", "x", "two"]


async def test_an_output_that_misses_the_plans_expectation_is_not_approved():
    unexpected = plan(("say", {"text": "hi"}))
    unexpected["steps"][0]["outputs_expectation"] = {"properties": {"value": {"type": "number"}}}
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[unexpected], reviewer=[APPROVED]), max_iterations=1
    )
    state = await house.run()
    assert state["outcome"]["status"] == "failed"
    assert "is not of type 'number'" in state["outcome"]["reason"]


@pytest.mark.parametrize("target", ["#/$defs/none", "http://127.0.0.1:9/schema.json"])
async def test_an_expectation_that_refers_to_what_it_does_not_hold_is_unmet_and_nothing_is_fetched(target):
    misleading = plan(("say", {"text": "hi"}))
    misleading["steps"][0]["outputs_expectation"] = {"$ref": target}
    house = House(ScriptedModels(analyst=[analysis(("t1", []))], planner=[misleading]), max_iterations=1)
    outcome = (await house.run())["outcome"]
    assert outcome["error_class"] == "UnexpectedOutput"
    assert f"refers to `{target.removeprefix('#')}`, which it does not hold" in outcome["reason"]


@pytest.mark.parametrize("endless", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}])
async def test_an_expectation_that_never_comes_to_an_end_is_unmet(endless):
    misleading = plan(("say", {"text": "hi"}))
    misleading["steps"][0]["outputs_expectation"] = endless
    house = House(ScriptedModels(analyst=[analysis(("t1", []))], planner=[misleading]), max_iterations=1)
    outcome = (await house.run())["outcome"]
    assert outcome["error_class"] == "UnexpectedOutput"
    assert "is nested too deeply" in outcome["reason"]


class Verbose(ScriptedToolbox):
    """Every result is too long: its text, or its output as well."""

    keeps_output = True

    async def invoke(self, step: Any, sources: dict[str, Any], scope: Any) -> StepResult:
        result = await super().invoke(step, sources, scope)
        output = result["output"] if self.keeps_output else None
        return {**result, "output": output, "artifact": {"artifact_id": "a", "media_type": "text/plain", "size": 9999}}


@pytest.mark.parametrize(("keeps_output", "verdict"), [(True, "failed"), (False, "completed")])
async def test_an_expectation_is_checked_also_beside_a_long_text_and_it_is_told_when_it_cannot_be(
    keeps_output, verdict
):
    expecting = plan(("say", {"text": "hi"}))
    expecting["steps"][0]["outputs_expectation"] = {"properties": {"value": {"type": "number"}}}
    toolbox = Verbose(say=say)
    toolbox.keeps_output = keeps_output
    house = House(
        ScriptedModels(analyst=[analysis(("t1", []))], planner=[expecting], reviewer=[APPROVED]),
        toolbox,
        max_iterations=1,
    )
    assert (await house.run())["outcome"]["status"] == verdict
    checks = " ".join(house.archive.attempts[0]["review"]["checks"])
    assert ("too large to hold against its expectation" in checks) is not keeps_output


async def test_circular_subtasks_become_one():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", ["t2"]), ("t2", ["t1"]))],
            planner=[plan(("say", {"text": "hi"}))],
            reviewer=[APPROVED],
        )
    )
    state = await house.run("do both")
    assert [part["objective"] for part in state["subtasks"].values()] == ["do both"]
