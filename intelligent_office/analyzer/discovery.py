"""Find the source files of a folder and the module name each one answers to."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from intelligent_office.analyzer.answers import Skipped
from intelligent_office.analyzer.errors import FolderMissing, FolderUnreadable, NotAFolder
from intelligent_office.analyzer.languages import LANGUAGES, PYTHON, language_of
from intelligent_office.analyzer.reading import OUTSIDE

SUFFIXES = frozenset({".py", ".pyw", ".ipynb", *LANGUAGES})
_NEVER = frozenset(
    {
        *("__pycache__", ".git", ".hg", ".svn", ".venv", ".tox", ".nox", ".mypy_cache", ".eggs"),
        *("node_modules", "bower_components", ".yarn", ".next", ".nuxt", ".svelte-kit", ".gradle", ".bundle"),
    }
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to analyse; `name` is its path relative to the folder, with forward slashes."""

    path: str
    name: str
    module: str
    is_package: bool


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a folder holds."""

    root: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[Skipped, ...]


def discover(folder: Path) -> Discovery:
    """List every source file below the folder, once, in a stable order."""
    if not folder.exists():
        raise FolderMissing(folder)
    if folder.is_file():
        return _single_file(folder)
    if not folder.is_dir():
        raise NotAFolder(folder)
    root = folder.resolve()
    prefix = root.name + "." if (root / "__init__.py").is_file() and root.name.isidentifier() else ""
    skipped: list[Skipped] = []
    files = tuple(SourceFile(path, name, *_module_name(prefix, name)) for path, name in _walk(root, skipped))
    return Discovery(root, files, tuple(skipped))


def _single_file(path: Path) -> Discovery:
    if path.suffix not in SUFFIXES:
        raise NotAFolder(path)
    path = path.resolve()
    source = SourceFile(str(path), path.name, *_module_name("", path.name))
    return Discovery(path.parent, (source,), ())


def _module_name(prefix: str, name: str) -> tuple[str, bool]:
    parts = name.rsplit(".", 1)[0].split("/")
    if language_of(name) != PYTHON:
        return ".".join(parts), False
    is_package = parts[-1] == "__init__" and (len(parts) > 1 or bool(prefix))
    if is_package:
        parts.pop()
    return (prefix + ".".join(parts)).rstrip("."), is_package


def _walk(root: Path, skipped: list[Skipped]) -> Iterator[tuple[str, str]]:
    """Depth first, each real folder once: a loop of links ends where it began, and none leads out of the folder."""
    seen: set[tuple[int, int]] = set()
    pending = [(str(root), "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - strings are twice as fast over many thousand files
            if (status.st_dev, status.st_ino) in seen:
                skipped.append(Skipped(prefix.rstrip("/"), "link to a folder that is analysed elsewhere"))
                continue
            seen.add((status.st_dev, status.st_ino))
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if not prefix:
                raise FolderUnreadable(root) from error
            skipped.append(Skipped(prefix.rstrip("/"), f"cannot be listed: {error.strerror}"))
            continue
        folders: list[tuple[str, str]] = []
        for entry in entries:
            name = prefix + entry.name
            if _is_folder(entry):
                if entry.name in _NEVER:
                    continue
                if _leads_out(entry, root):
                    skipped.append(Skipped(name, OUTSIDE))
                elif not os.path.exists(f"{entry.path}/pyvenv.cfg"):  # noqa: PTH110
                    folders.append((entry.path, name + "/"))
            elif os.path.splitext(entry.name)[1] in SUFFIXES:  # noqa: PTH122
                reason = OUTSIDE if _leads_out(entry, root) else _unfit(entry)
                if reason:
                    skipped.append(Skipped(name, reason))
                else:
                    yield entry.path, name
        pending.extend(reversed(folders))


def _leads_out(entry: os.DirEntry[str], root: Path) -> bool:
    """Whether it is a link to a place outside the folder; who may see the folder need not be allowed to see that."""
    return entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(root)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _unfit(entry: os.DirEntry[str]) -> str:
    try:
        return "" if entry.is_file() else "not a regular file"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
