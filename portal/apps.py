"""The switchboard as an app: static files, template tags, the cache table, and what the upper apps contribute."""

from typing import Any

from django.apps import AppConfig, apps
from django.core.management import call_command
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"

    def ready(self) -> None:
        # Each app's `contributions` hangs into the registry what it adds to the floors below.
        autodiscover_modules("contributions")
        # Django sends the signal only for apps with models, and this one has none.
        post_migrate.connect(_make_cache_table, sender=apps.get_app_config("teams"))


def _make_cache_table(using: str, **_: Any) -> None:
    # The shared cache lives in the database unless CACHE_URL names another; the command does nothing where it is not.
    call_command("createcachetable", database=using, verbosity=0)
