"""Addresses of the machine doors, described in OpenAPI 3.1 at /api/openapi.json."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI

from linli.api.doors import answer_to
from linli.api.open311.routes import router as open311

api = NinjaAPI(
    title="linli 邻里",
    version="1.0",
    description="Open311 GeoReport v2, and the 12345 hotline.",
    docs_url=None,
    openapi_url="/api/openapi.json",
    urls_namespace="doors",
)
api.add_router("/open311", open311)


@api.exception_handler(Exception)
def failed(request: HttpRequest, fault: Exception) -> HttpResponse:
    """Answer every fault in the door's own form."""
    return answer_to(request, fault)


urlpatterns = [path("", api.urls)]
