"""What the office must know of a tool beside what the tool says of itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal, Protocol, cast, get_args

from langchain_core.tools import BaseTool

from intelligent_office.bounds import LIMITS, Bounds, FileAccess, within
from intelligent_office.cards import PolicyCard, ToolAbsence
from intelligent_office.contracts import Risk
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.references import refers

Inputs = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolPolicy:
    """How far a tool reaches, how much it is trusted, and what may be done when it fails.

    What is not declared is taken for the worst: dangerous, not repeatable, with the internet and all files at hand.
    A tool that raises `ToolError` vouches that the call had no effect; `TransientToolError` adds that a retry may help.
    """

    risk: Risk = "dangerous"
    """The highest risk class any call can have."""
    risk_of: Callable[[Inputs], Risk] | None = None
    """The risk class of one call, where it depends on the inputs. It sees unresolved references too."""
    idempotent: bool | Callable[[Inputs], bool] = False
    """Whether a call may be repeated without a second effect. Where in doubt, say no."""
    seconds: float = 300.0
    """The longest a call may take, retries included; a step may ask for less."""
    network: str = "internet"
    """Whom the tool talks to: `none`, `internet`, or `service NAME` where it is one that the operator has named."""
    files: FileAccess = "write"
    """The most that a call does with files of the working folder."""
    reaches: Callable[[Inputs], Bounds] | None = None
    """What one call reaches, where that is less than all: its network and files. It sees unresolved references too."""
    sandbox: bool = False
    """Whether it does its work in the sandbox, and is missing where there is none."""
    limits: Bounds = field(default_factory=Bounds)
    """Of a tool in the sandbox: the largest that a call may have."""
    usual: Bounds = field(default_factory=Bounds)
    """Of a tool in the sandbox: those of a call that asks for no others."""
    asked_by: Mapping[str, str] = field(default_factory=dict)
    """The inputs that ask for bounds, by the name of the bound."""
    cost: float | Literal["model"] | None = None
    """US dollars for a call; `model`: what the model takes that it asks; None: nobody knows."""
    examples: Sequence[Inputs] = ()
    """Calls that make sense, for people who look the tool up."""
    demands: Callable[[Inputs], list[str]] | None = None
    """What the JSON Schema cannot say: the faults of these inputs, as sentences."""
    refuses: Callable[[Inputs, ToolScope], None] | None = None
    """Raises the `ToolError` that a call would meet where it is to be made, without making it. It may look at files,
    and sees no input that holds an unresolved reference."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool of the office: its definition, its policy, and where it came from."""

    definition: BaseTool
    policy: ToolPolicy
    source: str = "built-in"

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def price(self) -> float:
        """US dollars for a call, beside what models take; 0 where none are declared that could be paid."""
        cost = self.policy.cost
        return cost if isinstance(cost, int | float) and 0 < cost < inf else 0.0

    def risk(self, inputs: Inputs) -> Risk:
        """The risk class of this call; the highest of the tool for inputs that its policy cannot make sense of."""
        try:
            risk = self.policy.risk_of(inputs) if self.policy.risk_of else self.policy.risk
        except Exception:  # noqa: BLE001  # plans are looked at before they are validated
            return self.policy.risk
        return risk if risk in get_args(Risk) else self.policy.risk

    @property
    def widest(self) -> Bounds:
        """The bounds that no call of the tool goes beyond."""
        return {
            "network": self.policy.network,
            "files": self.policy.files,
            "seconds": self.policy.seconds,
            **self.policy.limits,
        }

    def asks(self, inputs: Inputs) -> Bounds:
        """What the call asks for in so many words; everything, where the policy cannot make sense of its inputs."""
        policy = self.policy
        asked: Bounds = {"network": policy.network, "files": policy.files}
        try:
            asked |= policy.reaches(inputs) if policy.reaches else {}
        except Exception:  # noqa: BLE001  # as for the risk
            return self.widest
        if asked["files"] not in get_args(FileAccess) or asked.keys() - Bounds.__annotations__.keys():
            return self.widest
        named = {bound: inputs[name] for bound, name in policy.asked_by.items() if inputs.get(name) is not None}
        unknown = {bound: self.widest.get(bound) for bound in named if bound in LIMITS and refers(named[bound])}
        return cast("Bounds", {**asked, **named, **unknown})

    def bounds(self, inputs: Inputs) -> Bounds:
        """What the call may reach and use, if nobody says otherwise."""
        return {**self.widest, **self.policy.usual, **self.asks(inputs)}

    def lowered(self, inputs: Inputs, bounds: Bounds) -> Inputs:
        """The inputs, without those that ask for more than the bounds, and could as well be left out."""
        left = dict(inputs)
        for bound, name in self.policy.asked_by.items():
            asked, granted = inputs.get(name), cast("Any", bounds.get(bound))
            if granted is None:
                continue
            if isinstance(asked, list):
                left[name] = [path for path in asked if within(path, granted)]
            elif isinstance(asked, int | float) and asked > granted:
                left.pop(name, None)  # two bounds may be asked for by one input
        return left

    def terms(self) -> PolicyCard:
        """What the policy declares, for people."""
        policy = self.policy
        return {
            "network": policy.network,
            "files": policy.files,
            "sandbox": policy.sandbox,
            "idempotent": "sometimes" if callable(policy.idempotent) else "always" if policy.idempotent else "never",
            "seconds": policy.seconds,
            "cost": policy.cost,
            "limits": self.widest,
        }

    def refusals(self, inputs: Inputs, scope: ToolScope) -> list[str]:
        """Why the call would be refused where it is to be made, as far as that shows without making it."""
        if self.policy.refuses is None:
            return []
        try:
            self.policy.refuses({name: value for name, value in inputs.items() if not refers(value)}, scope)
        except ToolError as refusal:
            return [str(refusal)]
        except Exception:  # noqa: BLE001  # what cannot be judged now is judged at the call
            return []
        return []

    def idempotent(self, inputs: Inputs) -> bool:
        """Whether this call may be repeated without a second effect; not if the policy cannot make sense of it."""
        claim = self.policy.idempotent
        try:
            return claim(inputs) if callable(claim) else claim
        except Exception:  # noqa: BLE001  # as above
            return False


class Source(Protocol):
    """Tools that have to be looked for: they come and go, or cannot be known when the process starts."""

    async def refresh(self) -> bool:
        """Look, if it is time to; whether anything changed."""
        ...

    def tools(self) -> Sequence[Tool]:
        """What can be called."""
        ...

    def absences(self) -> Sequence[ToolAbsence]:
        """What cannot, and why."""
        ...

    async def close(self) -> None:
        """Let go of what is held open; a later question opens it again."""
        ...
