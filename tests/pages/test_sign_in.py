"""Signing in by e-mail code, choosing a team, leaving, and proving it again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.test import Client

from portal.teams import domains, links
from portal.teams.models import Entry, Letter, SignInCode, Team
from tests import make
from tests.pages import reading

WRONG = "That code is wrong or old. Ask for a new one."


def ask(client: Client, email: str, **fields: str) -> None:
    """Ask for a code."""
    client.post("/sign-in/", {"who": email, "by_code": "1", **fields})


def later(minutes: int) -> datetime:
    """A moment some minutes from now."""
    return datetime.now(UTC) + timedelta(minutes=minutes)


# ── The code ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_code_from_the_mail_opens_the_team(acme: Team, browser: Client) -> None:
    ask(browser, "mia@acme.test")

    entered = browser.post("/sign-in/code/", {"code": make.code_for("mia@acme.test")}, follow=True)

    assert entered.redirect_chain == [("/teams/", 302), ("/", 302)]
    assert "Welcome, Mia Lund" in reading.words(entered)


def test_an_unknown_address_sees_the_same_page_and_no_mail_goes_out(acme: Team, browser: Client) -> None:
    ask(browser, "mia@acme.test")
    known = reading.words(browser.get("/sign-in/code/")).replace("mia@acme.test", "…")

    ask(browser, "nobody@acme.test")

    assert reading.words(browser.get("/sign-in/code/")).replace("nobody@acme.test", "…") == known
    assert not Letter.objects.filter(to="nobody@acme.test").exists()


def test_three_wrong_codes_end_the_right_one_too(acme: Team, browser: Client) -> None:
    ask(browser, "mia@acme.test")
    answers = [reading.words(browser.post("/sign-in/code/", {"code": "WRONGC"})) for _ in range(3)]

    right = browser.post("/sign-in/code/", {"code": make.code_for("mia@acme.test")})

    assert all(WRONG in answer for answer in [*answers, reading.words(right)])
    assert not Entry.every_team.exists()


def test_a_code_ends_after_ten_minutes(acme: Team, browser: Client) -> None:
    ask(browser, "mia@acme.test")

    with time_machine.travel(later(minutes=11)):
        late = browser.post("/sign-in/code/", {"code": make.code_for("mia@acme.test")})

    assert WRONG in reading.words(late)


def test_another_browser_cannot_use_the_code(acme: Team, browser: Client) -> None:
    ask(browser, "mia@acme.test")
    code = make.code_for("mia@acme.test")
    thief = Client()
    ask(thief, "nobody@acme.test")

    stolen = thief.post("/sign-in/code/", {"code": code})

    assert WRONG in reading.words(stolen)
    assert Client().post("/sign-in/code/", {"code": code})["Location"] == "/sign-in/"


@pytest.mark.django_db(transaction=True)
def test_a_code_sent_by_eight_threads_opens_one_session(acme: Team, browser: Client) -> None:
    ask(browser, "mia@acme.test")
    code, cookie = make.code_for("mia@acme.test"), browser.cookies[settings.SESSION_COOKIE_NAME].value

    def send(_number: int) -> str:
        client = Client(raise_request_exception=False)
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie
        try:
            answer = client.post("/sign-in/code/", {"code": code})
        finally:
            connections.close_all()
        assert answer.status_code < 500
        return answer.get("Location", "")

    with ThreadPoolExecutor(8) as pool:
        led_to = list(pool.map(send, range(8)))

    assert led_to.count("/teams/") == 1
    assert SignInCode.objects.filter(used_at__isnull=False).count() == 1


def test_the_fourth_code_within_a_minute_answers_the_same_and_is_not_mailed(acme: Team, browser: Client) -> None:
    def answer() -> str:
        return reading.words(browser.post("/sign-in/", {"who": "mia@acme.test"}, follow=True))

    answers = {answer() for _ in range(4)}

    assert len(answers) == 1
    assert Letter.objects.filter(kind="code", to="mia@acme.test").count() == 3


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", ""])
def test_the_way_on_is_a_path_of_this_site_or_the_start_page(acme: Team, browser: Client, wanted: str) -> None:
    ask(browser, "mia@acme.test", next=wanted)
    browser.post("/sign-in/code/", {"code": make.code_for("mia@acme.test")})

    assert browser.get("/teams/")["Location"] == "/"


def test_signing_in_leads_on_to_the_page_that_was_wanted(acme: Team, browser: Client) -> None:
    stopped = browser.get("/members/?status=active")
    form = reading.page(browser.get(stopped["Location"]))
    ask(browser, "adam@acme.test", next=form.xpath("//input[@name='next']/@value")[0])

    browser.post("/sign-in/code/", {"code": make.code_for("adam@acme.test")})

    assert browser.get("/teams/")["Location"] == "/members/?status=active"


@pytest.mark.parametrize("who", ["", "not an address@", "a b", "x" * 400, "a\x00b@acme.test"])
def test_what_is_neither_address_nor_slug_is_asked_for_again(db: None, browser: Client, who: str) -> None:
    answer = browser.post("/sign-in/", {"who": who})

    assert answer.status_code == 200
    assert reading.page(answer).xpath("//*[@aria-invalid='true' and @name='who']")


# ── Single sign-on ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_enforced_teams_mail_carries_the_sign_on_link_and_no_code(acme: Team, browser: Client) -> None:
    make.enforced(acme)

    ask(browser, "mia@acme.test")

    letter = Letter.objects.get(kind="code", to="mia@acme.test")
    assert make.code_for("mia@acme.test") == ""
    assert '"slug": "acme"' in letter.words


def test_an_address_of_a_verified_domain_is_led_to_its_identity_provider(acme: Team, browser: Client) -> None:
    make.sso_on(acme)
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")

    answer = browser.post("/sign-in/", {"who": "anybody@acme.test", "next": "/members/?q=a"})

    assert "/sso/acme/login?next=%2Fmembers%2F%3Fq%3Da" in reading.page(answer).xpath("//main//a/@href")
    assert "Acme" not in reading.words(answer)
    assert not Letter.objects.filter(kind="code").exists()


def test_the_code_stays_open_beside_single_sign_on(acme: Team, browser: Client) -> None:
    make.sso_on(acme)
    domains.vouch(acme, make.BY_OPERATOR, "acme.test")
    offered = reading.page(browser.post("/sign-in/", {"who": "mia@acme.test"}))
    form = offered.xpath("//main//form[.//button[@name='by_code']]")[0]

    browser.post(form.get("action"), dict(form.form_values()) | {"by_code": "1"})

    assert make.code_for("mia@acme.test")


def test_a_teams_slug_leads_to_its_sign_on_link_whether_it_exists_or_not(acme: Team, browser: Client) -> None:
    answers = [reading.page(browser.post("/sign-in/", {"who": slug})) for slug in ("acme", "nothing")]

    assert [a.xpath("//main//a/@href")[0] for a in answers] == [
        "/sso/acme/login?next=%2F",
        "/sso/nothing/login?next=%2F",
    ]


# ── Teams ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_with_two_teams_one_is_chosen_and_the_present_one_is_marked(acme: Team, globex: Team, browser: Client) -> None:
    make.member(globex, "mia@acme.test")

    make.sign_in(browser, "mia@acme.test", "globex")

    drawn = reading.page(browser.get("/teams/"))
    here = drawn.xpath("//main//li[contains(., 'You are here')]")
    assert ["Globex" in item.text_content() for item in here] == [True]
    assert "Globex" in reading.words(browser.get("/"))


def test_a_member_of_somebody_else_cannot_be_chosen(acme: Team, globex: Team, browser: Client) -> None:
    make.member(globex, "mia@acme.test")
    make.sign_in(browser, "mia@acme.test", "acme")

    browser.post("/teams/", {"member": str(make.who(globex, "greg").pk)})

    assert "team Acme" in reading.words(browser.get("/"))


def test_without_a_team_the_page_says_whom_to_ask(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")
    make.suspend(acme, make.who(acme, "mia"))

    answer = browser.get("/", follow=True)

    assert "You are in no team yet. Ask your team's admin for a seat." in reading.words(answer)


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_signing_out_ends_the_session(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")

    left = browser.post("/sign-out/", follow=True)

    assert "You are signed out." in reading.words(left)
    assert browser.get("/")["Location"] == "/sign-in/"
    assert not Entry.every_team.filter(ended_at=None).exists()


def test_a_link_does_not_sign_out(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "mia@acme.test")

    assert browser.get("/sign-out/").status_code == 405
    assert browser.get("/").status_code == 200


# ── An operator's link ───────────────────────────────────────────────────────────────────────────────────────────────
def test_looking_at_a_link_does_not_use_it_up_and_pressing_the_button_does(acme: Team, browser: Client) -> None:
    token, _row = links.make(make.BY_OPERATOR, "mia@acme.test", "lost mail")
    looked = [Client().get(f"/sign-in/link/{token}/").status_code for _ in range(3)]

    pressed = browser.post(f"/sign-in/link/{token}/", follow=True)

    assert looked == [200, 200, 200]
    assert "Welcome, Mia Lund" in reading.words(pressed)
    again = Client().post(f"/sign-in/link/{token}/")
    assert again.status_code == 410
    assert "This link has ended" in reading.words(again)


# ── Proving it again ─────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_role_asks_for_a_fresh_proof_after_five_minutes(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    path = f"/members/{make.who(acme, 'mia').pk}/role/"
    with time_machine.travel(later(minutes=6)):
        stopped = make.press(browser, path, acme, role="auditor", back="/members/?q=mia&status=active")
        page = browser.post("/again/send/", {"next": "/members/?q=mia&status=active"}, follow=True)
        form = reading.page(page).xpath("//form[@action='/again/prove/']")[0]

        proved = browser.post("/again/prove/", form_with_code(form, make.code_for("olga@acme.test")))

        given = make.press(browser, path, acme, role="auditor", sign_in_email="mia@acme.test")
    assert given["Location"] == "/members/"
    assert stopped["Location"] == "/again/?next=%2Fmembers%2F%3Fq%3Dmia%26status%3Dactive"
    assert proved["Location"] == "/members/?q=mia&status=active"
    assert make.who(acme, "mia").role == "auditor"


def form_with_code(form: object, code: str) -> dict[str, str]:
    """Fill the form as drawn."""
    return dict(form.form_values()) | {"code": code}  # type: ignore[attr-defined]


def test_a_wrong_code_proves_nothing(acme: Team, browser: Client) -> None:
    make.sign_in(browser, "olga@acme.test")
    mia = make.who(acme, "mia")
    with time_machine.travel(later(minutes=6)):
        browser.post("/again/send/", {"next": "/members/"})
        answer = browser.post("/again/prove/", {"code": "WRONGC", "next": "/members/"})

        stopped = make.press(browser, f"/members/{mia.pk}/role/", acme, role="auditor")

    assert WRONG in reading.words(answer)
    assert stopped["Location"].startswith("/again/")
    assert make.who(acme, "mia").role == "member"


def test_a_session_of_single_sign_on_proves_itself_at_its_identity_provider(acme: Team, browser: Client) -> None:
    make.enter_by_sso(browser, make.who(make.sso_on(acme), "olga"))

    answer = browser.get("/again/?next=/members/")

    assert "/sso/acme/login?again=1&next=%2Fmembers%2F" in reading.page(answer).xpath("//main//a/@href")
