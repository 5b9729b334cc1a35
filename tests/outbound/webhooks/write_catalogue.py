"""Writes the catalogue of event kinds into docs/webhooks.md: `python -m tests.outbound.webhooks.write_catalogue`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from portal.teams.acts import KINDS  # noqa: E402  # models must be loaded first
from tests.outbound.webhooks import catalogue  # noqa: E402

if __name__ == "__main__":
    catalogue.PAGE.write_text(catalogue.written(catalogue.PAGE.read_text(), KINDS))
