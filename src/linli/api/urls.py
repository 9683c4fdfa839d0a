"""Addresses of the machine doors, described in OpenAPI 3.1 at /api/openapi.json."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from linli.api.answers import Fault
from linli.api.calls import thingsboard, vendors
from linli.api.doors import answer_to
from linli.api.hotline import router as hotline
from linli.api.open311.routes import router as open311

BODY_KINDS = ("body", "form", "file")


class Doors(NinjaAPI):
    """The machine doors, whose description also names the XML answers."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Describe the doors."""
        schema = super().get_openapi_schema(**options)
        for address, operations in schema["paths"].items():
            if not address.endswith("{form}"):
                continue
            for operation in operations.values():
                for answer in operation["responses"].values():
                    answer.setdefault("content", {})["text/xml"] = {"schema": {"type": "string"}}
        return schema


api = Doors(
    title="linli 邻里",
    version="1.0",
    description="Open311 GeoReport v2 with mySociety's request updates, the door of the 12345 hotline, those of the "
    "one-key call: vendors' clouds and ThingsBoard HTTP.",
    docs_url=None,
    openapi_url="/api/openapi.json",
    urls_namespace="doors",
)
api.add_router("/open311", open311)
api.add_router("/api/hotline", hotline)
api.add_router("/api/call/v1", vendors)
api.add_router("/api/v1", thingsboard)


@api.exception_handler(ValidationError)
def not_as_described(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """An address that is none is not found; anything else in the request is answered with where it is wrong."""
    places = [error.get("loc", ()) for error in fault.errors]
    if places and places[0][:1] == ("path",):
        return answer_to(request, Fault(404, "没有这个地址。"))
    where = "；".join(".".join(str(part) for part in place if part not in BODY_KINDS) for place in places[:5])
    return answer_to(request, Fault(400, "这些地方不符合接口说明：%(where)s", where=where or "body"))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, fault: HttpError) -> HttpResponse:
    """A body that cannot be read."""
    return answer_to(request, Fault(fault.status_code, "请求的内容不是有效的 JSON。"))


@api.exception_handler(Exception)
def failed(request: HttpRequest, fault: Exception) -> HttpResponse:
    """Answer every other fault in the door's own form."""
    return answer_to(request, fault)


urlpatterns = [path("", api.urls)]
