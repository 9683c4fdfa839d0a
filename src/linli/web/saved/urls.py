"""Addresses of the views of lists."""

from django.urls import path

from linli.web.saved import views

app_name = "saved"
urlpatterns = [
    path("", views.kept, name="kept"),
    path("keep/", views.keep, name="keep"),
    path("<int:pk>/", views.change, name="change"),
]
