"""What goes out of the house: mail now, webhooks and directories with later doors."""

from django.apps import AppConfig


class OutboundConfig(AppConfig):
    name = "portal.outbound"
    label = "outbound"
