"""A team as it lies in the database, in the model's own shape, and what must hold of its rows whatever was done."""

from uuid import UUID

from django.utils import timezone

from portal.teams import seats
from portal.teams.actor import Role
from portal.teams.models import Event, Group, Member, Seat, SeatRequest, Team, Waiting
from scim import tokens
from scim.models import ScimToken
from tests.proof.model import Model, Person

Line = tuple[int, str, str, str, bool, str]


def people(team: Team) -> dict[UUID, Person]:
    """Who is in the team."""
    return {
        row.pk: Person(
            row.user_name, row.email, row.rank, row.active, row.suspended_at is not None, row.held_at is not None,
            row.scim_written, row.may_return, row.sign_in_email,
        )
        for row in Member.every_team.filter(team=team)
    }  # fmt: skip


def groups(team: Team) -> dict[UUID, tuple[str, set[UUID], Role]]:
    """What the directory pushed."""
    return {
        row.pk: (row.display_name, {each.member_id for each in row.memberships.all()}, row.rank)
        for row in Group.every_team.filter(team=team).prefetch_related("memberships")
    }


def differences(team: Team, model: Model) -> dict[str, tuple[object, object]]:
    """Name what the database and the model say differently, as (the database, the model)."""
    row = Team.every_team.get(pk=team.pk)
    asked = SeatRequest.every_team.filter(team=team, answer="").first()
    found: dict[str, tuple[object, object]] = {
        "people": (people(team), model.people),
        "groups": (groups(team), model.groups),
        "seats": (seats.tally(team), seats.Tally(model.seats, model.taken)),
        "switches": (
            (row.sso_on, row.sso_enforced, row.jit_on, row.scim_on, row.groups_on),
            (model.sso, model.enforced, model.jit, model.scim, model.groups_on),
        ),
        "entitled": ((row.entitled_sso, row.entitled_scim), (model.may_sso, model.may_scim)),
        "waiting": (set(Waiting.every_team.filter(team=team).values_list("key", flat=True)), model.waiting),
        "asked": (asked.more if asked else 0, model.asked),
        "tokens": (
            [(token.hint[-4:], token.expires_at is not None) for token in tokens.live(team)],
            [(text[-4:], ends) for text, ends in model.tokens],
        ),
    }
    return {name: both for name, both in found.items() if both[0] != both[1]}


def journal(team: Team) -> list[Line]:
    """The team's events as they stand: number, kind, who, whom, refused, what."""
    rows = Event.every_team.filter(team=team).order_by("number")
    lines = rows.values_list("number", "kind", "actor", "subject", "refused", "data")
    return [(number, kind, actor, subject, no, repr(data)) for number, kind, actor, subject, no, data in lines]


def must_hold(team: Team) -> None:
    """The invariants of reliability.md that one look at the rows can judge, without the model and the product's own."""
    row = Team.every_team.get(pk=team.pk)
    members = list(Member.every_team.filter(team=team))
    sitting = list(Seat.every_team.filter(team=team, member__isnull=False).values_list("member_id", flat=True))
    assert len(sitting) <= Seat.every_team.filter(team=team).count(), "I1"
    assert sorted(sitting) == sorted(member.pk for member in members if member.active), "I2"
    assert row.sso_on or not (row.scim_on or row.sso_enforced), "I5"
    able = [m for m in members if m.role == Role.OWNER and m.active and m.suspended_at is None]
    assert able, "I11"
    names = [member.user_name.casefold() for member in members]
    assert len(names) == len(set(names)), "I12"
    inside = [pair for _name, who, _role in groups(team).values() for pair in who]
    assert set(inside) <= {member.pk for member in members}, "I18"
    unended = ScimToken.every_team.filter(team=team, ended_at=None)
    live = [token for token in unended if token.expires_at is None or token.expires_at > timezone.now()]
    assert len(live) <= (2 if row.scim_on else 0), "I20"
