"""Who calls whom in a folder of source code: source in, plain data out."""

from intelligent_office.analyzer.analysis import analyze
from intelligent_office.analyzer.answers import (
    Call,
    Certainty,
    Chain,
    Chains,
    Function,
    Gap,
    Hop,
    Neighbour,
    Skipped,
)
from intelligent_office.analyzer.cache import default_cache_folder
from intelligent_office.analyzer.errors import (
    AnalyzerError,
    FolderError,
    FolderMissing,
    FolderUnreadable,
    NoFont,
    NotAFolder,
)
from intelligent_office.analyzer.json_forms import GRAPH_SCHEMA, TRACE_SCHEMA, chains_json, graph_json, trace_json
from intelligent_office.analyzer.legible import legible
from intelligent_office.analyzer.mermaid_form import chains_mermaid
from intelligent_office.analyzer.png_form import chains_png
from intelligent_office.analyzer.program import Program
from intelligent_office.analyzer.svg_form import chains_svg
from intelligent_office.analyzer.text_form import chain_text, chains_text, neighbours_text

__all__ = [
    "GRAPH_SCHEMA",
    "TRACE_SCHEMA",
    "AnalyzerError",
    "Call",
    "Certainty",
    "Chain",
    "Chains",
    "FolderError",
    "FolderMissing",
    "FolderUnreadable",
    "Function",
    "Gap",
    "Hop",
    "Neighbour",
    "NoFont",
    "NotAFolder",
    "Program",
    "Skipped",
    "analyze",
    "chain_text",
    "chains_json",
    "chains_mermaid",
    "chains_png",
    "chains_svg",
    "chains_text",
    "default_cache_folder",
    "graph_json",
    "legible",
    "neighbours_text",
    "trace_json",
]
