"""Addresses of the administrator's and the auditor's desk."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from linli.web.admin import (
    archive,
    areas,
    days,
    emergency,
    erasures,
    exports,
    limits,
    replies,
    start,
    tables,
    vendors,
    views,
)
from linli.web.admin.configuration import views as configuration


class _Verb(StringConverter):
    regex = "close|reopen|second|unlock"


class _TagCode(StringConverter):
    regex = "[A-Z0-9_]{2,30}"


class _ImportKind(StringConverter):
    regex = "areas|grids"


class _CategoryCode(StringConverter):
    regex = "[0-9]{2,8}"


class _EmergencyNumber(StringConverter):
    regex = "110|119|120|122|OK"


class _RefusalRoute(StringConverter):
    regex = "[A-Z_]{2,16}"


register_converter(_EmergencyNumber, "emergency_number")
register_converter(_RefusalRoute, "refusal_route")
register_converter(_ImportKind, "import_kind")
register_converter(_CategoryCode, "category_code")
register_converter(_Verb, "account_verb")
register_converter(_TagCode, "tag_code")
ACCOUNT = "accounts/<int:account_id>/"

urlpatterns = [
    path("", start.overview, name="admin_start"),
    path("accounts/", views.accounts, name="admin_accounts"),
    path("accounts/new/", views.new_account, name="admin_new_account"),
    path(ACCOUNT, views.account, name="admin_account"),
    path(ACCOUNT + "post/", views.appoint, name="admin_appoint"),
    path(ACCOUNT + "post/<int:post_id>/end/", views.end_post, name="admin_end_post"),
    path(ACCOUNT + "password/", views.set_password, name="admin_set_password"),
    path(ACCOUNT + "<account_verb:verb>/", views.change_account, name="admin_change_account"),
    path("units/", views.units, name="admin_units"),
    path("units/new/", views.new_unit, name="admin_new_unit"),
    path("units/missing/", views.missing_units, name="admin_missing_units"),
    path("units/<int:unit_id>/", views.edit_unit, name="admin_unit"),
    path("units/<int:unit_id>/close/", views.close_unit, name="admin_close_unit"),
    path("areas/", areas.tree, name="admin_areas"),
    path("areas/import/<import_kind:kind>/", areas.rehearse, name="admin_import"),
    path("areas/import/<import_kind:kind>/write/", areas.take_in, name="admin_take_in"),
    path("categories/", tables.categories, name="admin_categories"),
    path("categories/new/", tables.new_category, name="admin_new_category"),
    path("categories/<category_code:code>/", tables.edit_category, name="admin_edit_category"),
    path("categories/<category_code:code>/retire/", tables.retire_category, name="admin_retire_category"),
    path("emergency/", emergency.emergency_words, name="admin_emergency"),
    path("emergency/<emergency_number:number>/", emergency.set_words, name="admin_emergency_words"),
    path("replies/", replies.refusal_replies, name="admin_replies"),
    path("replies/<refusal_route:route>/", replies.refusal_reply, name="admin_reply"),
    path("limits/", limits.limit_versions, name="admin_limits"),
    path("limits/import/", limits.rehearse, name="admin_limits_import"),
    path("limits/import/write/", limits.take_in, name="admin_limits_take_in"),
    path("limits/<slug:name>/", limits.limit_version, name="admin_limit_version"),
    path("limits/<slug:name>/recall/", limits.recall, name="admin_limits_recall"),
    path("keys/", tables.keys, name="admin_keys"),
    path("keys/<int:key_id>/revoke/", tables.revoke_key, name="admin_revoke_key"),
    path("vendors/", vendors.vendors, name="admin_vendors"),
    path("vendors/<int:vendor_id>/revoke/", vendors.revoke_vendor, name="admin_revoke_vendor"),
    path("calendar/", tables.work_calendar, name="admin_calendar"),
    path("calendar/days/", days.rehearse, name="admin_days_import"),
    path("calendar/days/write/", days.take_in, name="admin_days_take_in"),
    path("calendar/days/<int:overlay_id>/withdraw/", days.withdraw, name="admin_days_withdraw"),
    path("roles/", views.role_rules, name="admin_roles"),
    path("tags/", views.tags, name="admin_tags"),
    path("tags/new/", views.new_tag, name="admin_new_tag"),
    path("tags/<tag_code:code>/", views.edit_tag, name="admin_edit_tag"),
    path("configuration/", configuration.configuration, name="admin_configuration"),
    path("configuration/file/", configuration.export, name="admin_configuration_export"),
    path("configuration/take-in/", configuration.take_in, name="admin_configuration_take_in"),
    path("audit/", views.audit, name="admin_audit"),
    path("looks/", views.looks, name="admin_looks"),
    path("exports/", exports.ledger, name="admin_exports"),
    path("archive/", archive.archive, name="admin_archive"),
    path("erasures/", erasures.ledger, name="admin_erasures"),
]
