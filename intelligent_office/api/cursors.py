"""Cursors: where a page ends, in a form that callers hand back and need not understand."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from intelligent_office.errors import InvalidRequest
from intelligent_office.records import Place


def cursor_of(place: Place) -> str:
    """The cursor of what comes after this place."""
    at, name = place
    return urlsafe_b64encode(f"{at.astimezone(UTC).isoformat()} {name}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> Place:
    """The place that a cursor stands for.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, name = text.partition(" ")
        place = datetime.fromisoformat(at).astimezone(UTC), name
    except (ValueError, OverflowError):
        place = None
    if place is None or not place[1] or cursor_of(place) != cursor:
        raise InvalidRequest(reason="The cursor is none that the office has given: take the `next` of the page before")
    return place
