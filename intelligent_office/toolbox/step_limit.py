"""How many calls of tools a task may take in all: those in the ledger, and those that this process is making."""

from collections import defaultdict

from intelligent_office.database.pool import Database
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope


class StepLimit:
    """Counts the calls of tasks that have such a limit. The same call made again, or told from the ledger, is one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._under_way: defaultdict[str, set[str]] = defaultdict(set)
        """The keys of calls that are not in the ledger yet, by task: a task is one worker's at a time."""

    async def begin(self, scope: ToolScope) -> None:
        """Count a call before it is made.

        Raises:
            ToolError: it would be one too many.
        """
        if scope.max_steps is None:
            return
        before = {*self._under_way.get(scope.task_id, ())}  # some of them may be written down during the question
        rows = await self._database.all("called_keys", task_id=scope.task_id)
        taken = {*before, *self._under_way.get(scope.task_id, ()), *(row["idempotency_key"] for row in rows)}
        if len(taken | {scope.idempotency_key}) > scope.max_steps:
            raise ToolError(reason=f"The task may take {scope.max_steps} steps in all, and has taken them.")
        self._under_way[scope.task_id].add(scope.idempotency_key)

    def end(self, scope: ToolScope) -> None:
        """The call has been made, and is in the ledger if it ever will be."""
        if scope.task_id in self._under_way:
            self._under_way[scope.task_id].discard(scope.idempotency_key)
            if not self._under_way[scope.task_id]:
                del self._under_way[scope.task_id]
