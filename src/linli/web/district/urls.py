"""Addresses of the district's desk."""

from django.urls import path

from linli.shared.roles import Role
from linli.web.callbacks import urls as callbacks
from linli.web.casepage import urls as casepage
from linli.web.district import unmatched, views

app_name = "district"
urlpatterns = [
    path("", views.board, name="board"),
    path("layer.json", views.layer, name="layer"),
    path("cases/", views.case_list, name="cases"),
    path("placing/", views.to_place, name="to_place"),
    path("placing/<int:pk>/", views.place_case, name="place_case"),
    path("unmatched/", unmatched.unmatched, name="unmatched"),
    path("unmatched/<int:pk>/", unmatched.assign, name="assign"),
    path("silent/", views.silent, name="silent"),
    path("rulings/", views.rulings, name="rulings"),
    path("supervision/", views.supervision, name="supervision"),
    path("to-rule/", views.to_rule, name="to_rule"),
    path("applications/", views.applications, name="applications"),
    path("answers/", views.answers, name="answers"),
    path("called/", views.called, name="called"),
    path("rates/", views.rate_table, name="rates"),
    path("weights/", views.weights, name="weights"),
    path("chains/", views.chains, name="chains"),
    *callbacks.patterns(Role.DISTRICT),
    *casepage.patterns(Role.DISTRICT, Role.STREET),
]
