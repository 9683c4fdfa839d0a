"""Addresses of the bell, of the notice log and its settings, and of the systems that subscribed."""

from django.urls import path

from linli.web.notices import bell, hooks, log, settings

urlpatterns = [
    path("notices/", bell.bell_page, name="notices"),
    path("notices/bell/", bell.bell_part, name="notices_bell"),
    path("notices/choices/", bell.choices, name="notices_choices"),
    path("admin/notices/", log.notice_log, name="admin_notices"),
    path("admin/notices/<int:notice_id>/", log.one_notice, name="admin_notice"),
    path("admin/notices/<int:notice_id>/resend/", log.resend, name="admin_resend_notice"),
    path("admin/notices/texts/", settings.texts_page, name="admin_texts"),
    path("admin/notices/texts/<slug:kind>/<slug:language>/", settings.edit_text, name="admin_edit_text"),
    path("admin/notices/texts/<slug:kind>/<slug:language>/preview/", settings.preview_text, name="admin_preview_text"),
    path("admin/notices/texts/<slug:kind>/<slug:language>/begin/", settings.begin_again, name="admin_begin_text"),
    path("admin/notices/quiet/", settings.quiet, name="admin_quiet"),
    path("admin/notices/gateways/", settings.gateways, name="admin_gateways"),
    path("admin/notices/gateways/<int:gateway_id>/stop/", settings.stop_gateway, name="admin_stop_gateway"),
    path("admin/notices/gateways/<int:gateway_id>/try/", settings.try_gateway, name="admin_try_gateway"),
    path("admin/hooks/", hooks.subscribers, name="admin_hooks"),
    path("admin/hooks/<int:subscriber_id>/", hooks.subscriber, name="admin_hook"),
    path("admin/hooks/<int:subscriber_id>/stop/", hooks.stop, name="admin_stop_hook"),
    path("admin/hooks/<int:subscriber_id>/try/", hooks.attempt, name="admin_try_hook"),
    path("admin/hooks/<int:subscriber_id>/again/", hooks.redeliver_all, name="admin_redeliver_all"),
    path("admin/hooks/deliveries/", hooks.deliveries, name="admin_deliveries"),
    path("admin/hooks/deliveries/<int:delivery_id>/", hooks.delivery, name="admin_delivery"),
    path("admin/hooks/deliveries/<int:delivery_id>/again/", hooks.redeliver, name="admin_redeliver"),
]
