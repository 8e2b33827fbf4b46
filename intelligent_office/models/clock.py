"""Time, as far as asking models goes: how much has passed, and waiting."""

import asyncio
import time


class Clock:
    """The machine's clock; tests bring one that runs as they please."""

    def now(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
