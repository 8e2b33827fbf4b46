"""The composition root of the HTTP door, for `langgraph dev` and uvicorn, which import it. That starts nothing yet."""

from graph import office
from intelligent_office.api.app import create_app
from intelligent_office.database.pool import Database
from intelligent_office.services import make_services
from intelligent_office.settings import load_settings

settings = load_settings()
database = Database(settings)
services = make_services(settings, database)

builder = office.build(services)
"""The graph, uncompiled: LangGraph's server compiles it with a memory of its own."""

app = create_app(settings, database=database, services=services)
"""The routes. Under LangGraph's server they stand beside its own, and run a worker for the tasks they accept."""
