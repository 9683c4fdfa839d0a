"""Addresses of Open311 GeoReport v2, with their description in OpenAPI (地址)."""

from typing import Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router

from linli.api.answers import rows_answer
from linli.api.open311 import posting

router = Router(tags=["Open311 GeoReport v2"])


@router.post("/v2/requests.{form}")
def post_request(request: HttpRequest, form: Literal["json", "xml"]) -> HttpResponse:
    """Take in a service request."""
    row = posting.post(request)
    return rows_answer(form, root="service_requests", item="request", rows=[row], status=201)
