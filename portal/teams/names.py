"""What people are called, as the doors say it, and whether a name is free in a team."""

from typing import Any, TypedDict
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from portal.teams.compiled import Select, Soon
from portal.teams.errors import Invalid, Taken
from portal.teams.folding import fold, fold_address
from portal.teams.models import Member, Team

UNIQUE = {"user_name", "external_id"}


class Profile(TypedDict, total=False):
    """What a door may say of a person; a name that is absent stays as it is."""

    user_name: str
    external_id: str
    email: str
    given_name: str
    family_name: str
    display_name: str
    attributes: dict[str, Any]
    active: bool


def known(team: Team, profile: Profile) -> list[Member]:
    """Find by one statement who has this userName or externalId, or this e-mail and was never written by SCIM."""
    return of(team, asked(team.pk, profile))


def asked(team_id: UUID, profile: Profile) -> Soon[list[Member]]:
    """Ask as `known` does, with the next statement that is waited for."""
    user_name, email = fold(profile.get("user_name", "")), fold(profile.get("email", ""))
    return _KNOWN.soon(team_id, user_name, profile.get("external_id", ""), email)


def of(team: Team, asked: Soon[list[Member]]) -> list[Member]:
    """Return whom `asked` found, as this team's."""
    found = asked()
    for member in found:
        member.team = team
    return found


def _called(team: UUID, user_name: str, external_id: str, email: str) -> "QuerySet[Member]":
    by_external_id = Q(external_id=external_id) & ~Q(external_id="")
    by_email = Q(email_key=email, scim_written=False) & ~Q(email_key="")
    return Member.every_team.filter(Q(user_name_key=user_name) | by_external_id | by_email, team=team)


_KNOWN = Select(_called, UUID, str, str, str)


def adoptable(known: list[Member], email: str) -> list[Member]:
    """Of these, whom SCIM never wrote and whose mailbox this is (spec rule 8); what reads alike is somebody else's."""
    unwritten = [member for member in known if email and not member.scim_written]
    return [member for member in unwritten if fold_address(member.email) == fold_address(email)]


def require_free(known: list[Member], profile: Profile, but: Member | None) -> None:
    """Refuse a userName or an externalId that one of these has, but for the one who may keep it."""
    others = [member for member in known if but is None or member.pk != but.pk]
    user_name, external_id = profile.get("user_name"), profile.get("external_id")
    if user_name is not None:
        if not user_name.strip():
            raise Invalid(_("userName must not be empty."))
        if any(member.user_name_key == fold(user_name) for member in others):
            raise Taken.user_name(user_name)
    if external_id and any(member.external_id == external_id for member in others):
        raise Taken(_("The externalId {name} is in use in the team.").format(name=external_id))
