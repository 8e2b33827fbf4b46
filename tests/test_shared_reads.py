"""Reads that are asked for at the same moment."""

import asyncio

import pytest

from intelligent_office.shared_reads import SharedReads


class Book:
    """Says how often it was opened, and answers when it is told to."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.may_answer = asyncio.Event()

    async def read(self, page: int) -> int:
        self.opened.append(page)
        await self.may_answer.wait()
        if page < 0:
            raise LookupError(page)
        return len(self.opened)


async def test_those_who_ask_for_the_same_at_the_same_moment_share_one_read():
    book = Book()
    book.may_answer.set()
    reads = SharedReads[int](book.read)
    assert list(await asyncio.gather(reads.read(1), reads.read(1), reads.read(2))) == [1, 1, 2]
    assert book.opened == [1, 2]


async def test_a_read_that_has_begun_is_joined_by_nobody():
    """It may have looked before the news came that the asker was told of."""
    book = Book()
    reads = SharedReads[int](book.read)
    first = asyncio.create_task(reads.read(1))
    while not book.opened:
        await asyncio.sleep(0)
    second = asyncio.create_task(reads.read(1))
    while len(book.opened) < 2:
        await asyncio.sleep(0)
    book.may_answer.set()
    assert (await first, await second) == (2, 2)


async def test_one_who_gives_up_takes_nothing_from_the_others():
    book = Book()
    reads = SharedReads[int](book.read)
    leaver, stayer = asyncio.create_task(reads.read(1)), asyncio.create_task(reads.read(1))
    while not book.opened:
        await asyncio.sleep(0)
    leaver.cancel()
    book.may_answer.set()
    assert await stayer == 1


async def test_an_error_is_told_to_everybody_and_the_next_one_asks_anew():
    book = Book()
    book.may_answer.set()
    reads = SharedReads[int](book.read)
    answers = await asyncio.gather(reads.read(-1), reads.read(-1), return_exceptions=True)
    assert [type(answer) for answer in answers] == [LookupError, LookupError]
    with pytest.raises(LookupError):
        await reads.read(-1)
    assert book.opened == [-1, -1]
