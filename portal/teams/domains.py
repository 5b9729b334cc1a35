"""E-mail domains: claimed by a team, proved by a DNS record or vouched for, verified for one team (spec rule 18)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import idna
from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.db.models import FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import policy
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.compiled import Select
from portal.teams.errors import Conflict, Forbidden, Invalid, Missing, NotReady
from portal.teams.folding import domain_in_ascii
from portal.teams.models import Domain, Member, Team

CLAIMED = Kind("domain.claimed", gettext_lazy("{actor} claimed the domain {subject}"))
VERIFIED = Kind("domain.verified", gettext_lazy("{actor} verified the domain {subject}"))
REMOVED = Kind("domain.removed", gettext_lazy("{actor} removed the domain {subject}"))
ALLOWED = Kind("domain.outside_allowed", gettext_lazy("{actor} allowed e-mails outside the team's domains"))
CLOSED = Kind("domain.outside_refused", gettext_lazy("{actor} refused e-mails outside the team's domains"))

FRESH, MOST, MOST_NAMED = timedelta(minutes=10), 50, 20
# Everybody may have an address there, so no team owns them.
PUBLIC = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "yahoo.de",
    "yahoo.co.uk", "ymail.com", "aol.com", "icloud.com", "me.com", "mac.com", "gmx.de", "gmx.net", "gmx.com",
    "web.de", "t-online.de", "freenet.de", "mail.com", "mail.ru", "yandex.com", "yandex.ru", "proton.me",
    "protonmail.com", "pm.me", "tutanota.com", "tuta.io", "fastmail.com", "zoho.com", "qq.com", "163.com", "126.com",
    "orange.fr", "free.fr", "laposte.net", "libero.it", "seznam.cz", "wp.pl", "comcast.net",
})  # fmt: skip


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def domain_of(email: str) -> str:
    """Return the folded domain of an address, in its ASCII (IDNA) form; empty where there is none."""
    return domain_in_ascii(email.rpartition("@")[2].strip()) if "@" in email else ""


def in_letters(name: str) -> str:
    """Draw a domain in its own letters; what can't be read stays as it is."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def owner_of(email: str) -> Team | None:
    """Return the team that verified the domain of this address."""
    found = Domain.every_team.filter(name=domain_of(email), verified_at__isnull=False, team__closed_at=None)
    row = found.select_related("team").first()
    return row.team if row else None


@dataclass(frozen=True)
class Line:
    """Which addresses a team's sign-ins may assert: any until a domain was verified, or where an owner allowed it."""

    names: frozenset[str]
    bound: bool
    outside: bool

    def covers(self, email: str) -> bool:
        """Say whether an address lies inside."""
        return self.has(domain_of(email))

    def has(self, name: str) -> bool:
        """Say whether the addresses of a folded domain lie inside."""
        return not self.bound or self.outside or name in self.names


def line(team: Team) -> Line:
    """Return the team's line as it is today, whatever the caller read before."""
    rows = _LINE(team.pk)
    bound, outside, _name = rows[0]
    return Line(frozenset(name for _bound, _outside, name in rows if name is not None), bound, outside)


def _line(team: UUID) -> "QuerySet[Team, Any]":
    proved = FilteredRelation("domains", condition=Q(domains__verified_at__isnull=False))
    found = Team.every_team.filter(pk=team).annotate(proved=proved)
    return found.values_list("domains_bound", "outside_domains", "proved__name")


_LINE = Select(_line, UUID)


@dataclass(frozen=True)
class Crowd:
    """A team's line and its active members, read once: whom any change of the domains would refuse."""

    line: Line
    people: list[tuple[Member, str]]

    def shut_out(self, after: Line) -> list[Member]:
        """Return whom today's line covers and the one after a change would not."""
        return [who for who, name in self.people if self.line.has(name) and not after.has(name)]

    def by_verifying(self, row: Domain) -> list[Member]:
        """Return whom the verification of a domain would refuse."""
        return self.shut_out(_with(self.line, row.name))

    def by_removing(self, row: Domain) -> list[Member]:
        """Return whom the removal of a domain would refuse."""
        return self.shut_out(_without(self.line, row.name))

    def by_closing(self) -> list[Member]:
        """Return whom it would refuse to stop allowing addresses outside the domains."""
        return self.shut_out(replace(self.line, outside=False))

    def is_owners(self, row: Domain) -> bool:
        """Say if verifying this domain is an owner's: the first on a live connection, or one that refuses somebody."""
        return row.team.sso_on and (not self.line.bound or bool(self.by_verifying(row)))


def crowd(team: Team) -> Crowd:
    """Read a team's line and its active members as they are now."""
    people = Member.every_team.filter(team=team, active=True).exclude(email="").order_by("email_key", "pk")
    return Crowd(line(team), [(member, domain_of(member.email)) for member in people])


def named(people: list[Member]) -> str:
    """Name people in one line, the first twenty of them."""
    names = [f"{member.label} ({member.email})" if member.label != member.email else member.email for member in people]
    more = [_("{n} more").format(n=len(names) - MOST_NAMED)] if len(names) > MOST_NAMED else []
    return ", ".join(names[:MOST_NAMED] + more)


def of(team: Team, domain_id: UUID) -> Domain:
    """Return a domain of this team; a stranger's id is Missing."""
    row: Domain | None = Domain.every_team.filter(team=team, pk=domain_id).first()
    if row is None:
        raise Missing
    row.team = team
    return row


def _with(now: Line, name: str) -> Line:
    return replace(now, names=now.names | {name}, bound=True)


def _without(now: Line, name: str) -> Line:
    return replace(now, names=now.names - {name})


# ── Acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def claim(act: Act, name: str) -> Domain:
    """Claim a domain; it counts once its DNS record was found."""
    policy.require(act.by, Role.ADMIN)
    name = _checked(act, name)
    if Domain.every_team.filter(team=act.team, name=name).exists():
        raise Conflict(_("{name} is in the list already.").format(name=name))
    if Domain.every_team.filter(team=act.team).count() >= MOST:
        raise Conflict(_("A team has at most {n} domains. Remove one first.").format(n=MOST))
    row: Domain = Domain.every_team.create(team=act.team, name=name)
    act.record(CLAIMED, row)
    return row


@act
def verify(act: Act, domain_id: UUID) -> Domain:
    """Count a domain as the team's, minutes after its record was seen."""
    policy.require(act.by, Role.ADMIN)
    row = of(act.team, domain_id)
    if row.verified_at is None:
        if row.seen_at is None or act.at - row.seen_at > FRESH:
            raise NotReady(_("The record was not seen just now. Press “Check now” first."))
        _take(act, row)
    return row


@act
def vouch(act: Act, name: str) -> Domain:
    """Take an operator's word that a domain is this team's."""
    name = _checked(act, name)
    row, _made = Domain.every_team.get_or_create(team=act.team, name=name)
    row.team = act.team
    if row.verified_at is None or not row.vouched:
        # Of one that its DNS record proved too: from now on it hangs on no record.
        row.vouched = True
        _take(act, row)
    return row  # type: ignore[no-any-return]


def _take(act: Act, row: Domain) -> None:
    _checked(act, row.name)
    now = line(act.team)
    out = _guard(act, _with(now, row.name), is_first=not now.bound)
    row.verified_at, row.missing_since, row.lapsed_at = act.at, None, None
    row.save()
    _write(act, domains_bound=True)
    act.record(VERIFIED, row, vouched=row.vouched or None, refused_now=len(out) or None)


@act
def remove(act: Act, domain_id: UUID) -> None:
    """Remove a domain; where that refuses somebody it is an owner's."""
    policy.require(act.by, Role.ADMIN)
    row = of(act.team, domain_id)
    out = _guard(act, _without(line(act.team), row.name)) if row.verified_at else []
    act.record(REMOVED, row, refused_now=len(out) or None)
    row.delete()


@act
def allow_outside(act: Act) -> None:
    """Let sign-ins assert addresses outside the team's domains."""
    policy.require(act.by, Role.OWNER)
    if not act.team.outside_domains:
        _write(act, outside_domains=True)
        act.record(ALLOWED)


@act
def refuse_outside(act: Act) -> None:
    """Refuse addresses outside the team's domains again."""
    policy.require(act.by, Role.OWNER)
    if act.team.outside_domains:
        out = _guard(act, replace(line(act.team), outside=False))
        _write(act, outside_domains=False)
        act.record(CLOSED, refused_now=len(out) or None)


def _write(act: Act, **values: bool) -> None:
    Team.every_team.filter(pk=act.team.pk).update(**values)
    for name, value in values.items():
        setattr(act.team, name, value)


def _checked(act: Act, name: str) -> str:
    """Return a name in its ASCII form; refuse what is none, what everybody uses, and what another team verified."""
    name = domain_of(f"x@{name}")
    try:
        DomainNameValidator(accept_idna=False)(name)
    except ValidationError:
        if name != "localhost":
            raise Invalid(_("{name} is no domain.").format(name=name or _("This"))) from None
    if name in PUBLIC:
        raise Invalid(_("Anybody can have an address at {name}: no team can own it.").format(name=name))
    if Domain.every_team.filter(name=name, verified_at__isnull=False).exclude(team=act.team).exists():
        raise Conflict(_("{name} is verified for another team.").format(name=name))
    return name


def _guard(act: Act, after: Line, *, is_first: bool = False) -> list[Member]:
    """Keep what would refuse somebody on a live connection for an owner, and never let it refuse that owner."""
    if not act.team.sso_on:
        return []
    out = crowd(act.team).shut_out(after)
    if (out or is_first) and not act.by.may(Role.OWNER):
        who = _("These people would be refused: {names}.").format(names=named(out)) if out else ""
        raise Forbidden(_("Single sign-on is on: only an owner does this.") + (f" {who}" if who else ""))
    mine = [member for member in out if member.pk == act.by.member_id]
    if mine:
        raise NotReady(_("You would be refused yourself: your address is {email}.").format(email=mine[0].email))
    return out
