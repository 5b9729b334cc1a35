"""What the directory says of one member: when it last did, and each of its calls about them that the journal lacks."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.teams.models import Member
from portal.teams.moments import Fact, Moment, MomentSort, Past
from scim import verbs
from scim.models import Exchange


def facts(member: Member) -> Iterator[Fact]:
    """Say when the directory was last heard about them."""
    last = _about(member).first()
    if last is not None:
        yield Fact(_("Last sync"), at=last.at, url=_place(member))
    elif member.scim_written:
        yield Fact(_("Last sync"), _("more than 30 days ago"))


def timeline(member: Member, past: Past) -> Iterator[Moment]:
    """Tell the calls that changed nothing, or were refused: what changed something is an event of the journal."""
    if not past.asks(MomentSort.PROVISIONING):
        return
    rows = _about(member).filter(effect={})
    if past.until is not None:
        rows = rows.filter(at__lte=past.until)
    for row in rows[: past.most]:
        what, refused = str(verbs.WORDS.get(row.verb, row.method)), row.status >= 400
        words = _("{what}: {why}").format(what=what, why=row.words) if row.words else what
        yield Moment(row.at, f"scim {row.pk}", MomentSort.PROVISIONING, words, "SCIM", refused, _place(member))


def _about(member: Member) -> "QuerySet[Exchange]":
    rows: QuerySet[Exchange] = Exchange.every_team.filter(team=member.team, about=str(member.pk))
    return rows.order_by("-at", "-pk")


def _place(member: Member) -> str:
    """Where the provisioning log shows the calls on them: their id stands in the path."""
    return f"{reverse('scim:log')}?q={member.pk}"
