"""What the tests of models share."""

import httpcore
import httpcore2
import pytest


@pytest.fixture
def idle_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients drop what was idle for five seconds, which a busy machine may let pass between two questions."""
    for library in (httpcore, httpcore2):  # OpenAI's client brings the second one
        monkeypatch.setattr(library.AsyncHTTP11Connection, "has_expired", lambda _: False)
