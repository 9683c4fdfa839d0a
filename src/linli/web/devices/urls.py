"""Addresses of the pages of devices."""

from django.urls import path

from linli.web.devices import care, door, files, stock

app_name = "devices"
urlpatterns = [
    path("", stock.listed, name="list"),
    path("find/", stock.find, name="find"),
    path("register/", stock.register, name="register"),
    path("import/", files.rehearse, name="import"),
    path("import/template.csv", files.template, name="template"),
    path("import/take/", files.take_in, name="take_in"),
    path("tasks/", care.tasks, name="tasks"),
    path("tasks/<int:task_id>/done/", stock.finish_task, name="finish_task"),
    path("round/", care.test_round, name="round"),
    path("punctuality/", care.punctuality, name="punctuality"),
    path("punctuality/calls/", care.counted, name="counted"),
    path("<int:device_id>/", stock.device, name="device"),
    path("<int:device_id>/open/", stock.opened, name="open"),
    path("<int:device_id>/secret/", stock.renew_secret, name="secret"),
    path("<int:device_id>/retire/", stock.retire, name="retire"),
    path("<int:device_id>/allot/", stock.allot, name="allot"),
    path("<int:device_id>/label/", care.label, name="label"),
    path("<int:device_id>/agreement/", care.agreement, name="agreement"),
    path("<int:device_id>/hand-out/", door.choose, name="choose"),
    path("<int:device_id>/hand-out/<int:household_id>/<int:resident_id>/", door.hand_out, name="hand_out"),
    path("<int:device_id>/swap/", door.swap, name="swap"),
    path("<int:device_id>/take-back/", door.take_back, name="take_back"),
    path("<int:device_id>/lose/", door.lose, name="lose"),
    path("<int:device_id>/correct/", door.correct, name="correct"),
    path("<int:device_id>/contacts/add/", door.add_contact, name="add_contact"),
    path("<int:device_id>/contacts/<int:contact_id>/end/", door.end_contact, name="end_contact"),
    path("<int:device_id>/locate/", door.locate, name="locate"),
    path("<int:device_id>/stop-locating/", door.stop_locating, name="stop_locating"),
    path("<int:device_id>/agree/", door.agree, name="agree"),
    path("<int:device_id>/test/", door.note_test, name="note_test"),
]
