"""Schemathesis, with the Hypothesis that is installed.

hypothesis-jsonschema 0.23 asks `many` whether there is more, which Hypothesis 6.170 has made an iterator.
"""

from types import SimpleNamespace
from typing import Any

import hypothesis_jsonschema._from_schema as from_schema
from hypothesis.internal.conjecture import utils
from schemathesis.cli import schemathesis


class Many(utils.many):
    """As it was until then."""

    _steps: Any = None

    def more(self) -> bool:
        if self._steps is None:
            self._steps = iter(self.__enter__())
        return next(self._steps, self) is None


if __name__ == "__main__":
    if not hasattr(utils.many, "more"):
        from_schema.cu = SimpleNamespace(**{**vars(utils), "many": Many})  # type: ignore[attr-defined, assignment]
    schemathesis()
