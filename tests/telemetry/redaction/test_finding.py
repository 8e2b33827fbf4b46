"""What is private is found however it is written, and what only looks like it is left alone."""

from importlib import import_module
from pathlib import Path

import pytest

from intelligent_office.settings import REDACTABLE
from intelligent_office.telemetry.redaction.finding import KINDS, Kind, find
from tests.telemetry.redaction.planted import BESIDE, PLANTED

AROUND = ("{}", "Write to {} today.", "<{}>", '{{"value": "{}"}}', "x={}\n", '["\\n{}\\n"]', "\t{}\t", "({})", "{}, {}")


def found(text: str, **choice) -> list[tuple[Kind, str]]:
    return [(finding.kind, text[finding.start : finding.end]) for finding in find(text, **choice)]


def test_the_setting_names_every_kind():
    assert KINDS == REDACTABLE


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("kind", PLANTED)
def test_a_value_is_found_whatever_stands_around_it(kind, around):
    for value in PLANTED[kind]:
        text = around.format(value, value)
        assert found(text) == [(kind, value)] * around.count("{}"), text


@pytest.mark.parametrize(("kind", "before", "value", "behind"), BESIDE)
def test_a_value_is_found_by_what_stands_around_it(kind, before, value, behind):
    assert found(before + value + behind) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "@app.get('/x')",
        "lodash@4.17.21 and foo@1.2.3-beta.next, actions/checkout@v4.1.0",
        "icon@2x.png",
        "git@github.com:acme/office.git",
        "y = self.weight@self.input.conj()",
        "z = a@b.dot(c)",
        "version 1.2.3.4, v1.2.3.4, requests==2.1.3.4, >=1.2.3.4",
        "1.3.6.1.4.1.311",
        "127.0.0.1 0.0.0.0 ::1 :: 255.255.255.0 224.0.0.1 169.254.169.254, rfc6749#section-4.1.2.1",
        "a[1::2], b[::-1], c[10::20], std::fade::beef",
        "12:34:56, 2026-11-20T15:32:35.123456+00:00, 01-02-2026, 20.11.2026",
        "550e8400-e29b-41d4-a716-446655440000",
        "12345678-1234-1234-1234-123456789012",
        "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35",
        "2967ea5 9ebcb47",
        "1732116755123, 1732116755123456789, 9007199254740993, 18446744073709551615",
        "0.4111111111111111 1e4111111111111111",
        "line 1234567890123, row 4711, 1,234,567,890",
        "02 03 04 05 06 07 08 09 0a",
        "0100 0000",
        "@@ -1,3 +1,9 @@ x = a +12345678, 1.5 + 12345678.0 x + 14285714.286, +1980-02-29",
        "ISBN 978-3-16-148410-0",
        "token: str, token=token, token=access_token_2, secret = secrets.token_hex(16)",
        "api_key=settings.openai_api_key, api_key = os.environ['OPENAI_API_KEY']",
        "password: SecretStr, password=None, password=get_password(), password=self.password2",
        "password=${PASSWORD}, password={password}, password=***, https://user:{password}@host, https://user:***@host",
        "getpass('Password: '), secret = base64.b64decode(x), _token: https://example.com/a1B2c3D4e5",
        "sk-toggleable__content, sk-folding-cube",
        "Basic authentication is required here",
        "if b'-----BEGIN PRIVATE KEY-----' in data: return load(data, password=None)",
        "EMAIL_HOSTNAME KEY_CONSTANTS <EMAIL_bcdfgh>",
    ],
)
def test_what_only_looks_private_is_left_alone(text):
    assert found(text) == []


@pytest.mark.parametrize("package", ["click", "starlette", "requests.sessions", "jinja2", "structlog"])
def test_source_code_is_not_mangled(package):
    """Nothing is found in these sources but their authors' addresses and examples of addresses."""
    module = import_module(package)
    file = Path(str(module.__file__))
    files = file.parent.rglob("*.py") if hasattr(module, "__path__") else [file]
    everything = [pair for file in files for pair in found(file.read_text(encoding="utf-8"))]
    assert {kind for kind, _ in everything} <= {"email", "ip"}, everything
    assert len(everything) < 10, everything


def test_overlapping_findings_are_hidden_as_one():
    """Neither the password nor the mailbox that it seems to end with shows."""
    [(kind, value)] = found("postgres://ada:p@ss=w@rd.example.com/office")
    assert (kind, value) == ("password", "p@ss=w")
    assert found("password='alice@example.com'") == [("email", "alice@example.com")]


def test_only_the_chosen_kinds_are_found():
    text = "alice@example.com at 192.168.1.17"
    assert found(text, kinds=("ip",)) == [("ip", "192.168.1.17")]
    assert found(text, kinds=()) == []


def test_given_secrets_are_found_wherever_they_stand():
    assert found("the-word-is-friend.", kinds=(), secrets=("word-is-friend",)) == [("key", "word-is-friend")]
