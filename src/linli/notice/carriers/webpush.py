"""Web Push: one encrypted message to one browser, which shows it though nothing of ours is open (手机推送).

RFC 8030 (the request), RFC 8291 (the message is sealed for the browser alone: whoever carries it reads nothing) and
RFC 8292 (VAPID: we are the ones the browser subscribed to). The key pair is derived from the cell's secret, unless
``LINLI_VAPID_KEY`` names one; a browser is bound to the key it subscribed with.
"""

import base64
import os
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

from linli.notice.carriers.port import Undelivered, reached
from linli.shared.crypto import derived_key

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256, FIPS 186-5
RECORD_BYTES = 4096
CONTENT_BYTES_MAX = 3000  # services take 4096 bytes, sealing included
TTL_SECONDS = 180  # the ladder says it again before; an older one would tell of what is over
TOKEN_SECONDS = 3600
TOPIC_MAX = 32
GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser is reached, and the keys its messages are sealed with."""

    endpoint: str
    key_p256dh: str
    key_auth: str


class Gone(Undelivered):
    """The browser is not there any more: its subscription is over."""


def public_key() -> str:
    """Return the key browsers subscribe with, as they want it: base64url of the point (VAPID 公钥)."""
    return _as_base64(_point(_private_key().public_key()))


def carry(browser: Browser, content: bytes, *, topic: str, timestamp: int) -> None:
    """Seal a message for a browser and hand it to the service that reaches it (推送).

    Raises:
        Gone: the service says that there is no such browser.
        Undelivered: it could not be handed over, and whether trying again can help.
    """
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(TTL_SECONDS),
        "Urgency": "high",
        "Topic": topic[:TOPIC_MAX],  # one that has not arrived yet is replaced, not repeated
        "Authorization": _authorization(browser.endpoint, timestamp=timestamp),
    }
    answer = reached(browser.endpoint, content=sealed(content, browser), headers=headers)
    if answer.status in GONE:
        raise Gone(f"HTTP {answer.status}", is_final=True, status=answer.status)
    if not 200 <= answer.status < 300:
        raise Undelivered(f"HTTP {answer.status}", is_final=answer.status in {400, 413}, status=answer.status)


def sealed(
    content: bytes, browser: Browser, *, salt: bytes = b"", ours: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """Seal a message for one browser in one record (RFC 8291); salt and key of our own only for its test vector."""
    if len(content) > CONTENT_BYTES_MAX:
        raise Undelivered("too long", is_final=True)
    salt, ours = salt or os.urandom(16), ours or ec.generate_private_key(CURVE)
    theirs = _from_base64(browser.key_p256dh)
    shared = ours.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    point = _point(ours.public_key())
    secret = _derived(shared, _from_base64(browser.key_auth), b"WebPush: info\x00" + theirs + point, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(point)]) + point
    return head + AESGCM(key).encrypt(nonce, content + b"\x02", None)


def _authorization(endpoint: str, *, timestamp: int) -> str:
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": timestamp + TOKEN_SECONDS, "sub": _contact()}
    return str(Vapid02(_private_key()).sign(claims)["Authorization"])


def _contact() -> str:
    """Say whom a push service can write to: it wants an address it could reach."""
    site = urlsplit(settings.PUBLIC_URL)
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or "linli@localhost"
    is_local = address.endswith("@localhost")
    return f"https://{site.hostname}" if is_local and site.scheme == "https" and site.hostname else f"mailto:{address}"


def _private_key() -> ec.EllipticCurvePrivateKey:
    return _key_of(settings.VAPID_KEY, settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _key_of(given: str, _secret: str) -> ec.EllipticCurvePrivateKey:
    """Return the key of the setting, else one made of the cell's secret (FIPS 186-5, A.2.1)."""
    chance = _from_base64(given) if given else derived_key("web push", 48)
    number = int.from_bytes(chance, "big")
    return ec.derive_private_key(number if given else number % (ORDER - 1) + 1, CURVE)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _as_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _from_base64(words: str) -> bytes:
    return base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))
