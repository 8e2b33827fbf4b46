"""Chains as an SVG picture that needs no other program to draw it."""

from html import escape

from intelligent_office.analyzer.answers import Chain

_CHARACTER = 7.3
_HEIGHT, _STEP, _MARGIN = 44, 88, 24
_DASHES = {"direct": "", "inferred": "", "override": "6 3", "dynamic": "2 4"}


def chains_svg(chains: tuple[Chain, ...] | list[Chain]) -> str:
    """One column a chain, from start to end."""
    columns = [_column(chain) for chain in chains]
    left = float(_MARGIN)
    parts: list[str] = []
    height = 2 * _MARGIN
    for chain, width in zip(chains, columns, strict=True):
        parts.extend(_boxes(chain, left, width))
        left += width + 2 * _MARGIN
        height = max(height, _STEP * len(chain.hops) + _HEIGHT + 2 * _MARGIN)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left:.0f}" height="{height}" '
        f'font-family="monospace" font-size="12">\n'
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _column(chain: Chain) -> float:
    longest = max(max(len(function.name), len(function.file) + 6) for function in chain.functions)
    return longest * _CHARACTER + _MARGIN


def _boxes(chain: Chain, left: float, width: float) -> list[str]:
    parts = []
    middle = left + width / 2
    for row, function in enumerate(chain.functions):
        top = _MARGIN + row * _STEP
        parts.append(
            f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{_HEIGHT}" rx="6" fill="#fff" stroke="#333"/>'
            f'<text x="{middle:.0f}" y="{top + 18}" text-anchor="middle">{escape(function.name)}</text>'
            f'<text x="{middle:.0f}" y="{top + 34}" text-anchor="middle" fill="#666">'
            f"{escape(function.file)}:{function.line}</text>"
        )
    for row, hop in enumerate(chain.hops):
        top = _MARGIN + row * _STEP + _HEIGHT
        dashes = f' stroke-dasharray="{_DASHES[hop.certainty]}"' if _DASHES[hop.certainty] else ""
        parts.append(
            f'<line x1="{middle:.0f}" y1="{top}" x2="{middle:.0f}" y2="{top + _STEP - _HEIGHT}" stroke="#333"{dashes} '
            f'marker-end="url(#head)"><title>{escape(hop.text)}</title></line>'
            f'<text x="{middle + 8:.0f}" y="{top + 26}" fill="#666">line {hop.line}, {hop.certainty}</text>'
        )
    return parts
