"""Every address the system answers, one line per desk or door."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from linli.web.photos import photo
from linli.web.preferences import set_type

urlpatterns: list[URLPattern | URLResolver] = [
    path("community/", include("linli.web.community.urls")),
    path("department/", include("linli.web.department.urls")),
    path("grid/", include("linli.web.grid.urls")),
    path("", include("linli.web.resident.urls")),
    path("", include("linli.web.notices.urls")),
    path("", include("linli.web.outside.urls")),
    path("admin/", include("linli.web.admin.urls")),
    path("routing/", include("linli.web.routing.urls")),
    path("duty/", include("linli.web.duty.urls")),
    path("calls/", include("linli.web.calls.urls")),
    path("devices/", include("linli.web.devices.urls")),
    path("bracelet/", include("linli.web.bracelet.urls")),
    path("", include("linli.web.account.urls")),
    path("", include("linli.web.people.urls")),
    path("views/", include("linli.web.saved.urls")),
    path("imports/", include("linli.web.imports.urls")),
    path("", include("linli.api.urls")),
    path("district/", include("linli.web.district.urls")),
    path("language/", set_language, name="set_language"),
    path("type/", set_type, name="set_type"),
    path("photos/<uuid:photo_id>", photo, name="photo"),
]
handler400 = "linli.web.faults.bad_request"
