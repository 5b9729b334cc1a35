"""An import on its pages: looked over, begun, watched, taken back; closed where a lock says so."""

import csv
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.imports import contributions, looking, run
from portal.imports.models import Import, State
from portal.outbound import work
from portal.teams import invariants, owners, roster, seats
from portal.teams.actor import Role
from portal.teams.models import Event, Letter, Team
from tests import make
from tests.imports.conftest import Send, crowd, send_file
from tests.pages import reading
from tests.pages.members.test_acts import BY_SCIM, BY_SSO
from tests.pages.test_every_page import check
from tests.teams import journal

MIXED = """email,first name,role,shoe size
nia@acme.test,Nia,auditor,38
mia@acme.test,Maria,,40
adam@acme.test,Adam,admin,
nobody,X,,
nia@acme.test,Again,,
"""


def begin(client: Client, team: Team, upload: Import, **how: str) -> Any:
    """Press the button of the preview."""
    upload.refresh_from_db()
    how = {"fit": "some", "mail": "on", "seal": looking.seal(upload), **how}
    answer = make.press(client, f"/members/import/{upload.pk}/begin/", team, **how)
    upload.refresh_from_db()
    return answer


def page(client: Client, upload: Import, query: str = "") -> str:
    """Read an import's page."""
    answer = client.get(f"/members/import/{upload.pk}/{query}")
    check(answer)
    return reading.words(answer)


# ── Looking over ─────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_file_is_looked_over_and_nothing_is_written(acme: Team, adam: Client, send: Send) -> None:
    before = journal.numbers(acme)

    upload = send(MIXED)

    words = page(adam, upload)
    assert "Nothing is written yet 1 new person, 1 changed, 1 the same, 2 refused." in words
    assert "7 seats are free, 1 person needs one." in words
    assert "Columns that are not read: shoe size." in words
    assert "Given name: Mia → Maria" in words and "Role: Auditor" in words
    assert "nobody is no e-mail address." in words and "This address stands in row 2 already." in words
    assert journal.numbers(acme) == before and acme.members.count() == 3


def test_rows_are_shown_kind_by_kind(adam: Client, send: Send) -> None:
    upload = send(MIXED)

    assert "nobody" in page(adam, upload, "?kind=bad") and "nobody" not in page(adam, upload, "?kind=new")
    assert "nia@acme.test" in page(adam, upload, "?kind=unknown&page=99")


def test_a_long_list_is_shown_in_pages_with_as_many_queries(acme: Team, adam: Client, send: Send) -> None:
    counts = []
    for number in (3, 300):
        upload = send(crowd(number))
        with CaptureQueriesContext(connection) as seen:
            adam.get(f"/members/import/{upload.pk}/")
        counts.append(len(seen))

    assert counts[0] == counts[1]
    assert "Page 2 of 6" in page(adam, upload, "?page=2")


def test_pasted_addresses_are_looked_over_the_same_way(acme: Team, adam: Client) -> None:
    answer = make.press(
        adam, "/members/add/read/", acme, people="Nia Nord <nia@acme.test>; mia@acme.test\nOla", back="/members/"
    )

    words = reading.words(adam.get(answer["Location"]))
    assert "Pasted addresses" in words and "1 new person, 0 changed, 1 the same, 1 refused." in words


def test_pasting_nothing_is_asked_for_again(acme: Team, adam: Client) -> None:
    for text in ("", "x" * 100_001):
        answer = make.press(adam, "/members/add/read/", acme, people=text)

        check(answer)
        assert answer.status_code == 400


def test_a_file_that_is_no_table_says_so_and_offers_a_sample(adam: Client, send: Send) -> None:
    words = page(adam, send(b"PK\x03\x04 and so on", "people.csv"))

    assert "Save the sheet as CSV and send that." in words and "Sample file" in words


def test_no_file_and_one_too_large_are_asked_for_again(
    acme: Team, adam: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make.press(adam, "/members/import/upload/", acme).status_code == 400

    monkeypatch.setattr("portal.imports.reading.MOST_BYTES", 10)
    answer = send_file(adam, acme, crowd(3))

    assert answer.status_code == 400
    check(answer)


def test_the_sample_is_read_as_it_is(adam: Client, send: Send) -> None:
    sample = adam.get("/members/import/sample.csv").getvalue()

    assert send(sample).counts == {"new": 2}


# ── Beginning ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_beginning_adds_changes_mails_and_tells_what_came_of_it(acme: Team, adam: Client, send: Send) -> None:
    upload = send(MIXED.replace("auditor", ""))

    begin(adam, acme, upload)

    assert upload.state == State.DONE
    assert "1 person added, 1 changed, 1 the same, 0 without a seat, 2 refused." in page(adam, upload)
    assert (make.who(acme, "nia").given_name, make.who(acme, "mia").given_name) == ("Nia", "Maria")
    assert journal.mailed("seated") == ["nia@acme.test"]
    assert Event.every_team.get(kind="member.added", subject_id=make.who(acme, "nia").pk).door == "csv"
    assert list(invariants.check(make.fresh(acme))) == []


def test_nobody_is_mailed_where_the_tick_is_taken_out(acme: Team, adam: Client, send: Send) -> None:
    upload = send(crowd(2))

    begin(adam, acme, upload, mail="")

    assert seats.tally(acme).assigned == 5
    assert not Letter.objects.filter(kind="seated").exists()


def test_too_few_seats_are_told_beforehand_and_filled_in_order(acme: Team, adam: Client, send: Send) -> None:
    seats.resize(acme, make.BY_OPERATOR, 5)
    upload = send(crowd(4))
    assert "2 seats are free, 4 people need one: 2 would not get a seat." in page(adam, upload)

    begin(adam, acme, upload)

    assert "2 people added, 0 changed, 0 the same, 2 without a seat" in page(adam, upload)
    assert sorted(acme.waiting.values_list("label", flat=True)) == ["p2@acme.test", "p3@acme.test"]


def test_all_or_nobody_begins_only_where_all_fit(acme: Team, adam: Client, send: Send) -> None:
    seats.resize(acme, make.BY_OPERATOR, 5)
    upload = send(crowd(4))

    answer = begin(adam, acme, upload, fit="all")

    assert answer.status_code == 409
    assert upload.state == State.READY and seats.tally(acme).assigned == 3


def test_a_role_beyond_member_asks_who_is_there(acme: Team, adam: Client, send: Send) -> None:
    upload = send(MIXED)
    session = adam.session
    session["sudo_at"] = "2000-01-01T00:00:00+00:00"
    session.save()

    answer = begin(adam, acme, upload, sure="on")

    assert answer["Location"].startswith("/again/") and upload.state == State.READY


def test_who_gets_a_role_by_a_list_is_shown_by_the_address_they_sign_in_with_and_confirmed(
    acme: Team, adam: Client, send: Send
) -> None:
    tess = make.member(acme, "tess@acme.test", role=Role.AUDITOR)
    owners.set_sign_in_email(acme, make.as_owner(acme), tess.pk, "tess@elsewhere.test")
    upload = send("email,role\nnia@acme.test,auditor\ntess@acme.test,admin\nmia@acme.test,member\n")

    words = page(adam, upload)
    unsure = begin(adam, acme, upload)

    assert "2 people get a role: look at the addresses they sign in with" in words
    assert "tess@acme.test (Admin): tess@elsewhere.test" in words and "nia@acme.test (Auditor): nia@acme.test" in words
    assert (unsure.status_code, upload.state) == (400, State.READY)
    assert begin(adam, acme, upload, sure="on").status_code == 302
    assert make.who(acme, "tess").role == "admin"


def test_a_team_that_changed_since_is_shown_anew(acme: Team, adam: Client, send: Send) -> None:
    upload = send(crowd(3))
    seats.resize(acme, make.BY_OPERATOR, 4)

    begin(adam, acme, upload)

    assert upload.state == State.READY and upload.counts == {"new": 1, "over": 2}
    assert "The team has changed since you looked." in page(adam, upload)
    begin(adam, acme, upload)
    assert upload.state == State.DONE


def test_a_change_that_makes_no_difference_holds_nobody_up(acme: Team, adam: Client, send: Send) -> None:
    upload = send(crowd(3))
    roster.update(acme, make.as_owner(acme), make.who(acme, "mia").pk, {"given_name": "Maria"})

    begin(adam, acme, upload)

    assert upload.state == State.DONE


def test_rows_that_a_worker_admits_while_a_page_looks_again_keep_what_became_of_them(
    acme: Team, adam: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = send(crowd(3))
    seats.resize(acme, make.BY_OPERATOR, 9)
    judge = looking.judge

    def begun_meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(looking, "judge", judge)
        upload.refresh_from_db()
        how = {"seal": looking.seal(upload), "all_or_none": False, "mail": False}
        run.do_now(run.confirm(acme, make.by(make.who(acme, "adam")), upload.pk, **how))
        return judge(*given)

    monkeypatch.setattr(looking, "judge", begun_meanwhile)
    begin(adam, acme, upload)

    rows = upload.rows.values_list("kind", "done", "seated")
    assert (upload.state, upload.counts) == (State.DONE, {"new": 3, "left": 0})
    assert set(rows) == {("new", True, True)}
    assert "Somebody else began or cancelled this import meanwhile." in page(adam, upload)


def test_pressing_twice_imports_once(acme: Team, adam: Client, send: Send) -> None:
    upload = send(crowd(3))
    begin(adam, acme, upload)

    assert begin(adam, acme, upload).status_code == 409
    assert acme.members.count() == 6


def test_a_list_that_changes_nothing_has_no_button(acme: Team, adam: Client, send: Send) -> None:
    upload = send("email\nmia@acme.test\n")

    assert "There is nobody to add and nothing to change." in page(adam, upload)
    assert begin(adam, acme, upload).status_code == 400


def test_discarding_writes_nothing(acme: Team, adam: Client, send: Send) -> None:
    upload = send(crowd(3))

    make.press(adam, f"/members/import/{upload.pk}/cancel/", acme)

    assert "Cancelled. Nothing was changed." in page(adam, upload)
    assert acme.members.count() == 3


def test_reading_that_was_broken_off_begins_anew(send: Send) -> None:
    upload = send(crowd(3))
    Import.every_team.filter(pk=upload.pk).update(data=crowd(3).encode(), state=State.READING)
    upload.refresh_from_db()

    looking.read_in(upload, in_hand=False)

    assert upload.rows.count() == 3 and upload.state == State.READY


# ── Running ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def long(acme: Team, send: Send, monkeypatch: pytest.MonkeyPatch) -> Import:
    """An import of 1,200 people, which is the worker's."""
    seats.resize(acme, make.BY_OPERATOR, 2000)
    monkeypatch.setattr(looking, "QUICK_BYTES", 1000)
    return send(crowd(1200))


def test_a_long_list_is_read_and_run_by_the_worker(acme: Team, adam: Client, long: Import) -> None:
    assert "0 rows read" in page(adam, long)
    work.run_due("import")
    assert "1200 new people" in page(adam, long)

    begin(adam, acme, long)

    assert long.state == State.RUNNING and "0 of 1200 rows" in page(adam, long)
    work.run_due("import")
    assert "1200 people added" in page(adam, long)
    assert seats.tally(acme).assigned == 1203
    assert list(invariants.check(make.fresh(acme))) == []


def test_progress_is_fetched_until_there_is_none(acme: Team, adam: Client, long: Import) -> None:
    work.run_due("import")
    begin(adam, acme, long)
    work.run_next(work.named("import"))

    half = adam.get(f"/members/import/{long.pk}/progress/")
    assert "500 of 1200 rows" in half.content.decode() and "HX-Refresh" not in half.headers
    work.run_due("import")

    assert adam.get(f"/members/import/{long.pk}/progress/")["HX-Refresh"] == "true"


def test_cancelling_on_the_way_keeps_what_is_done(acme: Team, adam: Client, long: Import) -> None:
    work.run_due("import")
    begin(adam, acme, long)
    work.run_next(work.named("import"))

    make.press(adam, f"/members/import/{long.pk}/cancel/", acme)
    work.run_due("import")

    assert seats.tally(acme).assigned == 503
    assert "500 people added" in page(adam, long) and "700 rows were not come to." in page(adam, long)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (make.scim_on, BY_SCIM),
        (lambda team: make.role(team, make.who(team, "adam"), "member"), "Your role does not allow this."),
        (
            lambda team: roster.unassign(team, make.as_owner(team), make.who(team, "adam").pk),
            "Your role does not allow",
        ),
    ],
)
def test_what_closes_the_door_on_the_way_stops_it_in_words(
    acme: Team, adam: Client, long: Import, change: Any, words: str
) -> None:
    work.run_due("import")
    begin(adam, acme, long)
    work.run_next(work.named("import"))

    change(acme)
    work.run_due("import")

    long.refresh_from_db()
    assert long.state == State.STOPPED and words in long.reason
    assert long.counts == {"new": 500, "left": 700}


def test_all_or_nobody_stops_where_seats_go_away_on_the_way(acme: Team, adam: Client, long: Import) -> None:
    work.run_due("import")
    begin(adam, acme, long, fit="all")
    work.run_next(work.named("import"))

    seats.resize(acme, make.BY_OPERATOR, 600)
    work.run_due("import")

    long.refresh_from_db()
    assert long.state == State.STOPPED and long.counts == {"new": 500, "left": 700}


# ── Afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_refused_rows_are_downloaded_with_their_reason_and_can_be_sent_again(
    acme: Team, adam: Client, send: Send
) -> None:
    upload = send("email,first name\nnobody,Ada\n=cmd|' /C calc'!A0,X\nok@acme.test,Ok\n")
    begin(adam, acme, upload)

    file = adam.get(f"/members/import/{upload.pk}/refused.csv").getvalue().decode()

    rows = list(csv.DictReader(file.splitlines()))
    assert [(row["email"], row["row"]) for row in rows] == [("nobody", "2"), ("'=cmd|' /C calc'!A0", "3")]
    assert rows[0]["reason"] == "nobody is no e-mail address."
    assert send(file).counts == {"bad": 2}


def test_the_seats_it_gave_are_taken_back_and_no_others(acme: Team, adam: Client, send: Send) -> None:
    upload = send(crowd(3) + "\nmia@acme.test,Maria,Lund")
    begin(adam, acme, upload)
    owners.set_role(acme, make.as_owner(acme), make.who(acme, "p0").pk, Role.OWNER)

    make.press(adam, f"/members/import/{upload.pk}/take-back/", acme)

    upload.refresh_from_db()
    assert upload.state == State.TAKEN_BACK
    assert make.who(acme, "mia").active and make.who(acme, "p0").active and not make.who(acme, "p1").active
    assert "seat back" not in page(adam, upload)
    assert make.press(adam, f"/members/import/{upload.pk}/take-back/", acme).status_code == 409


def test_an_import_is_forgotten_after_a_month(acme: Team, send: Send) -> None:
    old, young = send(crowd(2)), send(crowd(2))
    Import.every_team.filter(pk=old.pk).update(made_at="2026-01-01T00:00:00Z")

    contributions.forget_old()

    assert list(Import.every_team.values_list("pk", flat=True)) == [young.pk]


# ── Who, and when not ────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("lock", "words"), [(make.scim_on, BY_SCIM), (make.enforced, BY_SSO)])
def test_a_lock_closes_every_door_of_it_in_the_same_words(acme: Team, browser: Client, lock: Any, words: str) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "olga"))
    upload = Import.every_team.get(pk=send_file(browser, acme, crowd(2))["Location"].rstrip("/").rpartition("/")[2])
    lock(acme)

    assert reading.closed(browser.get("/members/import/"), "Look it over") == words
    assert reading.closed(browser.get("/members/add/"), "Look them over") == words
    assert reading.closed(browser.get(f"/members/import/{upload.pk}/"), "Import 2 people") == words
    for answer in (
        send_file(browser, acme, crowd(2)),
        make.press(browser, "/members/add/read/", acme, people="a@acme.test"),
        begin(browser, acme, upload),
    ):
        assert answer.status_code == 409 and words in reading.words(answer)


def test_another_teams_import_does_not_exist(acme: Team, globex: Team, send: Send) -> None:
    upload = send(crowd(2))
    greg = make.sign_in(Client(), "greg@globex.test")

    for path in ("", "progress/", "refused.csv"):
        assert greg.get(f"/members/import/{upload.pk}/{path}").status_code == 404
    for path in ("begin/", "cancel/", "take-back/"):
        assert make.press(greg, f"/members/import/{upload.pk}/{path}", globex).status_code == 404


def test_an_auditor_sees_imports_and_no_control(acme: Team, send: Send) -> None:
    upload = send(crowd(2))
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    aud = make.sign_in(Client(), "aud@acme.test")

    assert "people.csv" in reading.words(aud.get("/members/import/"))
    for path in ("/members/import/", f"/members/import/{upload.pk}/"):
        assert reading.actions(aud.get(path)) == []
