"""What single sign-on adds to the floors below: its tile, its checks, and what goes when a team closes."""

from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams.models import Entry, Scope, SetupLink, Team
from portal.teams.registry import Finding, Retention, SetupPage, Step, Tile, Trouble, registry
from portal.templatetags.look import ago
from sso import attempts, drafts, expiry, logging_out, memory, person, proposals
from sso import connection as connections
from sso.models import Purpose, SignInAttempt, SsoConnection, Subject


def tile(team: Team) -> Tile:
    """Say in one badge how single sign-on stands."""
    title, url = _("Single sign-on"), reverse("sso:panel")
    if not team.may_use("sso"):
        return Tile(title, "neutral", _("Not in your plan"), _("Ask your account executive."), url)
    if not team.sso_on:
        return Tile(title, "neutral", _("Off"), _("Members sign in by e-mail code."), url)
    last = SignInAttempt.every_team.filter(team=team, result="ok", purpose="sign_in").order_by("-at").first()
    word = _("Enforced") if team.sso_enforced else _("On")
    detail = _("Last sign-in {when}.").format(when=ago(last.at)) if last else _("Nobody signed in by it yet.")
    return Tile(title, "ok", word, detail, url)


def steps(team: Team) -> Iterator[Step]:
    """Lead a team from no identity provider to single sign-on."""
    url, connection = reverse("sso:panel"), connections.of(team)
    if not team.may_use("sso"):
        yield Step(_("Single sign-on"), "lock", _("Not in your plan. Ask your account executive."), url)
        return
    if connections.is_complete(connection):
        yield Step(_("Connect your identity provider"), "ok", connection.idp_entity_id, url)
    else:
        told = _("Copy our values into JumpCloud, Okta, Entra ID or another one, then take its metadata.")
        yield Step(_("Connect your identity provider"), "todo", told, url, _("Connect"))
    if _came_back(connection):
        yield Step(_("Test it"), "ok", _("Somebody went there and came back with this configuration."), url)
    else:
        told = _("Go there and come back, before it counts for anybody. It signs nobody in.")
        yield Step(_("Test it"), "todo", told, url, _("Open the test"))
    if team.sso_on:
        yield Step(_("Turn single sign-on on"), "ok", _("Members sign in through your identity provider."), url)
    else:
        told = _("Members may then sign in through it; e-mail codes go on working until you enforce it.")
        yield Step(_("Turn single sign-on on"), "todo", told, url, _("Turn on"))


def _came_back(connection: SsoConnection) -> bool:
    """Say whether somebody came back from the identity provider; before it is on, with what is trusted now."""
    if connection._state.adding:
        return False
    proofs = SignInAttempt.every_team.filter(
        team=connection.team, result="ok", purpose__in=[Purpose.SIGN_IN, Purpose.TEST]
    )
    if connection.team.sso_on:
        # The log forgets after 30 days, the identities it led to stay.
        return proofs.exists() or Subject.every_team.filter(connection=connection).exists()
    return proofs.filter(trust_version=connection.trust_version).exists()


def came_through_idp(team: Team) -> set[UUID]:
    """Return the members who have come through the identity provider that the team has now."""
    connection = connections.of(team)
    if connection._state.adding:
        return set()
    known = Subject.every_team.filter(connection=connection, idp_entity_id=connection.idp_entity_id)
    return set(known.values_list("member_id", flat=True))


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


def setup_pages(link: SetupLink) -> Iterator[SetupPage]:
    """What a setup link opens of single sign-on."""
    if Scope.SSO in link.scopes:
        told = _("Copy our values, give yours, test, and ask an owner to confirm.")
        yield SetupPage(_("Single sign-on"), reverse("sso:setup", args=[link.pk]), "shield-lock", told)
        told = _("Every sign-in and every test, and why it failed.")
        yield SetupPage(_("Sign-in log"), reverse("sso:setup_log", args=[link.pk]), "box-arrow-in-right", told)


registry.setup_pages.append(setup_pages)
registry.proposals[Scope.SSO] = drafts.PROPOSAL
registry.tiles.append(tile)
registry.troubles.append(Trouble("certificate", "warn", gettext_lazy("Certificate ends"), expiry.ends_soon))
registry.steps.append(steps)
registry.notices[expiry.NOTICE.name] = expiry.NOTICE
registry.daily.append(expiry.notify)
registry.doctors.append(expiry.certificates)
registry.came_through_idp.append(came_through_idp)
registry.facts.append(person.facts)
registry.timelines.append(person.timeline)
registry.checks.append(check)
registry.on_close.append(forget)
registry.on_sign_out.append(logging_out.onward)
registry.clean_ups.append(memory.forget_old)
registry.retentions.append(
    Retention(
        "sign-in log", lambda: settings.KEEP_LOG_DAYS, lambda before: attempts.older(before).count(), attempts.purge
    )
)
registry.daily.append(proposals.refresh_due)
