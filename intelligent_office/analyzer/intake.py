"""Sum up many files: from the cache what has not changed, the rest by several processes at once."""

import contextlib
import marshal
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from intelligent_office.analyzer.answers import Skipped
from intelligent_office.analyzer.cache import Cache
from intelligent_office.analyzer.discovery import SourceFile
from intelligent_office.analyzer.languages import PYTHON, language_of
from intelligent_office.analyzer.parsing import digest, summarize_content
from intelligent_office.analyzer.reading import Unreadable, read_source
from intelligent_office.analyzer.summary import ModuleSummary, from_bytes, to_bytes

Progress = Callable[[int, int], None]
Packed = tuple[bytes, str]
"""A packed summary and a remark; without a summary, the remark says why there is none."""

WORTH_A_PROCESS = 1_500_000
"""Bytes of source; to start a process takes as long as to sum up some of them."""
_WORKER = "import sys; sys.path[:] = {path!r}; from intelligent_office.analyzer.intake import serve; serve()"


class Intake:
    """The files of a folder, each read once and summed up at most once."""

    def __init__(self, root: Path, files: tuple[SourceFile, ...], cache: Cache | None, workers: int | None) -> None:
        self._root = root
        self._files = files
        self._cache = cache
        self._workers = workers if workers is not None else _processors()
        self.skipped: list[Skipped] = []
        self.digests: dict[str, str] = {}
        self.settled = True
        """Whether every file was found as it had been when it was looked at first; if not, nothing is worth keeping."""
        self._missing: dict[str, tuple[SourceFile, int]] = {}
        self._fresh: dict[str, Packed] = {}
        self._ready: dict[str, tuple[ModuleSummary, str]] = {}
        self._read()

    def _read(self) -> None:
        for source in self._files:
            try:
                content = read_source(source.path, self._root)
            except OSError as error:
                self.skipped.append(Skipped(source.name, f"cannot be read: {error.strerror}"))
                continue
            except Unreadable as error:
                self.skipped.append(Skipped(source.name, str(error)))
                continue
            key = _key(source.name, content)
            self.digests[source.name] = key
            if self._cache is None or key not in self._cache.summaries:
                self._missing.setdefault(key, (source, len(content)))

    def summaries(self, progress: Progress | None) -> list[tuple[SourceFile, ModuleSummary]]:
        """Every file that can be read, with its summary."""
        self._summarize_missing(progress)
        found: list[tuple[SourceFile, ModuleSummary]] = []
        for source in self._files:
            key = self.digests.get(source.name)
            if key is None:
                continue
            if key in self._ready:
                summary, remark = self._ready[key]
            else:
                packed, remark = self._packed(key)
                if not packed:
                    self.skipped.append(Skipped(source.name, remark))
                    continue
                summary = from_bytes(packed)
            found.append((source, summary))
            if remark:
                self.skipped.append(Skipped(source.name, remark))
        return found

    def known(self, key: str) -> ModuleSummary | None:
        """The summary of what a file was when it was kept, if it could be read."""
        packed, _ = self._cache.summaries.get(key, (b"", "")) if self._cache is not None else (b"", "")
        return from_bytes(packed) if packed else None

    def renewed(self, name: str) -> tuple[ModuleSummary, str] | None:
        """The summary of one file as it is now, with its remark, if it can be read."""
        key = self.digests[name]
        if key in self._missing and key not in self._ready and key not in self._fresh:
            self._summarize_here(key, self._missing[key][0])
        if key in self._ready:
            return self._ready[key]
        packed, remark = self._packed(key)
        return (from_bytes(packed), remark) if packed else None

    def _packed(self, key: str) -> Packed:
        return self._fresh[key] if key in self._fresh or self._cache is None else self._cache.summaries[key]

    def keep(self) -> None:
        """Hand what is new to the cache."""
        if self._cache is not None:
            for key, (summary, remark) in self._ready.items():
                self._cache.summaries[key] = (to_bytes(summary), remark)
            self._cache.summaries.update(self._fresh)

    def _summarize_missing(self, progress: Progress | None) -> None:
        total = len(self._files)
        for key in [*self._ready, *self._fresh]:
            self._missing.pop(key, None)
        done = total - len(self._missing)
        shares = self._shares()
        helpers = [_Helper(self._root, share) for share in shares[1:]]
        for key, source in shares[0]:
            self._summarize_here(key, source)
            done += 1
            if progress is not None:
                progress(done, total)
        for helper, share in zip(helpers, shares[1:], strict=True):
            self._fresh.update(helper.results())
            for key, source in share:
                if key not in self._fresh:
                    self._summarize_here(key, source)
            done += len(share)
            if progress is not None:
                progress(done, total)
        if progress is not None and not self._missing:
            progress(total, total)

    def _summarize_here(self, key: str, source: SourceFile) -> None:
        try:
            content = read_source(source.path, self._root)
            self.settled = self.settled and _key(source.name, content) == key
            self._ready[key] = summarize_content(source.name, content)
        except Unreadable as error:
            self._fresh[key] = (b"", str(error))
        except OSError as error:
            self.settled = False
            self._fresh[key] = (b"", f"cannot be read: {error.strerror}")

    def _shares(self) -> list[list[tuple[str, SourceFile]]]:
        """The missing files in parts of about the same size, one for each process."""
        total = sum(size for _, size in self._missing.values())
        count = max(1, min(self._workers, total // WORTH_A_PROCESS + 1))
        shares: list[list[tuple[str, SourceFile]]] = [[] for _ in range(count)]
        loads = [0] * count
        for key, (source, size) in sorted(self._missing.items(), key=lambda item: (-item[1][1], item[0])):
            lightest = loads.index(min(loads))
            shares[lightest].append((key, source))
            loads[lightest] += size
        return shares


def _key(name: str, content: bytes) -> str:
    language = language_of(name)
    if language != PYTHON:
        from intelligent_office.analyzer.languages.language import mark

        return digest(content + mark(language).encode()) + name
    return digest(content) + os.path.splitext(name)[1]  # noqa: PTH122


class _Helper:
    """Another Python that sums up a share of the files; what it fails to do is left to the caller."""

    def __init__(self, root: Path, share: list[tuple[str, SourceFile]]) -> None:
        self._results: dict[str, Packed] = {}
        request = marshal.dumps((str(root), [(key, source.path, source.name) for key, source in share]))
        self._thread = threading.Thread(target=self._run, args=(request,), daemon=True)
        self._thread.start()

    def _run(self, request: bytes) -> None:
        code = _WORKER.format(path=[path for path in sys.path if path] or [str(Path(__file__).parents[2])])
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            answer = subprocess.run(  # noqa: S603 - our own interpreter with our own code
                [sys.executable, "-S", "-c", code],
                input=request,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
            )
            if answer.returncode == 0:
                self._results = dict(marshal.loads(answer.stdout))  # noqa: S302 - from our own process

    def results(self) -> dict[str, Packed]:
        """What came back."""
        self._thread.join()
        return self._results


def serve() -> None:
    """The other end: read a list of files, write their packed summaries, but of those that changed meanwhile."""
    import gc

    gc.disable()
    answer: list[tuple[str, Any]] = []
    root, share = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - from our own process
    for key, path, name in share:
        try:
            content = read_source(path, Path(root))
            if _key(name, content) != key:
                continue
            summary, remark = summarize_content(name, content)
        except OSError:
            continue
        except Unreadable as error:
            answer.append((key, (b"", str(error))))
        else:
            answer.append((key, (to_bytes(summary), remark)))
    sys.stdout.buffer.write(marshal.dumps(answer))


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
