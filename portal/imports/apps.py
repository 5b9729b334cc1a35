"""Many people from a list: pasted addresses and CSV files, looked over first and admitted in the background."""

from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "portal.imports"
    label = "imports"
