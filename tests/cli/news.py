"""Waiting for what happens to a task."""

import psycopg

from tests.cli.conftest import SECONDS


def await_event(database_url: str, task_id: str, *, kind: str, subtask: str = "") -> None:
    """Wait until something has happened to a task."""
    asked = "SELECT 1 FROM events WHERE task_id = %s AND kind = %s AND subtask = %s"
    # Two connections: news that arrive together with the answer to a query would be heard late.
    with psycopg.connect(database_url, autocommit=True) as listening, psycopg.connect(database_url) as reading:
        listening.execute("LISTEN office_events")
        reading.autocommit = True
        while not reading.execute(asked, (task_id, kind, subtask)).fetchone():
            heard = list(listening.notifies(timeout=SECONDS, stop_after=1))
            told = "SELECT kind, role, subtask, at FROM events WHERE task_id = %s ORDER BY number"
            assert heard, f"{kind} never happened, but {reading.execute(told, (task_id,)).fetchall()}"
