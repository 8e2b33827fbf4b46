"""Answers as text for people."""

from collections.abc import Iterable, Iterator

from intelligent_office.analyzer.answers import Chain, Chains, Function, Gap, Neighbour, counted
from intelligent_office.analyzer.legible import legible

_SHOWN = 8
"""Functions named on each side of a gap; the nearest ones tell the most."""


def chains_text(answer: Chains) -> str:
    """Each chain as a tree that grows to the right, or what stood in the way."""
    if answer.status == "success":
        return "\n\n".join(chain_text(chain) for chain in answer.chains)
    lines = [answer.message]
    for name, functions in answer.candidates.items():
        lines += [f"{name}:", *(f"  {_place(function)}" for function in functions)]
    if answer.explanation is not None:
        lines += _gap(answer.explanation, answer.start, answer.end)
    return _joined(lines)


def chain_text(chain: Chain) -> str:
    """One chain: every function with its definition, under it the call that leads on."""
    lines = [_place(chain.start)]
    for depth, hop in enumerate(chain.hops):
        indent = "   " * depth
        lines.append(f"{indent}└─ {_place(hop.callee)}")
        lines.append(f"{indent}     {hop.certainty}, called at {hop.file}:{hop.line}: {hop.text}")
    return _joined(lines)


def neighbours_text(neighbours: list[Neighbour]) -> str:
    """Callers or callees, one a line, indented by distance."""
    return _joined(
        f"{'  ' * (neighbour.depth - 1)}{_place(neighbour.function)}"
        f"  [{neighbour.hop.certainty}, {neighbour.hop.file}:{neighbour.hop.line}]"
        for neighbour in neighbours
    )


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(legible(line) for line in lines)


def _place(function: Function) -> str:
    return f"{function.name}  ({function.file}:{function.line})"


def _gap(gap: Gap, start: str, end: str) -> Iterator[str]:
    if gap.backwards:
        yield f"The other way round there is one: {end} comes to call {start} after {counted(gap.backwards, 'call')}."
    if gap.reached_total:
        reached = counted(gap.reached_total, "function")
        yield f"{start} reaches {reached}{_nearest(gap.reached, gap.reached_total)}."
    else:
        yield f"{start} calls no function of this source."
    if gap.callers_total == 1:
        yield f"Only {gap.callers_of_end[0].name} leads to {end}."
    elif gap.callers_total:
        yield f"{gap.callers_total} functions lead to {end}{_nearest(gap.callers_of_end, gap.callers_total)}."
    else:
        yield f"Nothing in this source is seen to call {end}: only other code might, or a name made at run time."
    for near, far in gap.nearest:
        yield _side_by_side(near, far, end)
    for call in gap.unresolved:
        yield f"Perhaps at {call.file}:{call.line}, where the object is unknown: {call.text}"


def _side_by_side(near: Function, far: Function, end: str) -> str:
    owner = near.name.rpartition(".")[0]
    reached = f"In {owner} they come near: {_of(near, owner)} is reached"
    return f"{reached}." if f".{far.name}".endswith(f".{end}") else f"{reached}, {_of(far, owner)} leads to {end}."


def _of(function: Function, owner: str) -> str:
    return f"{function.name.removeprefix(f'{owner}.')} ({function.file}:{function.line})"


def _nearest(functions: tuple[Function, ...], total: int) -> str:
    names = ", ".join(function.name for function in functions[:_SHOWN])
    return f", first of all {names}" if total > _SHOWN else f": {names}"
