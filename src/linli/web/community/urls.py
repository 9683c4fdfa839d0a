"""Addresses of the community and street desk."""

from django.urls import path

from linli.shared.roles import Role
from linli.web.callbacks import urls as callbacks
from linli.web.casepage.urls import patterns, register_patterns
from linli.web.community import views

app_name = "community"
urlpatterns = [
    path("", views.morning, name="desk"),
    path("lists/<slug:name>/", views.queue, name="queue"),
    *register_patterns(Role.COMMUNITY, Role.STREET),
    *callbacks.patterns(Role.COMMUNITY, Role.STREET),
    *patterns(Role.COMMUNITY, Role.STREET),
]
