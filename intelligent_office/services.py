"""What the process owns on behalf of the roles; bound to the nodes when the graph is wired."""

from dataclasses import dataclass

from intelligent_office.seams import Archive, Models, Toolbox


@dataclass(frozen=True)
class Services:
    models: Models
    toolbox: Toolbox
    archive: Archive
