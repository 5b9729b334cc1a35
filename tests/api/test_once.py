"""Idempotency-Key: a write that is sent again is carried out once, and answered the same for a day."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.api import once
from portal.api.models import Answered
from portal.teams import seats
from portal.teams.models import Event, Member, Team
from portal.teams.tenancy import new_id
from tests import make
from tests.api import product
from tests.api.product import Answer, Product

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ZOE = {"email": "zoe@acme.test"}


def add(app: Product, key: str = "k1", **person: str) -> Answer:
    """Give somebody a seat."""
    return app.post("/members", person or ZOE, Idempotency_Key=key)


def test_what_is_sent_again_is_answered_the_same_and_done_once(acme: Team, app: Product) -> None:
    first, again = add(app), add(app)

    assert (first.status, first.raw) == (again.status, again.raw)
    assert [again.headers[name] for name in once.HEADERS] == [first.headers[name] for name in once.HEADERS]
    assert again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    assert Event.every_team.filter(team=acme, kind="member.added", subject="zoe@acme.test").count() == 1


def test_the_same_key_for_something_else_is_refused(app: Product) -> None:
    add(app)

    other_body = add(app, email="ann@acme.test")
    other_path = app.post(f"/members/{new_id()}/unassign", Idempotency_Key="k1")

    assert other_body.problem == (422, "idempotency_key_reused")
    assert other_path.status in (404, 422)
    assert not Member.every_team.filter(email="ann@acme.test").exists()


def test_a_key_is_known_to_the_api_key_it_came_with_alone(acme: Team, app: Product) -> None:
    add(app)

    assert add(product.of(acme), email="ann@acme.test").status == 201


def test_while_the_first_is_not_done_another_waits(acme: Team, app: Product) -> None:
    add(app)
    Answered.answers.update(status=None, claim=new_id())

    answer = add(app)

    assert answer.problem == (409, "in_progress")
    assert answer.headers["Retry-After"] == "1"


def test_a_claim_whose_process_died_is_taken_over(acme: Team, app: Product) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert add(app).status == 201
        Member.every_team.filter(email="zoe@acme.test").delete()
        Answered.answers.update(status=None, claim=new_id())
        clock.shift(once.LEASE + timedelta(seconds=1))

        assert add(app).status == 201
        assert add(app).headers["Idempotent-Replayed"] == "true"


def test_whoever_lost_the_claim_meanwhile_undoes_what_they_did(
    acme: Team, app: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that slept longer than the lease finds its row taken over at the act's end."""
    keep = once.Claim.keep

    def late(claim: once.Claim, response: object) -> None:
        Answered.answers.filter(pk=claim.row_id).update(claim=new_id())
        keep(claim, response)  # type: ignore[arg-type]

    monkeypatch.setattr(once.Claim, "keep", late)

    assert add(app).problem == (409, "in_progress")
    assert not Member.every_team.filter(email="zoe@acme.test").exists()
    assert not Event.every_team.filter(team=acme, subject="zoe@acme.test").exists()


def test_what_was_refused_may_be_tried_again_with_the_same_key(acme: Team, app: Product) -> None:
    seats.resize(acme, make.BY_OPERATOR, 3)
    refused = add(app)
    seats.resize(acme, make.BY_OPERATOR, 4)

    assert (refused.status, add(app).status) == (409, 201)


def test_an_act_that_changes_nothing_is_answered_the_same_too(acme: Team, app: Product) -> None:
    path = f"/members/{make.who(acme, 'mia').pk}/assign"

    first, again = (app.post(path, Idempotency_Key="k2") for _ in range(2))

    assert first.raw == again.raw
    assert again.headers["Idempotent-Replayed"] == "true"


def test_after_a_day_the_key_is_free_and_the_answer_gone(acme: Team, app: Product) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        add(app)
        clock.shift(timedelta(hours=24, seconds=1))

        assert add(app, email="ann@acme.test").status == 201
        clock.shift(timedelta(hours=25))
        once.purge()

    assert not Answered.answers.exists()


@pytest.mark.parametrize("key", ["x" * 256, "ä", "a\tb"])
def test_a_key_that_is_none_is_refused(app: Product, key: str) -> None:
    assert add(app, key).problem == (400, "invalid")


def test_an_answer_and_its_act_are_one_commit(acme: Team, app: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_claim: once.Claim, _response: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(once.Claim, "keep", fails)

    assert add(app).status == 500
    assert not Member.every_team.filter(email="zoe@acme.test").exists()
