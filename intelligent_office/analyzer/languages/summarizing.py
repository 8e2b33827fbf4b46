"""From the text of a file to its summary, for every language but Python."""

from intelligent_office.analyzer.languages.language import grammar, language
from intelligent_office.analyzer.languages.syntax import best, broken_lines, marked
from intelligent_office.analyzer.reading import Unreadable
from intelligent_office.analyzer.summary import ModuleSummary

LONG_LINE = 1500
"""Characters; where most of a file stands in longer lines, a machine wrote it."""
_SMALL = 10_000
"""Characters of a file that is read whatever its lines look like."""
_SHOWN = 8


def summarize_source(name: str, file: str, text: str) -> tuple[ModuleSummary, str]:
    """Sum up a file of a language, with a remark where a part of it was not understood."""
    if is_minified(file, text):
        raise Unreadable("minified")
    parser, query = grammar(name)
    walk = language(name).walk(file)
    tree = best(parser, walk.readings(text))
    summary = walk.summarize(tree, marked(tree, query))
    return summary, _remark(broken_lines(tree))


def is_minified(file: str, text: str) -> bool:
    """Whether a file was packed by a machine: there is a source that says the same with names."""
    if ".min." in file.rpartition("/")[2]:
        return True
    if len(text) <= _SMALL:
        return False
    return sum(len(line) for line in text.split("\n") if len(line) > LONG_LINE) * 2 > len(text)


def _remark(lines: list[int]) -> str:
    if not lines:
        return ""
    shown = ", ".join(str(line) for line in lines[:_SHOWN])
    more = ", …" if len(lines) > _SHOWN else ""
    return f"left out line {shown}{more}: invalid syntax"
