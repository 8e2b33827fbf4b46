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
from intelligent_office.analyzer.errors import (
    AnalyzerError,
    FolderError,
    FolderMissing,
    FolderUnreadable,
    NotAFolder,
)
from intelligent_office.analyzer.program import Program

__all__ = [
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
    "NotAFolder",
    "Program",
    "Skipped",
    "analyze",
]
