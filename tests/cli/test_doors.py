"""`office serve`: where it listens, to whom it answers, and how it speaks; and `office worker`."""

import re
import signal
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from intelligent_office.cli.doors import StayingCommand
from intelligent_office.cli.endings import TERMINATED
from tests.api.keys import SHOWN, home_with_key
from tests.cli.conftest import SECONDS, Running, one_line, story


def certificate(folder: Path, name: str, encryption: KeySerializationEncryption | None = None) -> tuple[Path, Path]:
    """A certificate for `localhost` that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()))
    return paths


def address_of(server: Running) -> str:
    assert server.process.stderr
    line = next(line for line in server.process.stderr if "opening http" in line)
    found = re.search(r"https?://\S+", line)
    assert found
    return found[0]


def test_with_a_certificate_it_speaks_tls_and_nothing_else_and_answers_to_the_names_it_was_given(office, tmp_path):
    cert, key = certificate(tmp_path, "a")
    server = office.start(
        "serve", "--port", "0", "--host", "0.0.0.0", "--no-worker",
        OFFICE_HOME=str(home_with_key(tmp_path / "home")), OFFICE_HOSTS='["Office.Corp", "10.1.2.3"]',
        OFFICE_TLS_CERTIFICATE=str(cert), OFFICE_TLS_KEY=str(key),
    )  # fmt: skip
    address = address_of(server)
    assert address.startswith("https://")
    address = address.replace("0.0.0.0", "localhost")
    trusted = ssl.create_default_context(cafile=cert)
    with httpx.Client(base_url=address, verify=trusted, headers=SHOWN, trust_env=False, timeout=SECONDS) as http:
        assert http.get("/tasks").json() == {"tasks": [], "next": None}
        assert "max-age" in http.get("/healthz").headers["Strict-Transport-Security"]
        for host, status in {"office.corp": 200, "OFFICE.corp:443": 200, "10.1.2.3": 200, "evil.example": 421}.items():
            assert http.get("/healthz", headers={"Host": host}).status_code == status, host
    with httpx.Client(verify=False, trust_env=False, timeout=SECONDS) as http, pytest.raises(httpx.TransportError):
        http.get(address.replace("https", "http") + "/healthz")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OFFICE_TLS_CERTIFICATE": "a.pem"}, "OFFICE_TLS_KEY is not usable"),
        ({"OFFICE_TLS_KEY": "a.key"}, "OFFICE_TLS_CERTIFICATE is not usable"),
        ({"OFFICE_TLS_CERTIFICATE": "no.pem", "OFFICE_TLS_KEY": "a.key"}, "No such file"),
        ({"OFFICE_TLS_CERTIFICATE": "a.pem", "OFFICE_TLS_KEY": "b.key"}, "no certificate and key of each other"),
        ({"OFFICE_TLS_CERTIFICATE": "a.key", "OFFICE_TLS_KEY": "a.key"}, "no certificate and key of each other"),
        ({"OFFICE_TLS_CERTIFICATE": "c.pem", "OFFICE_TLS_KEY": "c.key"}, "protected by a password"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told_in_one_line(offline, variables, told):
    certificate(offline.folder, "a")
    certificate(offline.folder, "b")
    certificate(offline.folder, "c", BestAvailableEncryption(b"sesame"))
    done = offline("serve", "--port", "0", **variables)
    assert done.returncode == 2, story(done)
    assert told in one_line(done.stderr)


def test_beyond_this_machine_it_listens_only_if_it_knows_its_own_names(offline):
    done = offline("serve", "--host", "0.0.0.0", "--port", "0")
    assert done.returncode == 2
    assert "OFFICE_HOSTS" in one_line(done.stderr)


def test_the_first_start_keeps_its_key_out_of_logs_and_a_second_one_says_nothing(office, tmp_path):
    """And both end with 0 when they are told to stop."""
    home = tmp_path / "home"
    for first in (True, False):
        server = office.start("serve", "--port", "0", "--no-worker", OFFICE_HOME=str(home))
        address = address_of(server)
        with httpx.Client(base_url=address, trust_env=False, verify=False, timeout=SECONDS) as http:
            key = (home / "api-key").read_text().strip() if http.get("/healthz").is_success else ""
            assert http.get("/keys/current", headers={"X-API-Key": key}).json()["label"] == "first key"
        server.signal(signal.SIGTERM)
        stopped = server.end()
        assert stopped.returncode == 0, story(stopped)
        told = stopped.stderr
        assert ("the first key is in" in told) is first
        assert key not in told
        assert "Traceback" not in told


def test_a_worker_waits_for_a_database_that_is_not_there_yet(offline):
    worker = offline.start("worker")
    waits = worker.read_error_until("worker.waits")
    worker.signal(signal.SIGTERM)
    stopped = worker.end()
    assert stopped.returncode == 0, story(stopped)
    assert "Traceback" not in stopped.stderr, story(stopped)
    assert "sesame" not in waits + stopped.stderr, "its password"


@pytest.mark.parametrize(("ending", "code"), [(TERMINATED, 0), (1, 1)])
def test_a_start_that_fails_is_not_taken_for_one_that_was_told_to_stop(ending, code):
    @click.command(cls=StayingCommand)
    def staying():
        sys.exit(ending)

    with pytest.raises(SystemExit) as ended:
        staying.main([])
    assert ended.value.code == code
