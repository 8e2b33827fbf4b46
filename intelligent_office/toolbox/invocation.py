"""One call of one tool: its time limit, its retries, and what the way it failed says about its effect."""

import asyncio
from typing import Any

import structlog
from langchain_core.messages import ToolMessage
from langchain_core.tools import ToolException
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from tenacity.wait import wait_base

from intelligent_office.errors import (
    BudgetExceeded,
    ModelError,
    NoRuleCovers,
    OfficeError,
    StepTimedOut,
    ToolError,
    TransientToolError,
    Unavailable,
)
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.plain import plain, text_of
from intelligent_office.toolbox.policy import Inputs
from intelligent_office.toolbox.registry import RegisteredTool
from intelligent_office.toolbox.results import Ended

ATTEMPTS = 3
BACKOFF = wait_exponential_jitter(initial=0.2, max=5, jitter=0.2)
PASSING = (TransientToolError, Unavailable, ConnectionError, TimeoutError)
"""Failures that another attempt may not meet."""
BEFORE_ANY_EFFECT = (ToolError, ToolException, ConnectionRefusedError)
"""Failures after which a call certainly had no effect: the tool says so, or nobody was there to be called."""

log = structlog.get_logger()


async def carry_out(
    tool: RegisteredTool,
    inputs: Inputs,
    scope: ToolScope,
    *,
    seconds: float,
    repeatable: bool,
    backoff: wait_base = BACKOFF,
) -> Ended:
    """Call a tool until it answers, fails for good, or the time is up.

    A call that may not be repeated is tried again only after a failure that certainly had no effect; after any other
    failure its effect is in doubt.

    Raises:
        BudgetExceeded: there is no money for a model that the tool asks, and the call can be made again when there is.
    """
    attempts = 0
    limit = asyncio.timeout(seconds)
    retry = retry_if_exception(lambda failure: _passes(failure) and (repeatable or _had_no_effect(failure)))
    try:
        async with limit:
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(ATTEMPTS), wait=backoff, retry=retry, reraise=True
            ):
                with attempt:
                    attempts = attempt.retry_state.attempt_number
                    text, output = await _answer(tool, inputs, scope)
    except BudgetExceeded as failure:
        if repeatable:
            raise
        return _failed(tool.tool.name, failure, attempts, repeatable=repeatable)
    except Exception as failure:  # noqa: BLE001  # whatever a tool raises is a result of the step, not of the office
        cause = StepTimedOut(seconds=seconds) if limit.expired() else failure
        return _failed(tool.tool.name, cause, attempts, repeatable=repeatable)
    return Ended("succeeded", text, output, attempts=attempts)


async def _answer(tool: RegisteredTool, inputs: Inputs, scope: ToolScope) -> tuple[str, Any]:
    """The tool's text and data; of a tool that gives only one of them, that one is both."""
    arguments = {**inputs, "scope": scope} if tool.takes_scope else dict(inputs)
    if tool.definition.response_format == "content":
        answer = plain(await tool.definition.ainvoke(arguments))
        return text_of(answer), answer
    message = await tool.definition.ainvoke(
        {"type": "tool_call", "id": scope.step_id, "name": tool.definition.name, "args": arguments}
    )
    assert isinstance(message, ToolMessage), "a tool called by a tool call answers with a message"
    text = str(message.text)
    return text, text if message.artifact is None else plain(message.artifact)


def _passes(failure: BaseException) -> bool:
    return isinstance(failure, PASSING)


def _had_no_effect(failure: BaseException) -> bool:
    return isinstance(failure, BEFORE_ANY_EFFECT) and not isinstance(failure, StepTimedOut)


def _failed(name: str, failure: Exception, attempts: int, *, repeatable: bool) -> Ended:
    transient = isinstance(failure, (*PASSING, StepTimedOut, ModelError)) and not isinstance(failure, NoRuleCovers)
    if isinstance(failure, OfficeError | ToolException):
        text = str(failure)
    elif isinstance(failure, PASSING):
        text = f"The tool `{name}` lost its connection: {_told(failure)}."
    else:
        text = f"The tool `{name}` broke: {_told(failure)}."
        log.error("tool.broken", tool=name, exc_info=failure)
    if repeatable or _had_no_effect(failure):
        return Ended("failed", text, None, transient, attempts, type(failure).__name__)
    return Ended("in_doubt", f"{text} Whether the call took effect is not known.", None, False, attempts, "InDoubt")


def _told(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}".rstrip(": .")
