"""How a role becomes a node: its services bound, its task known to logs and usage records."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import signature
from typing import Any

from langgraph.runtime import Runtime

from graph.stops import stop
from intelligent_office.context import Context
from intelligent_office.errors import BudgetExceeded
from intelligent_office.seams import scope_of
from intelligent_office.telemetry.scope import Scope, working_for
from intelligent_office.toolbox.plain import plain

BLINK_SECONDS = 0.05
"""Of a role that is done sooner, nobody has to be told that it has begun."""


def role(work: Callable[..., Awaitable[Any]], **services: Any) -> Any:
    """Bind a role to the services it may use.

    What the role does is told on the custom stream: that it started, if it takes longer than a blink, what it says
    meanwhile, and all that it wrote. (Of a desk, the stream of updates would show only what it hands back to the
    office.) A missing context gets its defaults here, so that a graph run by anybody's hand works like one run by the
    office.
    """
    bound = partial(work, **services)
    takes_runtime = "runtime" in signature(work).parameters

    async def node(state: Any, runtime: Runtime[Context]) -> Any:
        if runtime.context is None:
            runtime = runtime.override(context=Context())
        scope, write = scope_of(runtime), runtime.stream_writer
        place = {"role": work.__name__, "subtask": state.get("subtask", {}).get("subtask_id", "")}

        def tell(news: dict[str, Any]) -> None:
            write({**place, **news})

        at_work = asyncio.get_running_loop().call_later(BLINK_SECONDS, tell, {"kind": "role.started"})
        chosen = runtime.context
        with working_for(Scope(scope.task_id, scope.tenant, chosen.model, chosen.max_cost_usd, chosen.use_cache, tell)):
            try:
                update = await (bound(state, runtime.override(stream_writer=tell)) if takes_runtime else bound(state))
            except BudgetExceeded as error:
                raise stop(error) from None
            finally:
                at_work.cancel()
        update = plain(update)  # a model may answer with a number that no checkpoint can hold
        tell({"kind": "role.finished", "update": update})
        return update

    node.__name__ = work.__name__
    return node
