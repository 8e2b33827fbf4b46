"""How a plan is carried out: in order, together where that is allowed, and to the end."""

import asyncio
from typing import Any

import pytest
from langgraph.runtime import Runtime

from intelligent_office.context import Context
from nodes.executor import executor
from tests.fakes import ScriptedToolbox


def step(step_id: str, *dependencies: str, action: str = "say", **changes: Any) -> dict[str, Any]:
    return {
        "step_id": step_id,
        "action": action,
        "inputs": {"text": step_id},
        "idempotency_key": step_id,
        "dependencies": list(dependencies),
        "parallelizable": True,
        **changes,
    }


async def run(toolbox: ScriptedToolbox, *steps: dict[str, Any], **state: Any) -> tuple[dict[str, Any], list[Any]]:
    news: list[Any] = []
    update: Any = await executor(
        {"subtask": {"subtask_id": "t1"}, "plan": {"steps": list(steps)}, **state},  # type: ignore[typeddict-item]
        Runtime(context=Context(), stream_writer=news.append),
        toolbox=toolbox,
    )
    return update["results"], news


async def say(inputs: dict[str, Any]) -> str:
    return str(inputs["text"])


async def fail(inputs: dict[str, Any]) -> str:
    raise ValueError("broken")


@pytest.mark.parametrize(
    ("decision", "granted"), [("approved", "of this call"), ("automatic", "of this call"), ("refused", ""), (None, "")]
)
async def test_a_call_is_handed_on_with_what_its_grant_says_it_is(decision, granted):
    grant = {"step_id": "s1", "decision": decision, "risk": "safe", "call": "of this call"}
    toolbox = ScriptedToolbox(say=say)
    await run(toolbox, step("s1"), grants={"s1": grant} if decision else {})
    assert [(scope.granted, scope.subtask_id) for scope in toolbox.scopes] == [(granted, "t1")]


async def test_a_step_starts_the_moment_its_dependencies_are_done_not_with_a_wave():
    """`slow` and `quick` start together; `after_quick` must finish while `slow` is still running."""
    reached = asyncio.Event()

    async def slow(inputs: dict[str, Any]) -> str:
        await reached.wait()
        return "slow"

    async def reach(inputs: dict[str, Any]) -> str:
        reached.set()
        return "reached"

    toolbox = ScriptedToolbox(say=say, slow=slow, reach=reach)
    results, _ = await run(
        toolbox, step("slow", action="slow"), step("quick"), step("after_quick", "quick", action="reach")
    )
    assert {name: result["status"] for name, result in results.items()} == dict.fromkeys(results, "succeeded")


async def test_steps_that_are_not_parallelizable_run_one_after_the_other():
    inside: list[str] = []
    most = 0

    async def enter(inputs: dict[str, Any]) -> str:
        nonlocal most
        inside.append(inputs["text"])
        most = max(most, len(inside))
        for _ in range(5):
            await asyncio.sleep(0)
        inside.pop()
        return "left"

    steps = [step(f"s{number}", action="enter", parallelizable=False) for number in range(4)]
    results, _ = await run(ScriptedToolbox(enter=enter), *steps)
    assert len(results) == 4
    assert most == 1


async def test_a_failed_step_skips_what_builds_on_it_and_nothing_else():
    results, _ = await run(
        ScriptedToolbox(say=say, fail=fail),
        step("bad", action="fail"),
        step("on_bad", "bad"),
        step("on_on_bad", "on_bad"),
        step("free"),
    )
    assert {name: result["status"] for name, result in results.items()} == {
        "bad": "failed",
        "on_bad": "skipped",
        "on_on_bad": "skipped",
        "free": "succeeded",
    }


async def test_every_step_is_told_when_it_starts_and_when_it_is_finished():
    _, news = await run(ScriptedToolbox(say=say), step("s1"))
    assert [(one["kind"], one["step_id"]) for one in news] == [("step.started", "s1"), ("step.finished", "s1")]


async def test_a_cancelled_run_leaves_no_step_running():
    started, ended = asyncio.Event(), asyncio.Event()

    async def hang(inputs: dict[str, Any]) -> str:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return "never"

    running = asyncio.create_task(run(ScriptedToolbox(hang=hang), step("s1", action="hang")))
    await started.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert ended.is_set()
