"""Who waits for the same question, and what becomes of them."""

import asyncio

import pytest

from intelligent_office.models.cache.flights import Flights


class Work:
    """Work that ends when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = asyncio.Event()
        self.failure: Exception | None = None

    async def __call__(self) -> str:
        self.begun += 1
        await self.may_end.wait()
        if self.failure:
            raise self.failure
        return "done"


async def begin(
    flights: Flights[str], work: Work, callers: int, key: str = "key"
) -> list[asyncio.Task[tuple[str | None, bool]]]:
    """So many callers, all of them under way."""
    tasks = [asyncio.create_task(flights.once(key, work)) for _ in range(callers)]
    while not work.begun:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_one_works_and_the_others_get_what_came_of_it():
    flights, work = Flights[str](), Work()
    tasks = await begin(flights, work, 10)
    work.may_end.set()
    ended = await asyncio.gather(*tasks)
    assert work.begun == 1
    assert sorted(ended) == [("done", False)] * 9 + [("done", True)]
    assert await flights.once("key", work) == ("done", True), "what is over is over"


async def test_different_questions_do_not_wait_for_each_other():
    flights, slow, quick = Flights[str](), Work(), Work()
    [waiting] = await begin(flights, slow, 1)
    quick.may_end.set()
    assert await flights.once("other", quick) == ("done", True)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_waiting_caller_that_is_cancelled_disturbs_nobody():
    flights, work = Flights[str](), Work()
    first, second, third = await begin(flights, work, 3)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.may_end.set()
    assert await first == ("done", True)
    assert await third == ("done", False)
    assert work.begun == 1


async def test_when_the_one_who_works_is_cancelled_the_next_takes_over():
    flights, work = Flights[str](), Work()
    first, second, third = await begin(flights, work, 3)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    while work.begun < 2:
        await asyncio.sleep(0)
    work.may_end.set()
    assert sorted([await second, await third]) == [("done", False), ("done", True)]
    assert work.begun == 2


async def test_what_breaks_off_breaks_off_for_the_one_who_works_and_the_others_hear_of_it():
    flights, work = Flights[str](), Work()
    work.failure = ValueError("no")
    first, second = await begin(flights, work, 2)
    work.may_end.set()
    with pytest.raises(ValueError, match="no"):
        await first
    assert await second == (None, False)
