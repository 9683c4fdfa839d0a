"""Sealing of personal fields: AES-256-GCM envelope with an algorithm id, and a blind index for look-up.

The envelope is ``algorithm (1 byte) ‖ nonce (12) ‖ ciphertext and tag``. SM4-GCM with HMAC-SM3 stands behind
``LINLI_CRYPTO=sm``; old envelopes stay readable after a switch because each names its algorithm.
Source: domain.md §8; GB/T 32907 (SM4), GB/T 32905 (SM3).
"""

import os
from functools import lru_cache
from hmac import digest as hmac_digest

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

AES_256_GCM = 1
SM4_GCM = 2
NONCE_BYTES = 12
TAG_BYTES = 16


@lru_cache(maxsize=16)
def derived_key(purpose: str, length: int = 32) -> bytes:
    """Derive the key of one purpose from the cell's secret (HKDF-SHA-256, RFC 5869)."""
    secret = settings.SECRET_KEY.encode()
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=f"linli {purpose}".encode()).derive(secret)


@lru_cache(maxsize=1)
def _aes() -> AESGCM:
    return AESGCM(derived_key("seal aes"))


def seal(plain: str) -> bytes:
    """Encrypt a personal value into an envelope (加密)."""
    nonce = os.urandom(NONCE_BYTES)
    if settings.CRYPTO == "sm":
        encryptor = Cipher(algorithms.SM4(derived_key("seal sm4", 16)), modes.GCM(nonce)).encryptor()
        return bytes([SM4_GCM]) + nonce + encryptor.update(plain.encode()) + encryptor.finalize() + encryptor.tag
    return bytes([AES_256_GCM]) + nonce + _aes().encrypt(nonce, plain.encode(), None)


def unseal(sealed: bytes) -> str:
    """Decrypt an envelope (解密).

    Raises:
        ValueError: the envelope names an unknown algorithm.
        cryptography.exceptions.InvalidTag: the envelope was tampered with or the secret is another one.
    """
    sealed = bytes(sealed)
    algorithm, nonce, body = sealed[0], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    if algorithm == AES_256_GCM:
        return _aes().decrypt(nonce, body, None).decode()
    if algorithm == SM4_GCM:
        mode = modes.GCM(nonce, body[-TAG_BYTES:])
        decryptor = Cipher(algorithms.SM4(derived_key("seal sm4", 16)), mode).decryptor()
        return (decryptor.update(body[:-TAG_BYTES]) + decryptor.finalize()).decode()
    raise ValueError(f"unknown sealing algorithm {algorithm}")


def blind(plain: str) -> bytes:
    """Return the blind index of a value: equal values, equal index, nothing to read (盲索引)."""
    return mac("blind index", plain.encode())


def mac(purpose: str, message: bytes) -> bytes:
    """Return the keyed digest of a message for one purpose."""
    if settings.CRYPTO != "sm":
        return hmac_digest(derived_key(purpose), message, "sha256")
    signer = hmac.HMAC(derived_key(purpose), hashes.SM3())
    signer.update(message)
    return signer.finalize()
