"""The text of attachments; and that a PDF made to do harm does none."""

import asyncio

import pytest

from intelligent_office.attachments import reading
from intelligent_office.attachments.reading import text_in
from intelligent_office.contracts import Attachment
from intelligent_office.errors import ToolError
from tests.attachments.pages import PNG, bomb, pdf


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes its time to start a process."""
    monkeypatch.setattr(reading, "PDF_SECONDS", 300.0)


def attachment(kind: str) -> Attachment:
    return {"name": "a", "media_type": kind, "attachment_id": "1", "size": 1, "preview": ""}


async def text_of_pdf(content: bytes) -> str:
    return await text_in(attachment("application/pdf"), content)


async def test_a_text_is_read_as_it_is_without_its_byte_order_mark():
    assert await text_in(attachment("text/csv"), "\ufeffa,ü\r\n".encode()) == "a,ü\r\n"


async def test_a_pdf_is_read_page_by_page():
    assert await text_of_pdf(pdf("Hello there.\nSecond line.", "Good bye.")) == (
        "[page 1]\nHello there.\nSecond line.\n\n[page 2]\nGood bye."
    )


async def test_only_the_first_pages_of_a_long_pdf_are_read_and_that_is_said(monkeypatch):
    monkeypatch.setattr(reading, "PDF_PAGES", 2)
    text = await text_of_pdf(pdf("one", "two", "three"))
    assert "two" in text
    assert "three" not in text
    assert text.endswith("[the first 2 of 3 pages]")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (pdf(""), "holds no text"),
        (b"%PDF-1.4\n", "broken"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 100, "broken"),
        (pdf("hi")[:-300], "broken|no text"),
    ],
)
async def test_a_pdf_without_text_or_sense_is_told(content, told):
    with pytest.raises(ToolError, match=f"`a`.*({told})"):
        await text_of_pdf(content)


async def test_a_pdf_that_unfolds_to_more_than_memory_holds_is_given_up():
    with pytest.raises(ToolError, match="`a`"):
        await text_of_pdf(bomb(1_500_000_000))


async def test_a_pdf_that_takes_too_long_is_given_up_and_its_process_ends(monkeypatch):
    monkeypatch.setattr(reading, "PDF_SECONDS", 0.05)
    with pytest.raises(ToolError, match=r"0.05 seconds"):
        await text_of_pdf(pdf(*["long " * 500] * 200))


async def test_a_reading_that_nobody_waits_for_any_more_ends():
    waiting = asyncio.create_task(text_of_pdf(pdf("hi")))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_an_image_has_no_text():
    with pytest.raises(ToolError, match="ai_tool"):
        await text_in(attachment("image/png"), PNG)
