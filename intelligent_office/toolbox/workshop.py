"""The one way to call a tool."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import structlog
from tenacity.wait import wait_base

from intelligent_office.bounds import Bounds, excess
from intelligent_office.cards import ToolAbsence, ToolCard
from intelligent_office.contracts import RISKS, Grant, Permit, Risk, Step, StepResult
from intelligent_office.database.audit import call_digest, excerpt
from intelligent_office.database.pool import Database
from intelligent_office.errors import BeyondGrant, NotGranted, PermitEnded, ToolError
from intelligent_office.folders import Folders
from intelligent_office.permits import in_force, permits_for
from intelligent_office.seams import Purse, ToolBill, ToolScope
from intelligent_office.settings import Settings
from intelligent_office.telemetry.meter import Meter, count_cost, metered
from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.toolbox.artifacts import read_artifact, set_aside
from intelligent_office.toolbox.invocation import BACKOFF, carry_out
from intelligent_office.toolbox.ledger import Earlier, Entry, Ledger
from intelligent_office.toolbox.policy import Inputs, Source, Tool
from intelligent_office.toolbox.references import resolve
from intelligent_office.toolbox.registry import RegisteredTool, Registry
from intelligent_office.toolbox.results import Ended, Stopwatch, result_of
from intelligent_office.toolbox.step_limit import StepLimit

log = structlog.get_logger()


class Workshop:
    """Every tool with its policy; each call goes through the ledger, under a time limit, with retries."""

    def __init__(
        self,
        tools: Iterable[Tool],
        database: Database,
        settings: Settings,
        *,
        absences: Sequence[ToolAbsence] = (),
        sources: Sequence[Source] = (),
        redaction: Redaction | None = None,
        purse: Purse | None = None,
        backoff: wait_base = BACKOFF,
    ) -> None:
        self._own, self._absences = list(tools), list(absences)
        self._sources = sources
        self._registry = self._registered()
        self._database = database
        self._redaction = redaction or Redaction(settings.redaction, settings.secrets)
        self._ledger = Ledger(database, self._redaction)
        self._purse = purse
        self._folders = Folders(settings)
        self._artifact_bytes = settings.artifact_bytes
        self._backoff = backoff
        self._under_way: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        """One lock for each key that this process is working on."""
        self._steps = StepLimit(database)

    def cards(self, allowed: Sequence[str] = ()) -> list[ToolCard]:
        """The usable tools, by name; all of them if `allowed` is empty."""
        return self._registry.cards(allowed)

    def card(self, name: str) -> ToolCard:
        """One tool.

        Raises:
            ToolError: it cannot be used, or there is none of that name.
        """
        return self._registry.card(name)

    def absences(self) -> list[ToolAbsence]:
        """The tools that ought to be there and cannot be used, with the reason."""
        return list(self._registry.absences)

    async def refresh(self) -> None:
        """Find out which tools there are now, if that was long ago."""
        if any(await asyncio.gather(*(source.refresh() for source in self._sources))):
            self._registry = self._registered()

    async def close(self) -> None:
        """Hang up on the services; a later question opens new lines."""
        await asyncio.gather(*(source.close() for source in self._sources))

    def faults(self, action: str, inputs: Inputs) -> list[str]:
        """What is wrong with a call, as sentences a planner can act on."""
        return self._registry.faults(action, inputs)

    async def refusals(self, action: str, inputs: Inputs, scope: ToolScope) -> list[str]:
        """Why the tool would refuse a call without faults where it is to be made."""
        return await asyncio.to_thread(self._registry.refusals, action, inputs, self._widened(scope))

    async def unaffordable(self, steps: Sequence[Step], scope: ToolScope) -> list[str]:
        """Why there is no money for what these calls are declared to cost; what was done before costs nothing."""
        prices = {step["step_id"]: (self._registry.price(step["action"]), step) for step in steps}
        if self._purse is None or not any(price for price, _ in prices.values()):
            return []
        done = await self._ledger.finished_keys(scope.task_id)
        due = {
            f"`{step['action']}` in step `{name}`": price
            for name, (price, step) in prices.items()
            if price and step["idempotency_key"] not in done
        }
        fault = await self._purse.shortfall(due)
        return [f"{fault} Plan fewer or cheaper calls."] if fault else []

    def risk(self, action: str, inputs: Inputs) -> Risk:
        """The risk class of this call."""
        return self._registry.risk(action, inputs)

    def bounds(self, action: str, inputs: Inputs | None) -> Bounds:
        """What this call may reach and use, if nobody says otherwise; without inputs, any call of the tool at most."""
        return self._registry.bounds(action, inputs)

    def excess(self, action: str, inputs: Inputs, granted: Bounds) -> list[str]:
        """What this call asks for beyond the bounds, in words."""
        return self._registry.excess(action, inputs, granted)

    def lowered(self, action: str, inputs: Inputs, granted: Bounds) -> Inputs:
        """The inputs, without those that ask for more than the bounds and could as well be left out."""
        return self._registry.lowered(action, inputs, granted)

    async def permits(self, scope: ToolScope) -> list[Permit]:
        """What humans have allowed for more than one call of the scope's task, and still do."""
        return await permits_for(self._database, scope.task_id, scope.tenant)

    def idempotent(self, action: str, inputs: Inputs) -> bool:
        """Whether this call may be repeated without a second effect."""
        return self._registry.idempotent(action, inputs)

    async def invoke(self, step: Step, sources: dict[str, Any], scope: ToolScope) -> StepResult:
        """Carry out one step; a failure is a result. Only the database being away is raised: nothing can be recorded.

        Raises:
            Unavailable: the ledger cannot be reached.
            BudgetExceeded: there is no money for a model that the tool asks; nothing was done.
        """
        watch = Stopwatch()
        scope = replace(self._widened(scope), step_id=step["step_id"], idempotency_key=step["idempotency_key"])
        try:
            tool = self._registry.named(step["action"])
            if scope.granted not in (None, call_digest(step)):
                raise NotGranted(tool=step["action"])
            inputs = await self._inputs(tool, step, sources, scope)
            scope = replace(scope, bounds=await self._granted(tool, inputs, sources, scope))
            await self._steps.begin(scope)
        except ToolError as fault:
            failed = result_of(step, Ended("failed", str(fault), error_class=type(fault).__name__), watch)
            await self._ledger.note(self._entry(step, step["inputs"], scope), failed)
            return failed
        try:
            async with self._under_way.setdefault((scope.task_id, step["idempotency_key"]), asyncio.Lock()):
                result = await self._once(tool, step, inputs, scope, watch)
        except BaseException:
            self._steps.give_up(scope)
            raise
        log.info(
            "tool.called",
            tool=step["action"],
            step=step["step_id"],
            status=result["status"],
            seconds=result["seconds"],
            attempts=result["attempts"],
            reused=result["reused"],
        )
        return result

    async def release(self, task_id: str, idempotency_key: str) -> None:
        """Forget a call whose effect is in doubt, because a human said to repeat it."""
        await self._ledger.release(task_id, idempotency_key)

    async def audit(self, grants: Sequence[Grant], scope: ToolScope) -> None:
        """Add decisions to the audit trail, in one statement; a decision that is there already is not told again."""
        if grants:
            lines = [{"subtask_id": scope.subtask_id, **self._decision(grant)} for grant in grants]
            await self._database.run("add_audit_entries", task_id=scope.task_id, tenant=scope.tenant, lines=lines)

    def _decision(self, grant: Grant) -> dict[str, Any]:
        kind = "refused" if grant["decision"] == "refused" else "granted"
        told = ("reason", "clearance", "bounds")
        known = ("step_id", "action", "by", *told)
        fact = [kind, grant["idempotency_key"], grant["decision"], grant["by"], grant.get("permit_id", "")]
        return {
            "kind": kind,
            "who": grant["by"],
            "step_id": grant["step_id"],
            "tool": grant["action"],
            "data": {
                **{name: value for name, value in grant.items() if name not in known},
                **{name: excerpt(grant[name], self._redaction) for name in told if grant.get(name)},  # type: ignore[literal-required]
            },
            "fact": " ".join(filter(None, fact)),
        }

    def _billed(self, tool: RegisteredTool, seconds: float) -> AbstractAsyncContextManager[ToolBill]:
        """Hold what a call costs, if it costs something."""
        if self._purse is None or not tool.tool.price:
            return nullcontext(ToolBill())
        return self._purse.billed(tool.tool.name, tool.tool.price, seconds)

    def _registered(self) -> Registry:
        tools = [tool for source in self._sources for tool in source.tools()]
        absences = [absence for source in self._sources for absence in source.absences()]
        return Registry([*self._own, *tools], [*self._absences, *absences])

    def _entry(self, step: Step, inputs: Inputs, scope: ToolScope) -> Entry:
        risk = self._registry.risk(step["action"], inputs)
        return Entry.of(step, inputs, scope, risk=risk, redaction=self._redaction)

    def _widened(self, scope: ToolScope) -> ToolScope:
        """With the folders that the tenant's tools may read, and those that none may."""
        roots = self._folders.readable_beside(scope.tenant)
        private = self._folders.private(scope.folder, scope.tenant)
        return replace(scope, roots=(*scope.roots, *roots), private=(*scope.private, *private))

    async def _inputs(self, tool: RegisteredTool, step: Step, sources: dict[str, Any], scope: ToolScope) -> Inputs:
        """The step's inputs, resolved and found to fit."""
        load = partial(read_artifact, self._database, scope.task_id)
        try:
            resolved = await resolve(step["inputs"], sources, load)
        except RecursionError:
            raise ToolError(reason=f"The inputs of `{step['action']}` are nested too deeply.") from None
        inputs = tool.inputs.read_numbers(step["inputs"], resolved)
        if faults := tool.inputs.faults(inputs, resolved=True):
            raise ToolError(reason=" ".join(faults))
        return inputs

    async def _granted(self, tool: RegisteredTool, inputs: Inputs, sources: dict[str, Any], scope: ToolScope) -> Bounds:
        """What the call may reach and use.

        Raises:
            BeyondGrant: it asks for more, or is riskier than it seemed before its references had values.
        """
        risk = tool.tool.risk(inputs)
        if scope.risk and RISKS.index(risk) > RISKS.index(scope.risk):
            raise BeyondGrant(
                tool=tool.tool.name, excess=f"it turned out to be {risk}, and was granted as {scope.risk}"
            )
        usual = tool.tool.bounds(inputs)
        if scope.bounds is None:
            return usual
        granted: Bounds = await resolve(scope.bounds, sources, partial(read_artifact, self._database, scope.task_id))
        if beyond := excess(tool.tool.asks(inputs), granted):
            raise BeyondGrant(tool=tool.tool.name, excess="; ".join(beyond))
        return {**usual, **granted}

    async def _without_permit(self, step: Step, entry: Entry, scope: ToolScope, watch: Stopwatch) -> StepResult:
        """What is told of a call whose permit holds no more: what is known of it, if it was begun before."""
        earlier = await self._ledger.earlier(entry)
        if earlier and earlier.status != "failed":
            return _told(step, entry, earlier, watch)
        self._steps.give_up(scope)
        fault = PermitEnded(tool=step["action"], permit=scope.permit_id)
        failed = result_of(step, Ended("failed", str(fault), error_class=type(fault).__name__), watch)
        await self._ledger.note(entry, failed)
        return failed

    async def _once(
        self, tool: RegisteredTool, step: Step, inputs: Inputs, scope: ToolScope, watch: Stopwatch
    ) -> StepResult:
        """Carry the call out, unless the ledger says that it has been."""
        entry = self._entry(step, inputs, scope)
        if scope.permit_id and not await in_force(self._database, scope.permit_id, scope.tenant):
            return await self._without_permit(step, entry, scope, watch)
        repeatable = tool.tool.idempotent(inputs)
        seconds = min(step.get("timeout_seconds", tool.tool.policy.seconds), tool.tool.policy.seconds)
        if not tool.tool.policy.sandbox:  # whose bounds are those of the program; getting ready takes time, too
            seconds = min(seconds, (scope.bounds or {}).get("seconds", seconds))
        if repeatable:
            if known := await self._ledger.finished(entry):
                return {**known, "step_id": step["step_id"], "reused": True}
        elif tool.tool.price and (earlier := await self._ledger.earlier(entry)) and earlier.status != "failed":
            return await self._not_again(step, entry, earlier, watch)  # nor is there anything to be paid
        async with self._billed(tool, seconds) as bill:
            if repeatable:
                await self._ledger.begin(entry)
            elif earlier := await self._ledger.start(entry):
                return await self._not_again(step, entry, earlier, watch)
            bill.due = True  # also of a call that is cut off: nobody knows what is charged for it
            with metered() as meter:
                ended = await carry_out(
                    tool, inputs, scope, seconds=seconds, repeatable=repeatable, backoff=self._backoff
                )
                bill.due = ended.status != "failed"
                if bill.due:
                    count_cost(Decimal(str(tool.tool.price)))
            return await self._recorded(entry, step, ended, meter, watch)

    async def _not_again(self, step: Step, entry: Entry, earlier: Earlier, watch: Stopwatch) -> StepResult:
        """What is known of a call that has been made, or begun."""
        told = _told(step, entry, earlier, watch)
        if not told["reused"] and not (told["status"] == "in_doubt" and earlier.result):
            await self._ledger.note(entry, told)
        return told

    async def _recorded(self, entry: Entry, step: Step, ended: Ended, meter: Meter, watch: Stopwatch) -> StepResult:
        """The result of a call, written down."""
        found: StepResult = {**result_of(step, ended, watch), "cost_usd": float(meter.cost_usd)}
        if meter.resources:
            found["metadata"] = {**found["metadata"], "resources": meter.resources}
        if ended.status == "in_doubt":
            found = _doubtful(found, entry)
        result, kept = set_aside(found, self._artifact_bytes)
        await self._ledger.record(entry, result, kept)
        return result


def _doubtful(result: StepResult, entry: Entry) -> StepResult:
    """The result of a call in doubt, with what was called: whoever decides has to look for its effect."""
    return {**result, "metadata": {**result["metadata"], "inputs": entry.inputs}}


def _told(step: Step, entry: Entry, earlier: Earlier, watch: Stopwatch) -> StepResult:
    """What to say of a call that the ledger knows already."""
    if earlier.status == "succeeded" and earlier.same_call and earlier.result:
        return {**earlier.result, "step_id": step["step_id"], "reused": True}
    if earlier.status == "succeeded":
        text = f"The idempotency key `{step['idempotency_key']}` names another call that was carried out already."
        return result_of(step, Ended("failed", text, error_class="KeyTaken"), watch)
    known = f" What is known: {earlier.result['error']}" if earlier.result else ""
    text = (
        f"The call of `{step['action']}` in step `{step['step_id']}` was started at "
        f"{earlier.started_at.isoformat(timespec='seconds')} and its end was never recorded: "
        f"whether it took effect is not known.{known}"
    )
    doubtful = _doubtful(result_of(step, Ended("in_doubt", text, error_class="InDoubt"), watch), entry)
    return {**doubtful, "started_at": earlier.started_at.isoformat()}
