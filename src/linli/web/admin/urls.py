"""Addresses of the administrator's and the auditor's desk."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from linli.web.admin import views


class _Verb(StringConverter):
    regex = "close|reopen|second|unlock"


class _TagCode(StringConverter):
    regex = "[A-Z0-9_]{2,30}"


register_converter(_Verb, "account_verb")
register_converter(_TagCode, "tag_code")
ACCOUNT = "accounts/<int:account_id>/"

urlpatterns = [
    path("", views.accounts, name="admin_accounts"),
    path("accounts/new/", views.new_account, name="admin_new_account"),
    path(ACCOUNT, views.account, name="admin_account"),
    path(ACCOUNT + "post/", views.appoint, name="admin_appoint"),
    path(ACCOUNT + "post/<int:post_id>/end/", views.end_post, name="admin_end_post"),
    path(ACCOUNT + "password/", views.set_password, name="admin_set_password"),
    path(ACCOUNT + "<account_verb:verb>/", views.change_account, name="admin_change_account"),
    path("units/", views.units, name="admin_units"),
    path("units/new/", views.new_unit, name="admin_new_unit"),
    path("roles/", views.role_rules, name="admin_roles"),
    path("tags/", views.tags, name="admin_tags"),
    path("tags/new/", views.new_tag, name="admin_new_tag"),
    path("tags/<tag_code:code>/", views.edit_tag, name="admin_edit_tag"),
    path("audit/", views.audit, name="admin_audit"),
    path("looks/", views.looks, name="admin_looks"),
]
