"""Chains as a PNG picture, drawn from the SVG with a font of the machine."""

from intelligent_office.analyzer.answers import Chain
from intelligent_office.analyzer.errors import NoFont
from intelligent_office.analyzer.svg_form import FONTS, chains_size, chains_svg

_ZOOM = 2
"""Pixels of the picture for one of the SVG: sharp on today's screens."""
_MOST_PIXELS = 40_000_000
_FAMILIES = FONTS.replace("'", "").split(", ")[:-1]


def chains_png(chains: tuple[Chain, ...] | list[Chain]) -> bytes:
    """The picture of `chains_svg`, twice as large; very large ones get fewer pixels.

    Raises:
        NoFont: this machine has no font to write the names with.
    """
    from resvg_py import svg_to_bytes

    if not _finds_a_font():
        raise NoFont(_FAMILIES)
    width, height = chains_size(chains)
    zoom = min(_ZOOM, (_MOST_PIXELS / (width * height)) ** 0.5)
    return svg_to_bytes(svg_string=chains_svg(chains), background="#fff", zoom=zoom)


def _finds_a_font() -> bool:
    """Whether a letter leaves a trace: without a font, text is left out in silence."""
    from resvg_py import svg_to_bytes

    def drawn(letter: str) -> bytes:
        size = 'width="16" height="16"'
        text = f'<text x="1" y="12" font-family="{FONTS}">{letter}</text>'
        return svg_to_bytes(svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{text}</svg>')

    return drawn("M") != drawn("")
