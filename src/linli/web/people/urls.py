"""Addresses of the people pages and of the resident's own record."""

from django.urls import path

from linli.web.people import own, views

HOUSEHOLD = "people/household/<int:household_id>/"
RESIDENT = HOUSEHOLD + "resident/<int:resident_id>/"

urlpatterns = [
    path("people/", views.households, name="people_households"),
    path("people/find/", views.find, name="people_find"),
    path("people/household/new/", views.new_household, name="people_new_household"),
    path(HOUSEHOLD, views.household, name="people_household"),
    path(HOUSEHOLD + "looks/", views.looks, name="people_looks"),
    path(HOUSEHOLD + "resident/", views.new_resident, name="people_new_resident"),
    path(HOUSEHOLD + "need/", views.new_need, name="people_new_household_need"),
    path(HOUSEHOLD + "need/<int:need_id>/end/", views.end_need, name="people_end_need"),
    path(HOUSEHOLD + "consent/<int:consent_id>/withdraw/", views.withdraw, name="people_withdraw"),
    path(HOUSEHOLD + "contact/<int:contact_id>/", views.contact, name="people_contact"),
    path(RESIDENT + "need/", views.new_need, name="people_new_need"),
    path(RESIDENT + "contact/", views.new_contact, name="people_new_contact"),
    path(RESIDENT + "correct/", views.correct, name="people_correct"),
    path(RESIDENT + "leave/", views.leave, name="people_leave"),
    path(RESIDENT + "link/", views.link, name="people_link"),
    path("my/<int:resident_id>/<str:token>/", own.own_record, name="own_record"),
    path("my/<int:resident_id>/<str:token>/withdraw/<int:consent_id>/", own.withdraw_own, name="withdraw_own"),
]
