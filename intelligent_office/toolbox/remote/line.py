"""What is known of a connection to a service while somebody waits for an answer."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class Line:
    """One question and whether its answer may still come."""

    asked: bool = False
    """Whether a call is on its way: from here on it may have an effect."""
    broken: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def breaks(self, failure: BaseException) -> None:
        """Note that no answer will come any more; the protocol's client would wait for ever."""
        if not self.broken.done():
            self.broken.set_exception(failure)
            self.broken.exception()  # seen: nobody may be waiting

    async def answer(self, question: Coroutine[Any, Any, T]) -> T:
        """What comes, unless the connection breaks first."""
        asking = asyncio.create_task(question)
        either: set[asyncio.Future[Any]] = {asking, self.broken}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                self.broken.result()
            return await asking
        finally:
            asking.cancel()
            await asyncio.wait({asking})
