"""Addresses of the hotline's files."""

from django.urls import path

from linli.web.imports import views

urlpatterns = [
    path("", views.files, name="imports"),
    path("<uuid:file_id>/", views.one_file, name="imports_file"),
    path("<uuid:file_id>/start/", views.start, name="imports_start"),
    path("<uuid:file_id>/resume/", views.resume, name="imports_resume"),
    path("<uuid:file_id>/rejected.csv", views.rejected, name="imports_rejected"),
]
