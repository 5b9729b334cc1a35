"""Setup links: made by admins, opened by one browser, ended at once; drafts change nothing until they are confirmed."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from portal.teams import founding, policy, setup
from portal.teams.actor import Role
from portal.teams.errors import Invalid, LinkEnded, LinkTaken, Missing, NotAllowed, NotEntitled, NotReady, OwnersOnly
from portal.teams.models import Draft, Scope, SetupLink, Team
from portal.teams.registry import Proposal, registry
from tests import make
from tests.teams import journal
from tests.teams.test_races import at_once


@pytest.fixture(autouse=True)
def proposals(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Draft]]:
    """Two kinds of draft whose confirmation is noted: one is an owner's, one an admin's."""
    done: list[Draft] = []
    for kind, role in ((Scope.SSO, Role.OWNER), (Scope.SCIM, Role.ADMIN)):
        proposal = Proposal(
            title=lambda team: "", role=role, differences=lambda draft: [], warnings=lambda draft: [],
            apply=lambda act, draft: done.append(draft),
        )  # fmt: skip
        monkeypatch.setitem(registry.proposals, kind, proposal)
    yield done


def made(team: Team, hours: int = 24, scopes: tuple[str, ...] = ("sso", "scim")) -> tuple[str, SetupLink]:
    """Make a link as Adam would."""
    return setup.make(team, make.by(make.who(team, "adam")), scopes, hours, "Ben")


def claimed(team: Team) -> tuple[SetupLink, str]:
    """Make a link and open it; returns the secret of the browser that did."""
    return setup.claim(made(team)[0], address="192.0.2.7", browser="Firefox")


def waiting(team: Team, kind: Scope = Scope.SSO) -> Draft:
    """Propose something by a link."""
    link, _secret = claimed(team)
    return setup.draft(team, setup.actor(link), link.pk, kind, {"a": 1}, propose_now=True)


# ── The link ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_admin_makes_a_link_and_only_the_digest_of_its_token_is_kept(acme: Team) -> None:
    token, link = made(acme)

    kept = SetupLink.every_team.values().get()
    assert (link.scopes, link.made_by, token in str(kept)) == (["sso", "scim"], "Adam", False)
    assert journal.last(acme).kind == "setup_link.made"


@pytest.mark.parametrize("role", [Role.MEMBER, Role.AUDITOR])
def test_below_admin_nobody_makes_or_revokes_a_link(acme: Team, role: Role) -> None:
    by = make.by(make.member(acme, "low@acme.test", role=role))
    _token, link = made(acme)

    with pytest.raises(NotAllowed):
        setup.make(acme, by, ["sso"], 1)
    with pytest.raises(NotAllowed):
        setup.revoke(acme, by, link.pk)


@pytest.mark.parametrize(("scopes", "hours"), [([], 1), (["sso", "x"], 1), (["sso"], 0), (["sso"], 14 * 24 + 1)])
def test_a_link_opens_something_we_have_for_one_hour_to_14_days(acme: Team, scopes: list[str], hours: int) -> None:
    with pytest.raises(Invalid):
        setup.make(acme, make.as_owner(acme), scopes, hours)


def test_a_link_for_what_the_plan_lacks_is_refused(acme: Team) -> None:
    policy.entitle(acme, make.BY_OPERATOR, scim=False)

    with pytest.raises(NotEntitled):
        made(acme)


def test_the_browser_that_claims_a_link_holds_it(acme: Team) -> None:
    link, secret = claimed(acme)

    held = setup.held(link.pk, secret)
    assert (held.team, held.claimed_from, held.browser) == (acme, "192.0.2.7", "Firefox")
    assert journal.last(acme).kind == "setup_link.opened"


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_no_other_browser_holds_it(acme: Team, secret: str) -> None:
    link, _secret = claimed(acme)

    with pytest.raises(Missing):
        setup.held(link.pk, secret)
    with pytest.raises(Missing):
        setup.held(uuid4(), _secret)


def test_a_link_that_nobody_claimed_is_held_by_nobody(acme: Team) -> None:
    _token, link = made(acme)

    with pytest.raises(Missing):
        setup.held(link.pk, "")


def test_a_second_browser_is_told_that_it_came_too_late(acme: Team) -> None:
    token, _link = made(acme)
    setup.claim(token, address="", browser="")

    with pytest.raises(LinkTaken, match="opened in another browser"):
        setup.claim(token, address="", browser="")


def test_an_unknown_token_names_nobody(acme: Team) -> None:
    made(acme)

    with pytest.raises(LinkEnded, match="Ask whoever sent it"):
        setup.find("wrong")


def test_a_revoked_link_ends_at_once_and_its_open_drafts_with_it(acme: Team) -> None:
    link, secret = claimed(acme)
    draft = setup.draft(acme, setup.actor(link), link.pk, "sso", {}, propose_now=True)

    setup.revoke(acme, make.as_owner(acme), link.pk)

    with pytest.raises(LinkEnded, match="Ask Adam for a new one"):
        setup.held(link.pk, secret)
    with pytest.raises(NotReady):
        setup.confirm(acme, make.as_owner(acme), draft.pk)
    assert setup.waiting(acme) == []


def test_a_link_ends_when_its_time_is_over(acme: Team) -> None:
    token, _link = made(acme, hours=1)
    link, secret = setup.claim(token, address="", browser="")
    draft = setup.draft(acme, setup.actor(link), link.pk, "sso", {}, propose_now=True)

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        for late in (lambda: setup.held(link.pk, secret), lambda: setup.find(token)):
            with pytest.raises(LinkEnded):
                late()
        with pytest.raises(LinkEnded):
            setup.draft(acme, setup.actor(link), link.pk, "sso", {})
        with pytest.raises(LinkEnded):
            setup.confirm(acme, make.as_owner(acme), draft.pk)
        assert setup.waiting(acme) == []


def test_a_closed_teams_link_is_gone(acme: Team) -> None:
    link, secret = claimed(acme)

    founding.close(acme, make.BY_OPERATOR)

    with pytest.raises(Missing):
        setup.held(link.pk, secret)


def test_another_teams_admin_does_not_reach_it(acme: Team, globex: Team) -> None:
    link, _secret = claimed(acme)
    draft = waiting(acme)

    for act, row in ((setup.revoke, link), (setup.confirm, draft), (setup.decline, draft)):
        with pytest.raises(Missing):
            act(globex, make.as_owner(globex), row.pk)


# ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_draft_is_done_only_when_it_was_confirmed(acme: Team, proposals: list[Draft]) -> None:
    draft = waiting(acme)
    before = len(proposals)

    setup.confirm(acme, make.as_owner(acme), draft.pk)

    assert (before, [each.pk for each in proposals]) == (0, [draft.pk])
    assert journal.kinds(acme)[-3:] == ["setup_link.opened", "draft.proposed", "draft.confirmed"]


def test_an_owners_draft_is_not_an_admins_to_decide_on(acme: Team) -> None:
    draft, by = waiting(acme), make.by(make.who(acme, "adam"))

    for decide in (setup.confirm, setup.decline):
        with pytest.raises(OwnersOnly):
            decide(acme, by, draft.pk)


def test_the_links_holder_confirms_nothing(acme: Team) -> None:
    draft = waiting(acme, Scope.SCIM)

    with pytest.raises(NotAllowed):
        setup.confirm(acme, setup.actor(draft.link), draft.pk)


def test_a_draft_that_was_only_saved_does_not_wait(acme: Team) -> None:
    link, _secret = claimed(acme)
    draft = setup.draft(acme, setup.actor(link), link.pk, "sso", {})

    with pytest.raises(NotReady):
        setup.confirm(acme, make.as_owner(acme), draft.pk)
    assert setup.waiting(acme) == []


def test_another_draft_takes_the_place_of_the_open_one(acme: Team) -> None:
    former = waiting(acme)

    later = setup.draft(acme, setup.actor(former.link), former.link_id, "sso", {"a": 2}, propose_now=True)

    assert setup.waiting(acme) == [later]
    with pytest.raises(NotReady):
        setup.confirm(acme, make.as_owner(acme), former.pk)


def test_a_declined_draft_is_over(acme: Team, proposals: list[Draft]) -> None:
    draft = waiting(acme)

    setup.decline(acme, make.as_owner(acme), draft.pk)

    with pytest.raises(NotReady):
        setup.confirm(acme, make.as_owner(acme), draft.pk)
    assert proposals == []


def test_a_link_drafts_only_what_it_opens(acme: Team) -> None:
    token, link = made(acme, scopes=("sso",))
    setup.claim(token, address="", browser="")

    with pytest.raises(Missing):
        setup.draft(acme, setup.actor(link), link.pk, "scim", {})


def test_a_link_proposes_no_other_links_draft(acme: Team) -> None:
    draft = waiting(acme)
    other, _secret = claimed(acme)

    with pytest.raises(Missing):
        setup.propose(acme, setup.actor(other), other.pk, draft.pk)


def test_the_plan_still_counts(acme: Team) -> None:
    link, _secret = claimed(acme)
    policy.entitle(acme, make.BY_OPERATOR, sso=False, scim=False)

    with pytest.raises(NotEntitled):
        setup.draft(acme, setup.actor(link), link.pk, "sso", {})


def test_a_link_takes_only_so_many_drafts(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "MOST_DRAFTS", 2)
    link, _secret = claimed(acme)
    for n in range(2):
        setup.draft(acme, setup.actor(link), link.pk, "sso", {"n": n})

    with pytest.raises(Invalid):
        setup.draft(acme, setup.actor(link), link.pk, "sso", {"n": 3})


# ── All at once ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_of_eight_browsers_that_press_at_once_one_holds_the_link(acme: Team) -> None:
    token, _link = made(acme)

    outcome = at_once([lambda: setup.claim(token, address="", browser="")] * 8)

    assert outcome == Counter({type(None): 1, LinkTaken: 7})
    assert journal.count(acme, setup.CLAIMED) == 1


@pytest.mark.django_db(transaction=True)
def test_a_draft_confirmed_eight_times_at_once_is_done_once(acme: Team, proposals: list[Draft]) -> None:
    draft, by = waiting(acme), make.as_owner(acme)

    outcome = at_once([lambda: setup.confirm(acme, by, draft.pk)] * 8)

    assert (outcome, len(proposals)) == (Counter({type(None): 1, NotReady: 7}), 1)


@pytest.mark.django_db(transaction=True)
def test_confirming_and_revoking_at_once_end_in_one_of_the_two_orders(acme: Team, proposals: list[Draft]) -> None:
    draft, by = waiting(acme), make.as_owner(acme)

    at_once([lambda: setup.confirm(acme, by, draft.pk), lambda: setup.revoke(acme, by, draft.link_id)])

    draft.refresh_from_db()
    assert (draft.confirmed_at is None) == (proposals == []) == (draft.ended_at is not None)
