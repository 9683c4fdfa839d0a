import re

from linli.call.rules import is_secret, new_secret, secret_hash


def test_a_secret_is_long_and_never_the_same():
    made = {new_secret() for _ in range(1000)}

    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", secret) for secret in made)


def test_a_secret_is_known_again_by_its_fingerprint_alone():
    kept = secret_hash("s3cret-of-a-bracelet")

    assert kept.hex() == "67b1afe5c50724ada8253a1992fde22c5216236e56af20325fd8bae9cefd30e8"
    assert is_secret("s3cret-of-a-bracelet", kept)
    assert not is_secret("s3cret-of-a-bracelet ", kept)
    assert not is_secret("密钥", kept)
