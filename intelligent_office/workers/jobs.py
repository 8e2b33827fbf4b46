"""Jobs: what workers do apart from any request, once the transaction that wants it is committed.

Procrastinate keeps them, in the same database as everything else. A job is deferred in SQL, by the very statement or
transaction that makes it necessary, so that neither happens without the other:

    SELECT defer_job('chores', 'delivery.send', jsonb_build_object('delivery_id', 7), once => 'delivery 7')

What is done then is a `Chore` of that name, listed in `chores.py`. Its handler gets the arguments by name. A worker may
be killed in the middle of a job, which another then begins anew: what must not happen twice, a row of its own must
prevent. Jobs that are done are deleted, and so are those that were given up, with a line in the log; whatever has to be
known of them later is written in such rows, too.

The queue `tasks` holds one job for each queued task, and it is no more than a wake-up, which is deleted as soon as a
worker takes it; see `docs/queue.md`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import procrastinate
import structlog
from procrastinate import JobContext, PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException, JobRetry, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker as JobWorker
from psycopg import OperationalError

from intelligent_office.database.listener import Channel
from intelligent_office.database.pool import Database, Pool
from intelligent_office.errors import Unavailable
from intelligent_office.workers.queue import SILENCE_SECONDS

log = structlog.get_logger()

Queue = Literal["tasks", "chores"]
WAKE_UPS = ["tasks"]
"""The queues whose jobs do nothing but wake, as Procrastinate names them when it looks for a job."""

POLL_SECONDS = 5.0
"""How long a worker trusts that it would have been told of a new job."""
BACK_OFF_SECONDS = 2.0
"""How long a worker leaves a database alone that is away."""
BEAT_SECONDS = 10.0
"""How often a worker says that it lives."""
_NEVER = 86_400.0


class TryAgain(Exception):
    """Raised by a handler that wants to be called again for the same job, after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True)
class Chore:
    """Something that workers do when a job of this name says so, or when it is due."""

    name: str
    """`noun.verb`."""
    handler: Callable[..., Awaitable[object]]
    """Called with the job's arguments. It raises `TryAgain` to choose when it is called again."""
    delays: Sequence[float] = ()
    """Seconds until a job that failed is tried again: after the first failure, the second …; then it is given up.
    That the database is away is no failure."""
    cron: str = ""
    """When it is due by itself, in UTC, for one of all workers: `17 * * * *`; a sixth field stands for seconds."""
    queue: Queue = "chores"


class Jobs:
    """Does the jobs of the chores that it was given."""

    def __init__(self, database: Database, chores: Iterable[Chore], *, hurry: asyncio.Event | None = None) -> None:
        """Make them ready.

        Args:
            database: where the jobs are.
            chores: what can be done.
            hurry: once it is set, jobs that are being done are cancelled, and left to others.
        """
        self._database = database
        self._hurry = hurry or asyncio.Event()
        connector = _Connector(database)
        self._app = procrastinate.App(connector=connector)
        self._app.job_manager = _Manager(connector, database, self._hurry)
        for chore in chores:
            self._add(chore)

    async def work(self, queue: Queue, stop: asyncio.Event, *, at_once: int) -> None:
        """Do the jobs of a queue until told to stop, whatever becomes of the database meanwhile.

        Args:
            queue: whose jobs.
            stop: once it is set, no further job is begun.
            at_once: so many jobs are done at the same time.
        """
        while not stop.is_set():
            try:
                await self._database.open()
                await self._work(queue, stop, at_once)
            except (Unavailable, ConnectorException) as error:
                log.warning("queue.unreachable", queue=queue, reason=_reason(error))
            except Exception:  # whatever it is, a door that stays open needs a worker that goes on
                log.exception("worker.stumbled", queue=queue)
            await _until(stop, BACK_OFF_SECONDS)

    async def _work(self, queue: Queue, stop: asyncio.Event, at_once: int) -> None:
        worker = JobWorker(
            self._app,
            queues=[queue],
            name=queue,
            concurrency=at_once,
            fetch_job_polling_interval=POLL_SECONDS,
            abort_job_polling_interval=_NEVER,  # tasks are cancelled by their rows
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT_SECONDS,
            stalled_worker_timeout=SILENCE_SECONDS,
        )
        running = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
            worker.stop()  # type: ignore[no-untyped-call]
            await running
        finally:
            for task in (running, stopping):
                task.cancel()
            await asyncio.gather(running, stopping, return_exceptions=True)

    def _add(self, chore: Chore) -> None:
        async def begin(context: JobContext, /, **arguments: Any) -> None:
            if chore.cron:
                arguments.pop("timestamp", None)  # Procrastinate's: for when the job is
            try:
                await self._unless_in_a_hurry(chore.handler(**arguments))
            except TryAgain:
                raise
            except Unavailable as error:  # which says nothing of the job: it is given up for nobody's absence
                log.warning("job.postponed", job=chore.name, arguments=arguments, reason=str(error))
                raise TryAgain(BACK_OFF_SECONDS) from None
            except Exception:
                attempt = context.job.attempts
                if attempt >= len(chore.delays):
                    log.exception("job.given_up", job=chore.name, arguments=arguments, attempts=attempt + 1)
                    return
                log.warning("job.failed", job=chore.name, arguments=arguments, attempts=attempt + 1, exc_info=True)
                raise TryAgain(chore.delays[attempt]) from None

        task = self._app.task(name=chore.name, queue=chore.queue, pass_context=True, retry=_AsAsked())(begin)
        if chore.cron:
            self._app.periodic(cron=chore.cron, queueing_lock=chore.name)(task)  # type: ignore[arg-type]  # `begin` drops it

    async def _unless_in_a_hurry(self, handling: Awaitable[object]) -> None:
        """Let the handler do its work; cancel it when there is no time left for it.

        Raises:
            asyncio.CancelledError: there was none.
        """
        work, hurry = asyncio.ensure_future(handling), asyncio.ensure_future(self._hurry.wait())
        try:
            await asyncio.wait((work, hurry), return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurry.cancel()
            work.cancel()
            await asyncio.gather(work, hurry, return_exceptions=True)
        work.result()


class _AsAsked(BaseRetryStrategy):
    """Again when the handler says so, and elsewhere at once when this worker was told to stop."""

    def get_retry_exception(self, exception: BaseException, job: Job) -> JobRetry | None:
        if isinstance(exception, TryAgain):
            return JobRetry(RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=exception.seconds)))
        if isinstance(exception, asyncio.CancelledError) and job.queue != "tasks":
            return JobRetry(RetryDecision())
        return None


class _Connector(PsycopgConnector):
    """Lends Procrastinate the office's own connections, and its own listener."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.rung = 0
        """How often jobs were heard of."""

    @property
    def pool(self) -> Pool:  # type: ignore[override]  # rows as dicts are what it wants
        return self._database.pool

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        (name,) = channels
        channel = next(one for one in get_args(Channel) if one == name)
        with self._database.bell(channel) as bell:
            while True:
                if await bell.wait(_NEVER):
                    self.rung += 1
                    await on_notification(channel=channel, payload='{"type": "job_inserted", "job_id": 0}')


class _Manager(JobManager):
    """Outlasts a database that goes away: Procrastinate's own ends the worker then, when all of its jobs are done."""

    connector: _Connector

    def __init__(self, connector: _Connector, database: Database, hurry: asyncio.Event) -> None:
        super().__init__(connector)
        self._database = database
        self._hurry = hurry

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """The next job; none while the database is away.

        The worker forgets what it heard of during the question, so that is asked for here.
        """
        while True:
            rung = self.connector.rung
            try:
                job = await self._wake_up() if queues == WAKE_UPS else await super().fetch_job(queues, worker_id)
            except (Unavailable, ConnectorException) as error:
                log.warning("queue.unreachable", reason=_reason(error))
                await asyncio.sleep(BACK_OFF_SECONDS)
                return None
            if job or rung == self.connector.rung:
                return job

    async def _wake_up(self) -> Job | None:
        """Take a wake-up, and delete it at once: it says that tasks wait, and their rows go on saying so."""
        row = await self._database.one("take_wake_up")
        return Job.from_row(row) if row else None

    async def update_heartbeat(self, worker_id: int) -> None:
        """Say that the worker lives, also to those who have thought it dead."""
        try:
            await self._database.run("beat_job_worker", worker_id=worker_id)
        except Unavailable as error:
            log.warning("queue.unreachable", reason=_reason(error))

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        if job.queue in WAKE_UPS:
            return
        await self._surely(lambda: super(_Manager, self).finish_job(job, status, delete_job))

    async def retry_job(self, job: Job, *arguments: Any, **options: Any) -> None:
        """Have it done again, unless another one waits that will do the same."""
        try:
            await self._surely(lambda: super(_Manager, self).retry_job(job, *arguments, **options))
        except UniqueViolation:
            await self.finish_job(job, Status.FAILED, delete_job=True)

    async def defer_periodic_job(self, job: Job, periodic_id: str, defer_timestamp: int) -> int | None:
        try:
            return await super().defer_periodic_job(job, periodic_id, defer_timestamp)
        except (Unavailable, ConnectorException) as error:
            log.warning("chore.missed", job=job.task_name, reason=_reason(error))
            return None

    async def _surely(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write how a job has ended, as soon as the database is there; in a hurry, others find out by themselves.

        Nobody else would, as long as this worker is heard of.
        """
        while True:
            try:
                return await write()
            except UniqueViolation:
                raise
            except (Unavailable, ConnectorException) as error:
                if not isinstance(error.__cause__, OperationalError):
                    log.info("job.gone", reason=_reason(error))
                    return None
                if self._hurry.is_set():
                    return None
                await _until(self._hurry, BACK_OFF_SECONDS)


def _reason(error: Exception) -> str:
    return str(error.__cause__ or error).strip() or type(error).__name__


async def _until(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until it is time to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
