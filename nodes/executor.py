"""The executor: carries the granted plan out, each step the moment the steps it builds on are done."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any
from uuid import uuid4

from langgraph.runtime import Runtime

from intelligent_office.context import Context
from intelligent_office.contracts import Grant, Step, StepResult, Subtask
from intelligent_office.errors import BudgetExceeded
from intelligent_office.plans import source_of
from intelligent_office.seams import Toolbox, ToolScope, scope_of
from intelligent_office.state import Desk


async def executor(state: Desk, runtime: Runtime[Context], *, toolbox: Toolbox) -> Desk:
    """Run every step; one that fails is data, and only the steps that build on it are skipped.

    Raises:
        BudgetExceeded: there is no money for a step. What else could be done is done, and known when it is run again.
    """
    plan = state["plan"]
    assert plan is not None
    granted = state.get("grants", {})
    scope = replace(scope_of(runtime, state["subtask"]["subtask_id"]), run=uuid4().hex)
    run = _Run(dict(state.get("given", {})), granted, toolbox, scope, runtime.stream_writer)
    return {"results": await run.all(plan["steps"])}


class _Run:
    """One execution of one plan: what is done so far, and how to do the next step."""

    def __init__(
        self,
        sources: dict[str, Subtask],
        grants: dict[str, Grant],
        toolbox: Toolbox,
        scope: ToolScope,
        report: Callable[[Any], None],
    ) -> None:
        self.grants = grants
        self.sources = {name: source_of(given) for name, given in sources.items()}
        self.toolbox = toolbox
        self.scope = scope
        self.report = report
        self.results: dict[str, StepResult] = {}
        self.alone = asyncio.Lock()
        """Held by a step that is not parallelizable: such steps run one after the other."""

    async def all(self, steps: list[Step]) -> dict[str, StepResult]:
        by_id = {step["step_id"]: step for step in steps}
        ready = TopologicalSorter({step["step_id"]: step.get("dependencies", []) for step in steps})
        ready.prepare()
        too_dear: list[BudgetExceeded] = []
        running: dict[asyncio.Task[StepResult], str] = {}
        try:
            while ready.is_active():
                for step_id in ready.get_ready():
                    running[asyncio.create_task(self.step(by_id[step_id]))] = step_id
                if not running:  # all that is left builds on a step without money
                    raise too_dear[0]
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    step_id = running.pop(task)
                    try:
                        self.results[step_id] = task.result()
                    except BudgetExceeded as stop:
                        too_dear.append(stop)
                    else:
                        ready.done(step_id)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return self.results

    async def step(self, step: Step) -> StepResult:
        broken = [name for name in step.get("dependencies", []) if self.results[name]["status"] != "succeeded"]
        if broken:
            result = _skipped(step, broken[0])
        elif step.get("parallelizable", False):
            result = await self.carry_out(step)
        else:
            async with self.alone:
                result = await self.carry_out(step)
        self.report({"kind": "step.finished", "step_id": step["step_id"], "action": step["action"], "result": result})
        return result

    async def carry_out(self, step: Step) -> StepResult:
        self.report({"kind": "step.started", "step_id": step["step_id"], "action": step["action"]})
        grant = self.grants.get(step["step_id"])
        scope = replace(
            self.scope,
            step_id=step["step_id"],
            idempotency_key=step["idempotency_key"],
            bounds=grant.get("bounds") if grant else None,
            risk=grant["risk"] if grant else None,
            permit_id=grant.get("permit_id", "") if grant else "",
            granted=grant.get("call") if grant and grant["decision"] != "refused" else "",
        )
        return await self.toolbox.invoke(step, {**self.sources, **self.results}, scope)


def _skipped(step: Step, because: str) -> StepResult:
    return {
        "step_id": step["step_id"],
        "status": "skipped",
        "text": f"not run: it builds on step `{because}`, which did not succeed",
        "output": None,
        "artifact": None,
        "error": f"step `{because}` did not succeed",
        "transient": False,
        "attempts": 0,
        "reused": False,
        "started_at": "",
        "seconds": 0.0,
        "cost_usd": 0.0,
        "metadata": {},
    }
