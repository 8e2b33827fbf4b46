"""What stands behind the `?` of an address: only what the route declares, and no more often than it says.

A parameter that nobody reads would be a wish that is answered as if it had been heard: a list without its filter.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from http import HTTPStatus
from itertools import islice
from typing import get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant

from intelligent_office.api.problems import MOST_FAULTS, BadRequest, Fault, escaped

LONGEST_NAME = 100
"""Characters of a name that are told back."""


async def heed_query(request: Request) -> None:
    """Refuse parameters that the route would pass over.

    Raises:
        BadRequest: the route does not know one, or takes it once and it was given several times.
    """
    given = request.query_params
    if not given:
        return
    known = dict(_declared(request.scope["route"].dependant))
    faults = list(islice(_faults([name for name, _ in given.multi_items()], known), MOST_FAULTS))
    if faults:
        detail = "; ".join(f"{fault.pointer} in the query: {fault.detail}" for fault in faults[:3])
        raise BadRequest(HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail}.", faults)


def _declared(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """The parameters, and whether each may be given several times."""
    for parameter in dependant.query_params:
        kind = parameter.field_info.annotation
        yield parameter.alias, any(get_origin(part) is list for part in (kind, *get_args(kind)))
    for part in dependant.dependencies:
        yield from _declared(part)


def _faults(given: list[str], known: dict[str, bool]) -> Iterator[Fault]:
    for name in dict.fromkeys(given):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f", did you mean `{near[0]}`? It takes" if near else "; it takes"
            yield _fault(name, f"there is no such parameter{meant} {', '.join(f'`{one}`' for one in known) or 'none'}")
        elif not known[name] and given.count(name) > 1:
            yield _fault(name, f"it is given {given.count(name)} times, and may be given once")


def _fault(name: str, detail: str) -> Fault:
    return Fault(pointer=f"#/{escaped(name[:LONGEST_NAME])}", part="query", detail=detail)
