"""The worker: takes a task, runs the office graph on it, writes down what happens, and ends the task.

The task row is the promise, the checkpoint is the memory. Whatever breaks in between, the next claim goes on from
the last checkpoint, and the ledger of tool calls says what has been done since.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Sequence
from contextlib import aclosing
from typing import Any, Literal

import structlog
from langgraph.errors import GraphDrained, GraphRecursionError
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from langgraph.types import Command, Interrupt, StateSnapshot
from psycopg import OperationalError

from graph import office, stops
from graph.reopening import reopen
from intelligent_office.checkpoints import saver_of
from intelligent_office.context import Context
from intelligent_office.contracts import Outcome
from intelligent_office.database.pool import Database
from intelligent_office.errors import BudgetExceeded, LostClaim, SealBroken, Unavailable, UnknownKey
from intelligent_office.outcomes import achieved, cancelled, failed
from intelligent_office.records import Task
from intelligent_office.services import Services
from intelligent_office.settings import Settings
from intelligent_office.telemetry.scope import Scope, working_for
from intelligent_office.toolbox.plain import plain
from intelligent_office.workers.chronicle import CancelRequested, Chronicle, Pace
from intelligent_office.workers.claims import Claim, Claims, EventDraft

log = structlog.get_logger()

SUPERSTEPS = 500
"""More than the largest task needs; a guard against a loop nobody thought of."""
MOMENT_SECONDS = 1.0
"""After so long a database that was started anew may be back; if not, it is asked again after so long."""
LAST_WORDS_SECONDS = 5.0
"""How long a worker that has to go tries to give its task back."""
PRUNED_AT_ONCE = 20
SWEPT_AT_ONCE = 500

Graph = CompiledStateGraph[Any, Context, Any, Any]
Ended = Literal["completed", "failed", "cancelled", "waiting", "queued", "lost"]


def worker_name() -> str:
    """Says to a person where a task is being worked on."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Worker:
    """Works on tasks. Which, and how many at once, says whoever holds it: a `Shift`, or a person at a terminal."""

    def __init__(self, settings: Settings, database: Database, services: Services, *, name: str = "") -> None:
        self.name = name or worker_name()
        self._settings = settings
        self._database = database
        self._services = services
        self._claims = Claims(database, settings)
        self._draining = False
        self._graph: Graph = office.build(services).compile()
        self._controls: set[RunControl] = set()
        self._pace = Pace()

    def drain(self) -> None:
        """Let each task reach the end of its step, and give it back then."""
        self._draining = True
        for control in self._controls:
            control.request_drain()

    async def next(self) -> Claim | None:
        """Claim the task whose turn it is, if there is one."""
        return await self._claims.next(self.name)

    async def take(self, task: Task) -> Claim:
        """Claim one task for this worker.

        Raises:
            TaskBusy: another worker is alive on it.
            TaskEnded, TaskWaits, TurnAwaited: there is nothing to work on, or not yet.
            InvalidSetting: a key is missing that tasks may be encrypted with.
        """
        await self._database.insist_on_keys()
        return await self._claims.take(task.task_id, task.tenant, self.name)

    async def work_on(self, claim: Claim) -> Ended:
        """Run the task until it ends, waits for a human, or is taken away. Cancelled, give it back at once."""
        task = claim.task
        with working_for(Scope(task.task_id, task.tenant, str(task.context.get("model", "")))):
            log.info("task.claimed", worker=self.name, claims=task.claims)
            try:
                return await self._see_through(claim)
            except asyncio.CancelledError:
                await self._give_back(claim)
                raise

    async def _see_through(self, claim: Claim) -> Ended:
        """Work on the task, and leave it to others if it, or the database, is lost meanwhile."""
        try:
            ended = await self._forgo(claim) or await self._end(claim)
        except LostClaim:
            log.warning("task.lost", worker=self.name)
            if claim.unheard:
                await self._hand_over(claim)
            return "lost"
        except (Unavailable, OperationalError) as error:  # LangGraph's saver raises what psycopg raises
            log.warning("task.interrupted", reason=str(error))
            if _was_cut(error):
                await self._hand_over(claim)
            return "lost"
        log.info("task.left", status=ended)
        return ended

    async def tidy(self) -> int:
        """Prune the checkpoints of ended tasks to the last one; how many tasks that were.

        Their rows are locked meanwhile, so that two workers never prune the same task.
        """
        async with self._database.transaction() as statements:
            rows = await statements.all("tasks_to_prune", limit=PRUNED_AT_ONCE)
            ended = [row["task_id"] for row in rows]
            if ended:
                await statements.run("prune_checkpoints", thread_ids=tuple(ended))
                await statements.run("mark_pruned", task_ids=tuple(ended))
        return len(ended)

    async def sweep(self) -> int:
        """Throw away answers of models that have expired, some at a time; how many rows that were."""
        return sum(
            [
                await self._database.run(statement, limit=SWEPT_AT_ONCE)
                for statement in ("sweep_answers", "sweep_answer_uses", "sweep_answered_requests")
            ]
        )

    async def _hand_over(self, claim: Claim) -> None:
        """Leave a task to others as soon as the database is back: it is not to blame that it was away."""
        while True:
            await asyncio.sleep(MOMENT_SECONDS)
            try:
                try:
                    log.info("task.left", status=await self._let_go(claim))
                except LostClaim:
                    await claim.deny_death()
            except Unavailable as error:
                log.warning("worker.waits", reason=str(error))
            else:
                return

    async def _give_back(self, claim: Claim) -> None:
        """Let somebody else go on at once, without waiting for the lease to run out."""
        try:
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                log.info("task.left", status=await self._let_go(claim))
        except (LostClaim, Unavailable, TimeoutError) as error:
            log.warning("task.lost", worker=self.name, reason=str(error))

    async def _let_go(self, claim: Claim) -> Ended:
        """Leave the task to whoever comes next, unless somebody wants it to stop: perhaps nobody comes."""
        if await claim.renew():
            await claim.finish("cancelled", cancelled())
            return "cancelled"
        await claim.release()
        return "queued"

    async def _forgo(self, claim: Claim) -> Ended | None:
        """End a task that is not to be worked on: somebody has cancelled it, or too many workers have died over it."""
        task = claim.task
        if task.cancel_requested:
            await claim.finish("cancelled", cancelled())
            return "cancelled"
        suspicion = (task.crashes + task.crashes_alone) / 2  # of several tasks, one at most has killed the worker
        if suspicion < self._settings.crashes:
            return None
        told = f"{task.crashes} workers in a row died over this task and brought it no further: no other one gets it."
        for call in await self._database.all("calls_in_doubt", task_id=task.task_id):
            told += f" Whether the call of `{call['tool']}` in step `{call['step_id']}` took effect is not known."
        result = failed(told, "Poison")
        await self._bury(task, result, blindly=suspicion > self._settings.crashes)
        await claim.finish("failed", result)
        return "failed"

    async def _end(self, claim: Claim) -> Ended:
        """Carry the task as far as it goes, and write down how that was."""
        task = claim.task
        untold: Sequence[EventDraft] = ()
        clock = asyncio.timeout(max(0.0, task.context["max_duration"] - task.worked_seconds))
        try:
            async with clock:
                result, untold = await self._watched(claim)
        except GraphDrained:
            return await self._let_go(claim)
        except CancelRequested:
            await claim.finish("cancelled", cancelled())
            return "cancelled"
        except SealBroken as error:
            result = failed(str(error), type(error).__name__)
            await self._bury(task, result)
        except GraphRecursionError as error:
            result = failed(f"The office went round in circles. {error}", type(error).__name__)
            await self._bury(task, result)
        except BudgetExceeded as error:
            remains = await self._remains(task)
            answer = achieved(remains.get("subtasks", {}).values())
            result = failed(str(error), type(error).__name__, answer=answer)
            await self._bury(task, result)
        except UnknownKey as error:  # nothing is lost: with the key, `office resume` goes on
            result = failed(str(error), type(error).__name__)
        except (LostClaim, Unavailable, OperationalError):
            raise
        except Exception as error:  # a bug ends the task where it is seen, and is not tried for ever
            if clock.expired():
                result = failed(f"The time was used up: {task.context['max_duration']:g} s of work.", "TimeUsedUp")
            else:
                log.exception("task.crashed")
                result = failed(f"The office made a mistake: {type(error).__name__}: {error}", type(error).__name__)
            await self._bury(task, result)
        if isinstance(result, list):
            await claim.wait_for_human([{"interrupt_id": one.id, "request": one.value} for one in result])
            return "waiting"
        return await claim.finish(result["status"], result, untold)

    async def _watched(self, claim: Claim) -> tuple[Outcome | list[Interrupt], Sequence[EventDraft]]:
        """Carry the task on while renewing the lease.

        Raises:
            CancelRequested: somebody wants the task to stop.
            LostClaim: the task is another worker's by now.
        """
        carrying = asyncio.create_task(self._carry(claim))
        try:
            with self._database.bell("office_cancel", claim.task.task_id) as bell:
                while not carrying.done():
                    await _first(asyncio.shield(carrying), bell.wait(self._settings.lease_seconds / 4))
                    if not carrying.done():
                        await self._renew(claim)
            return carrying.result()
        finally:
            carrying.cancel()
            await asyncio.gather(carrying, return_exceptions=True)

    async def _renew(self, claim: Claim) -> None:
        try:
            if await claim.renew():
                raise CancelRequested
        except Unavailable as error:
            claim.unheard = True
            log.warning("lease.not_renewed", reason=str(error))

    async def _carry(self, claim: Claim) -> tuple[Outcome | list[Interrupt], Sequence[EventDraft]]:
        """Stream the graph; the outcome, or the questions it waits for, and what is to be recorded with it.

        Raises:
            BudgetExceeded: a role could not go on for want of money. The graph stays where it is.
        """
        task = claim.task
        graph = self._graph.copy({"checkpointer": saver_of(self._database, task.task_id, new=task.claims == 1)})
        config: Any = {"configurable": {"thread_id": task.task_id}, "recursion_limit": SUPERSTEPS}
        chronicle = Chronicle(claim, self._pace)
        snapshot = await self._left_by_others(graph, config, task)
        if snapshot and not snapshot.next:
            return _outcome(snapshot), ()
        if snapshot:
            chronicle.resume(snapshot, await self._claims.told_steps(task.task_id))
            await self._services.toolbox.refresh()  # a process that has just begun knows no remote tools
            given = await self._answers(snapshot, task)
        else:
            given = {"request": task.description} | ({"attachments": task.attachments} if task.attachments else {})
        try:
            await self._stream(graph, given, config, task, chronicle)
            if chronicle.outcome:
                return chronicle.outcome, await chronicle.untold()
        finally:
            await chronicle.close()
        snapshot = await graph.aget_state(config)
        for reason in filter(None, map(stops.reason_of, snapshot.interrupts)):
            raise BudgetExceeded(reason=reason)
        return list(snapshot.interrupts) or _outcome(snapshot), ()

    async def _left_by_others(self, graph: Graph, config: Any, task: Task) -> StateSnapshot | None:
        """Where earlier claims have left the graph; None if it has not begun."""
        snapshot = await graph.aget_state(config) if task.claims > 1 else None
        if not snapshot or not snapshot.values:
            return None
        if not snapshot.next and task.reopened_after == _checkpoint_id(snapshot):
            return await reopen(graph, snapshot, Context(**task.context))
        return snapshot

    async def _answers(self, snapshot: StateSnapshot, task: Task) -> Any:
        """What the questions that it waits for were answered; None if it waits for nothing but to go on."""
        answers = await self._claims.answers(task.task_id)
        asked = [one for one in snapshot.interrupts if not stops.reason_of(one)]
        resume = {one.id: plain(answers[one.id]) for one in asked if one.id in answers}
        return Command(resume=resume) if resume else None

    async def _stream(self, graph: Graph, given: Any, config: Any, task: Task, chronicle: Chronicle) -> None:
        """Run the graph until it ends, waits or is told to stop, and write down what the roles tell."""
        control = RunControl()
        self._controls.add(control)
        if self._draining:
            control.request_drain()
        try:
            news: Any = graph.astream(
                given,
                config,
                context=Context(**task.context),
                stream_mode="custom",
                subgraphs=True,
                durability="sync",
                control=control,
            )
            async with aclosing(news):
                async for _, told in news:
                    await chronicle.write(told)
        finally:
            self._controls.discard(control)

    async def _bury(self, task: Task, outcome: Outcome, *, blindly: bool = False) -> None:
        """Write the dead letter of a task that did not get as far as the morgue, with what its checkpoint holds.

        Args:
            task: the task.
            outcome: how it has failed.
            blindly: leave the checkpoint unread; it may be what kills workers.
        """
        remains = {} if blindly else await self._remains(task)
        await self._services.archive.bury(
            tenant=task.tenant,
            task_id=task.task_id,
            error_class=outcome["error_class"],
            reason=outcome["reason"],
            state=remains or {"request": task.description},
            history=[],
        )

    async def _remains(self, task: Task) -> dict[str, Any]:
        """What the last checkpoint holds; nothing if it cannot be read, which may be why the task failed."""
        graph = self._graph.copy({"checkpointer": saver_of(self._database, task.task_id)})
        try:
            snapshot = await graph.aget_state({"configurable": {"thread_id": task.task_id}})
        except (Unavailable, OperationalError):
            raise
        except Exception:
            log.exception("checkpoint.unreadable")
            return {}
        values: dict[str, Any] = snapshot.values
        return values


async def _first(*waits: Awaitable[Any]) -> None:
    """Wait until the first of these is done, and drop the others."""
    futures = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for future in futures:
            future.cancel()
        await asyncio.gather(*futures, return_exceptions=True)


def _was_cut(error: Unavailable | OperationalError) -> bool:
    """Whether the database went away, and did not just refuse something."""
    if isinstance(error, Unavailable):
        return error.facts.get("part") == "the database"
    return error.sqlstate is None or error.sqlstate[:2] in ("08", "57")


def _checkpoint_id(snapshot: StateSnapshot) -> str | None:
    found: str | None = snapshot.config["configurable"].get("checkpoint_id")
    return found


def _outcome(snapshot: StateSnapshot) -> Outcome:
    outcome: Outcome | None = snapshot.values.get("outcome")
    return outcome or failed("The office ended without an outcome.", "NoOutcome")
