"""Chains as a Mermaid flow chart."""

from intelligent_office.analyzer.answers import Chain, Function
from intelligent_office.analyzer.legible import legible

_ARROWS = {"direct": "-->", "inferred": "-->", "override": "-.->", "dynamic": "-.->"}
_ENTITIES = str.maketrans({letter: f"#{ord(letter)};" for letter in '#&"`<>\\'})
"""What means something to Mermaid, to Markdown or to HTML, written as Mermaid writes letters by number."""


def chains_mermaid(chains: tuple[Chain, ...] | list[Chain]) -> str:
    """All chains in one chart; a function that several share is drawn once."""
    numbers: dict[Function, str] = {}
    lines = ["flowchart TD"]
    arrows: dict[str, None] = {}
    for chain in chains:
        for function in chain.functions:
            if function not in numbers:
                numbers[function] = f"f{len(numbers)}"
                place = _shown(f"{function.file}:{function.line}")
                lines.append(f'    {numbers[function]}["{_shown(function.name)}<br/>{place}"]')
        for hop in chain.hops:
            arrow = _ARROWS[hop.certainty]
            label = f"line {hop.line}" if hop.certainty == "direct" else f"line {hop.line}, {hop.certainty}"
            arrows[f'    {numbers[hop.caller]} {arrow}|"{label}"| {numbers[hop.callee]}'] = None
    return "\n".join([*lines, *arrows]) + "\n"


def _shown(text: str) -> str:
    return legible(text).translate(_ENTITIES)
