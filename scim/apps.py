"""SCIM 2.0: the door through which an identity provider writes a team's roster."""

from django.apps import AppConfig


class ScimConfig(AppConfig):
    name = "scim"
    label = "scim"
