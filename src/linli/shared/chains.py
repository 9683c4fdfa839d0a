"""Chains of hashes over append-only rows: each hash covers the one before it, so that tampering shows (防篡改链)."""

import hashlib
from typing import Any

import orjson

GENESIS = b"\x00" * 32


def payload_of(words: dict[str, Any]) -> bytes:
    """Return the words of a row that its hash covers, in one fixed order."""
    return orjson.dumps(words, option=orjson.OPT_SORT_KEYS)


def chained(previous: bytes, payload: bytes) -> bytes:
    """Return the hash of a row: SHA-256 over the hash before it and its own words."""
    return hashlib.sha256(previous + payload).digest()
