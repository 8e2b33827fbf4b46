"""The tools that the office brings with it."""

from intelligent_office.attachments.stored import Attachments
from intelligent_office.cards import ToolAbsence
from intelligent_office.database.pool import Database
from intelligent_office.outbound.allowances import read_allowance
from intelligent_office.outbound.exchange import Outbound
from intelligent_office.outbound.guard import Guard
from intelligent_office.seams import Models
from intelligent_office.settings import Settings
from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.search_engines import PublicEngines, search_engines
from tools import (
    ai_tool,
    calculator,
    code_analyzer,
    echo,
    file_operations,
    http_client,
    math_calculator,
    read_attachment,
    todo_store,
    web_search,
)


def built_in(models: Models, database: Database, settings: Settings) -> list[Tool]:
    """Every tool of the office that works here without being looked for, with the policy it is called under."""
    outbound = Outbound(Guard([read_allowance(entry) for entry in settings.http_allow]))
    engines = search_engines(settings)
    attachments = Attachments(database, settings)
    searching = []
    if engines:
        definition = web_search.web_search(engines, Redaction(settings.redaction, settings.secrets))
        searching = [Tool(definition=definition, policy=web_search.policy(engines))]
    return [
        Tool(definition=ai_tool.ai_tool(models, attachments), policy=ai_tool.POLICY),
        Tool(definition=calculator.calculator(), policy=calculator.POLICY),
        Tool(definition=code_analyzer.code_analyzer(), policy=code_analyzer.POLICY),
        Tool(definition=echo.echo(), policy=echo.POLICY),
        Tool(definition=file_operations.file_operations(), policy=file_operations.POLICY),
        Tool(definition=http_client.http_client(outbound), policy=http_client.policy(outbound)),
        Tool(definition=math_calculator.math_calculator(), policy=math_calculator.POLICY),
        Tool(definition=read_attachment.read_attachment(attachments), policy=read_attachment.POLICY),
        Tool(definition=todo_store.todo_store(database), policy=todo_store.POLICY),
        *searching,
    ]


def left_out(settings: Settings) -> list[ToolAbsence]:
    """The tools that could be there if the settings were other, and why they are not."""
    if search_engines(settings):
        return []
    reason = "no search engine is configured; set OFFICE_SEARXNG_URL, TAVILY_API_KEY or OFFICE_SEARCH_DDGS"
    if settings.search_ddgs:
        reason = PublicEngines.fault()
    return [{"name": "web_search", "source": "built-in", "reason": reason}]
