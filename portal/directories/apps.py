"""Directory import: beside single sign-on and SCIM, or without them."""

from django.apps import AppConfig


class DirectoriesConfig(AppConfig):
    name = "portal.directories"
    label = "directories"
