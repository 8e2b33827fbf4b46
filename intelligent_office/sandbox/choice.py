"""Which sandbox this machine can have: the strongest that works, the one asked for, or none and the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from intelligent_office.sandbox.bubblewrap import Bubblewrap
from intelligent_office.sandbox.docker import Docker
from intelligent_office.sandbox.monty import Monty
from intelligent_office.sandbox.runs import Sandbox


class _Checked(Sandbox, Protocol):
    def fault(self) -> str: ...


IMAGE = "python:3.12-slim"


def back_ends(image: str = IMAGE, ready: int = 0) -> dict[str, Callable[[], _Checked]]:
    """How each is made; the strongest first.

    Args:
        image: the Docker image with the Python that programs run in.
        ready: how many bubblewraps wait for runs to come.
    """
    return {"bubblewrap": partial(Bubblewrap, ready=ready), "docker": partial(Docker, image), "monty": Monty}


@dataclass(frozen=True)
class Choice:
    """What was chosen, and why nothing better was."""

    sandbox: Sandbox | None
    faults: dict[str, str]
    """Why others are not used, by name."""

    @property
    def reason(self) -> str:
        """Why there is none."""
        return "; ".join(f"{name}: {fault}" for name, fault in self.faults.items())


def choose(wanted: str = "auto", image: str = IMAGE, ready: int = 0) -> Choice:
    """Try the back ends, the strongest first, until one works; or only the one of that name.

    That takes some hundredths of a second.
    """
    faults: dict[str, str] = {}
    for name, make in back_ends(image, ready).items():
        if wanted in ("auto", name):
            sandbox = make()
            faults[name] = sandbox.fault()
            if not faults[name]:
                del faults[name]
                return Choice(sandbox, faults)
    return Choice(None, faults)
