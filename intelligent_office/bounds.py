"""What one call may reach and use: the sandbox policy that a grant carries.

Plain data, and the arithmetic on it: is this more than that, what is left of it, how is it said to a person.
"""

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

from typing_extensions import TypedDict

FileAccess = Literal["none", "read", "write"]
"""What a call may do with the files of the working folder; who may write may also read."""


class Bounds(TypedDict, total=False):
    """The sandbox policy of a call. A key that is missing sets no bound of its own."""

    network: str
    """`none`, `internet`, or `service NAME`: the one service that it talks to."""
    files: FileAccess
    reads: list[str]
    """The only files or folders that it may read, relative to the working folder."""
    writes: list[str]
    """The only files that it may write, likewise."""
    seconds: float
    """Wall time: of a program in the sandbox; of any other call, with its retries."""
    cpu_seconds: float
    """Processor time of a program in the sandbox."""
    megabytes: float
    """Memory of a program in the sandbox."""
    processes: float
    """Processes and threads of a program in the sandbox."""
    output_bytes: float
    """What a program in the sandbox may print."""


LIMITS = ("seconds", "cpu_seconds", "megabytes", "processes", "output_bytes")
"""The bounds that are numbers, and that a person may set as they like up to the largest that the tool knows."""
PATHS = ("reads", "writes")
_ACCESS = get_args(FileAccess)


def faults(wish: Any, asked: Bounds, most: Bounds) -> list[str]:
    """What is wrong with the bounds that somebody wants to set, as sentences; a wish may name some of them only.

    Args:
        wish: the bounds, of whatever type.
        asked: what the call reaches: of that, something may be taken away, and nothing added.
        most: the largest limits that any call of the tool may have.
    """
    if not isinstance(wish, dict):
        return ["the bounds must be an object"]
    unknown = sorted(map(str, wish.keys() - Bounds.__annotations__.keys()))
    if unknown:
        return [f"there are no bounds {', '.join(unknown)}; there are {', '.join(Bounds.__annotations__)}"]
    return [fault for name, value in wish.items() if (fault := _fault(name, value, asked, most))]


def _fault(name: str, value: Any, asked: Bounds, most: Bounds) -> str:
    if name in LIMITS:
        largest = most.get(name)
        if largest is None:
            return f"`{name}` means nothing to this tool"
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= largest:  # type: ignore[operator]
            return f"`{name}` must be a number above 0, and {largest:g} at most"
        return "" if name != "processes" or value >= 1 else "`processes` must be 1 at least"
    if name in PATHS:
        if not isinstance(value, list) or not all(isinstance(path, str) for path in value):
            return f"`{name}` must be a list of paths"
        known = asked.get(name)
        beyond = [path for path in value if known is not None and not within(path, _paths(known))]
        return f"`{name}` may only leave out what the call asks for, and {beyond[0]} is more" if beyond else ""
    if name == "files":
        fits = value in _ACCESS and _ACCESS.index(value) <= _ACCESS.index(asked.get("files", "write"))
        return "" if fits else f"`files` must be one of {', '.join(_ACCESS)}, and {asked.get('files', 'write')} at most"
    granted = asked.get("network", "internet")
    return (
        "" if value in ("none", granted) else f"`network` must be none{'' if granted == 'none' else f' or {granted}'}"
    )


def narrowed(bounds: Bounds, wish: Bounds) -> Bounds:
    """The bounds, with those that somebody has set instead."""
    left: Bounds = {**bounds, **wish}
    access = left.get("files", "write")
    if access == "none":
        left.pop("reads", None)
    if access != "write":
        left.pop("writes", None)
    return left


def excess(asked: Bounds, granted: Bounds) -> list[str]:
    """What a call asks for beyond what it was granted, in words."""
    found = []
    if granted.get("network") == "none" and asked.get("network", "none") != "none":
        found.append("it needs the network")
    access = granted.get("files", "write")
    if _ACCESS.index(asked.get("files", "none")) > _ACCESS.index(access):
        found.append(f"it would {asked.get('files')} files")
    for name, verb in (("reads", "read"), ("writes", "write")):
        if granted.get(name) is not None:
            allowed = _paths(granted.get(name))
            found += [f"it would {verb} `{path}`" for path in _paths(asked.get(name)) if not within(path, allowed)]
    for name in LIMITS:
        wanted, limit = asked.get(name), granted.get(name)
        if isinstance(wanted, int | float) and isinstance(limit, int | float) and wanted > limit:
            found.append(f"it asks for {_limit(name, wanted)}, and {_limit(name, limit)} are granted")
    return found


def forbids(bounds: Bounds | None, path: str, *, writing: bool) -> bool:
    """Whether a file is out of bounds."""
    if bounds is None:
        return False
    access = bounds.get("files", "write")
    if access == "none" or (writing and access != "write"):
        return True
    allowed = bounds.get("writes" if writing else "reads")
    return allowed is not None and not within(path, _paths(allowed))


def within(path: Any, allowed: Iterable[str]) -> bool:
    """Whether a path is one of those that are allowed, or below one. Only the words are compared."""
    wanted = PurePosixPath(str(path))
    places = [PurePosixPath(one) for one in allowed]
    if wanted in places:
        return True
    inside = ".." not in wanted.parts and not wanted.is_absolute()
    return inside and any(wanted.is_relative_to(place) for place in places if not place.is_absolute())


def told(bounds: Bounds) -> str:
    """The bounds in a line for a person; empty if there are none."""
    network = bounds.get("network")
    parts = [{"none": "no network", "internet": "the internet"}.get(network, network)] if network else []
    access = bounds.get("files")
    if access:
        paths = {"none": [], "read": bounds.get("reads"), "write": bounds.get("writes")}[access]
        named = ", ".join(map(str, _paths(paths))) if paths else "files of the working folder"
        parts.append("no files" if access == "none" else f"{access}s {named}")
        if access == "write" and bounds.get("reads"):
            parts.append(f"reads {', '.join(_paths(bounds['reads']))}")
    parts += [_limit(name, value) for name in LIMITS if isinstance(value := bounds.get(name), int | float)]
    return "; ".join(parts)


_UNITS = {
    "seconds": "s",
    "cpu_seconds": "s of processor time",
    "megabytes": "MB of memory",
    "processes": "processes",
    "output_bytes": "bytes of output",
}


def _limit(name: str, value: float) -> str:
    return f"{value:.10g} {_UNITS[name]}"


def _paths(value: Any) -> list[str]:
    """A list of paths, one path, or none; a reference to such things counts as a path."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
