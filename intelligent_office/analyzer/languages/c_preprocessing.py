"""What a compiler has done to a file of C or C++ before it reads it, as far as the syntax depends on it."""

import re
from itertools import pairwise

_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b[ \t]*(?P<condition>.*)")
_NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#(?:\\\n|[^\n])*', re.DOTALL | re.MULTILINE
)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(?P<name>\w+)[ \t]+(?P<body>(?:\\\n|[^\n])*)", re.MULTILINE)
_OPENS = re.compile(r"(?:\s*(?:inline\s+)?namespace\s+[\w:]+\s*\{)+\s*")
_CLOSES = re.compile(r"[\s}]*\}\s*")
_PAIRS = ("{}", "()")


def with_namespaces(text: str) -> str:
    """The text with the namespaces that macros of its own open and close; every line stays where it is."""
    bodies: dict[str, str] = {}
    for found in _DEFINE.finditer(text) if "namespace" in text else ():
        body = found["body"].replace("\\\n", " ")
        if _OPENS.fullmatch(body) or _CLOSES.fullmatch(body):
            bodies.setdefault(found["name"], " ".join(body.split()))
    if not bodies:
        return text
    alone = re.compile(rf"^[ \t]*({'|'.join(map(re.escape, bodies))})[ \t]*;?(?=[ \t]*(?://|/\*|$))", re.MULTILINE)
    return alone.sub(lambda found: bodies[found[1]], text)


def with_whole_branches(text: str) -> str:
    """The text with one side only of each `#if` whose sides are no whole declarations or statements."""
    lines = text.split("\n")
    opened: list[list[int]] = []
    for row, line in enumerate(lines):
        found = _DIRECTIVE.match(line)
        if found is None:
            continue
        if found[1].startswith("if"):
            opened.append([row])
        elif opened:
            opened[-1].append(row)
            if found[1] == "endif":
                _settle(lines, opened.pop())
    return "\n".join(lines)


def _settle(lines: list[str], rows: list[int]) -> None:
    branches = list(pairwise(rows))
    if all(_is_whole("\n".join(lines[start + 1 : end])) for start, end in branches):
        return
    found = _DIRECTIVE.match(lines[rows[0]])
    is_off = found is not None and found["condition"].split("//")[0].strip() == "0"
    kept = branches[1] if is_off and len(branches) > 1 else (0, -1) if is_off else branches[0]
    for row in rows:
        while lines[row].endswith("\\"):
            lines[row] = ""
            row += 1
        lines[row] = ""
    for branch in branches:
        if branch != kept:
            lines[slice(*branch)] = [""] * (branch[1] - branch[0])


def _is_whole(branch: str) -> bool:
    code = _NO_CODE.sub(" ", branch).strip()
    return not code or (code[-1] in ";}" and all(code.count(pair[0]) == code.count(pair[1]) for pair in _PAIRS))
