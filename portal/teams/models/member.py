"""One person in one team: what SCIM and SAML write."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef

from portal.teams import rows
from portal.teams.actor import Role
from portal.teams.compiled import Delete, Select, Soon
from portal.teams.errors import Missing
from portal.teams.folding import fold, fold_address, fold_deep
from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel

# Each is stored folded in `<name>_key`, which is what is compared, indexed and sorted.
FOLDED = ("user_name", "email", "given_name", "family_name", "display_name")

# What people are found by: the beginning of any of these.
SEARCHED = ("user_name", "email", "given_name", "family_name", "display_name")

# What a label is made of.
LABEL = ("display_name", "given_name", "family_name", "email", "user_name")


def label_of(display_name: str, given_name: str, family_name: str, email: str, user_name: str) -> str:
    """Return a name where there is one, else the e-mail, else the userName."""
    full = " ".join(part for part in (given_name, family_name) if part)
    return display_name or full or email or user_name


class Member(TenantModel):
    """A person's place in a team; written by `roster` alone."""

    # The indexes below begin with the team; one of its own would be written at every change for nothing.
    team = models.ForeignKey(Team, models.CASCADE, related_name="members", db_index=False)
    user_name = models.CharField(max_length=255)
    user_name_key = models.TextField()
    external_id = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=320, blank=True)
    email_key = models.TextField(blank=True)
    # Follows `email` only while the role is member: what an IdP writes opens no privileged code session.
    sign_in_email = models.CharField(max_length=320, blank=True)
    sign_in_email_key = models.TextField(blank=True)
    given_name = models.CharField(max_length=255, blank=True)
    given_name_key = models.TextField(blank=True)
    family_name = models.CharField(max_length=255, blank=True)
    family_name_key = models.TextField(blank=True)
    display_name = models.CharField(max_length=255, blank=True)
    display_name_key = models.TextField(blank=True)
    # What lists call this person, folded: they are sorted by it.
    label_key = models.TextField(blank=True)
    # Every other SCIM attribute as sent, and the same with each string folded, for filters.
    attributes = models.JSONField(default=dict)
    attributes_folded = models.JSONField(default=dict)
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role], default=Role.MEMBER)
    active = models.BooleanField(default=True)
    suspended_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    may_return = models.BooleanField(default=False)
    # A sign-in proved at or before this moment no longer opens this member.
    entry_after = models.DateTimeField()
    origin = models.CharField(max_length=20)
    scim_written = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    last_sign_in = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    # Whether they sit on a seat, where it was asked with the row under the team's lock.
    is_seated: bool | None = None

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["team", "user_name_key"], name="member_user_name_once"),
            models.UniqueConstraint(
                fields=["team", "external_id"], condition=~models.Q(external_id=""), name="member_external_id_once"
            ),
        ]
        indexes = [
            models.Index(fields=["team", "created_at", "id"], name="member_listing"),
            models.Index(fields=["team", "email_key"], name="member_email"),
            models.Index(fields=["sign_in_email_key"], name="member_sign_in_email"),
            # Sorted lists.
            models.Index(fields=["team", "label_key"], name="member_by_label"),
            models.Index(fields=["team", "role", "label_key"], name="member_by_role"),
            models.Index(fields=["team", "last_sign_in"], name="member_by_sign_in"),
            # Filters. Few are suspended or held, so each has a small index of its own.
            models.Index(fields=["team", "active", "suspended_at", "held_at"], name="member_by_status"),
            models.Index(fields=["team"], condition=~models.Q(suspended_at=None), name="member_suspended"),
            models.Index(fields=["team"], condition=~models.Q(held_at=None), name="member_held"),
            models.Index(fields=["team", "scim_written", "origin"], name="member_by_source"),
            # Beginnings of names and addresses. On PostgreSQL only this class finds them in every collation.
            *(
                models.Index(fields=["team", f"{name}_key"], opclasses=["", "text_pattern_ops"], name=f"begins_{name}")
                for name in SEARCHED
            ),
            # A team found by its owner's address, by the operators.
            models.Index(
                fields=["sign_in_email_key"],
                condition=models.Q(role="owner"),
                opclasses=["text_pattern_ops"],
                name="member_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What lists call this person: a name where there is one, else the e-mail, else the userName."""
        return label_of(*(getattr(self, name) for name in LABEL))

    @property
    def rank(self) -> Role:
        """The member's own role."""
        return Role(self.role)

    @property
    def may_enter(self) -> bool:
        """Say whether this member is active, not suspended and not held."""
        return self.active and self.suspended_at is None and self.held_at is None

    @classmethod
    def of(cls, team: Team, member_id: UUID | str) -> "Member":
        """Return a member of this team; a stranger's id is Missing like an unknown one."""
        return cls.found(cls.asked(_ONE, team.pk, member_id), team)

    @classmethod
    def held(cls, team: Team, member_id: UUID | str) -> "Member":
        """Return a member as `of` does, and keep the row from everybody else until the act's end.

        A sign-in writes it without the team's lock. Whoever changes both takes the member's row before the entries.
        """
        return cls.found(cls.asked(_HELD, team.pk, member_id), team)

    @classmethod
    def asked(cls, select: Select, team_id: UUID, member_id: UUID | str) -> Soon[list["Member"]]:
        """Ask for somebody by team and id, with the next statement that is waited for; what is no id is Missing."""
        try:
            key = member_id if isinstance(member_id, UUID) else UUID(member_id)
        except ValueError:
            raise Missing from None
        return select.soon(team_id, key)

    @classmethod
    def found(cls, asked: Soon[list["Member"]], team: Team) -> "Member":
        """Return whom `asked` finds, as this team's; Missing where it finds nobody."""
        members = asked()
        if not members:
            raise Missing
        # The very team that was asked for: under an act the one that is locked.
        members[0].team = team
        return members[0]

    @classmethod
    def holding(cls, team_id: UUID, member_id: UUID) -> "models.QuerySet[Member]":
        """Return the query that finds somebody and keeps their row, as `held` does."""
        return cls.every_team.filter(team=team_id, pk=member_id).select_for_update(no_key=True)

    def fold_keys(self) -> None:
        """Bring every folded column in step with what it folds."""
        for name in FOLDED:
            setattr(self, f"{name}_key", fold(getattr(self, name)))
        # By it sessions meet people, across teams: what reads alike is not enough.
        self.sign_in_email_key = fold_address(self.sign_in_email)
        self.label_key = fold(self.label)
        self.attributes_folded = fold_deep(self.attributes)

    def insert(self) -> None:
        """Insert with the folded columns in step, with the next statement that is waited for; compiled once."""
        self.fold_keys()
        rows.insert_soon(self)

    def rewrite(self) -> None:
        """Update every column of a row that is held, as `insert` does."""
        self.fold_keys()
        rows.update_soon(self)

    def leave(self, referred: Soon[bool], part: Callable[[], None]) -> None:
        """Delete who is held and sits nowhere; where something is `referred` to the row, `part` is called first."""
        if referred():
            part()
            self.delete()
        else:
            _GONE.soon(self.pk)

    @classmethod
    def referred(cls, member_id: UUID | str) -> Soon[bool]:
        """Ask whether anything but a seat refers to somebody, with the next statement that is waited for."""
        asked = _REFERRED.soon(UUID(str(member_id)))
        return lambda: any(next(iter(asked()), ()))

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert or update with the folded columns in step; an update never turns into an insert."""
        self.fold_keys()
        super().save(*args, **kwargs)


_ONE = Select(lambda team, key: Member.every_team.filter(team=team, pk=key), UUID, UUID)
_HELD = Select(Member.holding, UUID, UUID)


def _referring(member_id: UUID) -> Any:
    """Say of each kind of row, but for seats, whether one refers to this member."""
    ends: list[Any] = [end for end in Member._meta.get_fields(include_hidden=True) if end.auto_created]
    asked = {
        f"by_{number}": Exists(end.related_model._base_manager.filter(**{end.field.name: OuterRef("pk")}).order_by())
        for number, end in enumerate(end for end in ends if not end.concrete and end.name != "seat")
    }
    return Member.every_team.filter(pk=member_id).annotate(**asked).values_list(*asked)


_REFERRED = Select(_referring, UUID)
_GONE = Delete(lambda key: Member.every_team.filter(pk=key), UUID)
