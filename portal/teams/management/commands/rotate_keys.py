"""Seal every secret anew under the newest of ENCRYPTION_KEYS, so that the older ones can go."""

from typing import Any

from django.db import models, transaction

from portal.teams import sealed, second_factor
from portal.teams.management.command import Command as Base

BATCH = 200


class Command(Base):
    """rotate_keys"""

    help = "Seal every secret anew under the first of ENCRYPTION_KEYS; after it the others are no longer needed."

    def act(self, **_options: Any) -> dict[str, Any]:
        """Seal anew, column by column."""
        anew = sum(_sealed_anew(model, name) for model, name in sealed.columns())
        return {"sealed": anew + second_factor.seal_anew()}


def _sealed_anew(model: type[models.Model], name: str) -> int:
    """Seal one column's values anew; returns how many. Each row is locked while it is read and written."""
    keys, done = list(model._base_manager.values_list("pk", flat=True)), 0
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            rows = model._base_manager.select_for_update().filter(pk__in=keys[start : start + BATCH])
            for row in rows:
                if getattr(row, name):
                    # Reading opens the value by whatever key sealed it; saving seals it under the newest.
                    row.save(update_fields=[name])
                    done += 1
    return done
