"""A tiny question to every model, to see whether it answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypedDict

from intelligent_office.errors import OfficeError
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.inquiry import NoAnswer
from intelligent_office.models.usage import Unaffordable

QUESTION = 'Say "ok", as the `text` of your answer.'

ROLE = "check"
"""What these questions are called among the records."""


class Check(TypedDict):
    """Whether a model answered."""

    answered: bool
    reason: str
    """Why it did not."""
    seconds: float


async def check_all(candidates: Sequence[Candidate], ask: Callable[[Candidate], Awaitable[object]]) -> dict[str, Check]:
    """Ask each of the candidates once, all at the same time.

    Args:
        candidates: Whom.
        ask: One question to one of them; what it raises is the reason.
    """
    different = {str(candidate): candidate for candidate in candidates if not candidate.obstacle}
    checks = await asyncio.gather(*(_check(candidate, ask) for candidate in different.values()))
    return dict(zip(different, checks, strict=True))


async def _check(candidate: Candidate, ask: Callable[[Candidate], Awaitable[object]]) -> Check:
    started = time.perf_counter()
    try:
        await ask(candidate)
    except (NoAnswer, Unaffordable, OfficeError) as failure:
        return {"answered": False, "reason": str(failure), "seconds": time.perf_counter() - started}
    return {"answered": True, "reason": "", "seconds": time.perf_counter() - started}
