"""The SQL of the office, by name: every statement stands under a heading `-- name: …` in `queries/*.sql`."""

import re
from pathlib import Path

_HEADING = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


def statement(name: str) -> bytes:
    """The SQL of one statement, as psycopg takes it: with `%(parameter)s` for values."""
    return _STATEMENTS[name]


def _read_all() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted((Path(__file__).parent / "queries").glob("*.sql")):
        for name, sql in parse(path.read_text(encoding="utf-8")).items():
            if name in found:
                raise ValueError(f"{path.name}: there are two statements called {name}")
            found[name] = sql.encode()
    return found


def parse(text: str) -> dict[str, str]:
    """Split a file into its statements; what stands above the first heading is a remark."""
    _, *parts = _HEADING.split(text)
    names, bodies = parts[::2], parts[1::2]
    if len(set(names)) < len(names):
        raise ValueError(f"a statement's name is used twice among {names}")
    return {name: body.strip().rstrip(";") for name, body in zip(names, bodies, strict=True)}


_STATEMENTS = _read_all()
"""Read at import: reading files in the middle of other work would hold up the event loop."""
