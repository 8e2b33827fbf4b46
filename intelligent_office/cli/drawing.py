"""The picture of the office, made from the code: `draw`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, OfficeCommand
from intelligent_office.cli.terminal import say
from intelligent_office.errors import InvalidRequest

if TYPE_CHECKING:
    from intelligent_office.settings import Settings

_PICTURE = re.compile(r"(?<=^```mermaid\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


@click.command(cls=OfficeCommand)
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, writable=True, path_type=Path),
    help="Renew the first Mermaid picture of this Markdown file instead of printing.",
)
@click.pass_obj
def draw(invocation: Invocation, into: Path | None) -> int:
    """The graph of the office as a Mermaid diagram."""
    picture = mermaid(invocation.settings())
    if into is None:
        say(picture.rstrip())
        return DONE
    text = into.read_text(encoding="utf-8")
    if picture_in(text) is None:
        raise InvalidRequest(reason=f"{into} holds no ```mermaid block to renew")
    into.write_text(_PICTURE.sub(lambda _: picture, text, count=1), encoding="utf-8")
    return DONE


def mermaid(settings: "Settings") -> str:
    """The office with its desk, as Mermaid."""
    from graph import office
    from intelligent_office.database.pool import Database
    from intelligent_office.services import make_services

    services = make_services(settings, Database(settings))  # of a database that nobody opens
    drawing = office.build(services).compile().get_graph(xray=True)
    return "\n".join(line.rstrip() for line in drawing.draw_mermaid().splitlines()) + "\n"


def picture_in(text: str) -> str | None:
    """The first Mermaid picture of a Markdown text."""
    found = _PICTURE.search(text)
    return found[0] if found else None
