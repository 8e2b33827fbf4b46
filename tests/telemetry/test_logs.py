"""Logs: one line an event on standard error, with the task it belongs to and without secrets."""

import json
import logging

import pytest
import structlog

from intelligent_office.telemetry.logs import configure
from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.telemetry.scope import Scope, working_for


@pytest.fixture(autouse=True)
def _as_they_were():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    configure()  # of our own loggers, too
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def write_to(mailbox):
    raise ValueError(f"cannot write to {mailbox}")


def fail_with(secret):
    if secret:
        raise ValueError("it went wrong")


def test_a_line_for_machines_carries_task_and_tenant(capsys):
    configure("info", "json")
    with working_for(Scope("task-1", "acme")):
        structlog.get_logger("office").info("draft.rejected", role="reviewer", words="äöü")
    said, told = capsys.readouterr()
    line = json.loads(told)
    assert said == ""
    assert (line["event"], line["role"], line["words"]) == ("draft.rejected", "reviewer", "äöü")
    assert (line["task_id"], line["tenant"], line["level"]) == ("task-1", "acme", "info")
    assert line["timestamp"].endswith("Z")


def test_no_words_of_a_stranger_forge_a_line_or_command_the_terminal_of_its_reader(capsys):
    configure("info", "text")
    evil = "x\n2026-01-01 [error] key.revoked\x1b[2J\x9b1m\x07"
    structlog.get_logger("office").info("task.claimed", path=evil)
    [line] = capsys.readouterr().err.splitlines()
    logging.getLogger("library").warning("odd: %s", evil)
    try:
        write_to(evil)
    except ValueError:
        structlog.get_logger("office").exception("tool.failed")
    assert not {*"\x1b\x07\x9b"} & {*line, *capsys.readouterr().err}


def test_a_line_for_people_is_one_line_without_colours_in_a_pipe(capsys):
    configure("info", "text")
    structlog.get_logger("office").info("task.claimed", worker="here", model="")
    [line] = capsys.readouterr().err.splitlines()
    assert "task.claimed" in line
    assert "worker=here" in line
    assert "model" not in line
    assert "\x1b" not in line


def test_a_librarys_lines_look_like_ours(capsys):
    configure("info", "json")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["logger"]) == ("Started server process [7]", "uvicorn.error")


def test_a_loggers_level_is_kept_though_it_was_made_before(capsys):
    log = structlog.get_logger("office")
    configure("warning")
    log.info("nobody.hears")
    logging.getLogger("httpx").info("HTTP Request: GET ...")
    assert capsys.readouterr().err == ""
    configure("info")
    log.info("somebody.hears")
    logging.getLogger("httpx").info("HTTP Request: GET ...")
    assert capsys.readouterr().err.count("\n") == 1


def test_no_library_tells_at_any_level_what_it_sends(capsys):
    configure("debug")
    for library in ("sse_starlette.sse", "openai._base_client", "mcp.client", "psycopg", "library"):
        logging.getLogger(library).debug("chunk: the words of a task")
    assert capsys.readouterr().err == ""
    structlog.get_logger("intelligent_office.worker").debug("task.looked_at")
    assert "task.looked_at" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_traceback_shows_no_values(capsys, form):
    configure("info", form)
    try:
        fail_with("sesame")
    except ValueError:
        structlog.get_logger("office").exception("task.crashed")
    told = capsys.readouterr().err
    assert "it went wrong" in told
    assert "fail_with" in told
    assert "sesame" not in told.replace('fail_with("sesame")', "")


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_line_and_no_traceback_shows_what_is_private(capsys, form):
    configure("info", form, Redaction("on", ["word-is-friend"]))
    log = structlog.get_logger("office")
    log.info("mail.sent", to={"alice@example.com": ["+49 30 901820"]}, card=4111111111111111, by="the-word-is-friend")
    logging.getLogger("a.library").info("GET /?from=%s", "alice%40example.com")
    try:
        write_to("alice@example.com\nnor 192.168.1.17")
    except ValueError as failure:
        log.exception("mail.failed", error=failure)
    told = capsys.readouterr().err
    assert told.count("<EMAIL_") >= 4
    assert [word for word in ("alice", "901820", "4111", "192.168", "friend") if word in told] == []


def test_switched_off_lines_show_everything_but_the_secrets_of_the_settings(capsys):
    configure("info", "json", Redaction("off", ["word-is-friend"]))
    structlog.get_logger("office").info("mail.sent", to="alice@example.com", by="the-word-is-friend")
    line = json.loads(capsys.readouterr().err)
    assert line["to"] == "alice@example.com"
    assert "friend" not in str(line)
