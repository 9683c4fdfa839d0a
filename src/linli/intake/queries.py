"""Questions about appeals as received, the keys of machine doors, and hotline files."""

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from linli.intake.models import ApiKey, Appeal, HotlineFile, PartnerUpdate
from linli.intake.rules import FileState
from linli.place.rules import Datum
from linli.shared.refusals import Refused

__all__ = [
    "ApiKey",
    "HotlineFile",
    "by_external_number",
    "by_external_numbers",
    "by_key",
    "content_of",
    "content_path",
    "forget_keys",
    "hotline_file",
    "hotline_files",
    "key_of",
    "keys",
    "rejected_path",
    "remembered_columns",
    "secret_hash",
    "update_of",
]

FILES_REMEMBERED = 50
KEYS_FRESH_SECONDS = 2.0  # a revoked key is turned away everywhere after this


def by_key(idempotency_key: str) -> Appeal | None:
    """Return the appeal that was accepted under a client's key."""
    return Appeal.objects.filter(idempotency_key=idempotency_key).first()


def by_external_number(channel: str, external_number: str) -> Appeal | None:
    """Return the appeal that carries a hotline's own number."""
    return Appeal.objects.filter(channel=channel, external_number=external_number).first()


def by_external_numbers(channel: str, external_numbers: list[str]) -> dict[str, Appeal]:
    """Return the appeals that carry these numbers of a hotline, by number."""
    found = Appeal.objects.filter(channel=channel, external_number__in=external_numbers).exclude(external_number="")
    return {row.external_number: row for row in found.only("id", "external_number", "fingerprint")}


class _Keys:
    read_at = -KEYS_FRESH_SECONDS
    by_hash: dict[bytes, ApiKey] = {}


def secret_hash(secret: str) -> bytes:
    """Return the digest under which a key is kept; a long random secret needs no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def key_of(secret: str) -> ApiKey | None:
    """Return the active key that this secret opens, remembered for two seconds (验钥)."""
    if time.monotonic() - _Keys.read_at > KEYS_FRESH_SECONDS:
        _Keys.by_hash = {bytes(key.secret_hash): key for key in ApiKey.objects.filter(is_active=True)}
        _Keys.read_at = time.monotonic()
    return _Keys.by_hash.get(secret_hash(secret)) if secret else None


def forget_keys() -> None:
    """Read the keys again at the next question."""
    _Keys.read_at = -KEYS_FRESH_SECONDS


def keys() -> QuerySet[ApiKey]:
    """Return all keys, the newest first (接口密钥)."""
    return ApiKey.objects.order_by("-created_at", "-pk")


def update_of(key: ApiKey, update_id: str) -> PartnerUpdate | None:
    """Return what a partner said before under the same update id."""
    return PartnerUpdate.objects.filter(key=key, update_id=update_id).first()


def hotline_file(pk: UUID) -> HotlineFile:
    """Return a hotline file.

    Raises:
        Refused: there is none.
    """
    found = HotlineFile.objects.filter(pk=pk).first()
    if found is None:
        raise Refused("没有这个文件，请重新上传。")
    return found


def hotline_files() -> QuerySet[HotlineFile]:
    """Return the files that were brought, the newest first (导入记录)."""
    return HotlineFile.objects.order_by("-uploaded_at", "-pk")


def remembered_columns(headings: Iterable[str]) -> tuple[dict[str, str], Datum] | None:
    """Return what the columns of the latest imported file of the same make held, and its datum (沿用对列)."""
    known = set(headings)
    imported = HotlineFile.objects.exclude(state=FileState.UPLOADED).order_by("-uploaded_at", "-pk")
    for file in imported[:FILES_REMEMBERED]:
        if file.columns and known.issuperset(file.columns.values()):
            return dict(file.columns), Datum(file.datum)
    return None


def content_path(file: HotlineFile) -> Path:
    """Return where the content of a file waits for its import; removed when it is done."""
    return Path(settings.DATA_DIR) / "hotline" / f"{file.pk}.table"


def rejected_path(file: HotlineFile) -> Path:
    """Return where the rows of a file that were not kept can be fetched."""
    return Path(settings.DATA_DIR) / "hotline" / f"{file.pk}.rejected.csv"


def content_of(file: HotlineFile) -> bytes:
    """Return the content of a file.

    Raises:
        Refused: it is no longer there.
    """
    try:
        return content_path(file).read_bytes()
    except FileNotFoundError as gone:
        raise Refused("文件内容已经不在了，请重新上传。") from gone
