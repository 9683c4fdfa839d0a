"""Addresses of the alarm and of the calls."""

from django.urls import path

from linli.web.calls import board, lists, moves, page

app_name = "calls"
urlpatterns = [
    path("", board.board, name="board"),
    path("strip/", board.strip, name="strip"),
    path("present/", board.present, name="present"),
    path("past/", lists.past, name="past"),
    path("visits/", lists.visits, name="visits"),
    path("<int:pk>/", page.call, name="call"),
    path("<int:pk>/layer.json", board.layer, name="layer"),
    path("<int:pk>/contacts/", page.contacts, name="contacts"),
    path("<int:pk>/moves/<slug:name>/", moves.made, name="move"),
]
