"""Small PDFs, written by hand: pypdf reads text, and draws none."""

import zlib


def pdf(*pages: str) -> bytes:
    """A PDF with these texts, one a page, in Helvetica."""
    return _file([zlib.compress(_drawn(text)) for text in pages])


def bomb(size: int) -> bytes:
    """A PDF of one page whose drawing unfolds to so many bytes, which nowhere are at once."""
    piece, packing = b" " * 1_000_000, zlib.compressobj(1)
    packed = [packing.compress(piece) for _ in range(size // len(piece))]
    return _file([b"".join([*packed, packing.flush()])])


def _drawn(text: str) -> bytes:
    lines = [f"({line}) Tj T*" for line in text.split("\n")]
    return "\n".join(["BT /F1 12 Tf 14 TL 72 720 Td", *lines, "ET"]).encode("latin-1")


def _file(drawings: list[bytes]) -> bytes:
    """A page for each drawing, which is packed."""
    count = len(drawings)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, packed in enumerate(drawings):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode() + packed + b"\nendstream")
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    tail = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return written + head.encode() + tail.encode()


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e5276de60000000049454e44ae426082"
)
"""One transparent pixel."""
