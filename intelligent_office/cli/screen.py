"""The screen: one task's story as it happens, quiet and in colour on a terminal, plain text in a pipe."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from intelligent_office.cli.story import Line, Style, shortened
from intelligent_office.cli.terminal import console, harmless, on_a_terminal, say, stop_speaking

if TYPE_CHECKING:
    from rich.status import Status

STYLES: dict[Style, str] = {
    "plain": "",
    "heading": "bold",
    "good": "green",
    "bad": "red",
    "quiet": "dim",
    "question": "yellow",
}


class Screen:
    """Standard output for a person, or nothing at all for `--json`."""

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._console = console()
        self._status: Status | None = None
        self.interactive = on_a_terminal() and not silent
        """Whether a person can be asked."""

    def line(self, text: str = "", style: Style = "plain") -> None:
        """One line; on a terminal it is cut rather than wrapped."""
        self._print(text, style, whole=not self._console.is_terminal)

    def lines(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._print(line.text, line.style, whole=line.style == "question" or not self._console.is_terminal)

    def whole(self, text: str, style: Style = "plain") -> None:
        """Text as it is, however long."""
        self._print(text, style, whole=True)

    def busy(self, doing: str) -> None:
        """Say what goes on right now; on a terminal only, and only until the next line."""
        if self._silent or not self._console.is_terminal:
            return
        from rich.text import Text

        text = Text(shortened(harmless(doing), max(self._console.width - 4, 8)), style="dim")
        if self._status is None:
            self._status = self._console.status(text, spinner="dots" if self._console.encoding == "utf-8" else "line")
            self._status.start()
        else:
            self._status.update(text)

    def rest(self) -> None:
        """Nothing goes on any more, or a person is about to be asked."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def aside(self, text: str) -> None:
        """Tell the person something that is not part of the answer."""
        self.rest()
        say(f"office: {text}", err=True)

    def _print(self, text: str, style: Style, *, whole: bool) -> None:
        if self._silent:
            return
        from rich.text import Text

        told = harmless(text) if self._console.is_terminal else text
        try:
            if whole:
                self._console.print(Text(told, style=STYLES[style]), soft_wrap=True)
            else:
                self._console.print(
                    Text(told, style=STYLES[style]), no_wrap=True, overflow="ellipsis", crop=True, new_line_start=False
                )
            self._console.file.flush()
        except BrokenPipeError:  # nobody reads on, but the task goes on
            self._silent = True
            stop_speaking()
