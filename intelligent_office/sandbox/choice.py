"""Which sandbox this machine can have: the strongest that works, the one asked for, or none and the reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from intelligent_office.sandbox.bubblewrap import Bubblewrap
from intelligent_office.sandbox.monty import Monty
from intelligent_office.sandbox.runs import Sandbox


class _Checked(Sandbox, Protocol):
    def fault(self) -> str: ...


BACK_ENDS: dict[str, Callable[[], _Checked]] = {"bubblewrap": Bubblewrap, "monty": Monty}
"""The strongest first."""


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


def choose(wanted: str = "auto") -> Choice:
    """Try the back ends, the strongest first, until one works; or only the one of that name.

    That takes some hundredths of a second.
    """
    faults: dict[str, str] = {}
    for name, make in BACK_ENDS.items():
        if wanted in ("auto", name):
            sandbox = make()
            faults[name] = sandbox.fault()
            if not faults[name]:
                del faults[name]
                return Choice(sandbox, faults)
    return Choice(None, faults)
