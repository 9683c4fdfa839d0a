"""A file between its rehearsal and its import, kept on disk for a day (暂存上传)."""

import hashlib
import re
import time
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from linli.place.forms import FILE_BYTES_MAX
from linli.shared.refusals import Refused

TOKEN = re.compile(r"[0-9a-f]{64}\Z")
KEPT_SECONDS = 24 * 3600


def keep(file: "UploadedFile[bytes]") -> str:
    """Keep an uploaded file and return the token by which it is read again.

    Raises:
        Refused: the file is too large.
    """
    if (file.size or 0) > FILE_BYTES_MAX:
        raise Refused("文件超过 %(most)s MB，请分开导入。", most=FILE_BYTES_MAX // 1_000_000)
    content = file.read()
    token = hashlib.sha256(content).hexdigest()
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    (folder / token).write_bytes(content)
    return token


def read(token: str) -> bytes:
    """Return the content of a kept file.

    Raises:
        Refused: it is not there any more.
    """
    path = _path(token)
    if path is None or not path.is_file():
        raise Refused("暂存的文件已经不在了，请重新上传。")
    return path.read_bytes()


def forget(token: str) -> None:
    """Remove a file that was taken in."""
    path = _path(token)
    if path is not None:
        path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "imports"


def _path(token: str) -> Path | None:
    return _folder() / token if TOKEN.match(token) else None


def _sweep(folder: Path) -> None:
    oldest = time.time() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
