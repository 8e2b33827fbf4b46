from datetime import UTC, datetime

import pytest

from intelligent_office.webhooks.schedule import DELAYS, JITTER, LONGEST_WISH, delay_after, wish_of

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def test_the_tries_of_a_delivery_take_three_days():
    assert 3 * 86_400 <= sum(DELAYS) <= 4 * 86_400
    assert list(DELAYS) == sorted(DELAYS)


def test_each_delay_is_the_scheduled_one_give_or_take_a_fifth():
    for tries, usual in enumerate(DELAYS, 1):
        assert delay_after(tries, chance=lambda: 0.5) == pytest.approx(usual)
        assert delay_after(tries, chance=lambda: 0.0) == pytest.approx(usual * (1 - JITTER))
        assert delay_after(tries, chance=lambda: 1.0) == pytest.approx(usual * (1 + JITTER))


def test_after_the_last_try_there_is_none():
    assert delay_after(len(DELAYS)) is not None
    assert delay_after(len(DELAYS) + 1) is None


def test_what_the_receiver_asks_for_lengthens_the_wait_within_bounds():
    assert delay_after(1, 600.0, chance=lambda: 0.5) == 600.0
    assert delay_after(1, 1.0, chance=lambda: 0.5) == DELAYS[0]
    assert delay_after(1, 1e9, chance=lambda: 0.5) == LONGEST_WISH


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Fri, 20 Nov 2026 12:01:00 GMT", 60.0),
        ("Fri, 20 Nov 2026 12:01:00 -0000", 60.0),
        ("Fri, 20 Nov 2026 11:59:00 GMT", 0.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("²", 0.0),
        ("9" * 400, 999_999_999_999.0),
    ],
)
def test_a_wish_is_a_number_or_a_date_or_none(text: str, seconds: float):
    assert wish_of(text, NOON) == seconds
