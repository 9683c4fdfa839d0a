"""The appeal-shaped value that every channel hands over, and what is not accepted."""

import hashlib
import math
import re
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson

from linli.place.rules import Datum
from linli.shared.refusals import Refused
from linli.shared.urgency import Urgency

TEXT_MAX = 4000  # Open311 GeoReport v2: description, 4,000 characters
TITLE_MAX = 120
ADDRESS_MAX = 300
REFERENCE_MAX = 120
PHOTOS_MAX = 9
MEDIA_URL_MAX = 500
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Channel(StrEnum):
    """How an appeal came (来源)."""

    HOTLINE = "HOTLINE"
    OPEN311 = "OPEN311"
    WEB = "WEB"
    PHONE = "PHONE"
    WALK_IN = "WALK_IN"
    VISIT = "VISIT"
    CALL = "CALL"
    COUNCIL = "COUNCIL"
    INSPECTION = "INSPECTION"


CHANNEL_LABELS = {
    Channel.HOTLINE: "12345 热线",
    Channel.OPEN311: "开放接口",
    Channel.WEB: "居民上报",
    Channel.PHONE: "电话",
    Channel.WALK_IN: "来访",
    Channel.VISIT: "入户走访",
    Channel.CALL: "一键呼",
    Channel.COUNCIL: "议事会",
    Channel.INSPECTION: "巡查",
}


class Kind(StrEnum):
    """What is asked for (诉求类型)."""

    CONSULT = "CONSULT"
    HELP = "HELP"
    COMPLAINT = "COMPLAINT"
    REPORT = "REPORT"
    SUGGESTION = "SUGGESTION"


KIND_LABELS = {
    Kind.CONSULT: "咨询",
    Kind.HELP: "求助",
    Kind.COMPLAINT: "投诉",
    Kind.REPORT: "举报",
    Kind.SUGGESTION: "建议",
}


class LocatedBy(StrEnum):
    """How an appeal got its area (定位方式)."""

    GIVEN = "GIVEN"
    POINT = "POINT"
    WORDS = "WORDS"
    OUTSIDE = "OUTSIDE"
    UNKNOWN = "UNKNOWN"


class FileState(StrEnum):
    """How far the import of a file has come."""

    UPLOADED = "UPLOADED"
    IMPORTING = "IMPORTING"
    DONE = "DONE"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactGiven:
    """How the resident may be reached, as given with the appeal."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An appeal as a channel hands it over; ``lng``/``lat`` are degrees in the named datum."""

    channel: Channel
    text: str
    title: str = ""
    kind: Kind = Kind.HELP
    occurred_at: datetime | None = None
    address: str = ""
    lng: float | None = None
    lat: float | None = None
    datum: Datum = Datum.WGS84
    area_code: str = ""
    category_code: str = ""
    urgency: Urgency | None = None
    contact: ContactGiven | None = None
    is_anonymous: bool = False
    is_confidential: bool = False
    external_number: str = ""
    idempotency_key: str = ""
    photo_ids: tuple[UUID, ...] = ()
    people_affected: int | None = None
    language: str = "zh-hans"
    media_urls: tuple[str, ...] = ()  # recorded as sent, never fetched: a stranger must not choose whom we call
    by_post_id: int | None = None
    by_key_id: int | None = None


_SAID = tuple(sorted(field.name for field in fields(Received) if field.name not in {"by_post_id", "by_key_id"}))
_said = attrgetter(*_SAID)


def check(received: Received, *, at: datetime) -> None:
    """Refuse what cannot be kept as it is, with the sentence that says how to mend it.

    Raises:
        Refused: nothing said, too long, control characters, impossible coordinates or times.
    """
    if not received.text.strip():
        raise Refused("请写下发生了什么。")
    _check_length(received.text, TEXT_MAX, "内容")
    _check_length(received.title, TITLE_MAX, "标题")
    _check_length(received.address, ADDRESS_MAX, "地址")
    for words in (received.external_number, received.idempotency_key):
        _check_length(words, REFERENCE_MAX, "编号")
    said = (received.text, received.title, received.address, received.external_number, received.idempotency_key)
    if CONTROL.search("".join(said)):
        raise Refused("文字里有不能保存的控制字符，请删去后再提交。")
    if len(received.photo_ids) + len(received.media_urls) > PHOTOS_MAX:
        raise Refused("最多上传 %(count)s 张照片。", count=PHOTOS_MAX)
    _check_point(received)
    if received.occurred_at is not None and received.occurred_at > at:
        raise Refused("发生时间不能晚于现在。")
    if received.people_affected is not None and not 0 <= received.people_affected <= 1_000_000:
        raise Refused("影响人数应在 0 到 100 万之间。")


def _check_length(words: str, most: int, what: str) -> None:
    if len(words) > most:
        raise Refused("%(what)s太长：有 %(length)s 个字，最多 %(most)s 个。", what=what, length=len(words), most=most)


def _check_point(received: Received) -> None:
    if (received.lng is None) != (received.lat is None):
        raise Refused("经度和纬度要一起给出。")
    if received.lng is None or received.lat is None:
        return
    if not (math.isfinite(received.lng) and math.isfinite(received.lat)):
        raise Refused("经纬度不是有效的数字。")
    if not (-180 <= received.lng <= 180 and -90 <= received.lat <= 90):
        raise Refused("经度应在 -180 到 180 之间，纬度应在 -90 到 90 之间。")


def fingerprint(received: Received) -> bytes:
    """Return the digest by which a repeated submission is told from another one with the same key."""
    words: dict[str, Any] = dict(zip(_SAID, _said(received), strict=True))  # asdict() would copy deeply
    if received.contact is not None:
        given = received.contact
        words["contact"] = (given.name, given.phone, given.email)
    return hashlib.sha256(orjson.dumps(words)).digest()


def title_of(received: Received, *, most: int = 40) -> str:
    """Return the appeal's title, or the beginning of its text on one line."""
    if received.title.strip():
        return received.title.strip()
    line = " ".join(received.text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
