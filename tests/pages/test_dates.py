"""A team's dates are said by its own clock wherever they are read: in notices, in mails, and in what is taken away."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from portal.teams import time_zone
from portal.teams.models import Letter, Notice, Team
from portal.teams.registry import registry
from tests import make

# Half past eleven in the evening in London is five in the morning of the next day in Kolkata.
LATE = datetime(2026, 12, 2, 23, 30, tzinfo=UTC)
CERTIFICATE = {"label": "Our own certificate", "fingerprint": "AB", "ends_at": LATE.isoformat()}


@pytest.fixture
def kolkata(acme: Team) -> Team:
    """Acme, by its own clock."""
    time_zone.set_zone(acme, make.as_owner(acme), "Asia/Kolkata")
    return make.fresh(acme)


def notice(team: Team, kind: str, data: dict[str, str], step: str = "1") -> Notice:
    """A notice of the team that speaks of the moment."""
    return Notice(team=team, kind=kind, data=data, step=step, reference="7K3M-9QXP")


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("scim_silent", {"since": LATE.isoformat()}, "3 Dec 2026, 05:00 IST"),
        ("scim_token_ends", {"hint": "sgs_1", "ends_at": LATE.isoformat()}, "3 Dec 2026, 05:00 IST"),
        ("domain_lapsing", {"domain": "acme.test", "record": "x", "until": LATE.isoformat()}, "by 3 Dec 2026"),
        ("certificate_ends", CERTIFICATE, "On 3 Dec 2026."),
    ],
)
def test_a_notice_says_its_day_by_the_team_s_clock(kolkata: Team, kind: str, data: dict[str, str], said: str) -> None:
    with time_machine.travel(datetime(2026, 11, 27, tzinfo=UTC), tick=False):
        assert said in registry.notices[kind].say(notice(kolkata, kind, data)).words


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("domain_lapsing", {"domain": "acme.test", "record": "x", "until": LATE.isoformat()}, "until"),
        ("certificate_ends", CERTIFICATE, "day"),
    ],
)
def test_a_mail_says_its_day_by_the_team_s_clock(kolkata: Team, kind: str, data: dict[str, str], field: str) -> None:
    post = registry.notices[kind].post
    assert post is not None

    post(notice(kolkata, kind, data, "missing"), [make.who(kolkata, "olga")])

    assert json.loads(Letter.objects.get(to="olga@acme.test").words)[field] == "3 Dec 2026"


def test_a_clock_without_letters_is_named_by_its_distance(acme: Team) -> None:
    time_zone.set_zone(acme, make.as_owner(acme), "America/Sao_Paulo")

    assert time_zone.moment(LATE, make.fresh(acme)) == "2 Dec 2026, 20:30 UTC-03"


@pytest.mark.parametrize("path", ["/log/audit/export.csv", "/log/audit/export.jsonl", "/members/export.csv"])
def test_what_is_taken_away_counts_by_the_team_s_clock(kolkata: Team, browser: Client, path: str) -> None:
    make.sign_in(browser, "olga@acme.test")

    # It streams when the request is over, and the thread may have another team's clock by then.
    text = b"".join(browser.get(path).streaming_content).decode()  # type: ignore[attr-defined]

    assert "+05:30" in text
    assert "+00:00" not in text


def test_a_language_brings_its_own_way_of_writing_dates(acme: Team) -> None:
    with translation.override("de"):
        assert time_zone.day(LATE, acme) == "2. Dezember 2026"
