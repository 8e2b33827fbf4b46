"""Which files there are, and which lines hold a text."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from intelligent_office.errors import ToolError
from intelligent_office.toolbox.files.confinement import Place, opened_file, opened_folder
from intelligent_office.toolbox.files.text import decoded

MOST_FILES = 1_000
MOST_MATCHES = 200
MOST_ENTRIES = 200_000
MOST_BYTES = 512 * 1024 * 1024
LARGEST = 20 * 1024 * 1024
"""A larger file is not searched."""
DEEPEST = 200
_LINE = 300
"""Characters of a matching line that are shown."""
UNWANTED = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".mypy_cache", ".ruff_cache"})
"""Folders that hold nothing anybody looks for. They are passed over, unless they are asked for by name."""


@dataclass
class Listing:
    """The files found, as paths that can be read."""

    files: list[str] = field(default_factory=list)
    more: bool = False
    """Whether there are files beyond the limit."""
    passed_over: set[str] = field(default_factory=set)
    """Folders not looked into."""


@dataclass(frozen=True)
class Match:
    file: str
    line: int
    text: str


@dataclass
class Findings:
    """The lines found, and what was not searched."""

    matches: list[Match] = field(default_factory=list)
    searched: int = 0
    more: bool = False
    """Whether the search stopped at a limit."""
    unsearched: list[str] = field(default_factory=list)
    """Files that are binary, too large or not readable."""
    passed_over: set[str] = field(default_factory=set)
    """Folders not looked into."""


def entries(folder: Place, skip: int = 0) -> Listing:
    """What is directly in a folder, without the first ones; names of folders end in `/`."""
    names = [
        folder.inside(entry.name).shown + ("/" if entry.is_dir(follow_symlinks=False) else "")
        for entry in _scan(folder)
    ]
    return Listing(names[skip : skip + MOST_FILES], more=len(names) > skip + MOST_FILES)


def matching(folder: Place, pattern: str, skip: int = 0) -> Listing:
    """The files below a folder that fit the pattern, without the first ones: at any depth, unless it holds a `/`."""
    wanted = tuple(pattern.split("/")) if "/" in pattern else ("**", pattern)
    listing = Listing()
    for parts in _files(folder, listing.passed_over):
        if not fits(wanted, parts):
            continue
        if skip > 0:
            skip -= 1
            continue
        if len(listing.files) == MOST_FILES:
            listing.more = True
            break
        listing.files.append(folder.inside(*parts).shown)
    return listing


def search(place: Place, query: str, pattern: str, *, is_file: bool, skip: int = 0) -> Findings:
    """The lines that hold the text, without the first ones; a text without capitals matches capitals too."""
    findings = Findings()
    wanted = tuple(pattern.split("/")) if "/" in pattern else ("**", pattern)
    found: Iterator[tuple[str, ...]] = iter([()]) if is_file else _files(place, findings.passed_over)
    budget = MOST_BYTES
    for parts in found:
        if not is_file and not fits(wanted, parts):
            continue
        file = place.inside(*parts)
        text = _text(file)
        if text is None:
            findings.unsearched.append(file.shown)
            continue
        findings.searched += 1
        budget -= len(text)
        _collect(findings, file.shown, text, query, skip + MOST_MATCHES)
        if len(findings.matches) > skip + MOST_MATCHES or budget < 0:
            findings.more = True
            break
    findings.matches = findings.matches[skip : skip + MOST_MATCHES]
    return findings


def fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether a path fits a pattern part by part; `**` stands for any number of folders."""
    reached = {0}  # how much of the pattern the path has used up so far
    for part in parts:
        reached = _skip_stars(pattern, reached)
        reached = {
            at if pattern[at] == "**" else at + 1
            for at in reached
            if at < len(pattern) and (pattern[at] == "**" or fnmatchcase(part, pattern[at]))
        }
    return len(pattern) in _skip_stars(pattern, reached) and bool(parts)


def _skip_stars(pattern: tuple[str, ...], reached: set[int]) -> set[int]:
    found = set(reached)
    for at in sorted(reached):
        following = at
        while following < len(pattern) and pattern[following] == "**":
            following += 1
            found.add(following)
    return found


def _scan(folder: Place) -> Iterator[os.DirEntry[str]]:
    with opened_folder(folder.root, folder.parts) as descriptor, os.scandir(descriptor) as found:
        yield from sorted(found, key=lambda entry: entry.name)


def _files(folder: Place, passed_over: set[str]) -> Iterator[tuple[str, ...]]:
    """Every regular file below the folder, links not followed, in the order of their names."""
    waiting: list[tuple[str, ...]] = [()]
    seen = 0
    while waiting and seen < MOST_ENTRIES:
        parts = waiting.pop()
        try:
            found = [
                (e.name, e.is_dir(follow_symlinks=False), e.is_file(follow_symlinks=False))
                for e in _scan(folder.inside(*parts))
            ]
        except OSError:  # gone, changed or closed to us since it was listed
            passed_over.add("/".join(parts))
            continue
        seen += len(found)
        yield from ((*parts, name) for name, _, is_file in found if is_file)
        folders = [(*parts, name) for name, is_folder, _ in reversed(found) if is_folder]
        unwanted = [inner for inner in folders if inner[-1] in UNWANTED or len(inner) > DEEPEST]
        passed_over.update("/".join(inner) for inner in unwanted)
        waiting += [inner for inner in folders if inner not in unwanted]
    passed_over.update("/".join(parts) for parts in waiting)


def _text(place: Place) -> str | None:
    try:
        with opened_file(place) as file:
            content = file.read(LARGEST + 1)
    except (OSError, ToolError):
        return None
    return None if len(content) > LARGEST else decoded(content)


def _collect(findings: Findings, name: str, text: str, query: str, most: int) -> None:
    """Add the matching lines of one file, one more than the limit at most."""
    fold = query == query.lower()
    if query not in (text.lower() if fold else text):
        return
    for number, line in enumerate(text.split("\n"), start=1):
        at = (line.lower() if fold else line).find(query)
        if at < 0:
            continue
        start = max(0, at - _LINE // 2)
        findings.matches.append(Match(name, number, line[start : start + _LINE].strip()))
        if len(findings.matches) > most:
            return
