"""SCIM on and off."""

from django.utils.translation import gettext as _

from portal.teams import policy
from portal.teams.acts import Act, act
from portal.teams.errors import NotReady
from scim import tokens


@act
def turn_on(act: Act, *, groups: bool | None = None) -> str:
    """Turn SCIM on and issue a token; returns its text, shown once. Groups stay as they are switched unless told."""
    if act.team.scim_on:
        raise NotReady(_("SCIM is on already. Rotate the token to get a new one."))
    if groups is not None:
        policy.serve_groups(act.team, act.by, groups)
    policy.turn_scim_on(act.team, act.by)
    text = tokens.issue(act)
    act.record(tokens.ISSUED, hint=tokens.hint(text))
    return text


@act
def turn_off(act: Act) -> None:
    """Turn SCIM off; every token ends with it (by what `contributions` hangs into the switch)."""
    policy.turn_scim_off(act.team, act.by)
