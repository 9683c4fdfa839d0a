"""A browser that subscribes, with keys of its own, and a push service on this machine that reaches it."""

import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.make_notice import Received

CURVE = ec.SECP256R1()


@dataclass
class Phone:
    """A browser: what it hands over when it subscribes, and how it opens what it is sent."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def point(self) -> bytes:
        """Its public key."""
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def handed_over(self) -> dict[str, str]:
        """The arguments of a subscription."""
        return {"endpoint": self.endpoint, "key_p256dh": as_base64(self.point), "key_auth": as_base64(self.auth)}

    def opened(self, content: bytes) -> bytes:
        """Open what was sealed for it, step by step as RFC 8291 and RFC 8188 say."""
        salt, record, length = content[:16], int.from_bytes(content[16:20], "big"), content[20]
        theirs, sealed = content[21 : 21 + length], content[21 + length :]
        assert length == 65
        assert len(sealed) <= record
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        secret = _hmac(_hmac(self.auth, shared), b"WebPush: info\0" + self.point + theirs + b"\1")
        pseudo = _hmac(salt, secret)
        key = _hmac(pseudo, b"Content-Encoding: aes128gcm\0\1")[:16]
        nonce = _hmac(pseudo, b"Content-Encoding: nonce\0\1")[:12]
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        words, mark, padding = plain.rpartition(b"\2")
        assert mark == b"\2"
        assert padding.strip(b"\0") == b""
        return words


def who_says(received: Received) -> tuple[str, dict[str, Any]]:
    """Check the signature of a request as a push service does; return the key and the claims.

    Raises:
        InvalidSignature: whoever sent it does not hold the key it names.
    """
    scheme, _space, words = received.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in words.split(","))
    head, claims, signature = parts["t"].split(".")
    assert json.loads(from_base64(head))["alg"] == "ES256"
    raw = from_base64(signature)
    assert len(raw) == 64
    proof = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, from_base64(parts["k"]))
    key.verify(proof, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return parts["k"], json.loads(from_base64(claims))


def as_base64(content: bytes) -> str:
    """Write bytes as browsers do."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def from_base64(words: str) -> bytes:
    """Read bytes as browsers write them."""
    return base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))


def _hmac(key: bytes, message: bytes) -> bytes:
    made = hmac.HMAC(key, hashes.SHA256())
    made.update(message)
    return made.finalize()
