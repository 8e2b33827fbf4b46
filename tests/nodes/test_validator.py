"""What the validator lets through, and what it says about the rest."""

from collections.abc import Sequence
from typing import Any

import pytest
from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.errors import ModelError
from intelligent_office.plans import dependency_faults
from intelligent_office.services import make_services
from nodes.validator import contract_faults, validator
from tests.fakes import ScriptedModels, ScriptedToolbox


def step(step_id: str, *dependencies: str, **changes: Any) -> dict[str, Any]:
    return {
        "step_id": step_id,
        "action": "say",
        "inputs": {},
        "idempotency_key": step_id,
        "dependencies": list(dependencies),
        **changes,
    }


def plan(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"plan_id": "p", "task_id": "t", "steps": list(steps), "metadata": {}, **changes}


async def say(inputs: dict[str, Any]) -> str:
    return "said"


async def test_a_plan_whose_calls_cost_more_than_is_left_is_rejected_with_the_figures():
    toolbox = ScriptedToolbox(say=say)
    toolbox.too_dear = ["say"]
    update: Any = await validator(
        {"plan": plan(step("s1")), "attempt": 1, "subtask": {"objective": "x"}},  # type: ignore[typeddict-item]
        Runtime(context=Context()),
        models=ScriptedModels(),
        toolbox=toolbox,
    )
    assert update["validation"] == {"verdict": "REJECTED", "reasons": ["there is no money to say"]}


async def judge(
    given: dict[str, Any], models: ScriptedModels | None = None, unheard_of: Sequence[str] = (), **context: Any
) -> dict[str, Any]:
    update: Any = await validator(
        {"plan": given, "attempt": 1, "subtask": {"objective": "x"}},  # type: ignore[typeddict-item]
        Runtime(context=Context(**context)),
        models=models or ScriptedModels(connected=False),
        toolbox=ScriptedToolbox(say=say, unheard_of=unheard_of),
    )
    return dict(update)


async def test_a_sound_plan_is_approved_without_objections():
    assert await judge(plan(step("s1"), step("s2", "s1"))) == {"validation": {"verdict": "APPROVED", "reasons": []}}


@pytest.mark.parametrize("missing", ["plan_id", "task_id", "steps", "metadata"])
async def test_a_plan_that_misses_a_required_field_is_rejected_not_repaired(missing):
    broken = plan(step("s1"))
    del broken[missing]
    update = await judge(broken)
    assert update["validation"]["verdict"] == "REJECTED"
    assert missing in update["validation"]["reasons"][0]


@pytest.mark.parametrize("missing", ["step_id", "action", "inputs", "idempotency_key"])
async def test_a_step_that_misses_a_required_field_is_rejected(missing):
    broken = step("s1")
    del broken[missing]
    assert missing in " ".join((await judge(plan(broken)))["validation"]["reasons"])


@pytest.mark.parametrize(
    "broken",
    [
        plan(step("s1"), confidence=1.5),
        plan(step("s1"), metadata={"priority": -1}),
        plan(step("s1", timeout_seconds=0)),
        plan(step("s1", timeout_seconds="soon")),
        plan(step("s 1")),
        plan(step("s1"), surprise=True),
        plan(),
        plan("not a step"),  # type: ignore[arg-type]
        "not a plan",
        None,
    ],
)
def test_what_is_outside_the_contract_has_faults(broken):
    assert contract_faults(broken)


def test_a_circle_of_dependencies_is_shown():
    [fault] = dependency_faults([step("s1", "s2"), step("s2", "s1")], {})  # type: ignore[list-item]
    assert "s1 → s2 → s1" in fault or "s2 → s1 → s2" in fault


def test_a_step_that_depends_on_itself_is_a_circle():
    assert "circle" in dependency_faults([step("s1", "s1")], {})[0]  # type: ignore[list-item]


def test_an_id_used_twice_and_an_unknown_dependency_are_named():
    faults = dependency_faults([step("s1"), step("s1"), step("s2", "s9")], {})  # type: ignore[list-item]
    assert any("`s1` is used twice" in fault for fault in faults)
    assert any("`s9`" in fault for fault in faults)


def test_a_reference_may_only_read_what_is_done_before():
    later = step("s1", inputs={"text": "${s2}"})
    [fault] = dependency_faults([later, step("s2")], {})  # type: ignore[list-item]
    assert "`s2`" in fault
    through = [step("s1"), step("s2", "s1"), step("s3", "s2", inputs={"text": "${s1}"})]
    assert dependency_faults(through, {}) == []  # type: ignore[arg-type]


def test_a_reference_may_read_a_subtask_this_one_builds_on():
    assert dependency_faults([step("s1", inputs={"text": "${t1}"})], {"t1": {}}) == []  # type: ignore[list-item]


async def test_an_unknown_tool_and_a_tool_that_is_not_allowed_are_named():
    assert "`shout`" in (await judge(plan(step("s1", action="shout"))))["validation"]["reasons"][0]
    update = await judge(plan(step("s1")), allowed_tools=["echo"])
    assert "`say` is not allowed" in update["validation"]["reasons"][0]


async def test_a_call_that_its_tool_would_refuse_is_rejected_before_anybody_is_asked():
    update = await judge(plan(step("s1", inputs={"text": "hush"})), unheard_of=["hush"])
    assert update["validation"]["reasons"] == ["Step `s1`: nobody may say that"]


async def test_an_expectation_that_is_no_json_schema_is_rejected_before_anything_is_done():
    update = await judge(plan(step("s1", outputs_expectation={"type": "nonsense"})))
    assert "`outputs_expectation` is no JSON Schema" in update["validation"]["reasons"][0]


async def test_an_expectation_whose_pattern_could_be_tried_for_ever_is_rejected_before_anything_is_done():
    expected = {"properties": {"text": {"pattern": r"^(a+)+\1$"}}}
    update = await judge(plan(step("s1", outputs_expectation=expected)))
    told = r"Step `s1`: `outputs_expectation` holds the pattern `^(a+)+\1$`: backreferences are not supported."
    assert update["validation"]["reasons"] == [told]


async def test_a_plan_that_would_take_too_long_is_rejected():
    update = await judge(plan(step("s1"), metadata={"estimated_duration_seconds": 100}), max_duration=10.0)
    assert "100 s" in update["validation"]["reasons"][0]


class Critic(ScriptedModels):
    def connected(self, role: str) -> bool:
        return True


async def test_a_models_flaws_reject_the_plan_with_its_words():
    update = await judge(plan(step("s1")), Critic(validator=[{"flaws": ["It never reads the file."]}]))
    assert update["validation"] == {"verdict": "REJECTED", "reasons": ["It never reads the file."]}


async def test_a_model_that_cannot_answer_does_not_stop_a_sound_plan():
    update = await judge(plan(step("s1")), Critic(validator=[ModelError(role="validator", reason="down")]))
    assert update["validation"]["verdict"] == "APPROVED"


async def test_the_model_is_not_asked_about_a_plan_the_rules_reject():
    models = Critic(validator=[{"flaws": []}])
    await judge(plan(step("s1", action="shout")), models)
    assert models.asked == []


async def test_a_planner_that_gets_the_inputs_of_a_tool_wrong_is_told_what_it_takes(settings, database):
    """It may have been shown no more than a line of it."""
    services = make_services(settings, database)
    wrong = step("s1", action="file_operations", inputs={"operation": "read", "file": "a.txt"}, idempotency_key="k")
    state: Any = {"plan": plan(wrong, {**wrong, "step_id": "s2"}), "attempt": 1, "subtask": {"objective": "x"}}
    said = {}
    for connected in (True, False):
        models, runtime = ScriptedModels(connected=connected), Runtime(context=Context())
        update = await validator(state, runtime, models=models, toolbox=services.toolbox)
        said[connected] = update["objections"][0]["reason"]
    assert said[True].count("`file_operations` takes:\n  operation (read | write") == 1
    assert "  path: A file or folder" in said[True]
    assert "has no input `file`" in said[False]
    assert "takes:\n" not in said[False], "rules would not read it"
    await services.close()
