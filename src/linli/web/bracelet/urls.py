"""Addresses of the virtual bracelet."""

from django.urls import path

from linli.web.bracelet import views

app_name = "bracelet"
urlpatterns = [path("", views.bracelet, name="page"), path("press/", views.press, name="press")]
