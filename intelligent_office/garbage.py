"""Python's search for objects that only hold each other, in a process that stays."""

import gc

YOUNG = 10_000
"""So many objects may have been made, and not yet dropped, before the young ones are searched; Python's own is 700."""


def spare_what_stays() -> None:
    """Leave everything that is there out of all further searches: modules, routes, the graph. Called once by a door
    that stays open, when it has opened.

    What LangGraph and FastAPI bring is two hundred thousand objects. To search them took 0.2 s each time, while every
    request waited, and a twelfth of the processor's time under load (`python -m bench.service`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])
