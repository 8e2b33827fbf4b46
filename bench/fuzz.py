"""Asks the HTTP door everything that its OpenAPI document allows, and much that it does not.

`python -m bench.fuzz [--examples N] [--seed N] [--path REGEX]`: no answer may be a server error, and each must be what
the document says. The office that is asked is made for this, with a database of its own.
"""

import argparse
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import structlog

from intelligent_office.api.app import create_app
from intelligent_office.settings import Settings
from tests.api.keys import KEY, home_with_key
from tests.api.serving import served

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
"""Not among them: that what the document does not name is refused. Unknown headers are left alone."""
LEFT_OUT = "^/office/|/events$"
"""LangServe's part of the document is its own, and promises what only it can know; streams end when their tasks do."""
ROOT = Path(__file__).parent.parent
PROGRAM = (sys.executable, "-m", "bench.schemathesis_program")


def fuzz(address: str, *options: str, examples: int, seed: int, phases: str = "examples,coverage,fuzzing") -> int:
    """Ask an office; 0 if every answer was as it should be.

    Args:
        address: of the office.
        options: more for `schemathesis run`.
        examples: requests that are made up for each operation, at most.
        seed: the same requests for the same number.
        phases: examples of the document, the borders of what it allows, and anything.
    """
    command = [
        *(*PROGRAM, "run", f"{address}/openapi.json", "--url", address),
        *("-H", f"Authorization: Bearer {KEY}", "--checks", ",".join(CHECKS)),
        *("--max-examples", str(examples), "--seed", str(seed), "--generation-database", "none"),
        *("--exclude-path-regex", LEFT_OUT, "--phases", phases, "--no-color"),
        *("--suppress-health-check", "all", "--continue-on-failure", "--warnings", "off", "--request-timeout", "10"),
        *options,
    ]
    return subprocess.run(command, check=False, cwd=ROOT).returncode


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--path", default="")
    given = parser.parse_args()
    which = ("--include-path-regex", given.path) if given.path else ()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        settings = Settings(home=home_with_key(Path(folder)), requests_per_minute=1_000_000, _env_file=None)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        with served(lambda: create_app(settings, worker=False)) as address:
            return fuzz(address, *which, examples=given.examples, seed=given.seed)


if __name__ == "__main__":
    sys.exit(main())
