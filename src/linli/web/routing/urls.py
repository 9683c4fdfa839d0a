"""Addresses of the responsibility list."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from linli.web.routing import duties, tables, trying, views


class _FileKind(StringConverter):
    regex = "csv|xlsx"


register_converter(_FileKind, "list_file")
app_name = "routing"
urlpatterns = [
    path("", views.rules, name="rules"),
    path("new/", views.new_rule, name="new"),
    path("<int:pk>/", views.rule, name="rule"),
    path("<int:pk>/retire/", views.retire, name="retire"),
    path("<int:pk>/move/", views.move, name="move"),
    path("drafts/", views.put_in_force, name="put_in_force"),
    path("try/", trying.attempt, name="attempt"),
    path("replay/", trying.replay, name="replay"),
    path("export.<list_file:kind>", tables.write, name="export"),
    path("import/", tables.rehearse, name="import"),
    path("import/write/", tables.take_in, name="take_in"),
    path("duties/", duties.duties, name="duties"),
    path("duties/mode/", duties.duty_mode, name="duty_mode"),
]
