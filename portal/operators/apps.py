"""The pages of the vendor's operators: every team, its plan and seats, and help for a locked-out one."""

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "portal.operators"
    label = "operators"
