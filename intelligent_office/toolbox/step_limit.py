"""How many calls of tools a task may take in all: those in the ledger, and those that this process is making."""

from collections import OrderedDict
from dataclasses import dataclass, field

from intelligent_office.database.pool import Database
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope

REMEMBERED_TASKS = 256
"""Tasks whose calls a process keeps in mind; those of another are read again."""


@dataclass
class _Taken:
    """The calls of one task."""

    keys: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    """The plans that are or were carried out since the ledger was read: meanwhile the task was this worker's alone."""


class StepLimit:
    """Counts the calls of tasks that have such a limit. The same call made again, or told from the ledger, is one.

    The ledger is read once for each plan that is carried out, and not for each call of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._taken: OrderedDict[str, _Taken] = OrderedDict()

    async def begin(self, scope: ToolScope) -> None:
        """Count a call before it is made.

        Raises:
            ToolError: it would be one too many.
        """
        if scope.max_steps is None:
            return
        taken = self._taken.setdefault(scope.task_id, _Taken())
        self._taken.move_to_end(scope.task_id)
        if not scope.run or scope.run not in taken.runs:  # another worker may have gone on with the task meanwhile
            rows = await self._database.all("called_keys", task_id=scope.task_id)
            taken.keys.update(row["idempotency_key"] for row in rows)
            taken.runs.add(scope.run)
        if scope.idempotency_key not in taken.keys and len(taken.keys) >= scope.max_steps:
            raise ToolError(reason=f"The task may take {scope.max_steps} steps in all, and has taken them.")
        taken.keys.add(scope.idempotency_key)
        while len(self._taken) > REMEMBERED_TASKS:
            self._taken.popitem(last=False)

    def give_up(self, scope: ToolScope) -> None:
        """The call came to no end: whether it counts is known to the ledger alone."""
        if taken := self._taken.get(scope.task_id):
            taken.keys.discard(scope.idempotency_key)
            taken.runs.clear()
