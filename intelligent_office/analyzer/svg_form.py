"""Chains as an SVG picture that needs no other program to draw it."""

from html import escape
from unicodedata import east_asian_width

from intelligent_office.analyzer.answers import Certainty, Chain, Function, counted
from intelligent_office.analyzer.legible import legible

FONTS = "'DejaVu Sans Mono', 'Liberation Mono', 'Noto Sans Mono', Menlo, Consolas, 'Courier New', monospace"
"""Fonts in which all letters are equally wide, one of which most machines have."""
_FONT = f'font-family="{FONTS}" font-size="12"'
_LETTER = 7.3
"""Pixels that a letter takes."""
_BOX, _STEP, _MARGIN, _HEADING = 44, 104, 24, 20
_INDENT = 14
_ARROW = 28
"""How far from the left the arrows stand: what is said of them is at their right."""
_LONGEST_TEXT = 56
_LINES: dict[Certainty, tuple[str, str]] = {
    "direct": ("#1a7f37", ""),
    "inferred": ("#0969da", ""),
    "override": ("#9a6700", 'stroke-dasharray="6 3"'),
    "dynamic": ("#cf222e", 'stroke-dasharray="2 4"'),
}
"""Colour and dashes of the arrows."""


def chains_svg(chains: tuple[Chain, ...] | list[Chain]) -> str:
    """One column a chain, from start to end."""
    width, height = chains_size(chains)
    size = f'width="{width}" height="{height}"'
    heads = "".join(
        f'<marker id="{certainty}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
        for certainty, (colour, _) in _LINES.items()
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}" role="img" {_FONT}>',
        f"<title>{_shown(_title(chains))}</title>",
        f'<defs>{heads}</defs><rect {size} fill="#fff"/>',
    ]
    left = _MARGIN
    for number, chain in enumerate(chains, start=1):
        parts.extend(_column(chain, left, f"{number} of {len(chains)}: " if len(chains) > 1 else ""))
        left += _width(chain) + _MARGIN
    return "\n".join([*parts, "</svg>\n"])


def chains_size(chains: tuple[Chain, ...] | list[Chain]) -> tuple[int, int]:
    """Width and height of the picture in pixels."""
    most = max((len(chain.hops) for chain in chains), default=0)
    width = _MARGIN + sum(_width(chain) + _MARGIN for chain in chains)
    return width, 2 * _MARGIN + _HEADING + _STEP * most + _BOX


def _width(chain: Chain) -> int:
    boxes = [2 * _INDENT + _LETTER * _cells(line) for function in chain.functions for line in _name(function)]
    arrows = [_ARROW + 2 * _INDENT + _LETTER * _cells(_call(hop.text)) for hop in chain.hops]
    return round(max([*boxes, *arrows, 240]))


def _column(chain: Chain, left: int, number: str) -> list[str]:
    top = _MARGIN + _HEADING
    parts = [_line(left, top - 10, f"{number}{counted(len(chain.hops), 'call')}, {chain.certainty}", "#57606a")]
    width = _width(chain)
    for row, function in enumerate(chain.functions):
        y = top + row * _STEP
        name, place = _name(function)
        parts += [
            f'<rect x="{left}" y="{y}" width="{width}" height="{_BOX}" rx="6" fill="#f6f8fa" stroke="#57606a"/>',
            _line(left + _INDENT, y + 18, name, "#1f2328"),
            _line(left + _INDENT, y + 35, place, "#57606a"),
        ]
    for row, hop in enumerate(chain.hops):
        y = top + row * _STEP + _BOX
        x = left + _ARROW
        colour, dashes = _LINES[hop.certainty]
        head = f'marker-end="url(#{hop.certainty})"'
        parts += [
            f'<path d="M{x} {y}V{y + _STEP - _BOX}" stroke="{colour}" stroke-width="1.5" {dashes} {head}/>',
            _line(x + _INDENT, y + 25, f"line {hop.line}, {hop.certainty}", colour),
            _line(x + _INDENT, y + 42, _call(hop.text), "#57606a"),
        ]
    return parts


def _name(function: Function) -> tuple[str, str]:
    return function.name, f"{function.file}:{function.line}"


def _title(chains: tuple[Chain, ...] | list[Chain]) -> str:
    return f"How {chains[0].start.name} comes to call {chains[0].end.name}" if chains else "No chain of calls"


def _call(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _line(x: int, y: int, text: str, colour: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" xml:space="preserve">{_shown(text)}</text>'


def _shown(text: str) -> str:
    return escape(legible(text))


def _cells(text: str) -> int:
    """How many letters wide a text is; letters of East Asian scripts are twice as wide."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
