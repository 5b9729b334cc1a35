"""What SCIM adds to the floors below: its tile, its checks, the end of its tokens."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams.actor import Role
from portal.teams.models import Member, Scope, SetupLink, Team
from portal.teams.registry import Count, Finding, Latest, Retention, SetupPage, Step, Tile, Trouble, registry
from portal.teams.registry import Line as LatestLine
from portal.templatetags.look import ago
from scim import exchange, listening, notices, person, reads, requested, tokens
from scim.models import Exchange, Knock, Listening, ReadTotal, ScimToken
from scim.panel.line import Line

LATEST, MOST_COUNTED = 5, 1000


def tile(team: Team) -> Tile:
    """Say in one badge how provisioning stands."""
    title, url = _("Provisioning (SCIM)"), reverse("scim:panel")
    if not team.may_use("scim"):
        return Tile(title, "neutral", _("Not in your plan"), _("Ask your account executive."), url)
    if not team.scim_on:
        return Tile(title, "neutral", _("Off"), _("Members are managed here."), url)
    if not _heard(team):
        return Tile(title, "warn", _("Waiting"), _("No request from your identity provider yet."), url)
    last, refused = _heard(team), refused_in_a_day(team).number
    told = ngettext("{n} refused in 24 hours.", "{n} refused in 24 hours.", refused).format(n=refused)
    words = _("Last request {when}, {refused}").format(when=ago(last), refused=told)
    if last is not None and timezone.now() - last > notices.SILENT:
        return Tile(title, "warn", _("Silent"), words, url)
    return Tile(title, "ok", _("On"), words, url)


def _heard(team: Team) -> datetime | None:
    """Say when the identity provider last reached us with a token of this team."""
    found = ScimToken.every_team.filter(team=team).aggregate(last=Max("last_used_at"))
    last: datetime | None = found["last"]
    return last


def latest(team: Team) -> Latest | None:
    """Give the last requests of the identity provider; nothing before the first."""
    rows = Exchange.every_team.filter(team=team).order_by("-at", "-pk")[:LATEST]
    lines = [_line(Line(row)) for row in rows]
    return Latest(_("Latest provisioning"), reverse("scim:log"), lines) if lines else None


def _line(line: Line) -> LatestLine:
    row = line.exchange
    kind = "ok" if row.status < 400 else "bad"
    return LatestLine(row.at, f"{row.method} {line.path}", row.subject, row.words or line.sort, kind, str(row.status))


def refused_in_a_day(team: Team) -> Count:
    """Count what was refused in the last 24 hours."""
    day = timezone.now() - timedelta(days=1)
    number = Exchange.every_team.filter(team=team, at__gt=day, status__gte=400).count() if team.scim_on else 0
    return Count(number, _("refused in 24 hours"), bad=True)


def steps(team: Team) -> Iterator[Step]:
    """Lead a team from single sign-on to a roster that its directory keeps."""
    url = reverse("scim:panel")
    if not team.may_use("scim"):
        yield Step(_("Provisioning (SCIM)"), "lock", _("Not in your plan. Ask your account executive."), url)
        return
    heard = team.scim_on and _heard(team) is not None
    if team.scim_on:
        yield Step(_("Turn SCIM on"), "ok", _("Your directory assigns and unassigns members."), url)
    else:
        told = _("You get an address and a token for your identity provider. It needs single sign-on first.")
        yield Step(_("Turn SCIM on"), "todo", told, url, _("Open provisioning"))
    if heard:
        yield Step(_("Hear from your identity provider"), "ok", _("Its token works."), reverse("scim:log"))
    else:
        told = _("Paste address and token there, then press its test button.")
        state = "wait" if team.scim_on else "todo"
        yield Step(_("Hear from your identity provider"), state, told, url, _("Copy the values"))
    yield _everybody(team, heard)


def _everybody(team: Team, heard: bool) -> Step:
    """Everybody active is known to the directory; owners may stay outside it, as the way in when it fails."""
    active = Member.every_team.filter(team=team, active=True)
    outside = active.filter(scim_written=False)
    # Counted so far as it is said: of 100,000 each would be read.
    left = outside.exclude(role=Role.OWNER)[: MOST_COUNTED + 1].count()
    title, url = _("Push everybody"), reverse("members")
    if heard and not left and active.filter(scim_written=True).exists():
        return Step(title, "ok", _("Your directory knows every member."), url)
    told = _("Assign the app to people and groups there. Whoever has the same e-mail is linked, and keeps the seat.")
    if heard and left:
        words = ngettext("{n} member is not linked yet.", "{n} members are not linked yet.", left).format(n=left)
        if left > MOST_COUNTED:
            words = _("More than {n} members are not linked yet.").format(n=f"{MOST_COUNTED:,}")
        told = f"{words} {told}"
    return Step(title, "wait" if heard else "todo", told, url, _("See members"))


def _silent() -> Exists:
    """SCIM is on, and no token of the team was used for a day; the time since it was made counts for a new one."""
    day = timezone.now() - timedelta(days=1)
    live = ScimToken.every_team.filter(team=OuterRef("pk"), ended_at=None)
    fresh = live.filter(Q(last_used_at__gt=day) | Q(made_at__gt=day))
    on = Team.every_team.filter(pk=OuterRef("pk"), scim_on=True)
    return Exists(on.filter(~Exists(fresh)))


def check(team: Team) -> Iterator[Finding]:
    """SCIM off has no live token; never more than two are live."""
    live = tokens.live(team)
    if live and not team.scim_on:
        yield Finding("scim_off_no_token", f"{team.slug}: SCIM is off and {len(live)} tokens are live")
    if len(live) > tokens.MOST_LIVE:
        yield Finding("two_tokens", f"{team.slug}: {len(live)} tokens are live")


def forget(team: Team) -> None:
    """Delete tokens and the provisioning log of a team that closes."""
    for model in (ScimToken, Exchange, ReadTotal, Listening, Knock):
        model.every_team.filter(team=team).delete()


def setup_pages(link: SetupLink) -> Iterator[SetupPage]:
    """What a setup link opens of provisioning."""
    if Scope.SCIM in link.scopes:
        told = _("Copy the endpoint, and the token once an admin confirmed it.")
        yield SetupPage(_("Provisioning"), reverse("scim:setup", args=[link.pk]), "arrow-repeat", told)
        told = _("What your identity provider sent, and what was refused.")
        yield SetupPage(_("Provisioning log"), reverse("scim:setup_log", args=[link.pk]), "activity", told)


registry.setup_pages.append(setup_pages)
registry.notices |= {kind.name: kind for kind in notices.KINDS}
registry.proposals[Scope.SCIM] = requested.PROPOSAL
registry.tiles.append(tile)
registry.troubles.append(Trouble("scim_silent", "warn", gettext_lazy("Directory silent for a day"), _silent))
registry.latest.append(latest)
registry.steps.append(steps)
registry.counts["scim:log"] = refused_in_a_day
registry.facts.append(person.facts)
registry.timelines.append(person.timeline)
registry.checks.append(check)
registry.on_scim_off.append(tokens.end_all)
registry.on_close.append(forget)
registry.clean_ups += [reads.purge, listening.purge]
registry.retentions.append(
    Retention(
        "provisioning log",
        lambda: settings.KEEP_LOG_DAYS,
        lambda before: exchange.older(before).count(),
        exchange.purge,
    )
)
