"""A stop for want of money: the role gives up its turn, and takes it again when the graph goes on.

It is an interrupt that nobody answers. So the desks beside it work on, nothing that is finished is lost, and no call of
a tool is broken off. (An exception would cancel the other desks in the middle of whatever they do.)
"""

from langgraph.config import get_config
from langgraph.errors import GraphInterrupt
from langgraph.types import Interrupt

from intelligent_office.errors import BudgetExceeded

_KEY = "budget_exceeded"


def stop(error: BudgetExceeded) -> GraphInterrupt:
    """What a node raises to come to a stop here."""
    place = get_config()["configurable"]["checkpoint_ns"]
    return GraphInterrupt([Interrupt.from_ns({_KEY: str(error)}, place)])


def reason_of(interrupt: Interrupt) -> str:
    """Why the graph came to a stop; empty if the interrupt is a question."""
    value = interrupt.value
    return str(value[_KEY]) if isinstance(value, dict) and _KEY in value else ""
