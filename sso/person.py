"""What single sign-on knows of one member: who they are at the identity provider, and each of their sign-ins."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams.models import Member
from portal.teams.moments import Fact, Moment, MomentSort, Past
from sso.models import Purpose, SignInAttempt, Subject

WORDS = {
    Purpose.SIGN_IN: gettext_lazy("Signed in by single sign-on"),
    Purpose.AGAIN: gettext_lazy("Confirmed by single sign-on that it is them"),
    Purpose.TEST: gettext_lazy("Tested single sign-on"),
    Purpose.LOGOUT: gettext_lazy("Signed out by single logout"),
    Purpose.DRAFT: gettext_lazy("Tested a draft of single sign-on"),
}


def facts(member: Member) -> Iterator[Fact]:
    """Name them as their identity providers do, the latest first."""
    for subject in Subject.every_team.filter(member=member).order_by("-first_at")[:5]:
        yield Fact(_("NameID"), subject.name_id)
        yield Fact(_("Connection"), subject.idp_entity_id)
        yield Fact(_("First came by it"), at=subject.first_at)


def timeline(member: Member, past: Past) -> Iterator[Moment]:
    """Tell each attempt that was proven to be theirs, with its place in the sign-in log."""
    if not past.asks(MomentSort.SIGN_IN):
        return
    attempts = SignInAttempt.every_team.filter(team=member.team, member=member).order_by("-at", "-pk")
    if past.until is not None:
        attempts = attempts.filter(at__lte=past.until)
    for row in attempts[: past.most]:
        words, refused = str(WORDS.get(row.purpose, WORDS[Purpose.SIGN_IN])), row.result != "ok"
        if refused:
            words = _("{what}: {why}").format(what=words, why=row.detail or row.result)
        url = f"{reverse('sso:log')}?q={row.reference}"
        yield Moment(row.at, f"sso {row.pk}", MomentSort.SIGN_IN, words, _("Single sign-on"), refused, url)
