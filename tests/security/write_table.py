"""Writes the tables of docs/security.md from tests/security/claims: `python -m tests.security.write_table`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from tests.security import claims  # noqa: E402  # figures are read from modules that need the models

if __name__ == "__main__":
    claims.PAGE.write_text(claims.written(claims.PAGE.read_text(), claims.read()))
