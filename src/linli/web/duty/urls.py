"""Addresses of rosters, leave and the ladder."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from linli.web.duty import files, ladder, leave, roster


class _RosterKind(StringConverter):
    regex = "csv|ics"


register_converter(_RosterKind, "roster_kind")
app_name = "duty"
urlpatterns = [
    path("", roster.roster, name="roster"),
    path("add/", roster.add, name="add"),
    path("copy/", roster.copy, name="copy"),
    path("<int:pk>/withdraw/", roster.withdraw, name="withdraw"),
    path("roster.<roster_kind:kind>", files.export, name="export"),
    path("leave/", leave.leaves, name="leave"),
    path("leave/take/", leave.take, name="take_leave"),
    path("leave/<int:pk>/withdraw/", leave.withdraw, name="withdraw_leave"),
    path("ladder/", ladder.ladder, name="ladder"),
    path("ladder/edit/", ladder.edit, name="edit_ladder"),
]
