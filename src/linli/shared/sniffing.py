"""What a file is, by what it holds and not by what it is called (识别文件类型)."""

import io
import re
import unicodedata
import zipfile

NAME_MAX = 120
ENTRIES_MAX = 20_000
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OFFICE = {"word/": (WORD, "docx"), "xl/": (SHEET, "xlsx"), "ppt/": (SLIDES, "pptx")}
# Where in the file, what stands there, what it is, how its name ends.
MARKS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"%PDF-", "application/pdf", "pdf"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"\xff\xfb", "audio/mpeg", "mp3"),
    (0, b"\xff\xf3", "audio/mpeg", "mp3"),
    (0, b"\xff\xf2", "audio/mpeg", "mp3"),
    (0, b"#!AMR", "audio/amr", "amr"),
    (0, b"OggS", "audio/ogg", "ogg"),
    (8, b"WAVE", "audio/wav", "wav"),
    (4, b"ftypM4A", "audio/mp4", "m4a"),
    (4, b"ftyp", "video/mp4", "mp4"),
    (0, b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "png"),
)
NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]')


def sniffed(content: bytes) -> tuple[str, str] | None:
    """Return what a file is and how its name should end, or nothing when it is none of those taken."""
    if content[:4] == b"PK\x03\x04":
        return _office(content)
    for place, mark, media_type, ending in MARKS:
        if content[place : place + len(mark)] == mark:
            return media_type, ending
    return None


def safe_name(name: str, ending: str) -> str:
    """Return a name that shows in one direction, names no folder, and ends as the file's kind does."""
    bare = NOT_IN_A_NAME.sub("", unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])).strip(" .")
    stem = bare.rsplit(".", 1)[0] if "." in bare else bare
    return f"{stem[: NAME_MAX - len(ending) - 1] or '附件'}.{ending}"


def _office(content: bytes) -> tuple[str, str] | None:
    """Look at the names inside an office file; one that carries macros is not taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):  # zipfile says so of later versions
        return None
    is_office = "[Content_Types].xml" in names and len(names) <= ENTRIES_MAX
    if not is_office or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next((kind for folder, kind in OFFICE.items() if any(name.startswith(folder) for name in names)), None)
