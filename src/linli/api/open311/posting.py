"""A request that comes in: read the form, keep the photos, open the case (受理)."""

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from linli.api.answers import Fault, rows_answer
from linli.api.keys import let_in
from linli.api.open311.services import CONFIDENTIAL, KIND, OCCURRED, PEOPLE
from linli.case import actions as cases
from linli.intake import queries as appeals
from linli.intake.queries import ApiKey
from linli.intake.rules import CONTROL, MEDIA_URL_MAX, PHOTOS_MAX, Channel, ContactGiven, Kind, Received, check
from linli.place.rules import Datum
from linli.shared.actions import check_photo, keep_photo
from linli.shared.refusals import Refused
from linli.text import queries as text

EARLIEST, LATEST = 1900, 9000  # years; beyond them arithmetic with zones overflows
FIELDS_MAX = 500
KEY_MAX = 100  # characters of a client's idempotency key; ours goes in front of it
PRINTABLE = re.compile(r"[\x21-\x7e]+")
URL = re.compile(r"https?://[^\s<>\"'\\]+")
HAN = re.compile(r"[\u3400-\u9fff]")
REHEARSAL = "linli.rehearsal"  # in a request's surroundings: all is checked, nothing is kept
MEDIA_PARTS = ("media", "media_url")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Form:
    """The fields of a form: the last of a name, or all of them."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of a name."""
        return self._values[name][-1] if name in self._values else default

    def getlist(self, name: str) -> list[str]:
        """Return all values of a name."""
        return self._values.get(name, [])


def answer(request: HttpRequest, form: str) -> HttpResponse:
    """Take in a service request and answer in a format."""
    return rows_answer(form, root="service_requests", item="request", rows=[post(request)], status=201)


def post(request: HttpRequest) -> dict[str, Any]:
    """Take in a service request and return its number (受理).

    Raises:
        Fault: no key, or something in the form is not as it should be.
        Refused: the appeal cannot be kept as it is.
    """
    # The door's clock ticks in seconds: appeals of the same second share their deadlines.
    form, at = form_of(request), timezone.now().replace(microsecond=0)
    key = let_in(request, secret=either(request, form, "api_key"), channel=Channel.OPEN311)
    check_jurisdiction(either(request, form, "jurisdiction_id"), key)
    received = _received(form, key, idempotency=_idempotency(request, key))
    if request.content_type != FORMS[0] and request.FILES:
        check(received, at=at)
        received = replace(received, photo_ids=_photos(request, received, at=at))
    opened = cases.open_case(received=received, at=at)
    notice = _notice(opened, said=received.text)
    if REHEARSAL in request.META:
        notice = gettext("这是试用接口，没有登记。") + notice
    return {
        "service_request_id": opened.number,
        "service_notice": notice,
        "account_id": None,
        "follow_path": f"/f/{opened.number}/{opened.token}/",
    }


def _notice(opened: cases.Opened, *, said: str) -> str:
    """Say by when it will be done; where the words sound like danger, first whom to call."""
    due = timezone.localtime(opened.due_at).strftime("%Y-%m-%d %H:%M")
    notice = gettext("已受理，最迟 %(due)s 办结。") % {"due": due}
    numbers = [alarm.number for alarm in text.alarms_in(said)]
    first = gettext("如果现在有危险，请先拨打 %(numbers)s。") % {"numbers": " ".join(numbers)} if numbers else ""
    return first + notice


def form_of(request: HttpRequest) -> Form:
    """Return the form of a POST.

    Raises:
        Fault: it is no form.
    """
    if request.content_type not in FORMS:
        raise Fault(400, "请用 application/x-www-form-urlencoded 或 multipart/form-data 提交。")
    if request.content_type != FORMS[0]:
        return Form((name, value) for name, values in request.POST.lists() for value in values)
    try:
        # Read by hand: Django would read another encoding as Latin-1, and keep the garble.
        return Form(parse_qsl(request.body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except UnicodeDecodeError as wrong:
        raise Fault(400, "表单的编码不是 UTF-8。") from wrong
    except ValueError as wrong:
        raise Fault(400, "表单的项目太多。") from wrong


def either(request: HttpRequest, form: Form, name: str) -> str:
    """Return a parameter of the form, or of the address where some clients put it."""
    return one_of(form, name) or (one_of(request.GET, name) if request.META.get("QUERY_STRING") else "")


def check_jurisdiction(given: str, key: ApiKey | None = None) -> None:
    """Refuse a jurisdiction that is not ours, or not the key's.

    Raises:
        Fault: with 404, as the specification asks.
    """
    known = {"", settings.DISTRICT_CODE, *([key.jurisdiction] if key and key.jurisdiction else [])}
    if given not in known:
        raise Fault(404, "没有这个 jurisdiction_id。")
    if key and key.jurisdiction and given and given != key.jurisdiction:
        raise Fault(403, "这把密钥不能用于这个 jurisdiction_id。")


def _received(form: Form, key: ApiKey, *, idempotency: str) -> Received:
    service = _service_code(form)
    lng, lat = _point(form)
    address, area_code = one_of(form, "address_string"), one_of(form, "address_id")
    if lng is None and not address and not area_code:
        raise Fault(400, "请给出 lat 和 long、address_string 或 address_id 之一。")
    contact = _contact(form)
    said = _attributes(form)
    return Received(
        channel=Channel.OPEN311,
        text=one_of(form, "description") or text.category_name(service),
        address=address,
        lng=lng,
        lat=lat,
        datum=_datum(form),
        area_code=area_code,
        category_code=service,
        contact=contact,
        is_anonymous=contact is None,
        idempotency_key=idempotency,
        media_urls=media_urls(form),
        by_key_id=key.pk,
        **said,
    )


def one_of(form: Form | QueryDict, name: str) -> str:
    """Return one parameter; an empty one is an absent one.

    Raises:
        Fault: it was not written in UTF-8, or holds what cannot be kept.
    """
    value = str(form.get(name, "")).strip()
    if "\ufffd" in value:
        raise Fault(400, "“%(name)s”的编码不是 UTF-8。", name=name)
    if CONTROL.search(value):
        raise Fault(400, "“%(name)s”里有不能保存的控制字符。", name=name)
    return value


def _service_code(form: Form) -> str:
    code = one_of(form, "service_code")
    if not code:
        raise Fault(400, "缺少 service_code。")
    if not text.is_offered(code):
        raise Fault(400, "没有“%(code)s”这个分类。", code=code[:20])
    return code


def _point(form: Form) -> tuple[float | None, float | None]:
    given = one_of(form, "long"), one_of(form, "lat")
    if given == ("", ""):
        return None, None
    if "" in given:
        raise Fault(400, "lat 和 long 要一起给出。")
    try:
        lng, lat = map(float, given)
    except ValueError as wrong:
        raise Fault(400, "lat 和 long 应为数字。") from wrong
    if not (math.isfinite(lng) and math.isfinite(lat)):
        raise Fault(400, "lat 和 long 应为数字。")
    return lng, lat


def _datum(form: Form) -> Datum:
    given = one_of(form, "datum")
    if given and given not in set(Datum):
        raise Fault(400, "datum 应为 %(known)s 之一。", known=" ".join(Datum))
    return Datum(given) if given else Datum.WGS84


def _contact(form: Form) -> ContactGiven | None:
    first, last = one_of(form, "first_name"), one_of(form, "last_name")
    name = last + first if HAN.search(last + first) else f"{first} {last}".strip()
    given = ContactGiven(name=name, phone=one_of(form, "phone"), email=one_of(form, "email"))
    return given if name or given.phone or given.email else None


def media_urls(form: Form) -> tuple[str, ...]:
    """Read the addresses of pictures; as written several times, or as a list (``media_url[]``).

    A picture elsewhere is written down, never fetched: a stranger must not choose whom our server calls.

    Raises:
        Fault: one is no address.
    """
    given = [*form.getlist("media_url"), *form.getlist("media_url[]")]
    urls = tuple(url.strip() for url in given if url.strip())
    for url in urls:
        if len(url) > MEDIA_URL_MAX or not URL.fullmatch(url):
            raise Fault(400, "media_url 应为 http 或 https 地址，最多 %(most)s 个字符。", most=MEDIA_URL_MAX)
    return urls


def _attributes(form: Form) -> dict[str, Any]:
    """Read the attributes we know; others are for other cities."""
    said: dict[str, Any] = {}
    kind = _attribute(form, KIND)
    if kind:
        if kind not in set(Kind):
            raise Fault(400, "attribute[KIND] 应为 %(known)s 之一。", known=" ".join(Kind))
        said["kind"] = Kind(kind)
    people = _attribute(form, PEOPLE)
    if people:
        if not (people.isascii() and people.isdigit() and len(people) <= 7):
            raise Fault(400, "attribute[PEOPLE] 应为整数。")
        said["people_affected"] = int(people)
    occurred = _attribute(form, OCCURRED)
    if occurred:
        said["occurred_at"] = moment_of(occurred, "attribute[OCCURRED_AT]")
    said["is_confidential"] = _attribute(form, CONFIDENTIAL) in {"yes", "true", "1"}
    return said


def _attribute(form: Form, code: str) -> str:
    return one_of(form, f"attribute[{code}]") or one_of(form, f"attribute[{code}][]")


def moment_of(words: str, name: str) -> datetime:
    """Read a W3C moment; without a zone it is the district's time.

    Raises:
        Fault: it is none.
    """
    try:
        at = parse_datetime(words.replace(" ", "+") if "T" in words else words)
    except (ValueError, OverflowError):
        at = None
    if at is None or not EARLIEST < at.year < LATEST:
        raise Fault(400, "%(name)s 应为带时区的时间，例如 2026-11-23T10:00:00+08:00。", name=name)
    return at if at.tzinfo else timezone.make_aware(at)


def _idempotency(request: HttpRequest, key: ApiKey) -> str:
    given = request.META.get("HTTP_X_IDEMPOTENCY_KEY", "").strip()
    if not given:
        return ""
    if len(given) > KEY_MAX or not PRINTABLE.fullmatch(given):
        raise Fault(400, "X-Idempotency-Key 应为 1 到 %(most)s 个可见的 ASCII 字符。", most=KEY_MAX)
    return f"{key.pk}:{given}"


def _photos(request: HttpRequest, received: Received, *, at: datetime) -> tuple[Any, ...]:
    """Keep the pictures sent with the form; a repeated submission keeps none twice."""
    files = [file for name in MEDIA_PARTS for file in request.FILES.getlist(name)]
    if len(files) > PHOTOS_MAX:
        raise Refused("最多上传 %(count)s 张照片。", count=PHOTOS_MAX)
    if REHEARSAL in request.META:  # a file is not taken back with the transaction
        for file in files:
            check_photo(_content(file))
        return ()
    before = appeals.by_key(received.idempotency_key) if received.idempotency_key else None
    if before is not None and len(before.photo_ids) == len(files):
        return tuple(before.photo_ids)
    return tuple(keep_photo(content=_content(file), at=at).pk for file in files)


def _content(file: Any) -> bytes:
    if (file.size or 0) > settings.PHOTO_BYTES_MAX:
        raise Refused("照片太大，请选小于 %(megabytes)s MB 的照片。", megabytes=settings.PHOTO_BYTES_MAX // 1_000_000)
    content: bytes = file.read()
    return content
