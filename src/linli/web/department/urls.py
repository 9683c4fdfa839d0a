"""Addresses of the department's desk."""

from django.urls import path

from linli.shared.roles import Role
from linli.web.casepage.urls import patterns
from linli.web.department import views

app_name = "department"
urlpatterns = [
    path("", views.to_report_in, name="desk"),
    path("in-hand/", views.in_hand, name="in_hand"),
    path("waiting/", views.waiting, name="waiting"),
    path("supervised/", views.supervised, name="supervised"),
    path("applications/", views.applications, name="applications"),
    *patterns(Role.DEPARTMENT, Role.HEALTH),
]
