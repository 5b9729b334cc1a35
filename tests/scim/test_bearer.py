"""Who may speak SCIM: the token, its life, and the switch (requirements 1 and 30, spec rule 11)."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.teams import bearer
from portal.teams.acts import acting
from portal.teams.models import Team
from scim import switch, tokens
from scim.models import ScimToken
from tests import make
from tests.scim.idp import BASE, Answer, Idp, person
from tests.teams import journal

SOME_ID = "019f0000-0000-7000-8000-000000000000"
EVERYWHERE = [
    "/Users", f"/Users/{SOME_ID}", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Me", "/Groups", "/nowhere",
]  # fmt: skip
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def rotated(idp: Idp, team: Team, grace: float = tokens.GRACE_HOURS) -> Idp:
    """Rotate the token; returns an identity provider with the new one."""
    return Idp(tokens.rotate(team, make.as_owner(team), grace))


def status(idp: Idp) -> int:
    """What a call meets."""
    return idp.get("/Users").status


@pytest.mark.parametrize(("seconds", "is_live"), [(3_599, True), (3_600, False)])
def test_a_grace_ends_with_its_last_second(idp: Idp, acme: Team, seconds: int, is_live: bool) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        rotated(idp, acme, grace=1)
        clock.shift(seconds)

        former = tokens.known(idp.token)
        assert former is not None
        assert (tokens.is_live(former), len(tokens.live(acme))) == (is_live, 1 + is_live)


def test_each_rotation_gives_the_former_its_own_grace_and_touches_no_older_one(idp: Idp, acme: Team) -> None:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        second = rotated(idp, acme, grace=1)
        clock.shift(1)
        third = rotated(second, acme, grace=24)
        clock.shift(1)
        last = rotated(third, acme, grace=0)

    rows = [tokens.known(each.token) for each in (idp, second, third, last)]
    ends = [row and row.expires_at for row in rows]
    assert ends == [start + timedelta(hours=1), start + timedelta(hours=24, seconds=1), None, None]
    assert [row is not None and row.ended_at is not None for row in rows] == [True, True, True, False]


def test_a_rotation_names_the_new_token_by_its_ends(idp: Idp, acme: Team) -> None:
    text = rotated(idp, acme).token

    made = tokens.known(text)
    assert made is not None
    assert journal.last(acme).data["hint"] == made.hint == f"{text[:8]}…{text[-4:]}"


def test_a_token_keeps_who_made_it_to_320_characters(acme: Team) -> None:
    with acting(acme, replace(make.as_owner(acme), label="x" * 400)) as act:
        text = tokens.issue(act)
        act.record(tokens.ISSUED, hint="x")

    made = tokens.known(text)
    assert made is not None and made.made_by == "x" * 320


# ── Requirement 1: the header ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", EVERYWHERE)
def test_nothing_is_told_without_a_token_not_even_that_it_is_not_there(idp: Idp, path: str) -> None:
    """Requirement 1."""
    idp.token = "sgs_unknown"

    answer = idp.get(path)

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_is_taken_in_any_case(idp: Idp, scheme: str) -> None:
    """Requirement 1."""
    assert idp.get("/Users", Authorization=f"{scheme} {idp.token}").status == 200


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "{t}", "Token {t}", "Basic {t}", "Bearer {t} y", "Bearer x {t}", "Bearer {t},{t}"],
)
def test_any_other_header_is_unauthorized(idp: Idp, header: str) -> None:
    """Requirement 1."""
    assert idp.get("/Users", Authorization=header.replace("{t}", idp.token)).status == 401


@pytest.mark.parametrize("place", [4, 20, 41])
def test_a_mistyped_token_is_refused_without_asking_the_database(
    idp: Idp, place: int, django_assert_num_queries: object
) -> None:
    wrong = "1" if idp.token[place] != "1" else "2"
    idp.token = idp.token[:place] + wrong + idp.token[place + 1 :]

    with django_assert_num_queries(0):  # type: ignore[operator]
        assert status(idp) == 401


def test_a_well_formed_token_that_was_never_issued_is_unauthorized(idp: Idp) -> None:
    assert status(Idp(tokens.new_text())) == 401


def test_a_token_has_the_form_that_secret_scanners_know(idp: Idp) -> None:
    assert idp.token.startswith("sgs_")
    assert len(idp.token) == 4 + 32 + 6
    assert idp.token[4:].isalnum()


def test_of_a_token_only_the_hash_and_a_hint_are_kept(idp: Idp, acme: Team) -> None:
    """Requirement 1."""
    kept = ScimToken.every_team.filter(team=acme).values().get()

    assert kept["digest"] == hashlib.sha256(idp.token.encode()).hexdigest()
    assert kept["hint"] == f"{idp.token[:8]}…{idp.token[-4:]}"
    assert not any(idp.token in str(value) for value in kept.values())


def test_guessing_is_slowed_down_by_address_and_never_slows_the_true_token(idp: Idp) -> None:
    """Requirement 28."""
    guesser = Idp("sgs_guess", address=idp.address)

    answers: list[Answer] = [guesser.get("/Users") for _ in range(30)]

    assert {answer.status for answer in answers} == {401, 429}
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert status(idp) == 200


def test_a_tokens_use_is_noted_with_its_address(idp: Idp, acme: Team) -> None:
    idp.get("/Users")

    seen = ScimToken.every_team.get(team=acme)
    assert seen.last_used_from == idp.address
    assert seen.last_used_at is not None


def test_a_use_within_the_same_minute_is_not_written_again(idp: Idp, acme: Team) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        idp.get("/Users")
        clock.shift(59)
        idp.get("/Users")

    assert ScimToken.every_team.get(team=acme).last_used_at == NOON


# ── The tenant's URL (spec rule 11) ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_token_of_another_team_on_a_tenant_url_is_unauthorized(
    idp: Idp, acme: Team, stranger: Idp, path: str
) -> None:
    stranger.base = f"{BASE}/{acme.pk}"

    assert stranger.get(path).status == 401


def test_a_tenant_url_takes_its_id_in_capitals(idp: Idp, acme: Team) -> None:
    idp.base = f"{BASE}/{str(acme.pk).upper()}"

    assert status(idp) == 200


@pytest.mark.parametrize("tenant", ["2b534c9e-3665-450e-ad3a-da159476b23e", "acme", "Users", "%00", "1"])
def test_an_unknown_tenant_is_unauthorized(idp: Idp, tenant: str) -> None:
    idp.base = f"{BASE}/{tenant}"

    assert status(idp) in (401, 404)


# ── Rotation ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_after_a_rotation_both_tokens_work_until_the_grace_is_over(idp: Idp, acme: Team) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        new = rotated(idp, acme, grace=24)
        clock.shift(timedelta(hours=23, minutes=59))
        during = (status(idp), status(new))
        clock.shift(timedelta(minutes=2))

        assert during == (200, 200)
        assert (status(idp), status(new)) == (401, 200)


def test_a_rotation_without_grace_ends_the_old_token_at_once(idp: Idp, acme: Team) -> None:
    new = rotated(idp, acme, grace=0)

    assert (status(idp), status(new)) == (401, 200)


@pytest.mark.parametrize("grace", [24, 0])
def test_a_rotation_leaves_every_other_teams_token_as_it_was(idp: Idp, stranger: Idp, acme: Team, grace: int) -> None:
    before = list(ScimToken.every_team.exclude(team=acme).values())

    rotated(rotated(idp, acme, grace), acme, grace)
    tokens.revoke(acme, make.as_owner(acme), tokens.live(acme)[0].pk)
    switch.turn_off(acme, make.as_owner(acme))

    assert list(ScimToken.every_team.exclude(team=acme).values()) == before
    assert status(stranger) == 200


def test_at_most_two_tokens_live(idp: Idp, acme: Team) -> None:
    second = rotated(idp, acme)
    third = rotated(idp, acme)

    assert [status(one) for one in (idp, second, third)] == [401, 200, 200]


def test_a_revoked_token_is_unauthorized_at_once(idp: Idp, acme: Team) -> None:
    new = rotated(idp, acme)
    old = ScimToken.every_team.get(digest=bearer.digest(idp.token))

    tokens.revoke(acme, make.as_owner(acme), old.pk)

    assert (status(idp), status(new)) == (401, 200)


def test_a_token_of_another_team_cannot_be_revoked(idp: Idp, acme: Team, globex: Team) -> None:
    token = ScimToken.every_team.get(team=acme)

    tokens.revoke(globex, make.as_owner(globex), token.pk)

    assert status(idp) == 200


# ── Requirement 30: the switch ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", EVERYWHERE)
def test_scim_off_is_told_in_words_to_a_token_that_is_recognised(idp: Idp, acme: Team, path: str) -> None:
    """Requirement 30."""
    switch.turn_off(acme, make.as_owner(acme))

    answer = idp.get(path)

    assert (answer.status, answer.detail) == (403, "SCIM is turned off for team Acme.")


def test_scim_off_refuses_writes_and_changes_nobody(idp: Idp, acme: Team) -> None:
    """Requirement 30."""
    switch.turn_off(acme, make.as_owner(acme))

    assert idp.post(person("nina")).status == 403
    assert idp.delete(f"/Users/{make.who(acme, 'mia').pk}").status == 403
    assert make.who(acme, "mia").active


def test_while_scim_is_off_an_unknown_token_is_still_unauthorized(idp: Idp, acme: Team) -> None:
    """Requirement 30."""
    switch.turn_off(acme, make.as_owner(acme))

    assert status(Idp(tokens.new_text())) == 401


def test_turning_scim_on_again_issues_a_new_token_and_revives_none(idp: Idp, acme: Team) -> None:
    """Requirement 30."""
    switch.turn_off(acme, make.as_owner(acme))

    new = Idp(switch.turn_on(acme, make.as_owner(acme)))

    old = idp.get("/Users")
    assert (status(new), old.status) == (200, 403)
    assert old.detail.startswith("This token ended when SCIM was turned off")


def test_a_token_that_had_expired_or_was_revoked_before_scim_went_off_stays_unknown(idp: Idp, acme: Team) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        rotated(idp, acme, grace=1)
        clock.shift(timedelta(hours=2))
        switch.turn_off(acme, make.as_owner(acme))

        assert status(idp) == 401


def test_a_closed_team_has_no_token(idp: Idp, acme: Team) -> None:
    with acting(acme, make.BY_OPERATOR) as act:
        Team.every_team.filter(pk=acme.pk).update(closed_at=act.at)
        act.record(switch.tokens.REVOKED)

    assert status(idp) == 401


def test_a_grace_that_is_running_is_never_made_longer(idp: Idp, acme: Team) -> None:
    tokens.rotate(acme, make.as_owner(acme), 1)
    current, retiring = tokens.live(acme)
    tokens.revoke(acme, make.as_owner(acme), current.pk)

    tokens.rotate(acme, make.as_owner(acme), 24)

    left = tokens.live(acme)[-1]
    assert (left.pk, left.expires_at) == (retiring.pk, retiring.expires_at)


@pytest.mark.parametrize(
    "path",
    [
        "/Users/nobody", "/Users/00000000-0000-7000-8000-000000000000", "/Users?filter=userName%20eq%20%22mia%22",
        "/Users?filter=userName%20eq%20%22a%00b%22", "/Users?filter=externalId%20eq%20%22%ED%A0%80%22",
        "/Users?" + "&".join(f"x{n}=1" for n in range(1100)),
    ],
)  # fmt: skip
def test_who_is_not_recognised_learns_nothing_of_what_they_ask(idp: Idp, path: str) -> None:
    """What a call is about is asked together with its token, and shown to nobody whose token opens nothing."""
    for text in (tokens.new_text(), "nonsense"):
        answer = Idp(text).get(path)
        assert (answer.status, answer.body) == (401, Idp(text).get("/Schemas").body)
