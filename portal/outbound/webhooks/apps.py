"""Webhooks: the product behind the portal follows along, event by event."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "portal.outbound.webhooks"
    label = "webhooks"
