"""Tenancy by construction: a row of a team is reached through its team, never through an unscoped `.objects`."""

import uuid
from typing import Any

import uuid_utils.compat
from django.db import models


def new_id() -> uuid.UUID:
    """Return a time-ordered UUID (RFC 9562, version 7), so that (created, id) is one stable order."""
    return uuid_utils.compat.uuid7()


class TenantModel(models.Model):
    """A row that belongs to one team; `every_team` is the unscoped manager, allowed in a short list of files."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    every_team: models.Manager[Any] = models.Manager()

    class Meta:
        abstract = True
        default_manager_name = "every_team"
        base_manager_name = "every_team"
