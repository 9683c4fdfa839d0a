"""Addresses of the resident's pages; none asks for a login."""

from django.urls import path

from linli.web.resident import views

app_name = "resident"
urlpatterns = [
    path("", views.home, name="home"),
    path("report/", views.what, name="what"),
    path("report/where/", views.where, name="where"),
    path("report/map/", views.shapes, name="map"),
    path("report/about/", views.about, name="about"),
    path("report/same/", views.same, name="same"),
    path("report/contact/", views.contact, name="contact"),
    path("report/check/", views.check, name="check"),
    path("report/over/", views.start_over, name="start_over"),
    path("progress/", views.progress, name="progress"),
    path("f/<str:number>/<str:token>/", views.follow, name="follow"),
    path("f/<str:number>/<str:token>/new/", views.new, name="new"),
    path("f/<str:number>/<str:token>/add/", views.add, name="add"),
    path("f/<str:number>/<str:token>/confirm/", views.confirm, name="confirm"),
    path("f/<str:number>/<str:token>/send-back/", views.send_back, name="send_back"),
    path("f/<str:number>/<str:token>/no-call/", views.no_call, name="no_call"),
    path("f/<str:number>/<str:token>/withdraw/", views.withdraw, name="withdraw"),
]
