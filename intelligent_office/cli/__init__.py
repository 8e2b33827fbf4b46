"""The command line: a door that translates between a terminal and the office, and decides nothing."""

from intelligent_office.cli.program import main

__all__ = ["main"]
