"""Certificates that end: a notice from 60 days on, mailed and an event at 60, 30, 14, 7, 3, 1 days and the end (R28).

One that has ended warns and refuses nobody: what signs is judged by its key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams.actor import SYSTEM
from portal.teams.acts import Act, Kind, act
from portal.teams.letters import post_all
from portal.teams.models import Member, Notice, Team, Tone
from portal.teams.policy import SSO_OFF, SSO_ON
from portal.teams.registry import Cause, Diagnosis, NoticeKind, Said
from portal.teams.time_zone import day
from sso import connection as connections
from sso import keys, proposals
from sso.models import ExpiryNotice, IdpCertificate, KeyState, SpKey, SsoConnection

WARNED = Kind("certificate.expiry_warned", gettext_lazy("{subject} ends soon; days left: {days}"))
EXPIRED = Kind("certificate.expired", gettext_lazy("{subject} has ended"))

STEPS = (0, 1, 3, 7, 14, 30, 60)
SOON = timedelta(days=30)
# So many days before the end it is worse than a warning.
URGENT = 7


@dataclass(frozen=True)
class Ending:
    """One certificate and its end."""

    label: str
    fingerprint: str
    ends_at: datetime

    def days(self, now: datetime) -> int:
        """Whole days left, begun ones counted; 0 once it has ended."""
        return max(0, -((now - self.ends_at) // timedelta(days=1)))

    def step(self, now: datetime) -> int | None:
        """The step that this moment has reached, or None while there is time."""
        return next((step for step in STEPS if self.days(now) <= step), None)


def every(connection: SsoConnection) -> Iterator[Ending]:
    """List the certificates that count: the identity provider's, and ours that stand in our metadata."""
    for row in connections.certificates(connection):
        yield Ending(_("The identity provider's certificate"), row.fingerprint, row.not_after)
    for key in keys.every(connection):
        if key.state != KeyState.RETIRED:
            yield Ending(_("Our own certificate"), key.fingerprint, key.not_after)


def ends_soon() -> Exists:
    """A condition on a team: single sign-on is on, and a certificate that counts ends within thirty days."""
    until = timezone.now() + SOON
    theirs = IdpCertificate.every_team.filter(connection__team=OuterRef("pk"), not_after__lt=until)
    ours = SpKey.every_team.filter(connection__team=OuterRef("pk"), not_after__lt=until)
    on = Team.every_team.filter(pk=OuterRef("pk"), sso_on=True)
    return Exists(on.filter(Exists(theirs) | Exists(ours.exclude(state=KeyState.RETIRED))))


def notify() -> None:
    """Tell each team what ends, once for each certificate and step; told while the worker slept is told late."""
    for connection in SsoConnection.every_team.filter(team__sso_on=True, team__closed_at=None).select_related("team"):
        now = timezone.now()
        for ending in every(connection):
            step = ending.step(now)
            if step is not None and not _told(connection, ending, step).exists():
                _tell(connection.team, SYSTEM, connection, ending, step)


def _told(connection: SsoConnection, ending: Ending, step: int) -> "QuerySet[ExpiryNotice]":
    return ExpiryNotice.every_team.filter(connection=connection, fingerprint=ending.fingerprint, days__lte=step)


@act
def _tell(act: Act, connection: SsoConnection, ending: Ending, step: int) -> None:
    if _told(connection, ending, step).exists():
        return
    ExpiryNotice.every_team.create(connection=connection, fingerprint=ending.fingerprint, days=step)
    days = ending.days(act.at)
    # The notice begins, or goes a step further, with this event.
    kind = WARNED if days else EXPIRED
    act.record(kind, ending.label, days=days, fingerprint=ending.fingerprint, ends_at=ending.ends_at.isoformat())


# ── The notice ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _causes(team: Team) -> Iterator[Cause]:
    """Every certificate that ends within sixty days, as long as single sign-on is on and it counts."""
    connection = connections.of(team)
    if not team.sso_on or connection._state.adding:
        return
    now = timezone.now()
    for ending in every(connection):
        step = ending.step(now)
        if step is not None:
            data = {"label": ending.label, "fingerprint": ending.fingerprint, "ends_at": ending.ends_at.isoformat()}
            yield Cause(ending.fingerprint, Tone.BAD if step <= URGENT else Tone.WARN, str(step), data)


def _ending(notice: Notice) -> Ending:
    data = notice.data
    return Ending(data["label"], data["fingerprint"], datetime.fromisoformat(data["ends_at"]))


def _say(notice: Notice) -> Said:
    ending = _ending(notice)
    days, until = ending.days(timezone.now()), day(ending.ends_at, notice.team)
    if not days:
        words = _("It ended on {until}. Nobody is refused for it; replace it soon.").format(until=until)
        return Said(_("{label} has ended.").format(label=ending.label), words, "sso:panel", _("Single sign-on"))
    title = ngettext("{label} ends in {n} day.", "{label} ends in {n} days.", days).format(label=ending.label, n=days)
    words = _("On {until}. Add the next one now; both work until you remove the old one.").format(until=until)
    return Said(title, words, "sso:panel", _("Single sign-on"))


def _post(notice: Notice, people: list[Member]) -> None:
    ending = _ending(notice)
    post_all(
        "certificate_ends", people, team=notice.team.name, label=ending.label, days=ending.days(timezone.now()),
        day=day(ending.ends_at, notice.team), fingerprint=ending.fingerprint, reference=notice.reference,
    )  # fmt: skip


NOTICE = NoticeKind(
    "certificate_ends", gettext_lazy("A certificate ends"),
    gettext_lazy("A certificate of single sign-on ends in 60, 30, 14, 7, 3 or 1 days, or has ended."),
    _say, _causes, frozenset({WARNED.name, EXPIRED.name, SSO_ON.name}),
    frozenset(
        {SSO_OFF.name, connections.CONFIGURED.name, proposals.REFRESHED.name, keys.CHANGED.name, keys.REMOVED.name}
    ),
    post=_post,
)  # fmt: skip


def certificates() -> Iterator[Diagnosis]:
    """Tell the operator which certificates have ended or end within thirty days."""
    now, found = timezone.now(), False
    for connection in SsoConnection.every_team.filter(team__sso_on=True, team__closed_at=None).select_related("team"):
        for ending in every(connection):
            if ending.days(now) <= 30:
                found = True
                told = _("{team}: {label} ends on {day}.").format(
                    team=connection.team.slug, label=ending.label, day=day(ending.ends_at)
                )
                yield Diagnosis("certificates", "warn", told, _("The team was told; help them where they don't act."))
    if not found:
        yield Diagnosis("certificates", "ok", _("None ends within thirty days."))
