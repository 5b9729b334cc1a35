"""The switchboard as an app: static files, template tags and the cache table of the whole portal."""

from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"

    def ready(self) -> None:
        post_migrate.connect(_make_cache_table, sender=self)


def _make_cache_table(using: str, **_: Any) -> None:
    # The shared cache lives in the database unless CACHE_URL names another; the command does nothing where it is not.
    call_command("createcachetable", database=using, verbosity=0)
