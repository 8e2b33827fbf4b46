"""What a door that stays open leaves out of the search for garbage, and what not."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from intelligent_office.garbage import spare_what_stays


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        self.end = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_what_is_there_when_a_door_opens_is_not_searched_again():
    spare_what_stays()
    spared = gc.get_freeze_count()
    assert spared > 10_000
    assert len(gc.get_objects()) < spared / 10


def test_garbage_of_later_is_found_without_being_asked_for():
    spare_what_stays()
    knots = [weakref.ref(Knot()) for _ in range(50_000)]
    assert sum(knot() is not None for knot in knots) < 40_000
