"""Shapes of Open311 answers and forms, for their description in OpenAPI; the answers are written by hand (形状)."""

from typing import Any, Literal

from ninja import Schema

from linli.intake.rules import MEDIA_URL_MAX, TEXT_MAX, Kind
from linli.place.rules import Datum


class FaultRow(Schema):
    """Why not."""

    code: int
    description: str


class Endpoint(Schema):
    """One place where the interface answers."""

    specification: str
    url: str
    changeset: str
    type: Literal["production", "test"]
    formats: list[str]


class Discovery(Schema):
    """Where the door is."""

    changeset: str
    contact: str
    key_service: str
    endpoints: list[Endpoint]


class Service(Schema):
    """A category a request may name."""

    service_code: str
    service_name: str
    description: str
    metadata: bool
    type: Literal["realtime", "batch", "blackbox"]
    keywords: str
    group: str
    groups: list[str]


class AttributeValue(Schema):
    """One value of a list."""

    key: str
    name: str


class Attribute(Schema):
    """Something that may be said with a category."""

    variable: bool
    code: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    required: bool
    datatype_description: str
    order: int
    description: str
    values: list[AttributeValue]


class Definition(Schema):
    """What may be said with a category."""

    service_code: str
    attributes: list[Attribute]


class Posted(Schema):
    """The number of a request that was taken in."""

    service_request_id: str
    service_notice: str
    account_id: None
    follow_path: str


class ServiceRequest(Schema):
    """A request as strangers may read it."""

    service_request_id: str
    status: Literal["open", "closed"]
    status_notes: str
    service_name: str
    service_code: str
    description: str
    agency_responsible: str
    service_notice: None
    requested_datetime: str
    updated_datetime: str
    expected_datetime: str
    address: str | None
    address_id: str
    zipcode: None
    lat: float | None
    long: float | None
    media_url: None


class TokenRow(Schema):
    """The number behind a token."""

    service_request_id: str
    token: str


class Update(Schema):
    """A step of a request."""

    update_id: str
    service_request_id: str
    status: str
    updated_datetime: str
    description: str
    media_url: None


class UpdateTaken(Schema):
    """The id under which an update was kept."""

    update_id: str


def _text(most: int, words: str = "") -> dict[str, Any]:
    return {"type": "string", "maxLength": most, **({"description": words} if words else {})}


REQUEST_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["api_key", "service_code"],
    "properties": {
        "api_key": _text(200),
        "jurisdiction_id": _text(60),
        "service_code": _text(8),
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
        "long": {"type": "number", "minimum": -180, "maximum": 180},
        "datum": {"type": "string", "enum": list(Datum), "description": "of lat and long; WGS84 when absent"},
        "address_string": _text(300),
        "address_id": _text(20, "an area code of this district"),
        "email": _text(200),
        "device_id": _text(200),
        "account_id": _text(200),
        "first_name": _text(60),
        "last_name": _text(60),
        "phone": _text(30),
        "description": _text(TEXT_MAX, "plain text"),
        "media_url": _text(MEDIA_URL_MAX, "kept as written, never fetched"),
        "attribute[KIND]": {"type": "string", "enum": list(Kind)},
        "attribute[OCCURRED_AT]": {"type": "string", "format": "date-time"},
        "attribute[PEOPLE]": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
        "attribute[CONFIDENTIAL]": {"type": "string", "enum": ["yes", "no"]},
    },
}
WITH_PHOTO: dict[str, Any] = REQUEST_FORM | {
    "properties": REQUEST_FORM["properties"] | {"media": {"type": "string", "format": "binary"}}
}
UPDATE_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["api_key", "service_request_id", "update_id", "status", "updated_datetime", "description"],
    "properties": {
        "api_key": _text(200),
        "service_request_id": _text(20),
        "update_id": _text(120),
        "status": _text(40),
        "updated_datetime": {"type": "string", "format": "date-time"},
        "description": _text(2000),
        "media_url": _text(MEDIA_URL_MAX),
    },
}


def form_body(*, form: dict[str, Any], multipart: dict[str, Any] | None = None) -> dict[str, Any]:
    """Describe a body that is a form."""
    content = {"application/x-www-form-urlencoded": {"schema": form}}
    if multipart:
        content["multipart/form-data"] = {"schema": multipart}
    return {"requestBody": {"required": True, "content": content}}
