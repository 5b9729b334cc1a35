"""Setup links and the drafts written by them: made and confirmed by the team, used by who runs its IdP (rule 24).

A link is a session of a kind of its own: no Member and no User. `held` asks on every request whether it still lives;
acts ask again under the team's lock, so what is revoked ends at once.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams import policy
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Invalid, LinkEnded, LinkTaken, Missing, NotReady
from portal.teams.letters import admins, owners, post_all
from portal.teams.models import Draft, Scope, SetupLink, Team
from portal.teams.registry import registry

MADE = Kind("setup_link.made", gettext_lazy("{actor} made a setup link: {subject}"))
CLAIMED = Kind("setup_link.opened", gettext_lazy("{subject} was opened from {address}"))
REVOKED = Kind("setup_link.revoked", gettext_lazy("{actor} revoked a setup link: {subject}"))
DRAFTED = Kind("draft.saved", gettext_lazy("{actor} saved a draft: {subject}"))
PROPOSED = Kind("draft.proposed", gettext_lazy("{actor} proposed a change: {subject}"))
CONFIRMED = Kind("draft.confirmed", gettext_lazy("{actor} confirmed a proposed change: {subject}"))
DECLINED = Kind("draft.declined", gettext_lazy("{actor} declined a proposed change: {subject}"))

MOST_HOURS, MOST_DRAFTS, NOTE_LENGTH = 14 * 24, 50, 200


def digest(secret: str) -> str:
    """Return what is kept of a link's token, and of the secret of the browser that claimed it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor(link: SetupLink, role: Role = Role.MEMBER) -> Actor:
    """Name the holder of a link as who acts; they count as nobody's admin."""
    return Actor(Door.SETUP, str(link), id=str(link.pk), role=role)


# ── The link ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def make(act: Act, scopes: Sequence[str], hours: int, note: str = "") -> tuple[str, SetupLink]:
    """Make a link; returns its token, which is nowhere kept."""
    policy.require(act.by, Role.ADMIN)
    wanted = [scope for scope in Scope.values if scope in scopes]
    if not wanted or len(wanted) != len(set(scopes)):
        raise Invalid(_("Choose what the link opens."))
    if not 1 <= hours <= MOST_HOURS:
        raise Invalid(_("Choose an end between one hour and 14 days from now."))
    for scope in wanted:
        policy.require_feature(act.team, Scope(scope).feature)
    token = secrets.token_urlsafe(32)
    link = SetupLink.every_team.create(
        team=act.team, digest=digest(token), scopes=wanted, note=note.strip()[:NOTE_LENGTH],
        made_by=act.by.label, made_at=act.at, expires_at=act.at + timedelta(hours=hours),
    )  # fmt: skip
    act.record(MADE, link, scopes=wanted, hours=hours)
    return token, link


def find(token: str) -> SetupLink:
    """Return the live link of a token, claimed or not; LinkEnded for every other."""
    link = SetupLink.every_team.filter(digest=digest(token)).select_related("team").first()
    if link is None or not link.is_live:
        raise LinkEnded(link.made_by if link else "")
    return link  # type: ignore[no-any-return]


def claim(token: str, *, address: str, browser: str) -> tuple[SetupLink, str]:
    """Give the link to the first browser that asks; returns the secret that this browser keeps."""
    link, secret = find(token), secrets.token_urlsafe(32)
    _claim(link.team, actor(link), link.pk, digest(secret), address, browser)
    return link, secret


@act
def _claim(act: Act, link_id: UUID, browser_digest: str, address: str, browser: str) -> None:
    link = _live(act, link_id)
    unclaimed = SetupLink.every_team.filter(pk=link.pk, claimed_at=None)
    if not unclaimed.update(
        claimed_at=act.at, claimed_from=address, browser=browser[:200], browser_digest=browser_digest
    ):
        raise LinkTaken(link.made_by)
    act.record(CLAIMED, link, address=address)


def held(link_id: UUID, secret: str) -> SetupLink:
    """Return the live link that this browser claimed; Missing for any other browser, LinkEnded after its end."""
    rows = SetupLink.every_team.filter(pk=link_id, browser_digest=digest(secret)) if secret else None
    link = rows.select_related("team").first() if rows is not None else None
    if link is None:
        raise Missing
    if not link.is_live:
        raise LinkEnded(link.made_by)
    return link  # type: ignore[no-any-return]


@act
def revoke(act: Act, link_id: UUID) -> None:
    """End a link and what it proposed, at once."""
    policy.require(act.by, Role.ADMIN)
    link = _of(act, SetupLink, link_id)
    if link.revoked_at is None:
        SetupLink.every_team.filter(pk=link.pk).update(revoked_at=act.at)
        Draft.every_team.filter(link=link, confirmed_at=None, ended_at=None).update(ended_at=act.at)
        act.record(REVOKED, link)


def _live(act: Act, link_id: UUID) -> SetupLink:
    link: SetupLink = _of(act, SetupLink, link_id)
    if link.revoked_at is not None or link.expires_at <= act.at:
        raise LinkEnded(link.made_by)
    return link


def _of(act: Act, model: Any, row_id: UUID) -> Any:
    found = model.every_team.filter(team=act.team, pk=row_id).first()
    if found is None:
        raise Missing
    return found


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def links(team: Team) -> list[SetupLink]:
    """List a team's links, the newest first."""
    return list(SetupLink.every_team.filter(team=team).select_related("team").order_by("-made_at", "-pk")[:100])


def waiting(team: Team) -> list[Draft]:
    """List the drafts that wait for the team's word, the oldest first; a link's end ends them too."""
    rows = Draft.every_team.filter(team=team, proposed_at__isnull=False, confirmed_at=None, ended_at=None)
    return [draft for draft in rows.select_related("link__team", "team").order_by("proposed_at") if draft.link.is_live]


def latest(link: SetupLink, kind: str) -> Draft | None:
    """Return a link's newest draft of a kind, whatever became of it."""
    rows = Draft.every_team.filter(link=link, kind=kind).select_related("link__team", "team")
    found: Draft | None = rows.order_by("-made_at", "-pk").first()
    return found


@act
def draft(act: Act, link_id: UUID, kind: str, data: dict[str, Any], *, propose_now: bool = False) -> Draft:
    """Save a draft by a link in place of its former one; nothing of the team changes by it."""
    link = _live(act, link_id)
    if kind not in link.scopes:
        raise Missing
    policy.require_feature(act.team, Scope(kind).feature)
    mine = Draft.every_team.filter(link=link)
    if mine.count() >= MOST_DRAFTS:
        words = ngettext("A link takes {n} draft.", "A link takes {n} drafts.", MOST_DRAFTS).format(n=MOST_DRAFTS)
        raise Invalid(f"{words} " + _("Ask {who} for a new link.").format(who=link.made_by))
    mine.filter(kind=kind, confirmed_at=None, ended_at=None).update(ended_at=act.at)
    made: Draft = Draft.every_team.create(team=act.team, link=link, kind=kind, data=data, made_at=act.at)
    if propose_now:
        _propose(act, made)
    else:
        act.record(DRAFTED, made)
    return made


@act
def propose(act: Act, link_id: UUID, draft_id: UUID) -> None:
    """Ask the team to confirm a link's open draft."""
    link = _live(act, link_id)
    found = _of(act, Draft, draft_id)
    if found.link_id != link.pk or not found.is_open:
        raise Missing
    if found.proposed_at is None:
        _propose(act, found)


def _propose(act: Act, found: Draft) -> None:
    found.proposed_at = act.at
    found.save(update_fields=["proposed_at"])
    act.record(PROPOSED, found)
    asked = owners(act.team) if registry.proposals[found.kind].role is Role.OWNER else admins(act.team)
    post_all("draft_proposed", asked, team=act.team.name, link=str(act.by.label), what=str(found))


@act
def confirm(act: Act, draft_id: UUID) -> Draft:
    """Do what a draft proposes, by the role that may do it by hand."""
    found = _decide(act, draft_id)
    _live(act, found.link_id)
    found.confirmed_at = act.at
    found.save(update_fields=["confirmed_at", "decided_by"])
    registry.proposals[found.kind].apply(act, found)
    act.record(CONFIRMED, found)
    return found


@act
def decline(act: Act, draft_id: UUID) -> None:
    """Turn a draft down; its link may propose another."""
    found = _decide(act, draft_id)
    found.ended_at = act.at
    found.save(update_fields=["ended_at", "decided_by"])
    act.record(DECLINED, found)


def _decide(act: Act, draft_id: UUID) -> Draft:
    found: Draft = _of(act, Draft, draft_id)
    policy.require(act.by, registry.proposals[found.kind].role)
    if found.proposed_at is None or not found.is_open:
        raise NotReady(_("This draft no longer waits: it was decided on, replaced, or its link ended."))
    found.decided_by = act.by.label
    return found


def end_unused(act: Act, kind: str) -> None:
    """End the confirmed drafts of a kind that gave nothing out yet, inside the act that takes away what they give."""
    confirmed = Draft.every_team.filter(team=act.team, kind=kind, confirmed_at__isnull=False)
    confirmed.filter(used_at=None, ended_at=None).update(ended_at=act.at)


def use(act: Act, link: SetupLink, draft_id: UUID) -> Draft:
    """Use a confirmed draft up inside an act: of any number at once, the first gets what it gives out."""
    _live(act, link.pk)
    confirmed = Draft.every_team.filter(team=act.team, link=link, pk=draft_id, confirmed_at__isnull=False)
    if not confirmed.filter(used_at=None, ended_at=None).update(used_at=act.at):
        ended = confirmed.filter(used_at=None).exists()
        told = _("It ended before it was shown.") if ended else _("It was shown already.")
        raise NotReady(f"{told} " + _("Ask {who} to confirm another one.").format(who=link.made_by))
    return confirmed.get()  # type: ignore[no-any-return]
