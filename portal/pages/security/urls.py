"""Addresses of a person's second factors."""

from django.urls import path

from portal.pages.security import factors

urlpatterns = [
    path("", factors.security, name="security"),
    path("app/begin/", factors.begin_totp, name="totp_begin"),
    path("app/confirm/", factors.confirm_totp, name="totp_confirm"),
    path("app/remove/", factors.remove_totp, name="totp_remove"),
    path("recovery-codes/make/", factors.make_codes, name="recovery_codes_make"),
    path("recovery-codes/saved/", factors.save_codes, name="recovery_codes_save"),
    path("passkeys/begin/", factors.begin_passkey, name="passkey_begin"),
    path("passkeys/add/", factors.add_passkey, name="passkey_add"),
    path("passkeys/<int:passkey_id>/rename/", factors.rename_passkey, name="passkey_rename"),
    path("passkeys/<int:passkey_id>/remove/", factors.remove_passkey, name="passkey_remove"),
]
