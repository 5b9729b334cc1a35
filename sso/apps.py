"""SAML 2.0 single sign-on: the service provider of every team."""

from django.apps import AppConfig


class SsoConfig(AppConfig):
    name = "sso"
    label = "sso"
