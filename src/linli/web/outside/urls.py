"""Addresses of the outside body's own page, the desk's list of what it waits for, and the list of bodies."""

from django.urls import path

from linli.web.outside import desk, page

app_name = "outside"
urlpatterns = [
    path("o/<str:token>/", page.page, name="page"),
    path("o/<str:token>/accept/", page.accept, name="accept"),
    path("o/<str:token>/decline/", page.decline, name="decline"),
    path("o/<str:token>/done/", page.done, name="done"),
    path("outside/", desk.waiting, name="waiting"),
    path("admin/outside/", desk.bodies, name="bodies"),
    path("admin/outside/<int:body_id>/", desk.body, name="body"),
    path("admin/outside/<int:body_id>/close/", desk.close, name="close"),
]
