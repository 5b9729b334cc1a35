"""A browser, the members entered from it, and the codes that let an owner in when nothing else does."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from portal.teams.compiled import Soon, Update
from portal.teams.models.member import Member
from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel, new_id


class Session(models.Model):
    """A browser's session, stored under the hash of its cookie."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key_hash = models.CharField(max_length=64, unique=True)
    data = models.JSONField(default=dict)
    expires_at = models.DateTimeField()

    objects: models.Manager["Session"] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="session_expiry")]


class Entry(TenantModel):
    """A member entered from a browser. It is never deleted but ended, so that coming back revives nothing."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="entries")
    member = models.ForeignKey(Member, models.CASCADE, related_name="entries")
    session = models.ForeignKey(Session, models.SET_NULL, null=True, related_name="entries")
    door = models.CharField(max_length=20)
    # When the sign-in behind it was proved: compared with the member's `entry_after` and the team's `enforced_at`.
    proved_at = models.DateTimeField()
    made_at = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=40, blank=True)
    # Where False, this sign-in counts as a plain member whatever the member's role (spec rule 7).
    full_role = models.BooleanField(default=True)
    browser = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True)
    # What a single sign-on says about itself: connection, NameID, SessionIndex.
    connection_id = models.UUIDField(null=True)
    name_id = models.TextField(blank=True)
    session_index = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["member", "ended_at"], name="entry_live"),
            models.Index(fields=["team", "door", "ended_at"], name="entry_by_door"),
        ]

    @classmethod
    def end_those_of(cls, member: Member, why: str) -> Soon[int]:
        """End a member's live entries, with the next statement that is waited for; returns how many to who waits."""
        return _END.soon(member.team_id, member.pk, timezone.now(), why)


def _ending(team: UUID, member: UUID, at: datetime, why: str) -> Any:
    live = Entry.every_team.filter(team=team, member=member, ended_at=None)
    return live, {"ended_at": at, "ended_why": why}


_END = Update(_ending, UUID, UUID, datetime, str)


class RescueCode(TenantModel):
    """One of an owner's ten rescue codes, kept as a salted HMAC; new ones replace the old rows."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="rescue_codes")
    member = models.ForeignKey(Member, models.CASCADE, related_name="rescue_codes")
    salt = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    # When their owner said that they are kept somewhere safe.
    saved_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["member", "used_at"], name="rescue_code_left")]
