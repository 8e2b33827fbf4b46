"""Answers as text for people."""

from collections.abc import Iterator

from intelligent_office.analyzer.answers import Chain, Chains, Function, Gap, Neighbour


def chains_text(answer: Chains) -> str:
    """Each chain as a tree that grows to the right, or what stood in the way."""
    if answer.status == "success":
        return "\n\n".join(chain_text(chain) for chain in answer.chains)
    lines = [answer.message]
    for name, functions in answer.candidates.items():
        lines += [f"{name}:", *(f"  {_place(function)}" for function in functions)]
    if answer.explanation is not None:
        lines += list(_gap(answer.explanation, answer.start, answer.end))
    return "\n".join(lines)


def chain_text(chain: Chain) -> str:
    """One chain: every function with its definition, under it the call that leads on."""
    lines = [_place(chain.start)]
    for depth, hop in enumerate(chain.hops):
        indent = "   " * depth
        lines.append(f"{indent}└─ {_place(hop.callee)}")
        lines.append(f"{indent}     {hop.certainty}, called at {hop.file}:{hop.line}: {hop.text}")
    return "\n".join(lines)


def neighbours_text(neighbours: list[Neighbour]) -> str:
    """Callers or callees, one a line, indented by distance."""
    return "\n".join(
        f"{'  ' * (neighbour.depth - 1)}{_place(neighbour.function)}"
        f"  [{neighbour.hop.certainty}, {neighbour.hop.file}:{neighbour.hop.line}]"
        for neighbour in neighbours
    )


def _place(function: Function) -> str:
    return f"{function.name}  ({function.file}:{function.line})"


def _gap(gap: Gap, start: str, end: str) -> Iterator[str]:
    yield f"{start} reaches {gap.reached_total} functions{_listed(gap.reached, gap.reached_total)}"
    yield f"{gap.callers_total} functions lead to {end}{_listed(gap.callers_of_end, gap.callers_total)}"
    for call in gap.unresolved:
        yield f"  perhaps at {call.file}:{call.line}: {call.text}"


def _listed(functions: tuple[Function, ...], total: int) -> str:
    if not functions:
        return "."
    more = ", …" if total > len(functions) else "."
    return ": " + ", ".join(function.name for function in functions) + more
