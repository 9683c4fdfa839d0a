"""Set a case on paper: what is said goes in as data, so that no words are read as markup (排版)."""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from fontTools.ttLib import TTFont

from linli.shared.refusals import Refused

TEMPLATE = Path(__file__).with_name("case.typ")
# The first of these that is there: of the machine, of the data folder under fonts/, else the one we build in.
CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "Noto Serif CJK SC", "WenQuanYi Micro Hei", "Noto Sans SC")
BUILT_IN = ("noto-sans-sc-*.woff2", "noto-serif-tibetan-*.woff2")
TIBETAN = "Noto Serif Tibetan"


def pdf_of(shown: dict[str, Any]) -> bytes:
    """Return a case as PDF.

    Raises:
        Refused: there is no Chinese font, because the front end was not built.
    """
    fonts, families = _fonts()
    if not families:
        raise Refused("没有中文字体，做不了 PDF。请管理员安装 fonts-noto-cjk，或把字体放进数据文件夹的 fonts。")
    words = json.dumps(shown | {"fonts": list(families)}, ensure_ascii=False)
    made: bytes = typst.compile(TEMPLATE.read_bytes(), sys_inputs={"case": words}, font_paths=fonts)
    return made


@lru_cache(maxsize=1)
def _fonts() -> tuple[Any, tuple[str, ...]]:
    folder = Path(settings.DATA_DIR) / "fonts"
    _unpack(folder)
    known = typst.Fonts(include_system_fonts=True, font_paths=[str(folder)])
    families = set(known.families())
    chinese = [family for family in CHINESE if family in families][:1]
    return known, tuple([*chinese, TIBETAN] if chinese else [])


def _unpack(folder: Path) -> None:
    """Unpack the web fonts that were built in, once, so that every machine prints the same letters."""
    folder.mkdir(parents=True, exist_ok=True)
    built = settings.REPOSITORY / "frontend" / "dist" / "assets"
    for packed in (path for pattern in BUILT_IN for path in built.glob(pattern)):
        plain = folder / f"{packed.stem}.ttf"
        if not plain.exists():
            font = TTFont(packed)
            font.flavor = None
            partial = plain.with_suffix(f".{os.getpid()}.part")  # another process may unpack the same
            font.save(partial)
            partial.replace(plain)
