"""Pages stay quick: no list asks the database more often for more rows, and what a first visit loads is small."""

import gzip
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.api import keys
from portal.directories import setting_up
from portal.outbound.directory import Access
from portal.outbound.webhooks import endpoints
from portal.outbound.webhooks.models import Delivery, Endpoint
from portal.teams import domains, founding, refused, seat_requests, seats, setup
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Entry, Letter, Notice, Team
from scim.models import Exchange
from sso.models import SignInAttempt
from tests import make
from tests.pages import reading

FEW, MANY = 3, 9
FIRST_VISIT = 180 * 1024
SSO, SCIM = "/settings/security/authentication/sso/", "/settings/security/authentication/scim/"
HOOKS = "/settings/developers/webhooks/"
LISTS = [
    "/", "/members/", "/members/waiting/", "/members/import/", "/groups/", "/log/audit/", "/log/sign-ins/",
    "/log/provisioning/", "/notices/", "/notices/?show=earlier", "/settings/notices/", "/settings/profile/",
    "/settings/profile/notices/", "/settings/plan/", "/settings/plan/request/", "/settings/setup-links/",
    "/settings/security/domains/",
    "/settings/security/directory-import/", "/settings/developers/", HOOKS, f"{SSO}", f"{SSO}keys/",
    f"{SSO}attributes/", SCIM,
    f"{SCIM}people/", "/search/?q=p", "/teams/", "/log/audit/export.csv", "/members/export.csv",
    "/log/sign-ins/csv/", "/log/provisioning/export.csv",
]  # fmt: skip
OPERATOR = [
    "/operator/", "/operator/teams/", "/operator/teams/acme/", "/operator/requests/",
    "/operator/requests/?tab=answered", "/operator/work/", "/operator/staff/", "/operator/closed/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to an address of the internet; nothing is sent by these tests."""
    monkeypatch.setattr("portal.outbound.http.look_up", lambda host, port: ["93.184.215.14"])


@pytest.fixture
def wide(acme: Team) -> Team:
    """Acme with room for many."""
    seats.resize(acme, make.BY_OPERATOR, 100)
    return acme


def grow(team: Team, start: int, end: int) -> None:
    """Let there be more of everything that a list shows."""
    owner, now = make.as_owner(team), timezone.now()
    olga = make.who(team, "olga")
    for n in range(start, end):
        seat = make.provisioned if make.fresh(team).scim_on else make.member
        person = seat(team, f"p{n}@acme.test", given_name="Pia", family_name=str(n))
        make.group(team, f"Group {n}", person, make.who(team, "mia"))
        refused.record(team, owner, NoSeatsLeft("Acme", 3), f"late{n}@acme.test")
        lived(team, n)
        if n < MANY:
            made(team, n)
        for member in (olga, person):
            Entry.every_team.create(
                team=team, member=member, door="code", proved_at=now, last_seen=now,
                expires_at=now + timedelta(hours=8), browser=f"Firefox/{n}", address=f"192.0.2.{n}",
            )  # fmt: skip


def made(team: Team, n: int) -> None:
    """Make one more of what a team has only some of."""
    owner = make.as_owner(team)
    domains.claim(team, owner, f"d{n}.test")
    setup.make(team, owner, ["domains"], 24, f"Link {n}")
    keys.make(team, owner, f"Key {n}", ["members:read"], None)
    setting_up.add(team, owner, f"Directory {n}", "jumpcloud", Access("us", "jca_key"), []).runs.create()
    hook = endpoints.add(team, owner, f"Hook {n}", f"https://hooks.example.com/{n}")
    for each in (hook, Endpoint.every_team.order_by("made_at")[0]):
        told = {"message_id": f"m{n}-{each.pk}", "kind": "member.added", "body": "{}"}
        Delivery.every_team.create(endpoint=each, team=team, **told)


def lived(team: Team, n: int) -> None:
    """Let something more have been asked, tried and told."""
    about = str(make.who(team, "mia").pk)
    Exchange.every_team.create(
        team=team, method="POST", path="/scim/v2/Users", status=201, milliseconds=9, verb="create", subject=f"p{n}",
        about=about, token_hint=f"sgs_{n}", request='{"userName": "p"}', answer="{}",
    )  # fmt: skip
    SignInAttempt.every_team.create(
        team=team, reference=f"7K3M-{n:04}", result="ok", who=f"p{n}@acme.test", member=make.who(team, "mia"),
        proven=True,
    )  # fmt: skip
    data = {"domain": f"gone{n}.test", "record": "x", "until": timezone.now().isoformat()}
    for ended in (None, timezone.now()):
        Notice.every_team.create(
            team=team, kind="domain_lapsing", key=f"{n}{bool(ended)}", step="lapsed", tone="bad", data=data,
            reference="7K3M-9QXP", began_at=timezone.now(), told_at=timezone.now(), ended_at=ended,
        )  # fmt: skip


def asked_for(client: Client, path: str) -> int:
    """How often a page asks the database, drawn to its end, when it was looked at before."""
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(path)
        assert answer.status_code == 200, path
        b"".join(answer.streaming_content) if answer.streaming else None
    return len(seen)


@pytest.mark.parametrize("on", [make.fresh, make.connect_idp])
def test_no_list_asks_more_often_for_more_rows(wide: Team, on: Callable[[Team], object]) -> None:
    client = make.sign_in(Client(), "olga@acme.test")
    on(wide)
    grow(wide, 0, FEW)
    hook, mia = Endpoint.every_team.order_by("made_at")[0], make.who(wide, "mia")
    paths = [*LISTS, f"{HOOKS}{hook.pk}/", f"/groups/{wide.groups.get(display_name='Group 0').pk}/"]
    paths += [f"/members/{mia.pk}/", f"/members/{mia.pk}/sessions/"]
    few = {path: asked_for(client, path) for path in paths}

    grow(wide, FEW, MANY)

    assert {path: (few[path], n) for path in paths if (n := asked_for(client, path)) > few[path]} == {}


def test_no_list_of_an_operator_asks_more_often_for_more_rows(wide: Team) -> None:
    otto = make.at_operator_pages(Client())
    grow(wide, 0, FEW)
    more_teams(0, FEW)
    few = {path: asked_for(otto, path) for path in OPERATOR}

    grow(wide, FEW, MANY)
    more_teams(FEW, MANY)

    assert {path: (few[path], n) for path in OPERATOR if (n := asked_for(otto, path)) > few[path]} == {}


def more_teams(start: int, end: int) -> None:
    """Let there be more teams that ask for seats, answered and not, and mail that was given up."""
    for n in range(start, end):
        team = founding.create(make.BY_OPERATOR, f"team-{n}", f"Team {n}", bought=1, owner=f"o{n}@x.test")
        asking = make.as_owner(team)
        seat_requests.decline(team, make.BY_OPERATOR, seat_requests.ask(team, asking, 2).pk, "no")
        seat_requests.ask(team, asking, 5)
        make.vendor_operator(f"operator{n}@vendor.test")
    Letter.objects.filter(dead_at=None).update(dead_at=timezone.now(), due_at=None, trouble="refused")


@pytest.mark.parametrize("path", ["/sign-in/", "/", "/members/", "/log/provisioning/", SCIM, "/settings/plan/"])
def test_a_first_visit_is_light(wide: Team, path: str) -> None:
    grow(wide, 0, 60)
    client = Client() if path == "/sign-in/" else make.sign_in(Client(), "olga@acme.test")

    answer = client.get(path)
    files = {url for url in reading.page(answer).xpath("//link/@href | //script/@src") if "/static/" in url}
    # Drawn by reference, and by the sheets.
    files |= {"/static/portal/icons.svg", "/static/portal/vendor/inter-latin.woff2"}
    weights = {url: compressed(found(url)) for url in files} | {path: compressed(answer.content)}

    assert sum(weights.values()) < FIRST_VISIT, weights


def found(url: str) -> bytes:
    """The file behind an address, whatever its fingerprint."""
    name = url.partition("/static/")[2].partition("?")[0]
    place = finders.find(name)
    assert place, url
    return Path(place).read_bytes()


def compressed(content: bytes) -> int:
    """As many bytes as go over the wire."""
    return len(gzip.compress(content, 9))
