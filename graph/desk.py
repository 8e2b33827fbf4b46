"""The desk: one subtask's loop of plan, check, ask, do and review."""

from typing import Any

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from graph.roles import role
from graph.routing import after_broker, after_planner, after_reviewer, after_validator
from intelligent_office.context import Context
from intelligent_office.contracts import Subtask
from intelligent_office.services import Services
from intelligent_office.state import Desk
from nodes.broker import broker
from nodes.executor import executor
from nodes.gatekeeper import gatekeeper
from nodes.planner import planner
from nodes.reviewer import reviewer
from nodes.validator import validator


class Closed(TypedDict):
    """What a desk hands back to the office."""

    subtasks: dict[str, Subtask]


def build(services: Services) -> StateGraph[Any, Context, Any, Any]:
    """The roles of a desk and the edges between them."""
    models, toolbox, archive = services.models, services.toolbox, services.archive
    desk = StateGraph(Desk, context_schema=Context, output_schema=Closed)
    desk.add_node("planner", role(planner, models=models, toolbox=toolbox, archive=archive))
    desk.add_node("validator", role(validator, models=models, toolbox=toolbox))
    desk.add_node("broker", role(broker, toolbox=toolbox))
    desk.add_node("gatekeeper", role(gatekeeper, models=models, toolbox=toolbox))
    desk.add_node("executor", role(executor, toolbox=toolbox))
    desk.add_node("reviewer", role(reviewer, models=models, toolbox=toolbox, archive=archive))

    desk.add_edge(START, "planner")
    desk.add_conditional_edges("planner", after_planner)
    desk.add_conditional_edges("validator", after_validator)
    desk.add_conditional_edges("broker", after_broker)
    desk.add_edge("gatekeeper", "broker")
    desk.add_edge("executor", "reviewer")
    desk.add_conditional_edges("reviewer", after_reviewer)
    return desk
