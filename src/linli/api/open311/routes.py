"""Addresses of Open311 GeoReport v2, with their description in OpenAPI (地址)."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Header, Path, Query, Router, Schema

from linli.api.answers import TYPES, XML, as_json, one_as_xml, rows_answer
from linli.api.keys import count_address
from linli.api.open311 import listing, posting, services, shapes, updates

Form = Literal["json", "xml"]
FAULTS: dict[Any, Any] = dict.fromkeys((400, 403, 404, 409, 429, 503), list[shapes.FaultRow])

router = Router(tags=["Open311 GeoReport v2"])


class Asked(Schema):
    """What every question may name."""

    jurisdiction_id: str = ""
    locale: str = ""


class Period(Asked):
    """A period and a page of it."""

    start_date: str = ""
    end_date: str = ""
    page: str = ""
    page_size: str = ""


class Filters(Period):
    """Which requests."""

    service_request_id: str = ""
    service_code: str = ""
    status: str = ""


@router.get("/discovery.{form}", response=FAULTS | {200: shapes.Discovery})
def discovery(request: HttpRequest, form: Form) -> HttpResponse:
    """Say where the interface answers and in which formats."""
    count_address(request)
    found = services.discovery(request)
    if form == XML:
        endpoints = [
            {"endpoint": row | {"formats": [{"format": name} for name in row["formats"]]}} for row in found["endpoints"]
        ]
        return HttpResponse(one_as_xml("discovery", found | {"endpoints": endpoints}), content_type=TYPES[XML])
    return HttpResponse(as_json(found), content_type=TYPES[form])


@router.get("/v2/services.{form}", response=FAULTS | {200: list[shapes.Service]})
def service_list(request: HttpRequest, form: Form, asked: Query[Asked]) -> HttpResponse:  # noqa: ARG001 -- described for OpenAPI, read by hand
    """List the public categories."""
    language = listing.language_of(listing.begun(request))
    rows = services.services(language)
    if form == XML:
        rows = [row | {"groups": [{"group": name} for name in row["groups"]]} for row in rows]
    return rows_answer(form, root="services", item="service", rows=rows)


@router.get("/v2/services/{code}.{form}", response=FAULTS | {200: shapes.Definition})
def service_definition(
    request: HttpRequest,
    code: Annotated[str, Path(max_length=8)],
    form: Form,
    asked: Query[Asked],  # noqa: ARG001 -- described for OpenAPI, read by hand
) -> HttpResponse:
    """Say what may be said with one category."""
    listing.begun(request)
    found = services.definition(code)
    if form == XML:
        attributes = [
            {"attribute": row | {"values": [{"value": value} for value in row["values"]]}}
            for row in found["attributes"]
        ]
        body = one_as_xml("service_definition", found | {"attributes": attributes})
        return HttpResponse(body, content_type=TYPES[XML])
    return HttpResponse(as_json(found), content_type=TYPES[form])


@router.post(
    "/v2/requests.{form}",
    response=FAULTS | {201: list[shapes.Posted]},
    openapi_extra=shapes.form_body(form=shapes.REQUEST_FORM, multipart=shapes.WITH_PHOTO),
)
def post_request(
    request: HttpRequest,
    form: Form,
    x_idempotency_key: Annotated[str, Header(max_length=posting.KEY_MAX)] = "",  # noqa: ARG001 -- read by hand
) -> HttpResponse:
    """Take in a service request."""
    return posting.answer(request, form)


@router.get("/v2/requests.{form}", response=FAULTS | {200: list[shapes.ServiceRequest]})
def request_list(request: HttpRequest, form: Form, asked: Query[Filters]) -> HttpResponse:  # noqa: ARG001 -- described for OpenAPI, read by hand
    """List public requests: at most 90 days and 1,000 rows."""
    return rows_answer(form, root="service_requests", item="request", rows=listing.listed(request))


@router.get("/v2/requests/{number}.{form}", response=FAULTS | {200: list[shapes.ServiceRequest]})
def one_request(
    request: HttpRequest,
    number: Annotated[str, Path(max_length=20)],
    form: Form,
    asked: Query[Asked],  # noqa: ARG001 -- described for OpenAPI, read by hand
) -> HttpResponse:
    """Show one public request."""
    return rows_answer(form, root="service_requests", item="request", rows=[listing.one(request, number)])


@router.get("/v2/tokens/{words}.{form}", response=FAULTS | {200: list[shapes.TokenRow]})
def token(
    request: HttpRequest,
    words: Annotated[str, Path(max_length=60)],
    form: Form,
    asked: Query[Asked],  # noqa: ARG001 -- described for OpenAPI, read by hand
) -> HttpResponse:
    """Say which request stands behind a token."""
    return rows_answer(form, root="service_requests", item="request", rows=[listing.token(request, words)])


@router.get("/v2/servicerequestupdates.{form}", response=FAULTS | {200: list[shapes.Update]})
def update_list(request: HttpRequest, form: Form, asked: Query[Period]) -> HttpResponse:  # noqa: ARG001 -- described for OpenAPI, read by hand
    """List what happened to public requests in a period."""
    rows = updates.listed(request)
    return rows_answer(form, root="service_requests_updates", item="request_update", rows=rows)


@router.post(
    "/v2/servicerequestupdates.{form}",
    response=FAULTS | {200: list[shapes.UpdateTaken]},
    openapi_extra=shapes.form_body(form=shapes.UPDATE_FORM),
)
def post_update(request: HttpRequest, form: Form) -> HttpResponse:
    """Take in what a reporter said later, at the partner's."""
    return rows_answer(form, root="service_request_updates", item="request_update", rows=[updates.post(request)])
