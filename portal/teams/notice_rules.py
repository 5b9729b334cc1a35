"""Who of a team gets which notices: the team's choice for each kind, and each person's wish for no mail."""

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import policy
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Invalid
from portal.teams.models import Audience, Member, NoticeOptOut, NoticeRule, Team
from portal.teams.registry import NoticeKind, registry

CHANGED = Kind("notice_rule.changed", gettext_lazy("{actor} changed who gets the notices “{subject}”"))
AT_LEAST = {Audience.OWNERS: Role.OWNER, Audience.ADMINS: Role.ADMIN}
MOST_CHOSEN = 50


def default(kind: NoticeKind) -> NoticeRule:
    """Return how a kind is given out where the team chose nothing."""
    return NoticeRule(kind=kind.name, audience=kind.audience, people=[], mail=True, in_page=True)


def rules(team: Team) -> dict[str, NoticeRule]:
    """Return how each kind is given out, in one query."""
    chosen = {rule.kind: rule for rule in NoticeRule.every_team.filter(team=team)}
    return {name: chosen.get(name) or default(kind) for name, kind in registry.notices.items()}


def of(team: Team, kind: NoticeKind) -> NoticeRule:
    """Return how one kind is given out."""
    return NoticeRule.every_team.filter(team=team, kind=kind.name).first() or default(kind)


def gets(kind: NoticeKind, rule: NoticeRule, role: Role, member_id: object) -> bool:
    """Say whether somebody of this role gets a kind at all; owners always get what concerns security."""
    if kind.security and role is Role.OWNER:
        return True
    if rule.audience == Audience.CHOSEN:
        return str(member_id) in rule.people
    return role.reaches(AT_LEAST[Audience(rule.audience)])


def sees(kind: NoticeKind, rule: NoticeRule, role: Role, member_id: object) -> bool:
    """Say whether somebody of this role sees a kind in the portal; an auditor sees everything that is shown."""
    shown = rule.in_page or kind.security
    return shown and (role is Role.AUDITOR or gets(kind, rule, role, member_id))


def addressees(team: Team, kind: NoticeKind) -> list[Member]:
    """Return who is mailed about a kind: who gets it, wants mail and is not suspended.

    Somebody held is: the last owner must hear that their directory tried to end them.
    """
    rule = of(team, kind)
    if not rule.mail and not kind.security:
        return []
    staff = candidates(team)
    out = set(NoticeOptOut.every_team.filter(kind=kind.name, member__team=team).values_list("member_id", flat=True))
    return [
        member
        for member in staff
        if member.suspended_at is None
        and gets(kind, rule, member.rank, member.pk)
        and (member.pk not in out or always_mailed(kind, member.rank))
    ]


def candidates(team: Team) -> list[Member]:
    """Return whom a notice can be given to: the active owners, admins and auditors."""
    staff = Member.every_team.filter(team=team, active=True).exclude(role=Role.MEMBER)
    return list(staff.order_by("email_key", "pk"))


def always_mailed(kind: NoticeKind, role: Role) -> bool:
    """Say whether somebody of this role is mailed whatever was chosen."""
    return kind.security and role is Role.OWNER


@act
def choose(act: Act, name: str, audience: str, people: Collection[str], *, mail: bool, in_page: bool) -> None:
    """Choose who of the team gets a kind; what concerns security stays on for owners."""
    policy.require(act.by, Role.ADMIN)
    kind = _named(name)
    if kind.security and not (mail and in_page):
        raise Invalid(_("What concerns security is always shown, and owners are always mailed."))
    known = {str(member.pk) for member in candidates(act.team)}
    chosen = sorted(known & set(people)) if audience == Audience.CHOSEN else []
    if audience not in Audience.values or (audience == Audience.CHOSEN and not 0 < len(chosen) <= MOST_CHOSEN):
        raise Invalid(_("Choose owners, owners and admins, or at least one person."))
    rule = of(act.team, kind)
    wanted = {"audience": audience, "people": chosen, "mail": mail, "in_page": in_page}
    if any(getattr(rule, column) != value for column, value in wanted.items()):
        NoticeRule.every_team.update_or_create(team=act.team, kind=name, defaults=wanted)
        act.record(CHANGED, str(kind.label), rule=name, audience=audience, mail=mail, in_page=in_page)


def want_no_mail(member: Member, names: Collection[str]) -> None:
    """Note about which kinds a person wants no mail; owners are mailed about security all the same."""
    out = {
        name for name in names if name in registry.notices and not always_mailed(registry.notices[name], member.rank)
    }
    mine = NoticeOptOut.every_team.filter(member=member)
    mine.exclude(kind__in=out).delete()
    known = set(mine.values_list("kind", flat=True))
    NoticeOptOut.every_team.bulk_create(
        [NoticeOptOut(member=member, kind=name) for name in sorted(out - known)], ignore_conflicts=True
    )


def no_mail_for(member: Member) -> set[str]:
    """Return about which kinds a person wants no mail."""
    return set(NoticeOptOut.every_team.filter(member=member).values_list("kind", flat=True))


def _named(name: str) -> NoticeKind:
    kind = registry.notices.get(name)
    if kind is None:
        raise Invalid(_("There is no such kind of notice."))
    return kind
