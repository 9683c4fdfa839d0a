"""Addresses of the grid worker's desk."""

from django.urls import path

from linli.shared.roles import Role
from linli.web.casepage.urls import patterns, register_patterns
from linli.web.grid import views

app_name = "grid"
urlpatterns = [
    path("", views.today, name="desk"),
    *register_patterns(Role.GRID),
    *patterns(Role.GRID),
]
