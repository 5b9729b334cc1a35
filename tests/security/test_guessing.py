"""Codes under guessing: what is right counts once though it comes at the very same moment, what is wrong runs out."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from portal.teams import codes
from portal.teams.models import Entry, Member, SignInCode, Team
from tests import make

# So many requests for one code, so many codes typed for each.
ASKED, TYPED = 12, 8


@pytest.mark.django_db(transaction=True)
def test_of_three_right_codes_at_the_very_same_moment_one_counts(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    code, together = "ABCD-EFGH", threading.Barrier(codes.TRIES)
    asked, compare = codes.ask("mia@acme.test", code), codes.constant_time_compare

    def meet(*given: Any) -> bool:
        # Each has been counted as a try; none has used the code up.
        together.wait(10)
        return bool(compare(*given))

    monkeypatch.setattr(codes, "constant_time_compare", meet)

    def claim(_number: int) -> str | None:
        try:
            return codes.claim(asked.pk, code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(codes.TRIES) as pool:
        proved = list(pool.map(claim, range(codes.TRIES)))

    assert sorted(map(str, proved)) == ["None", "None", "mia@acme.test"]


def test_whoever_goes_on_guessing_gets_no_further_than_three_tries_of_few_codes(acme: Team) -> None:
    browser = Client()

    for number in range(ASKED):
        browser.post("/sign-in/", {"who": "mia@acme.test", "by_code": "1"})
        for typed in range(TYPED):
            browser.post("/sign-in/code/", {"code": f"{number:04}-{typed:04}"})

    rows = SignInCode.objects.filter(email="mia@acme.test")
    assert 1 <= rows.count() <= 3
    assert {row.tries for row in rows} <= {0, codes.TRIES}
    assert not Entry.every_team.exists()


def test_a_flood_of_addresses_makes_no_member_and_no_mail(acme: Team) -> None:
    before = Member.every_team.count()

    for number in range(ASKED):
        Client().post("/sign-in/", {"who": f"nobody{number}@acme.test", "by_code": "1"})

    assert Member.every_team.count() == before
    assert [make.code_for(f"nobody{number}@acme.test") for number in range(ASKED)] == [""] * ASKED
