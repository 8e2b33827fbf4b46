"""Chains as a Mermaid flow chart."""

from intelligent_office.analyzer.answers import Chain

_ARROWS = {"direct": "-->", "inferred": "-->", "override": "-.->", "dynamic": "-.->"}


def chains_mermaid(chains: tuple[Chain, ...] | list[Chain]) -> str:
    """All chains in one chart; a function that several share is drawn once."""
    numbers: dict[str, str] = {}
    lines = ["flowchart TD"]
    arrows: dict[str, None] = {}
    for chain in chains:
        for function in chain.functions:
            if function.name not in numbers:
                numbers[function.name] = f"f{len(numbers)}"
                label = _escaped(f"{function.name}<br/>{function.file}:{function.line}")
                lines.append(f'    {numbers[function.name]}["{label}"]')
        for hop in chain.hops:
            arrow = _ARROWS[hop.certainty]
            label = f"line {hop.line}" if hop.certainty == "direct" else f"line {hop.line}, {hop.certainty}"
            arrows[f'    {numbers[hop.caller.name]} {arrow}|"{label}"| {numbers[hop.callee.name]}'] = None
    return "\n".join([*lines, *arrows]) + "\n"


def _escaped(text: str) -> str:
    kept = text.replace("<br/>", "\n").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    return kept.replace("\n", "<br/>")
