"""Addresses of the alarm and of the calls."""

from django.urls import path

from linli.web.calls import board

app_name = "calls"
urlpatterns = [
    path("", board.board, name="board"),
    path("strip/", board.strip, name="strip"),
    path("present/", board.present, name="present"),
    path("<int:pk>/answer/", board.answer, name="answer"),
    path("<int:pk>/attend/", board.attend, name="attend"),
]
