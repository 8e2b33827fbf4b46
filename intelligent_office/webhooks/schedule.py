"""When a delivery that failed is tried again: soon at first, and for three days."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MINUTE, HOUR = 60.0, 3600.0
DELAYS = (
    5.0, 30.0, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 1 * HOUR, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR,
    24 * HOUR,
)  # fmt: skip
"""Seconds between one try and the next."""
JITTER = 0.2
"""A delay is longer or shorter by up to this share, so that what failed together is not tried again together."""
LONGEST_WISH = 24 * HOUR
"""What a receiver's `Retry-After` may ask for at most."""


def delay_after(tries: int, wish: float = 0.0, *, chance: Callable[[], float] = random.random) -> float | None:
    """Seconds to wait after so many tries; None if that was the last one.

    Args:
        tries: how many there were.
        wish: the seconds that the receiver asked for; the wait is not shorter, if that is a reasonable time.
        chance: a number between 0 and 1.
    """
    if tries > len(DELAYS):
        return None
    usual = DELAYS[tries - 1] * (1 - JITTER + 2 * JITTER * chance())
    return max(usual, min(wish, LONGEST_WISH))


def wish_of(retry_after: str, now: datetime) -> float:
    """The seconds that a `Retry-After` asks for, as a number or as a date (RFC 9110, 10.2.3); 0 if it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
