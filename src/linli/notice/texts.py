"""The texts of notices: those we begin with, those an administrator put in their place, and their filling (模板)."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext

from linli.notice.models import Template
from linli.notice.rules import KINDS, LANGUAGES, Kind, filled
from linli.place import queries as place
from linli.staff import queries as staff
from linli.text import queries as text

__all__ = ["Text", "begun_with", "changed", "rendered", "sample", "text_of"]

Text = tuple[str, str]  # subject and body
Changed = Mapping[tuple[str, str], Text]


@lru_cache(maxsize=1)
def _begun_with() -> dict[tuple[str, str], Text]:
    path = Path(__file__).parent / "data" / "templates.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        (kind, language): (words["subject"], words["body"])
        for kind, languages in table.items()
        for language, words in languages.items()
    }


def begun_with(kind: str, language: str) -> Text:
    """Return the text a new district begins with (原有模板)."""
    return _begun_with()[kind, language]


def changed() -> dict[tuple[str, str], Text]:
    """Return every text an administrator has put in the place of ours, in one statement."""
    rows = Template.objects.values_list("kind", "language", "subject", "body")
    return {(kind, language): (subject, body) for kind, language, subject, body in rows}


def text_of(kind: str, language: str, texts: Changed) -> Text:
    """Return the text of a kind in a language; an unknown language reads Chinese."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    return texts.get((kind, language)) or begun_with(kind, language)


def rendered(kind: str, places: Mapping[str, Any], *, language: str, texts: Changed, link: str = "") -> Text:
    """Return subject and body with the places filled in a language (成文)."""
    words = words_of(places, language=language, link=link)
    subject, body = text_of(kind, language, texts)
    return filled(subject, words).strip(), filled(body, words).strip()


def words_of(places: Mapping[str, Any], *, language: str, link: str = "") -> dict[str, str]:
    """Return what stands in each place of a text in a language."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    with translation.override(language):
        return {name: _shown(name, value, language) for name, value in places.items()} | {"link": link}


def sample(kind: Kind, *, subject: str, body: str, language: str) -> Text:
    """Return a text filled with made-up places, for the preview of an administrator (预览)."""
    places = {
        "number": "26110004217",
        "category": {"bo": "ཐེམ་སྐས་གློག་སྒྲོན།", "en": "Stairwell light"}.get(language, "楼道照明"),
        "area": {"bo": "ལྡེ་མིག་སྡེ་ཁུལ།", "en": "Sample Community"}.get(language, "示例社区"),
        "unit": {"bo": "ཆུ་ཁ་ཅུད།", "en": "Water Bureau"}.get(language, "水务局"),
        "body": {"bo": "དངོས་ཟོག་ཀུང་སི།", "en": "Sample Property Co."}.get(language, "示例物业公司"),
        "due": {"zh-hans": "11月24日 17:00"}.get(language, "2026-11-24 17:00"),
        "level": {"bo": "སྐུལ་མ།", "en": "Reminder"}.get(language, "催办"),
        "link": "https://linli.example/f/26110004217/",
    }
    known = {name: words for name, words in places.items() if name in kind.places}
    return filled(subject, known).strip(), filled(body, known).strip()


def _shown(name: str, value: Any, language: str) -> str:
    if not value:
        return ""
    if name == "unit":
        return staff.unit_name(staff.unit(value), language)
    if name == "category":
        return text.category_name(value, language)
    if name == "area":
        return place.full_name(value, language)
    if name == "due":
        return _moment(datetime.fromisoformat(value), language)
    return gettext(value) if name == "level" else str(value)


def _moment(value: datetime, language: str) -> str:
    local = timezone.localtime(value)
    return f"{local.month}月{local.day}日 {local:%H:%M}" if language == "zh-hans" else f"{local:%Y-%m-%d %H:%M}"


def kinds() -> list[Kind]:
    """Return all kinds, in their order."""
    return list(KINDS.values())
