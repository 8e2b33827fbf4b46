"""The office: a whole task, from the receptionist to the archive or the morgue."""

from typing import Any

from langgraph.graph import END, START, StateGraph

from graph import desk
from graph.roles import role
from graph.routing import after_analyst, after_archivist, after_manager, after_receptionist
from intelligent_office.context import Context
from intelligent_office.services import Services
from intelligent_office.state import Scratchpad
from nodes.analyst import analyst
from nodes.archivist import archivist
from nodes.manager import manager
from nodes.morgue import morgue
from nodes.receptionist import receptionist


def build(services: Services) -> StateGraph[Any, Context, Any, Any]:
    """The roles of the office and the edges between them; a desk is a subgraph, and there may be many at once."""
    models, toolbox, archive = services.models, services.toolbox, services.archive
    office = StateGraph(Scratchpad, context_schema=Context)
    office.add_node("receptionist", role(receptionist))
    office.add_node("analyst", role(analyst, models=models, toolbox=toolbox))
    office.add_node("manager", role(manager))
    office.add_node("desk", desk.build(services).compile())
    office.add_node("archivist", role(archivist, archive=archive))
    office.add_node("morgue", role(morgue, models=models, archive=archive))

    office.add_edge(START, "receptionist")
    office.add_conditional_edges("receptionist", after_receptionist)
    office.add_conditional_edges("analyst", after_analyst)
    office.add_conditional_edges("manager", after_manager, ["desk", "archivist"])
    office.add_edge("desk", "manager")
    office.add_conditional_edges("archivist", after_archivist)
    office.add_edge("morgue", END)
    return office
