"""Addresses of logging in and out, posts, the second factor; names as allauth expects them."""

from allauth.account.views import ReauthenticateView
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp.views import DeactivateTOTPView
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from linli.web.account import phones, views

urlpatterns = [
    path("login/", views.log_in, name="account_login"),
    path("logout/", views.log_out, name="account_logout"),
    path("desk/", views.to_desk, name="desk"),
    path("account/", views.own_account, name="account_own"),
    path("account/posts/", views.choose_post, name="account_posts"),
    path("account/password/", views.change_password, name="account_password"),
    path("account/preferences/", views.change_preferences, name="account_preferences"),
    path("account/alerts/", phones.alerts, name="account_alerts"),
    path("account/alerts/on/", phones.switch_on, name="account_alerts_on"),
    path("account/alerts/try/", phones.try_out, name="account_alerts_try"),
    path("account/alerts/<int:pk>/off/", phones.switch_off, name="account_alerts_off"),
    path("worker.js", phones.worker, name="alerts_worker"),
    path("linli.webmanifest", phones.manifest, name="alerts_manifest"),
    path("account/confirm/", ReauthenticateView.as_view(), name="account_reauthenticate"),
    path("account/inactive/", views.log_in, name="account_inactive"),
    path("account/second/", views.second_factor, name="account_second_factor"),
    path("account/second/keys/", mfa.index, name="mfa_index"),
    path("login/second/", mfa.authenticate, name="mfa_authenticate"),
    path("account/second/confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/second/totp/", views.ActivateTotp.as_view(), name="mfa_activate_totp"),
    path("account/second/totp/off/", DeactivateTOTPView.as_view(), name="mfa_deactivate_totp"),
    path("account/second/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/second/passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("account/second/passkeys/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("account/second/passkeys/confirm/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/second/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/second/passkeys/<int:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
