"""The composition root of the HTTP door, for `langgraph dev` and uvicorn, which import it. That starts nothing yet."""

import sys

from graph import office
from intelligent_office.api.app import create_app
from intelligent_office.cli.endings import USAGE
from intelligent_office.cli.terminal import say
from intelligent_office.database.pool import Database
from intelligent_office.errors import BadInput
from intelligent_office.services import make_services
from intelligent_office.settings import load_settings

try:
    settings = load_settings()
    database = Database(settings)
    services = make_services(settings, database)
except BadInput as fault:  # whoever starts a server is told what to mend, and not where the code was
    say(f"office: {fault}", err=True)
    sys.exit(USAGE)

builder = office.build(services)
"""The graph, uncompiled: LangGraph's server compiles it with a memory of its own."""

app = create_app(settings, database=database, services=services)
"""The routes. Under LangGraph's server they stand beside its own, and run a worker for the tasks they accept."""
