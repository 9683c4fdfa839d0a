"""Keep a photo: decode it, drop everything but the picture, store it durably before the row is written."""

import hashlib
import io
import os
import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from linli.shared.models import Photo
from linli.shared.queries import photo_path
from linli.shared.refusals import Refused

PIXELS_MAX = 50_000_000  # decoded size, so that a small file cannot fill the memory
SIDE_MAX = 2048
SMALL_SIDE_MAX = 480
FORMATS = ("JPEG", "PNG", "WEBP")


def keep_photo(*, content: bytes, at: datetime) -> Photo:
    """Re-encode a photo without its metadata and keep it (照片).

    Raises:
        Refused: too many bytes, too many pixels, not a picture, or a format we do not read.
    """
    if len(content) > settings.PHOTO_BYTES_MAX:
        megabytes = settings.PHOTO_BYTES_MAX // 1_000_000
        raise Refused("照片太大，请选小于 %(megabytes)s MB 的照片。", megabytes=megabytes)
    picture = _decoded(content)
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
