"""The tools that the office brings with it."""

from intelligent_office.database.pool import Database
from intelligent_office.outbound.allowances import read_allowance
from intelligent_office.outbound.exchange import Outbound
from intelligent_office.outbound.guard import Guard
from intelligent_office.seams import Models
from intelligent_office.settings import Settings
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.search_engines import search_engines
from tools import (
    ai_tool,
    calculator,
    code_analyzer,
    echo,
    file_operations,
    http_client,
    math_calculator,
    todo_store,
    web_search,
)


def built_in(models: Models, database: Database, settings: Settings) -> list[Tool]:
    """Every tool of the office that works on any machine, with the policy it is called under."""
    outbound = Outbound(Guard([read_allowance(entry) for entry in settings.http_allow]))
    engines = search_engines(settings)
    return [
        Tool(definition=ai_tool.ai_tool(models), policy=ai_tool.POLICY),
        Tool(definition=calculator.calculator(), policy=calculator.POLICY),
        Tool(definition=code_analyzer.code_analyzer(), policy=code_analyzer.POLICY),
        Tool(definition=echo.echo(), policy=echo.POLICY),
        Tool(definition=file_operations.file_operations(), policy=file_operations.POLICY),
        Tool(definition=http_client.http_client(outbound), policy=http_client.policy(outbound)),
        Tool(definition=math_calculator.math_calculator(), policy=math_calculator.POLICY),
        Tool(definition=todo_store.todo_store(database), policy=todo_store.POLICY),
        Tool(definition=web_search.web_search(engines), policy=web_search.policy(engines)),
    ]
