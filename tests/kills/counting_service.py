"""A service on standard streams that counts its calls in a file; without large imports: each worker starts its own."""

import json
import os
import sys
from pathlib import Path
from typing import Any

PRESS = {
    "name": "press",
    "description": "Leave a trace.",
    "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
}


def answer(method: str, params: dict[str, Any], traces: Path) -> dict[str, Any]:
    match method:
        case "initialize":
            told = {"name": "counting", "version": "1"}
            return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": told}
        case "tools/list":
            return {"tools": [PRESS]}
        case "tools/call":
            text = params["arguments"]["text"]
            with traces.open("a") as file:
                file.write(f"{text}\n")
            return {"content": [{"type": "text", "text": text}]}
    return {}


def serve(traces: Path) -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            result = answer(message["method"], message.get("params") or {}, traces)
            line = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result})
            try:
                os.write(1, f"{line}\n".encode())
            except BrokenPipeError:  # whoever asked has been killed
                return


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
