"""Tools and models as planners and people see them."""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from intelligent_office.bounds import Bounds, FileAccess
from intelligent_office.contracts import Risk


class PolicyCard(TypedDict):
    """What a tool's policy declares, as people see it."""

    network: str
    """`none`, `internet`, or `service NAME`: the one service that it talks to."""
    files: FileAccess
    """The most that it does with files of the working folder."""
    sandbox: bool
    """Whether it needs the sandbox, and does its work in there."""
    idempotent: Literal["always", "sometimes", "never"]
    """Whether a call may be repeated without a second effect; `sometimes`: that depends on the inputs."""
    seconds: float
    """The longest a call may take, retries included."""
    cost: float | Literal["model"] | None
    """US dollars for a call; `model`: what the model takes that it asks; None: nobody has said."""
    limits: Bounds
    """The widest bounds that a call may be granted."""


class ToolCard(TypedDict):
    """A tool as planners and people see it."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of the inputs."""
    risk: Risk
    """The highest risk class any call of the tool can have."""
    source: str
    """`built-in`, or the service or package it came from."""
    policy: NotRequired[PolicyCard]
    examples: NotRequired[list[dict[str, Any]]]
    """Inputs of calls that make sense."""


class ToolAbsence(TypedDict):
    """A tool that ought to be there, and is not."""

    name: str
    """Of the tool; `it__*` stands for all tools of the service `it`."""
    source: str
    reason: str


class ModelCard(TypedDict):
    """A model that may be asked, as people see it."""

    model: str
    """`provider:model`, or `hash` and `minilm` for the encoders that work in the office itself."""
    usable: bool
    reason: str
    """Why it is not usable, or not at present; empty if it is."""
    input_usd_per_million: float
    """US dollars for a million tokens read."""
    output_usd_per_million: float
    price_source: Literal["published", "override", "default", "free"]
    """Where the price comes from; `default`: nobody has published it, so the settings say what is reckoned with."""
    context_tokens: int | None
    """How much it reads and writes in all, where that is known."""


class RoleModels(TypedDict):
    """The models that are asked for a role, the first one first; the built-in rules come after them."""

    role: str
    tier: str
    candidates: list[ModelCard]
