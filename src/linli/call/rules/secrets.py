"""The secret a device shows to the broker: made once, shown once, kept as a fingerprint (设备密钥)."""

import hashlib
import hmac
import secrets

SECRET_BYTES = 24  # 192 bits of chance: a plain SHA-256 is enough, and thousands may knock at once (stack.md)


def new_secret() -> str:
    """Make a secret of letters, digits, ``-`` and ``_`` that nobody can guess."""
    return secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(secret: str) -> bytes:
    """Return what is kept of a device's secret."""
    return hashlib.sha256(secret.encode()).digest()


def is_secret(secret: str, kept: bytes) -> bool:
    """Return whether this is the secret that was kept, in a time that tells nothing of how near it came."""
    return hmac.compare_digest(secret_hash(secret), kept)
