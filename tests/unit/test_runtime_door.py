"""Where devices come in: settings, ports, certificates, and passes as the message server reads them."""

import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from linli.runtime import certificates, doctor, door, logs, passes
from linli.runtime.folder import Folder
from linli.runtime.trouble import Trouble
from tests.running import quiet_port

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("HOST", "PORT", "TLS", "NAMES", "CERTIFICATE", "KEY"):
        monkeypatch.delenv(f"LINLI_MQTT_{name}", raising=False)
    folder = Folder(tmp_path / "data")
    folder.prepare()
    return folder


def names_of(certificate):
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return {str(name.value) for name in found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value}


def test_a_demo_is_open_to_this_machine_without_tls(folder):
    opened = door.opened(folder, is_demo=True)

    assert (opened.host, opened.certificate, opened.authority) == ("127.0.0.1", None, None)
    assert opened.url == f"mqtt://127.0.0.1:{opened.port}"


def test_a_district_of_ones_own_has_tls_and_says_which_authority_to_believe(folder):
    opened = door.opened(folder, is_demo=False)

    assert opened.url == f"mqtts://127.0.0.1:{opened.port}"
    assert opened.authority == folder.path / "broker" / "tls" / "ca.pem"
    assert {"localhost", "127.0.0.1", socket.gethostname()} <= names_of(opened.certificate)
    assert (opened.key.stat().st_mode & 0o777, (opened.key.parent / "ca-key.pem").stat().st_mode & 0o777) == (
        0o600,
        0o600,
    )


def test_the_usual_port_is_preferred_and_the_next_one_taken_when_it_is_busy(folder, monkeypatch):
    monkeypatch.setattr(door, "PORT", quiet_port())
    assert door.opened(folder, is_demo=True).port == door.PORT

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", door.PORT))
        taken.listen()

        assert door.opened(folder, is_demo=True).port != door.PORT


def test_a_busy_port_that_was_given_is_one_clear_line(folder, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("LINLI_MQTT_PORT", str(port))

        with pytest.raises(Trouble, match=rf"^Port {port} is busy.*: choose another with LINLI_MQTT_PORT\.$"):
            door.opened(folder, is_demo=True)


@pytest.mark.parametrize(
    ("name", "words", "complaint"),
    [
        ("PORT", "70000", "LINLI_MQTT_PORT must be a port (1 to 65535), not '70000'."),
        ("PORT", "mqtt", "LINLI_MQTT_PORT must be a port (1 to 65535), not 'mqtt'."),
        ("TLS", "yes", "LINLI_MQTT_TLS must be on or off, not 'yes'."),
        ("KEY", "/x", "LINLI_MQTT_CERTIFICATE and LINLI_MQTT_KEY belong together: set both, or none."),
        ("NAMES", "a b", "LINLI_MQTT_NAMES: 'a b' is no name of a machine."),
    ],
)
def test_a_wrong_setting_stops_the_start(folder, name, words, complaint):
    folder.keep_settings({f"LINLI_MQTT_{name}": words})

    with pytest.raises(Trouble) as refused:
        door.opened(folder, is_demo=False)

    assert str(refused.value) == complaint


def test_ones_own_certificate_is_used_as_it_is(folder, tmp_path, monkeypatch):
    certificates.provide(tmp_path / "own", ["broker.example.org"], at=datetime.now(UTC))
    monkeypatch.setenv("LINLI_MQTT_CERTIFICATE", str(tmp_path / "own" / "server.pem"))
    monkeypatch.setenv("LINLI_MQTT_KEY", str(tmp_path / "own" / "server-key.pem"))

    opened = door.opened(folder, is_demo=False)

    assert (opened.certificate, opened.authority) == (tmp_path / "own" / "server.pem", None)
    assert not (folder.path / "broker").exists()


def test_a_key_of_another_certificate_is_refused(tmp_path):
    for name in ("one", "two"):
        certificates.provide(tmp_path / name, ["x"], at=NOW)

    with pytest.raises(Trouble, match="is not the one of the certificate"):
        certificates.require_pair(tmp_path / "one" / "server.pem", tmp_path / "two" / "server-key.pem", at=NOW)


def test_a_good_certificate_is_kept_and_the_authority_always_is(tmp_path):
    def provided(names, at):
        certificates.provide(tmp_path, names, at=at)
        return [(tmp_path / name).read_bytes() for name in ("ca.pem", "server.pem")]

    authority, server = provided(["a.example.org"], NOW)

    assert provided(["a.example.org"], NOW + timedelta(days=30)) == [authority, server]
    for names, at in ((["b.example.org"], NOW), (["b.example.org"], NOW + timedelta(days=800))):
        before, (same, server) = server, provided(names, at)
        assert (same, server != before) == (authority, True)


def test_a_client_that_was_given_the_authority_believes_the_server(tmp_path):
    certificates.provide(tmp_path, ["localhost", "::1"], at=datetime.now(UTC))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem", tmp_path / "server-key.pem")
    client = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(incoming, outgoing, server_hostname="localhost")
    other = server.wrap_bio(outgoing, incoming, server_side=True)

    for side in (one, other, one, other):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue

    assert one.getpeercert()["subject"] == ((("commonName", "linli"),),)


@pytest.mark.parametrize(("days", "is_mended", "is_needed"), [(100, False, False), (20, True, False), (-1, True, True)])
def test_doctor_speaks_of_a_certificate_near_its_end(folder, days, is_mended, is_needed):
    made = folder.path / door.CERTIFICATES
    made.parent.mkdir()
    began = datetime.now(UTC) + timedelta(days=days, hours=1) - timedelta(days=certificates.SERVER_DAYS)
    certificates.provide(made, ["localhost"], at=began)

    finding = doctor._certificate(folder)

    assert (finding.mend != "", finding.is_needed) == (is_mended, is_needed)
    assert (datetime.now(UTC) + timedelta(days=days, hours=1)).strftime("%Y-%m-%d") in finding.found


def test_a_pass_is_read_as_it_was_signed():
    signer = passes.Signer(bytes(range(32)))

    assert passes.read(signer.sign({"sub": "x"})) | {"jti": ""} == {"sub": "x", "iss": signer.name, "jti": ""}
    assert (signer.name[0], len(signer.name)) == ("A", 56)


@pytest.mark.parametrize("words", ["", "x", "a.b.c", "a.W10.c"])
def test_what_is_no_pass_is_not_read(words):
    with pytest.raises(ValueError):  # noqa: PT011 -- json says it in its own words
        passes.read(words)


def test_what_a_device_does_wrong_is_no_line_on_the_console(tmp_path):
    (tmp_path / "broker.log").touch()
    watch = logs.LogWatch(tmp_path)
    (tmp_path / "broker.log").write_text(
        '[1] 2026/11/28 05:32:34 [ERR] 127.0.0.1:41094 - mid:33 - "B3" - authentication error - User "B3"\n'
        "[1] 2026/11/28 05:32:34 [ERR] the disk is on fire\n"
    )

    assert watch.new_lines() == ["broker | [1] 2026/11/28 05:32:34 [ERR] the disk is on fire"]
