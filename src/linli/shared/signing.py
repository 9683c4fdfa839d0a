"""Sign what goes out, and check what comes in, as Standard Webhooks does: others have a library for it (签名).

``webhook-signature: v1,BASE64(HMAC-SHA256(secret, id.timestamp.content))``; the secret is ``whsec_`` and base64.
Source: standardwebhooks.com, specification of 2023.
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret, to be shown once (密钥)."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(secret: str, *, key: str, timestamp: int, content: bytes) -> str:
    """Return the signature of what is sent under a key at a moment."""
    message = f"{key}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(_bytes_of(secret), message, hashlib.sha256)).decode()


def signed_headers(secret: str, *, key: str, timestamp: int, content: bytes) -> dict[str, str]:
    """Return the three headers by which a receiver knows that it was us, when, and whether it is a repeat."""
    return {
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, key=key, timestamp=timestamp, content=content),
    }


def is_signed(given: str, secret: str, *, key: str, timestamp: int, content: bytes) -> bool:
    """Return whether one of the signatures that came along is ours to expect; while a secret changes there are two."""
    expected = signature(secret, key=key, timestamp=timestamp, content=content).encode()
    return any(hmac.compare_digest(expected, one.encode()) for one in given.split())


def _bytes_of(secret: str) -> bytes:
    """Our own secrets are base64; a gateway's secret may be any words."""
    return base64.b64decode(secret.removeprefix(PREFIX)) if secret.startswith(PREFIX) else secret.encode()
