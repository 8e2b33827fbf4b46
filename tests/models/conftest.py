"""What the tests of models share."""

import httpcore
import pytest


@pytest.fixture
def idle_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients drop what was idle for five seconds, which a busy machine may let pass between two questions."""
    monkeypatch.setattr(httpcore.AsyncHTTP11Connection, "has_expired", lambda _: False)
