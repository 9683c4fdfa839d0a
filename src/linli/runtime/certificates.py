"""Certificates for devices that come in over TLS: an authority of our own, and the server's, made once (证书)."""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from linli.runtime.trouble import Trouble

AUTHORITY, AUTHORITY_KEY = "ca.pem", "ca-key.pem"
SERVER, SERVER_KEY = "server.pem", "server-key.pem"
AUTHORITY_DAYS = 20 * 365  # devices are given it once
SERVER_DAYS = 825
RENEW_DAYS = 90  # at a start
WARN_DAYS = 30
SKEW = timedelta(days=1)  # a device whose clock is late still believes a new certificate


def provide(folder: Path, names: Iterable[str], *, at: datetime) -> None:
    """Have an authority and a server certificate for these names; a good one is kept, devices know its authority."""
    folder.mkdir(mode=0o700, exist_ok=True)
    wanted = sorted(set(names))
    if not (folder / AUTHORITY).exists() or not (folder / AUTHORITY_KEY).exists():
        _make_authority(folder, at)
        (folder / SERVER).unlink(missing_ok=True)  # it was another authority's
    if not _is_good(folder, wanted, at):
        _make_server(folder, wanted, at)


def ends_at(certificate: Path) -> datetime:
    """Return when a certificate ends.

    Raises:
        Trouble: it cannot be read.
    """
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as fault:
        raise Trouble(f"The certificate {certificate} cannot be read: {fault}") from fault


def require_pair(certificate: Path, key: Path, *, at: datetime) -> None:
    """Refuse a certificate and key that do not belong together, or that have ended.

    Raises:
        Trouble: with the reason.
    """
    if ends_at(certificate) < at:
        raise Trouble(f"The certificate {certificate} ended on {ends_at(certificate):%Y-%m-%d}: put a new one there.")
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise Trouble(f"The key {key} cannot be read (PEM without a password): {fault}") from fault
    if _public(private) != _public_of(certificate):
        raise Trouble(f"The key {key} is not the one of the certificate {certificate}.")


def _is_good(folder: Path, names: list[str], at: datetime) -> bool:
    try:
        require_pair(folder / SERVER, folder / SERVER_KEY, at=at + timedelta(days=RENEW_DAYS))
    except Trouble:
        return False
    found = x509.load_pem_x509_certificate((folder / SERVER).read_bytes())
    said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return sorted(str(name.value) for name in said) == names


def _make_authority(folder: Path, at: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "linli devices")])
    authority = (
        _begun(name, name, key, at, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _keep(folder, AUTHORITY, AUTHORITY_KEY, key, authority.public_bytes(serialization.Encoding.PEM))


def _make_server(folder: Path, names: list[str], at: datetime) -> None:
    authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
    signer = serialization.load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 -- we made it
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "linli")])
    server = (
        _begun(name, authority.subject, key, at, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_named(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _keep(folder, SERVER, SERVER_KEY, key, server.public_bytes(serialization.Encoding.PEM))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, at: datetime, days: int
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    at = at.astimezone(UTC)
    return builder.not_valid_before(at - SKEW).not_valid_after(at + timedelta(days=days))


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority, key_agreement=False,
        content_commitment=False, key_encipherment=False, data_encipherment=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode())


def _keep(folder: Path, name: str, key_name: str, key: ec.EllipticCurvePrivateKey, content: bytes) -> None:
    words = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, what in ((folder / key_name, words), (folder / name, content)):
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        draft.write_bytes(what)
        draft.rename(path)
    (folder / name).chmod(0o644)


def _public(key: PrivateKeyTypes) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _public_of(certificate: Path) -> bytes:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return found.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
