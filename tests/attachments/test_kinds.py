"""What may be attached, and that it is what it says it is."""

import pytest

from intelligent_office.attachments.kinds import kind_of
from intelligent_office.errors import InvalidRequest
from tests.attachments.pages import PNG, pdf

JPEG, GIF, WEBP = b"\xff\xd8\xff\xe0more", b"GIF89amore", b"RIFF\0\0\0\0WEBPmore"


@pytest.mark.parametrize(
    ("said", "content", "kind"),
    [
        ("text/plain; charset=utf-8", "grüß".encode(), "text/plain"),
        ("Text/Markdown", b"# hi", "text/markdown"),
        ("application/json", b"{}", "application/json"),
        ("application/ld+json", b"{}", "application/ld+json"),
        ("application/pdf", pdf("hi"), "application/pdf"),
        ("image/png", PNG, "image/png"),
        ("image/jpg", JPEG, "image/jpeg"),
        ("image/gif", GIF, "image/gif"),
        ("image/webp", WEBP, "image/webp"),
        (None, PNG, "image/png"),
        ("", b"plain words", "text/plain"),
        ("application/octet-stream", pdf("hi"), "application/pdf"),
        ("text/csv", b"\xef\xbb\xbfa,b", "text/csv"),
    ],
)
def test_a_file_is_taken_for_what_it_is(said, content, kind):
    assert kind_of(said, content, "a") == kind


@pytest.mark.parametrize(
    ("said", "content", "told"),
    [
        ("text/plain", b"", "empty"),
        ("image/png", JPEG, "`image/jpeg`"),
        ("image/webp", b"RIFF\0\0\0\0WAVEmore", "none of the kinds"),
        ("application/pdf", b"<html>", "none of the kinds"),
        ("text/plain", b"caf\xe9", "byte 3"),
        ("text/plain", b"a\0b", "NUL"),
        (None, b"\x7fELF\0\xff", "UTF-8|NUL"),
        ("image/svg+xml", b"<svg/>", "it must be text"),
        ("application/zip", b"PK", "it must be text"),
        ("text/", b"hi", "it must be text"),
        ("text/html\r\nX: y", b"hi", "it must be text"),
        ("nonsense", b"hi", "it must be text"),
    ],
)
def test_what_is_not_what_it_says_or_cannot_be_attached_is_refused_by_name(said, content, told):
    with pytest.raises(InvalidRequest, match=f"(?s)`a.bin`.*({told})"):
        kind_of(said, content, "a.bin")
