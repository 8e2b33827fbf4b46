"""Score the analyzer on a call-graph benchmark of small programs with known edges, kept in one JSON file.

    python -m bench.analyzer_micro CASES.json

The file holds `{"cases": [{"id", "files": {name: source}, "edges": [[caller, callee], ...]}, ...]}`. Only edges
between functions of the program itself count; every program that is not matched exactly is listed with what is too much
and too little.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from intelligent_office.analyzer import analyze


def edges_of(case: dict[str, Any]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """What was found, and what should have been."""
    with tempfile.TemporaryDirectory(suffix="-case") as folder:
        for name, source in case["files"].items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        program = analyze(folder)
    own = {function.name for function in program.functions}
    found = {(call.caller, call.callee) for call in program.calls if not call.external}
    return found, {(caller, callee) for caller, callee in case["edges"] if caller in own and callee in own}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path)
    cases = json.loads(parser.parse_args().cases.read_text())["cases"]
    exact = right = too_much = too_little = 0
    for case in cases:
        found, wanted = edges_of(case)
        exact += found == wanted
        right += len(found & wanted)
        too_much += len(found - wanted)
        too_little += len(wanted - found)
        if found != wanted:
            print(f"{case['id']}: too much {sorted(found - wanted)}, too little {sorted(wanted - found)}")
    print(
        f"{exact} of {len(cases)} programs exact, precision {right / max(right + too_much, 1):.4f}, "
        f"recall {right / max(right + too_little, 1):.4f}"
    )


if __name__ == "__main__":
    main()
