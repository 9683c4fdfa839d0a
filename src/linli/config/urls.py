"""Every address the system answers, one line per desk or door."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("linli.web.account.urls")),
]
