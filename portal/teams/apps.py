"""The ground floor: people and rules. It knows no HTTP, no XML and no SCIM word."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from portal.teams import triggers


class TeamsConfig(AppConfig):
    name = "portal.teams"
    label = "teams"

    def ready(self) -> None:
        # SQLite drops a table's triggers when a migration remakes it, so they are put back after each one.
        post_migrate.connect(triggers.install_after_migrate, sender=self)
