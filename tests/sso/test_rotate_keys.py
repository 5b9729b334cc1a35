"""A new encryption key: what older keys sealed is sealed anew, and then opens without them."""

import base64
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection as database

from portal.teams.models import Team
from sso import keys
from sso.models import SpKey
from tests import make

OLD, NEW = (f"{name}:{base64.b64encode(bytes([number]) * 32).decode()}" for name, number in (("old", 1), ("new", 2)))


def stored() -> str:
    """What lies in the database."""
    with database.cursor() as cursor:
        cursor.execute("SELECT private_key FROM sso_spkey")
        return str(cursor.fetchone()[0])


def test_after_rotation_the_newest_key_alone_opens_everything(acme: Team, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    make.draft_idp(acme)
    row = keys.make(acme, make.as_owner(acme))
    plain = SpKey.every_team.get(pk=row.pk).private_key
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    before = stored()
    said = StringIO()
    call_command("rotate_keys", "--json", stdout=said)
    settings.ENCRYPTION_KEYS = [NEW]

    assert (before.partition(":")[0], stored().partition(":")[0]) == ("old", "new")
    assert said.getvalue().strip() == '{"sealed": 1}'
    assert SpKey.every_team.get(pk=row.pk).private_key == plain


def test_without_the_old_key_nothing_is_lost_silently(acme: Team, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    make.draft_idp(acme)
    keys.make(acme, make.as_owner(acme))
    settings.ENCRYPTION_KEYS = [NEW]
    before = stored()

    with pytest.raises(ValueError, match="no key 'old'"):
        call_command("rotate_keys")

    assert stored() == before
