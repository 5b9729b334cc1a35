"""Whose journals have what an operator did for an address, and whose have the reason (spec rules 25 and 28)."""

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.teams import access
from portal.teams.errors import Invalid
from portal.teams.folding import fold_address
from portal.teams.models import Member, Team


def told(email: str, reason: str, concerned: Team | None) -> list[tuple[Member, str | None]]:
    """List the address's members whose teams are told, each with the reason or None; no team reads of another.

    Told are the teams that the address opens by code, all of them with the reason; where one is named, it alone has
    the reason. A reason is never lost: a named team has it also where the address opens nothing of it, and where it
    opens no team at all, those have it in which it is active.
    """
    key = fold_address(email)
    active = list(
        Member.every_team.filter(sign_in_email_key=key, active=True, team__closed_at=None)
        .select_related("team")
        .order_by("pk")
    )
    if concerned is not None and concerned.pk not in {member.team_id for member in active}:
        raise Invalid(_("Nobody active in this team signs in with {email}.").format(email=email))
    opened = {member.pk for member in access.reachable_by_code(key, timezone.now())}
    named = concerned.pk if concerned else None
    return [
        (member, reason if named in (None, member.team_id) else None)
        for member in active
        if member.pk in opened or member.team_id == named or not (opened or named)
    ]
