"""Which plans are kept for the same objective, and what becomes of them."""

from typing import Any

from tests.fakes import ScriptedModels, ScriptedToolbox
from tests.graph.test_office import APPROVED, House, analysis, plan, say

REVISE = {"verdict": "REVISE", "finding": "too short"}


def models(*reviews: dict[str, Any], **changes: Any) -> ScriptedModels:
    """They plan to say something, as often as that is judged."""
    planned = [plan(("say", {"text": f"hi {number}"})) for number, _ in enumerate(reviews)]
    return ScriptedModels(
        **{"analyst": [analysis(("t1", []))], "planner": planned, "reviewer": list(reviews), **changes}
    )


async def test_a_plan_that_was_approved_at_once_is_kept_without_anything_of_its_task():
    house = House(models(APPROVED))
    await house.run()
    [(role, premises, draft)] = house.models.kept
    assert (role, premises["objective"]) == ("planner", "do it")
    assert [card["name"] for card in premises["tools"]] == ["say", "fail"]
    assert draft["steps"][0]["inputs"] == {"text": "hi 0"}
    assert "task-1" not in str(draft)
    assert "idempotency_key" not in draft["steps"][0]


async def test_a_known_plan_is_taken_in_place_of_a_new_one_and_not_kept_again():
    house = House(models(APPROVED, analyst=[analysis(("t1", []))] * 2, reviewer=[APPROVED] * 2))
    await house.run()
    second = House(house.models)
    state = await second.run()
    assert state["outcome"]["answer"] == "hi 0"
    assert len(house.models.values("planner")) == 1
    assert len(house.models.kept) == 1
    [attempt] = second.archive.attempts
    assert attempt["review"]["verdict"] == "APPROVED"


async def test_a_known_plan_that_has_to_be_revised_is_dropped_and_planned_anew():
    house = House(models(APPROVED, analyst=[analysis(("t1", []))] * 2, reviewer=[APPROVED, REVISE, APPROVED]))
    house.models.answers["planner"].append(plan(("say", {"text": "good day"})))
    await house.run()
    state = await House(house.models).run()
    assert state["outcome"]["answer"] == "good day"
    assert len(house.models.values("planner")) == 2
    assert house.models.kept == []


async def test_a_plan_that_took_two_attempts_is_not_kept():
    """It may build on what the first attempt has done already."""
    house = House(models(REVISE, APPROVED))
    assert (await house.run())["outcome"]["answer"] == "hi 1"
    assert house.models.kept == []
    assert house.models.forgot == 1


async def test_a_plan_of_the_rules_is_not_kept():
    house = House(models(APPROVED, author="rules"))
    await house.run()
    assert house.models.kept == []


async def test_a_plan_that_a_human_has_edited_is_not_kept():
    house = House(models(APPROVED), ScriptedToolbox(risky=["say"], say=say))
    edit = {"type": "edit", "edited_action": {"name": "say", "args": {"text": "good day"}}}
    assert (await house.answer(await house.run(), edit))["outcome"]["answer"] == "good day"
    assert house.models.kept == []


async def test_a_plan_that_a_human_has_only_approved_is_kept():
    house = House(models(APPROVED), ScriptedToolbox(risky=["say"], say=say))
    await house.answer(await house.run(), {"type": "approve"})
    assert len(house.models.kept) == 1


async def test_a_plan_whose_result_only_a_human_would_approve_is_not_kept():
    house = House(models({"verdict": "ESCALATE", "finding": "hard to say"}))
    state = await house.answer(await house.run(), {"type": "approve"})
    assert state["outcome"]["status"] == "completed"
    assert house.models.kept == []


async def test_when_one_part_of_a_task_fails_the_plans_of_the_others_are_not_kept_either():
    parts = analysis(("t1", []), ("t2", []))
    house = House(
        ScriptedModels(
            analyst=[parts],
            planner=[plan(("say", {"text": "a"})), plan(("say", {"text": "b"}))],
            reviewer=[APPROVED, {"verdict": "FAILED", "finding": "no"}],
        )
    )
    assert (await house.run())["outcome"]["status"] == "failed"
    assert house.models.forgot == 1
    assert house.models.kept == []
