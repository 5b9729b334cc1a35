"""The demo: a team to try things on, a practice identity provider, and an outbox instead of a mail server."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class DemoConfig(AppConfig):
    name = "portal.demo"
    label = "demo"

    def ready(self) -> None:
        if not settings.LOOPBACK:
            raise ImproperlyConfigured("The demo runs only where BASE_URL is a loopback address.")
