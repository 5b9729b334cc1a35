"""What a team is told by the ground floor, and what upper floors tell in words of their own."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams import domains, owners, proofs, refused, roster, seats
from portal.teams.acts import Kind
from portal.teams.founding import CROWNED
from portal.teams.letters import post_all
from portal.teams.models import Audience, Domain, Member, Notice, Seat, Team, Tone, Waiting
from portal.teams.registry import Cause, NoticeKind, Said
from portal.teams.time_zone import day


def _names(*kinds: Kind) -> frozenset[str]:
    return frozenset(kind.name for kind in kinds)


SEATED = _names(roster.ADDED, roster.ADOPTED, roster.ASSIGNED, CROWNED)
FREED = _names(roster.UNASSIGNED, roster.REMOVED)
RESIZED, WAITS = _names(seats.RESIZED), _names(refused.REFUSED, seats.DISMISSED)
HELD = _names(owners.HELD)
NO_LONGER_HELD = _names(owners.HOLD_LIFTED, CROWNED, roster.REMOVED)
LAPSING = _names(proofs.MISSED, proofs.LAPSED)
PROVED = _names(proofs.RESTORED, domains.VERIFIED, domains.REMOVED)
NAMED = 3


# ── Seats ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _full(team: Team) -> Iterator[Cause]:
    tally = seats.held(team)
    if tally.free <= 0:
        names = _first_names(team)
        data = {"all": tally.bought, "waiting": team.waiting.count() if len(names) > NAMED else len(names)}
        yield Cause("full", Tone.BAD if names else Tone.WARN, data=data | {"names": names[:NAMED]})


def _without_free_seats() -> Iterable[UUID]:
    """A team that was full before anybody was told is told within the hour."""
    free = Seat.every_team.filter(team=OuterRef("pk"), member=None)
    return list(Team.every_team.filter(~Exists(free), closed_at=None).values_list("pk", flat=True))


def _say_full(notice: Notice) -> Said:
    told = ngettext("The one seat is in use.", "All {n} seats are in use.", notice.data["all"])
    parts = [told.format(n=notice.data["all"])]
    if notice.data["waiting"]:
        parts.append(_who_waits(notice.data))
    parts.append(_("Unassign somebody, or ask your account executive for more seats."))
    return Said(_("No seats are left."), " ".join(parts), "seat_request", _("Request seats"))


def _waiting(team: Team) -> Iterator[Cause]:
    """One cause as long as anybody waits; its step is the last whole day on which somebody new came: a daily digest."""
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = team.waiting.aggregate(n=Count("id"), newest=Max("first_at", filter=Q(first_at__lt=today)))
    if found["n"]:
        data = {"waiting": found["n"], "names": _first_names(team)[:NAMED]}
        yield Cause("waiting", Tone.INFO, f"{found['newest']:%Y-%m-%d}" if found["newest"] else "", data)


def _first_names(team: Team) -> list[str]:
    return list(team.waiting.order_by("first_at", "pk").values_list("label", flat=True)[: NAMED + 1])


def _say_waiting(notice: Notice) -> Said:
    words = _(
        "They were refused because no seat was free. They get one when you free or add seats and they come again."
    )
    return Said(_who_waits(notice.data), words, "waiting", _("See who"))


def _who_waits(data: dict[str, object]) -> str:
    names = [str(name) for name in data["names"]]  # type: ignore[attr-defined]
    n = int(str(data["waiting"]))
    told = ngettext("{n} person is waiting: {names}.", "{n} people are waiting: {names}.", n)
    return told.format(n=n, names=", ".join(names) + (", …" if n > len(names) else ""))


def _somebody_waits() -> Iterable[UUID]:
    return set(Waiting.every_team.values_list("team_id", flat=True))


# ── People and domains ───────────────────────────────────────────────────────────────────────────────────────────────
def _held(team: Team) -> Iterator[Cause]:
    for member in team.members.filter(held_at__isnull=False):
        yield Cause(str(member.pk), Tone.BAD, data={"who": member.label})


def _say_held(notice: Notice) -> Said:
    title = _("The last owner, {who}, is held.").format(who=notice.data["who"])
    words = _("The identity provider tried to remove them. Assign them there again, or have another owner named.")
    return Said(title, words, "members", _("Open the members"))


def _post_held(notice: Notice, people: list[Member]) -> None:
    post_all("owner_held", people, team=notice.team.name, who=notice.data["who"], reference=notice.reference)


def _say_rescue(notice: Notice) -> Said:
    title = _("{who} used a rescue code.").format(who=notice.data["who"])
    left = ngettext("They have {n} code left.", "They have {n} codes left.", notice.data["left"])
    words = _("For 30 minutes they could lift Enforce SSO. If it was not them, sign them out.")
    return Said(title, f"{words} {left.format(n=notice.data['left'])}", "audit", _("Look at the activity"))


def _post_rescue(notice: Notice, people: list[Member]) -> None:
    data = notice.data
    post_all(
        "rescue_code_used", people, team=notice.team.name, who=data["who"], left=data["left"],
        reference=notice.reference,
    )  # fmt: skip


def _lapsing(team: Team) -> Iterator[Cause]:
    for row in team.domains.filter(missing_since__isnull=False).order_by("missing_since"):
        until = row.missing_since + proofs.GRACE if row.missing_since else timezone.now()
        yield Cause(str(row.pk), Tone.WARN, "missing", _domain(row) | {"until": until.isoformat()})
    for row in team.domains.filter(lapsed_at__isnull=False, verified_at=None):
        yield Cause(str(row.pk), Tone.BAD, "lapsed", _domain(row))


def _domain(row: Domain) -> dict[str, str]:
    return {"domain": row.name, "record": row.record}


def _until(notice: Notice) -> str:
    return day(datetime.fromisoformat(notice.data["until"]), notice.team)


def _say_lapsing(notice: Notice) -> Said:
    name = notice.data["domain"]
    if notice.step == "lapsed":
        words = _("Sign-ins with its addresses are refused until it is verified again.")
        return Said(_("{name} is verified no longer.").format(name=name), words, "domains", _("Domains"))
    words = _("Set its TXT record again by {day}, or the domain lapses.").format(day=_until(notice))
    return Said(_("The DNS record of {name} is gone.").format(name=name), words, "domains", _("Domains"))


def _post_lapsing(notice: Notice, people: list[Member]) -> None:
    team, data, reference = notice.team.name, notice.data, notice.reference
    domain, record = data["domain"], data["record"]
    if notice.step == "lapsed":
        post_all("domain_lapsed", people, team=team, domain=domain, record=record, reference=reference)
        return
    until = _until(notice)
    post_all("domain_missing", people, team=team, domain=domain, record=record, until=until, reference=reference)


def _say_answered(notice: Notice) -> Said:
    data = notice.data
    if data["granted"]:
        title = ngettext("{n} more seat was granted.", "{n} more seats were granted.", data["granted"])
        title = title.format(n=data["granted"])
    else:
        title = _("Your request for more seats was declined.")
    now = _("{n} of {all} seats are assigned.").format(n=data["assigned"], all=data["bought"])
    return Said(title, f"{data['words']} {now}".strip(), "plan", _("Plan and seats"))


def _post_answered(notice: Notice, people: list[Member]) -> None:
    data = notice.data
    post_all(
        "seats_answered", people, team=notice.team.name, more=data["more"], granted=data["granted"],
        words=data["words"], assigned=data["assigned"], bought=data["bought"], free=data["free"],
        waiting=data["waiting"], reference=notice.reference,
    )  # fmt: skip


KINDS = (
    NoticeKind(
        "seats_full", gettext_lazy("No seats left"), gettext_lazy("Every bought seat is in use."),
        _say_full, _full, SEATED | RESIZED, FREED | WAITS, _without_free_seats,
    ),
    NoticeKind(
        "people_waiting", gettext_lazy("People waiting for a seat"),
        gettext_lazy("Somebody was refused because no seat was free. Mailed once a day, when somebody new came."),
        _say_waiting, _waiting, WAITS, SEATED, _somebody_waits, ascends=True,
    ),
    NoticeKind(
        "owner_held", gettext_lazy("The last owner is held"),
        gettext_lazy("The identity provider tried to remove the team's last owner."),
        _say_held, _held, HELD, NO_LONGER_HELD,
        security=True, post=_post_held,
    ),
    NoticeKind(
        "rescue_code_used", gettext_lazy("A rescue code was used"),
        gettext_lazy("An owner entered by a rescue code, past single sign-on."),
        _say_rescue, security=True, audience=Audience.OWNERS, post=_post_rescue,
    ),
    NoticeKind(
        "domain_lapsing", gettext_lazy("A domain lapses"),
        gettext_lazy("The DNS record of a verified domain is gone, or was gone for seven days."),
        _say_lapsing, _lapsing, LAPSING, PROVED,
        security=True, post=_post_lapsing,
    ),
    NoticeKind(
        "seats_answered", gettext_lazy("A seat request was answered"),
        gettext_lazy("The operator granted or declined the seats that you asked for."),
        _say_answered, post=_post_answered,
    ),
)  # fmt: skip
