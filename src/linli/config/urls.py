"""Every address the system answers, one line per desk or door."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from linli.web.preferences import set_type

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("linli.web.account.urls")),
    path("language/", set_language, name="set_language"),
    path("type/", set_type, name="set_type"),
]
