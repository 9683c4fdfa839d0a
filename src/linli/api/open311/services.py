"""Discovery, and what may be asked for: the public categories and what may be said with each (服务目录)."""

from typing import Any

from django.http import HttpRequest

from linli.api.answers import Fault
from linli.intake.rules import KIND_LABELS
from linli.text import queries as text

CHANGESET = "2026-11-28T00:00:00+08:00"  # when the list of endpoints last changed
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
ENDPOINT = "/open311/v2"
TEST_ENDPOINT = "/open311/test/v2"  # the same door, but nothing is kept: api.doors
FORMATS = ("text/xml", "application/json")

KIND, OCCURRED, PEOPLE, CONFIDENTIAL = "KIND", "OCCURRED_AT", "PEOPLE", "CONFIDENTIAL"
# What every category may be told beside its description; none is required.
ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {
        "variable": True,
        "code": KIND,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": "",
        "order": 1,
        "description": "诉求类型",
        "values": [{"key": kind.value, "name": label} for kind, label in KIND_LABELS.items()],
    },
    {
        "variable": True,
        "code": OCCURRED,
        "datatype": "datetime",
        "required": False,
        "datatype_description": "带时区的时间，例如 2026-11-23T10:00:00+08:00",
        "order": 2,
        "description": "什么时候发生的",
        "values": [],
    },
    {
        "variable": True,
        "code": PEOPLE,
        "datatype": "number",
        "required": False,
        "datatype_description": "整数",
        "order": 3,
        "description": "影响多少人",
        "values": [],
    },
    {
        "variable": True,
        "code": CONFIDENTIAL,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": "",
        "order": 4,
        "description": "是否保密（保密的不会公开列出）",
        "values": [{"key": "no", "name": "不保密"}, {"key": "yes", "name": "保密"}],
    },
)


def discovery(request: HttpRequest) -> dict[str, Any]:
    """Return where the door is and what it speaks."""
    endpoints = [
        {
            "specification": SPECIFICATION,
            "url": request.build_absolute_uri(address),
            "changeset": CHANGESET,
            "type": kind,
            "formats": list(FORMATS),
        }
        for kind, address in (("production", ENDPOINT), ("test", TEST_ENDPOINT))
    ]
    return {
        "changeset": CHANGESET,
        "contact": "请联系本区接诉即办中心。 Please write to the district's service centre.",
        "key_service": "接口密钥由区中心管理员发放。 Keys are given by the district's administrator.",
        "endpoints": endpoints,
    }


def services(language: str) -> list[dict[str, Any]]:
    """Return the public categories a request may name (服务目录)."""
    return [_service(row, language) for row in text.leaves() if row.is_public]


def definition(code: str) -> dict[str, Any]:
    """Return what may be said with a category (服务定义).

    Raises:
        Fault: there is no such public category.
    """
    if not text.is_offered(code):
        raise Fault(404, "没有“%(code)s”这个分类。", code=code[:20])
    return {"service_code": code, "attributes": list(ATTRIBUTES)}


def _service(row: Any, language: str) -> dict[str, Any]:
    group = text.category_name(row.parent_code, language) if row.parent_code else ""
    return {
        "service_code": row.code,
        "service_name": text.category_name(row.code, language),
        "description": "；".join(name for name in (row.name_zh, row.name_bo, row.name_en) if name),
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(row.keywords[:8]),
        "group": group,
        "groups": [group] if group else [],
    }
