"""Keep photos and files: photos are decoded and encoded again, files are known by what they hold; stored durably."""

import hashlib
import io
import os
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from linli.shared import scanning
from linli.shared.models import Attachment, Photo, Scan
from linli.shared.queries import attachment_path, photo_path
from linli.shared.refusals import Refused
from linli.shared.sniffing import safe_name, sniffed

PIXELS_MAX = 50_000_000  # decoded size, so that a small file cannot fill the memory
SIDE_MAX = 2048
SMALL_SIDE_MAX = 480
FORMATS = ("JPEG", "PNG", "WEBP")


def keep_photo(*, content: bytes, at: datetime) -> Photo:
    """Re-encode a photo without its metadata and keep it (照片).

    Raises:
        Refused: too many bytes, too many pixels, not a picture, or a format we do not read.
    """
    picture = check_photo(content)
    photo_id = uuid.uuid4()
    encoded = _encoded(picture, side_max=SIDE_MAX)
    _write_durably(photo_path(photo_id), encoded)
    _write_durably(photo_path(photo_id, small=True), _encoded(picture, side_max=SMALL_SIDE_MAX))
    return Photo.objects.create(
        id=photo_id,
        sha256=hashlib.sha256(encoded).digest(),
        width=picture.width,
        height=picture.height,
        byte_count=len(encoded),
        kept_at=at,
    )


def check_photo(content: bytes) -> Image.Image:
    """Return the picture in a file that may be kept.

    Raises:
        Refused: too many bytes, too many pixels, not a picture, or a format we do not read.
    """
    if len(content) > settings.PHOTO_BYTES_MAX:
        megabytes = settings.PHOTO_BYTES_MAX // 1_000_000
        raise Refused("照片太大，请选小于 %(megabytes)s MB 的照片。", megabytes=megabytes)
    return _decoded(content)


def _decoded(content: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        if picture.width * picture.height > PIXELS_MAX:
            raise Refused("照片的像素太多，请缩小后再传。")
        picture.draft("RGB", (SIDE_MAX, SIDE_MAX))  # a large JPEG is decoded at a fraction of its size, and memory
        return ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as fault:
        raise Refused("这不是能读的照片。请上传 JPEG、PNG 或 WebP 图片。") from fault


def _encoded(picture: Image.Image, *, side_max: int) -> bytes:
    smaller = picture.copy()
    smaller.thumbnail((side_max, side_max))
    smaller.info = {}  # a comment would go into the new file
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def keep_attachment(*, content: bytes, name: str, at: datetime) -> Attachment:
    """Keep a file as it came, once it is one of the kinds taken; where the site looks for viruses it waits (附件).

    Raises:
        Refused: too big, empty, or of a kind that is not taken, whatever its name says.
    """
    if len(content) > settings.ATTACHMENT_BYTES_MAX:
        raise Refused(
            "附件太大，请选小于 %(megabytes)s MB 的文件。", megabytes=settings.ATTACHMENT_BYTES_MAX // 1_000_000
        )
    if not content:
        raise Refused("这个文件是空的。")
    kind = sniffed(content)
    if kind is None:
        raise Refused(
            "不能收这种文件。可收 PDF、docx、xlsx、pptx、录音、视频和图片；旧格式请另存为新格式，带宏的不收。"
        )
    attachment_id = uuid.uuid4()
    _write_durably(attachment_path(attachment_id), content)
    return Attachment.objects.create(
        id=attachment_id,
        sha256=hashlib.sha256(content).digest(),
        name=safe_name(name, kind[1]),
        media_type=kind[0],
        byte_count=len(content),
        kept_at=at,
        scan=Scan.WAITING if scanning.is_on() else Scan.OFF,
    )


def scan_attachment(*, attachment_id: UUID, at: datetime) -> Attachment:
    """Look for viruses in a file that waits; repeatable (查毒).

    Raises:
        NotScanned: nobody could look; that is written down, and the file stays shut.
    """
    row = Attachment.objects.get(pk=attachment_id)
    if row.may_be_opened or row.scan == Scan.FOUND:
        return row
    try:
        verdict = scanning.scan(attachment_path(row.pk))
    except scanning.NotScanned as fault:
        row.scan, row.scan_words, row.scanned_at = Scan.FAILED, str(fault)[:200], at
        row.save(update_fields=["scan", "scan_words", "scanned_at"])
        raise
    row.scan, row.scan_words, row.scanned_at = Scan.FOUND if verdict.found else Scan.CLEAN, verdict.found, at
    row.save(update_fields=["scan", "scan_words", "scanned_at"])
    return row


def erase_photos(*, photo_ids: Iterable[UUID]) -> int:
    """Remove photos whose time is over, files and rows; repeatable; return how many there were (删除照片)."""
    gone = list(photo_ids)
    for photo_id in gone:
        for is_small in (False, True):
            photo_path(photo_id, small=is_small).unlink(missing_ok=True)
    return Photo.objects.filter(pk__in=gone).delete()[0]


def drop_attachments(*, attachment_ids: Iterable[UUID]) -> int:
    """Remove attachments whose time is over, files and rows; repeatable; return how many there were (删除附件)."""
    gone = list(attachment_ids)
    for attachment_id in gone:
        attachment_path(attachment_id).unlink(missing_ok=True)
    return Attachment.objects.filter(pk__in=gone).delete()[0]
