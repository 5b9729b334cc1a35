"""What single sign-on adds to the floors below: its tile, its checks, and what goes when a team closes."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.teams.models import Entry, Team
from portal.teams.registry import Finding, Tile, registry
from sso import attempts, memory
from sso import connection as connections
from sso.models import SignInAttempt, SsoConnection


def tile(team: Team) -> Tile:
    """Say in one badge how single sign-on stands."""
    title, url = _("Single sign-on"), reverse("sso:panel")
    if not team.may_use("sso"):
        return Tile(title, "neutral", _("Not in your plan"), _("Ask your account executive."), url)
    if not team.sso_on:
        return Tile(title, "neutral", _("Off"), _("Members sign in by e-mail code."), url)
    last = SignInAttempt.every_team.filter(team=team, result="ok", purpose="sign_in").order_by("-at").first()
    word = _("Enforced") if team.sso_enforced else _("On")
    detail = (
        _("Last sign-in {when:%d %b, %H:%M} UTC").format(when=last.at) if last else _("Nobody signed in by it yet.")
    )
    return Tile(title, "ok", word, detail, url)


def check(team: Team) -> Iterator[Finding]:
    """SSO that is on has a complete connection; live SSO sessions belong to the team's own connection."""
    connection = SsoConnection.every_team.filter(team=team).first()
    if team.sso_on and (connection is None or not connections.is_complete(connection)):
        yield Finding("sso_complete", f"{team.slug}: single sign-on is on without a complete connection")
    strays = Entry.every_team.filter(team=team, ended_at=None, door="sso")
    for entry in strays.exclude(connection_id=connection.pk if connection else None):
        yield Finding("sso_entry", f"{team.slug}: entry {entry.pk} belongs to another connection")


def forget(team: Team) -> None:
    """Delete the connection, its identities and its log."""
    SsoConnection.every_team.filter(team=team).delete()
    SignInAttempt.every_team.filter(team=team).delete()


registry.tiles.append(tile)
registry.checks.append(check)
registry.on_close.append(forget)
registry.clean_ups += [memory.forget_old, attempts.purge]
