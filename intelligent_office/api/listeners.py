"""How many follow tasks at this moment: each holds a connection, and a process has only so many for all tenants."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from intelligent_office.errors import TooManyListeners

RETRY_SECONDS = 5.0


class Listeners:
    """Those who follow, by tenant."""

    most = 500
    """Of one tenant, in one process."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def refuse_more(self, tenant: str) -> None:
        """See to it that the tenant may follow one task more.

        Raises:
            TooManyListeners: it may not.
        """
        if self._open[tenant] >= self.most:
            raise TooManyListeners(limit=self.most, seconds=RETRY_SECONDS)

    @contextmanager
    def one(self, tenant: str) -> Iterator[None]:
        """Count somebody who follows.

        Raises:
            TooManyListeners: that is one too many.
        """
        self.refuse_more(tenant)
        self._open[tenant] += 1
        try:
            yield
        finally:
            self._open[tenant] -= 1
            if not self._open[tenant]:
                del self._open[tenant]
