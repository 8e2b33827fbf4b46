"""What goes through the standard streams of a program, however it behaves."""

import asyncio
import os
import sys
from typing import Any

import pytest
from structlog.testing import capture_logs

from intelligent_office.errors import OddAnswer
from intelligent_office.toolbox.remote import pipes as module
from intelligent_office.toolbox.remote.pipes import pipes

NOTICE = '{"jsonrpc": "2.0", "method": "notifications/x", "params": {"text": "%s"}}'


def program(code: str) -> Any:
    return {"transport": "stdio", "command": sys.executable, "args": ["-S", "-c", code], "env": {"GIVEN": "1"}}


async def heard(code: str) -> list[Any]:
    async with pipes(program(code)) as (hears, _):
        return [told if isinstance(told, Exception) else _text(told) async for told in hears]


def _text(told: Any) -> Any:
    return told.message.root.params["text"]


async def test_a_line_that_is_too_long_is_passed_over_and_the_next_one_heard(monkeypatch):
    monkeypatch.setattr(module, "LONGEST_LINE", 1_000)
    lines = [NOTICE % "a", NOTICE % ("x" * 50_000), NOTICE % "ä", "y" * 3_000]
    code = f"import sys\nsys.stdout.buffer.write('\\n'.join({lines!r}).encode())"
    first, long, second, unended = await heard(code)
    assert (first, second) == ("a", "ä")
    assert isinstance(long, OddAnswer)
    assert isinstance(unended, OddAnswer)


async def test_what_a_program_prints_between_its_answers_is_passed_over_and_told_once():
    lines = [b"Welcome!", b"", b"\xff", b"[1, 2]", NOTICE.encode() % b"a", b"debug: asked", NOTICE.encode() % b"b", b""]
    printed = b"\n".join(lines)
    with capture_logs() as logs:
        assert await heard(f"import sys\nsys.stdout.buffer.write({printed!r})") == ["a", "b"]
    assert [(one["event"], one["line"]) for one in logs] == [("service.printed", "Welcome!\n")]


async def test_an_answer_that_is_damaged_does_not_end_the_conversation():
    odd, then = await heard(f"print('{{\"jsonrpc\": ')\nprint({NOTICE % 'a'!r})")
    assert isinstance(odd, ValueError)
    assert then == "a"


async def test_a_program_is_given_what_the_file_says_and_no_other_secret(monkeypatch):
    monkeypatch.setenv("OFFICE_SECRET_OF_A_TEST", "sesame")
    line = NOTICE % "%s"
    code = f"import os\nprint({line!r} % ('GIVEN' in os.environ, 'OFFICE_SECRET_OF_A_TEST' in os.environ))"
    assert await heard(code.replace("%s\"}}' %", "%s %s\"}}' %")) == ["True False"]


@pytest.mark.parametrize(
    ("deaf", "end"),
    [
        ("", "time.sleep(600)"),
        ("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n", "time.sleep(600)"),
        ("", "sys.stdin.read() if child else time.sleep(600)"),
    ],
    ids=["stays", "stays and is deaf", "goes"],
)
async def test_a_program_is_ended_with_those_that_it_has_started(monkeypatch, deaf, end):
    monkeypatch.setattr(module, "FAREWELL_SECONDS", 0.1 if "child" not in end else 1.0)
    line = NOTICE % "%s"
    code = f"{deaf}import os, sys, time\nchild = os.fork()\nif child: print({line!r} % child, flush=True)\n{end}"
    async with pipes(program(code)) as (hears, _):
        child = os.pidfd_open(int(_text(await anext(aiter(hears)))))
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(child, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(child)
        os.close(child)
