"""The doors of the one-key call: vendors' clouds by signed requests, gateways as ThingsBoard takes them (一键呼接口).

A request is answered once what it brought is committed. A press is never refused for how it is written or how many
there are: what cannot be read is kept word for word and rings at the duty desk.
"""

from typing import Annotated, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from ninja import Path, Router, Schema

from linli.api.answers import JSON, TYPES, Fault, as_json
from linli.api.keys import count_address, meter
from linli.api.open311.shapes import FaultRow
from linli.call import actions as calls
from linli.call import queries as called
from linli.call.queries import Vendor
from linli.call.rules import PressKind, Received
from linli.call.rules.messages import Heartbeat
from linli.call.rules.thingsboard import telemetry_from
from linli.call.rules.troubles import WRONG_CLOCK, TroubleKind
from linli.call.rules.vendors import (
    AT_ONCE_MAX,
    STATES_PER_MINUTE,
    WINDOW_SECONDS,
    presses_from,
    result_of,
    states_from,
)
from linli.shared.crypto import unseal
from linli.shared.signing import is_signed

NOT_SIGNED = "缺少签名或签名不对。"
TOO_OLD = "签名的时间和这里差 %(seconds)s 秒，最多 %(most)s 秒。请校准时钟，再重发。"
TOO_MANY = "一次最多 %(most)s 条，一条也没有收下，请分开发。"
NO_TOKEN = "没有这个令牌。"  # noqa: S105 -- words for people
KEY_MAX, DIGITS_MAX = 128, 12

FAULTS: dict[Any, Any] = dict.fromkeys((400, 401, 413, 429, 503), list[FaultRow])

Row = TypeVar("Row", Received, Heartbeat)

vendors = Router(tags=["One-key call: vendors' clouds"])
thingsboard = Router(tags=["One-key call: ThingsBoard HTTP"])


class PressIn(Schema):
    """One press, as the vendor's device said it."""

    serial: str
    ref: str  # the device's own mark: the same serial and ref is the same press
    kind: PressKind = PressKind.PRESS
    at: str | None = None  # by the device's clock: ISO 8601, or seconds or milliseconds since 1970
    lng: float | None = None  # WGS-84
    lat: float | None = None


class PressesIn(Schema):
    """Presses handed over together; a bare object or list is taken as well."""

    presses: list[PressIn]


class PressOut(Schema):
    """What became of one press: 0 handled, 1 kept and rings at the duty desk but could not be read."""

    serial: str
    ref: str
    result: int
    number: str
    is_repeat: bool
    problem: str


class PressesOut(Schema):
    """What became of each press, in order."""

    presses: list[PressOut]


class StateIn(Schema):
    """A sign of life."""

    serial: str
    battery: int | None = None
    signal: int | None = None
    online: bool = True
    at: str | None = None


class StatesIn(Schema):
    """States handed over together; a bare object or list is taken as well."""

    states: list[StateIn]


class StatesOut(Schema):
    """How many were of devices we know."""

    known: int
    unknown: int


def _described(shape: type[Schema]) -> dict[str, Any]:
    """Describe the signed request; its body is read as it came, since it is what was signed."""
    heads = {
        "linli-vendor": "The number of the vendor's cloud, shown with its secret.",
        "webhook-id": "A mark of this request, the same when it is sent again.",
        "webhook-timestamp": "Seconds since 1970; five minutes off at most.",
        "webhook-signature": "v1,BASE64(HMAC-SHA256(secret, id.timestamp.body)), as Standard Webhooks says.",
    }
    schema = shape.model_json_schema()
    inner = schema.pop("$defs", {})
    (rows,) = schema["properties"].values()
    name = rows["items"]["$ref"].rsplit("/", 1)[-1]
    rows["items"] = _plain(inner[name], inner)
    return {
        "parameters": [
            {"in": "header", "name": head, "required": True, "schema": {"type": "string"}, "description": words}
            for head, words in heads.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
    }


def _plain(schema: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """Write out what a schema refers to: the description of these bodies stands beside ninja's own."""
    properties = {}
    for name, prop in schema["properties"].items():
        target = prop.get("$ref", "").rsplit("/", 1)[-1]
        properties[name] = {**inner[target], **{k: v for k, v in prop.items() if k != "$ref"}} if target else prop
    return {**schema, "properties": properties}


@vendors.post("/presses", response=FAULTS | {200: PressesOut}, openapi_extra=_described(PressesIn))
def post_presses(request: HttpRequest) -> HttpResponse:
    """Take in presses of a vendor's devices; the same serial and ref is the same press and answered again."""
    vendor_of(request)
    return _taken(_bounded(presses_from(request.body)))


@vendors.post("/states", response=FAULTS | {200: StatesOut}, openapi_extra=_described(StatesIn))
def post_states(request: HttpRequest) -> HttpResponse:
    """Take in signs of life of a vendor's devices; devices we do not know are counted and left alone."""
    vendor = vendor_of(request)
    meter.spend(f"vendor {vendor.pk}", limit=STATES_PER_MINUTE)
    heartbeats = _bounded(states_from(request.body))
    serials = {one.serial for one in heartbeats}
    known = calls.mark_heard(heartbeats=heartbeats, at=timezone.now())
    return _answer({"known": known, "unknown": len(serials) - known})


@thingsboard.post("/{token}/telemetry", response=FAULTS | {200: PressesOut, 404: list[FaultRow]}, openapi_extra={
    "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
})  # fmt: skip
def post_telemetry(request: HttpRequest, token: Annotated[str, Path(max_length=64)]) -> HttpResponse:
    """Take in telemetry as ThingsBoard's HTTP device API does; the access token is the device's secret."""
    device = called.device_of_secret(token)
    if device is None:
        count_address(request)
        raise Fault(401, NO_TOKEN)
    heard = telemetry_from(request.body, serial=device.serial)
    answer = _taken(_bounded(list(heard.presses)))
    calls.mark_heard(heartbeats=heard.heartbeats, at=timezone.now())
    return answer


def vendor_of(request: HttpRequest) -> Vendor:
    """Return the vendor's cloud whose secret signed a request (验签).

    Raises:
        Fault: nobody we know signed it, or so long ago that somebody may be saying it again.
    """
    number, key, moment = (_head(request, name) for name in ("LINLI_VENDOR", "WEBHOOK_ID", "WEBHOOK_TIMESTAMP"))
    vendor = called.vendor(int(number)) if _is_number(number) else None
    if vendor is None or not key or len(key) > KEY_MAX or not _is_number(moment) or not _is_its(request, vendor):
        count_address(request)
        raise Fault(401, NOT_SIGNED)
    at = timezone.now()
    off = abs(int(at.timestamp()) - int(moment))
    if off > WINDOW_SECONDS:
        # Its presses do not come in: somebody has to know, and it is the vendor's clock or ours.
        calls.in_trouble(kind=TroubleKind.DENIED, topic=WRONG_CLOCK, words=vendor.name, at=at)
        raise Fault(401, TOO_OLD, seconds=off, most=WINDOW_SECONDS)
    return vendor


def _is_its(request: HttpRequest, vendor: Vendor) -> bool:
    return is_signed(
        _head(request, "WEBHOOK_SIGNATURE"),
        unseal(bytes(vendor.secret_sealed)),
        key=_head(request, "WEBHOOK_ID"),
        timestamp=int(_head(request, "WEBHOOK_TIMESTAMP")),
        content=request.body,
    )


def _head(request: HttpRequest, name: str) -> str:
    return str(request.META.get(f"HTTP_{name}", "")).strip()


def _is_number(words: str) -> bool:
    return words.isascii() and words.isdigit() and len(words) <= DIGITS_MAX


def _bounded(rows: list[Row]) -> list[Row]:
    if len(rows) > AT_ONCE_MAX:
        raise Fault(413, TOO_MANY, most=AT_ONCE_MAX)
    return rows


def _taken(received: list[Received]) -> HttpResponse:
    taken = calls.take_in(received=received, at=timezone.now())
    rows = [
        {
            "serial": one.serial,
            "ref": "".join(letter for letter in given.ref if letter.isprintable()),
            "result": result_of(given).value,
            "number": one.number,
            "is_repeat": one.is_repeat,
            "problem": "；".join(gettext(words) for words in given.fault.split("；") if words),
        }
        for given, one in zip(received, taken, strict=True)
    ]
    return _answer({"presses": rows})


def _answer(row: dict[str, Any]) -> HttpResponse:
    return HttpResponse(as_json(row), content_type=TYPES[JSON])
