"""Keys the message server knows people by, and the passes signed with them (签名通行证).

A pass is a JSON Web Token. Its signer is an Ed25519 key in NATS's spelling: a prefix for what the key is, the key, and
a checksum, in base 32.
"""

import base64
import binascii
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ACCOUNT = 0  # the letter A
ALGORITHM = {"typ": "JWT", "alg": "ed25519-nkey"}


class Signer:
    """An account's key: it signs who may come in."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        named = bytes([ACCOUNT]) + self._key.public_key().public_bytes_raw()
        self.name = _base32(named + binascii.crc_hqx(named, 0).to_bytes(2, "little"))

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a pass that says this."""
        whole = claims | {"iss": self.name}
        whole["jti"] = _base32(hashlib.sha256(json.dumps(whole).encode()).digest())
        signed = b".".join(_base64(json.dumps(part, separators=(",", ":")).encode()) for part in (ALGORITHM, whole))
        return b".".join((signed, _base64(self._key.sign(signed)))).decode()


def read(words: str) -> dict[str, Any]:
    """Return what a pass says, unproved: for those that come from the message server itself.

    Raises:
        ValueError: it is none.
    """
    body = words.split(".")[1:2]
    claims = json.loads(base64.urlsafe_b64decode(body[0] + "===")) if body else None
    if not isinstance(claims, dict):
        raise ValueError("no pass")  # noqa: TRY004 -- for the caller all of these are one
    return claims


def _base32(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=")


def _base64(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")
