"""The archive: rows in PostgreSQL are the truth, the index over them can be built again at any time."""

import asyncio
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import numpy
import structlog
from numpy.typing import NDArray

from intelligent_office.contracts import Lesson, Plan, Review, StepResult
from intelligent_office.database.pool import Database, Row
from intelligent_office.database.storable import storable
from intelligent_office.errors import ModelError
from intelligent_office.seams import Models, Vectors

if TYPE_CHECKING:
    from intelligent_office.archive.index import MemoryIndex

Vector = NDArray[numpy.float32]
log = structlog.get_logger()

_PAGE = 192
"""Memories that are added together: what was paid for their vectors is lost if the process dies before the end."""
_STORED = "<f4"
"""How the numbers of a vector are kept."""
_CANDIDATES = 4
"""Memories looked at for each one wanted: some may be gone from the table."""
_TEACHES_MOST = ("feedback", "failure", "success")


class StoredArchive:
    """Keeps plans, attempts and dead letters, and finds plans by meaning.

    Each process has its own index, which catches up with the table at every `recall`: so the vectors in it are all of
    one model, and another model means another index.
    """

    def __init__(self, database: Database, models: Models) -> None:
        self._database = database
        self._models = models
        self._index: MemoryIndex | None = None
        self._indexed = 0
        """The highest id in the index; ids are visible in their order."""
        self._busy = asyncio.Lock()

    async def recall(self, tenant: str, objective: str, *, limit: int = 3) -> list[Lesson]:
        """The most similar remembered plans and feedback, best first; none if objectives cannot be compared now."""
        try:
            similar, rows = await self._similar(tenant, storable(objective), limit * _CANDIDATES)
        except ModelError as failure:
            log.warning("memories.unreachable", reason=str(failure))
            return []
        lessons = [_lesson(row, similar[row["memory_id"]]) for row in rows]
        lessons.sort(key=lambda lesson: (-lesson["similarity"], _TEACHES_MOST.index(lesson["kind"])))
        return lessons[:limit]

    async def remember(
        self,
        *,
        tenant: str,
        task_id: str,
        kind: Literal["success", "failure", "feedback"],
        objective: str,
        steps: list[dict[str, Any]],
        lesson: str = "",
    ) -> None:
        """Keep a plan; the same plan for the same objective is kept once and counted."""
        # Every word of feedback counts, even on the same plan.
        fingerprint = _fingerprint(objective, steps, lesson if kind == "feedback" else "")
        known = {"tenant": tenant, "kind": kind, "fingerprint": fingerprint, "task_id": task_id, "lesson": lesson}
        if await self._database.run("remember_again", **known):
            return
        async with self._database.transaction() as statements:
            # One after the other: an id must not become visible after a higher one, or an index would miss it.
            await statements.run("await_turn_to_remember")
            await statements.run("remember", **known, objective=objective, steps=steps)

    async def record_attempt(
        self,
        *,
        tenant: str,
        task_id: str,
        subtask_id: str,
        attempt: int,
        plan: Plan | None,
        results: dict[str, StepResult],
        review: Review,
    ) -> None:
        """Keep what was planned and done in one attempt at a subtask, and how it was judged."""
        await self._database.run(
            "record_attempt",
            tenant=tenant,
            task_id=task_id,
            subtask_id=subtask_id,
            attempt=attempt,
            plan=plan,
            results=results,
            review=review,
        )

    async def bury(
        self,
        *,
        tenant: str,
        task_id: str,
        error_class: str,
        reason: str,
        state: dict[str, Any],
        history: list[dict[str, Any]],
    ) -> None:
        """Put a task that cannot be finished among the dead letters."""
        await self._database.run(
            "bury",
            tenant=tenant,
            task_id=task_id,
            error_class=error_class,
            reason=reason,
            state=state,
            history=history,
        )

    async def _similar(self, tenant: str, objective: str, limit: int) -> tuple[dict[int, float], list[Row]]:
        """The memories that come closest: how close, by id, and their rows."""
        async with self._busy:
            await self._catch_up()
            if self._index is None:
                return {}, []
        vector = await self._models.embed([objective])  # a provider may take its time, and others need not wait for it
        async with self._busy:
            if self._index and vector.shape[1] != self._index.dimensions:
                await self._begin_anew()
                await self._catch_up()
            if self._index is None:
                return {}, []
            similar = await asyncio.to_thread(self._index.nearest, tenant, vector, limit)
            rows = await self._database.all("read_memories", memory_ids=tuple(similar), tenant=tenant)
            gone = sorted(similar.keys() - {row["memory_id"] for row in rows})
            if gone:
                await asyncio.to_thread(self._index.remove, gone)
        return similar, rows

    async def _catch_up(self) -> None:
        """Add the rows that are new since the last look."""
        anew = False
        while rows := await self._new_rows():
            vectors = await self._vectors(rows)
            lengths = {len(vector) for vector in vectors} | ({self._index.dimensions} if self._index else set())
            if len(lengths) == 1:
                memories = [(row["memory_id"], row["tenant"]) for row in rows]
                await asyncio.to_thread(self._add, memories, numpy.stack(vectors))
                self._indexed = rows[-1]["memory_id"]
            elif anew:
                raise ModelError(role="encoder", reason="its vectors do not keep their length")
            else:  # another model under the same name, and only vectors of one model can be compared
                await self._begin_anew()
                anew = True

    async def _new_rows(self) -> list[Row]:
        return await self._database.all("new_memories", after=self._indexed, limit=_PAGE, encoder=self._models.encoder)

    async def _vectors(self, rows: list[Row]) -> list[Vector]:
        """The vectors of memories in their order; those that had to be paid for are kept."""
        unknown = [row for row in rows if row["vector"] is None]
        made = await self._models.embed([row["objective"] for row in unknown]) if unknown else ()
        fresh = {row["memory_id"]: vector for row, vector in zip(unknown, made, strict=True)}
        if fresh and self._models.encoder:
            await self._database.run(
                "keep_vectors",
                encoder=self._models.encoder,
                memory_ids=tuple(fresh),
                vectors=tuple(vector.astype(_STORED).tobytes() for vector in fresh.values()),
            )
        return [fresh[row["memory_id"]] if row["vector"] is None else _read(row["vector"]) for row in rows]

    async def _begin_anew(self) -> None:
        """Let go of every vector, in the table too: the model that made them is gone."""
        log.warning("memories.encoder_changed", encoder=self._models.encoder)
        await self._database.run("forget_vectors", encoder=self._models.encoder)
        await self._forget()

    async def _forget(self) -> None:
        """Let the index go; it is built again from the rows."""
        if self._index:
            await asyncio.to_thread(self._index.close)
        self._index, self._indexed = None, 0

    def _add(self, memories: list[tuple[int, str]], vectors: Vectors) -> None:
        if self._index is None:
            # Late: Chroma takes a second to import, and an office without memories never needs it.
            from intelligent_office.archive.index import MemoryIndex

            self._index = MemoryIndex(vectors.shape[1])
        self._index.add(memories, vectors)


def _read(stored: bytes) -> Vector:
    return numpy.frombuffer(stored, dtype=_STORED).astype(numpy.float32)


def _lesson(row: Row, similarity: float) -> Lesson:
    return {
        "kind": row["kind"],
        "objective": row["objective"],
        "steps": row["steps"],
        "lesson": row["lesson"],
        "similarity": round(min(max(similarity, 0.0), 1.0), 3),
    }


def _fingerprint(objective: str, steps: list[dict[str, Any]], lesson: str) -> str:
    said = [" ".join(objective.split()), steps, lesson]
    return sha256(json.dumps(storable(said), sort_keys=True).encode()).hexdigest()
