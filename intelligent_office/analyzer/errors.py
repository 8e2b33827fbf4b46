"""What can go wrong before a single file is read."""

from pathlib import Path


class AnalyzerError(Exception):
    """The folder cannot be analysed."""


class FolderError(AnalyzerError):
    """The path given to the analyzer is of no use."""

    def __init__(self, path: Path, reason: str) -> None:
        """Remember the path for callers that word their own message."""
        super().__init__(f"{path} {reason}.")
        self.path = path


class FolderMissing(FolderError):
    """There is nothing at the path."""

    def __init__(self, path: Path) -> None:
        """Say that nothing is there."""
        super().__init__(path, "does not exist")


class NotAFolder(FolderError):
    """The path is neither a folder nor a source file."""

    def __init__(self, path: Path) -> None:
        """Say what was expected."""
        super().__init__(path, "is neither a folder nor a source file")


class FolderUnreadable(FolderError):
    """The folder may not be listed."""

    def __init__(self, path: Path) -> None:
        """Say that permission is missing."""
        super().__init__(path, "cannot be read")


class NoFont(AnalyzerError):
    """A picture could not be drawn for want of letters."""

    def __init__(self, families: list[str]) -> None:
        """Name the fonts that are looked for, and what needs none."""
        super().__init__(
            "No font was found to write the names with. Install one (on Debian: apt install fonts-dejavu-core; "
            f"looked for: {', '.join(families)}), or take the SVG, which is drawn with the fonts of whoever shows it."
        )
