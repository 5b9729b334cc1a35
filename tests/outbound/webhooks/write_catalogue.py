"""Writes the catalogue of event kinds into docs/webhooks.md: `python -m tests.outbound.webhooks.write_catalogue`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from tests.outbound.webhooks import catalogue  # noqa: E402  # models must be loaded first

if __name__ == "__main__":
    catalogue.PAGE.write_text(catalogue.written(catalogue.PAGE.read_text(), catalogue.all_kinds()))
