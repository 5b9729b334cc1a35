"""The provisioning log: what the identity provider did and what was refused, to be read and searched."""

import csv
import io
import json
import shlex
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.teams import seats
from portal.teams.errors import Refusal
from portal.teams.models import Team
from portal.throttle import Throttle
from scim import exchange, http, tokens
from scim.models import Exchange
from scim.panel import explain, log
from tests import make
from tests.pages import reading
from tests.scim.idp import Idp, person

LOG = "/log/provisioning/"


def lines(browser: Client, **asked: str) -> list[str]:
    """What each line says before it is opened, newest first."""
    drawn = reading.page(browser.get(LOG, asked))
    return [" ".join(each.text_content().split()) for each in drawn.xpath("//details[.//code]/summary")]


@pytest.fixture
def olga(acme: Team, browser: Client) -> Client:
    """Olga's browser."""
    return make.sign_in(browser, "olga@acme.test")


def test_an_empty_log_leads_to_the_panel(acme: Team, olga: Client) -> None:
    words = reading.words(olga.get(LOG))

    assert "No request yet" in words
    assert "Open provisioning" in words


def test_a_write_is_one_line_in_words(acme: Team, olga: Client, idp: Idp) -> None:
    path = idp.make("zoe")
    idp.active(path, False)

    assert lines(olga) == [
        f"PATCH /Users/…{path[-4:]} Zoe Test Deactivated, seat freed 200 just now",
        "POST /Users zoe@acme.test Added, seat assigned 201 just now",
    ]


def test_a_read_that_succeeded_leaves_no_line(acme: Team, olga: Client, idp: Idp) -> None:
    idp.find('userName eq "nobody"')

    assert lines(olga) == []


def test_a_look_up_is_shown_as_it_was_meant(acme: Team, olga: Client, idp: Idp) -> None:
    idp.get("/Users?filter=userName%20eq")

    assert lines(olga)[0].startswith("GET /Users?filter=userName eq ")


def test_a_line_opens_to_both_bodies_laid_out_and_without_secrets(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("zoe", password="hunter2-secret"), User_Agent="Okta SCIM Client 1.0.0")

    page = olga.get(LOG)
    sent, answered = (each.text_content() for each in reading.page(page).xpath("//pre[@tabindex='0']"))

    assert '\n  "userName": "zoe",' in sent
    assert '"password": "•••"' in sent
    assert '\n  "userName": "zoe",' in answered
    assert "hunter2" not in page.content.decode()
    assert "Okta SCIM Client 1.0.0" in reading.words(page)


def test_what_an_identity_provider_sends_is_only_text(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("<script>alert(1)</script>"), User_Agent="<img src=x>")

    drawn = reading.page(olga.get(LOG))

    assert drawn.xpath("//main//script | //main//img") == []


def test_only_what_was_refused_is_listed_when_asked_for(acme: Team, olga: Client, idp: Idp) -> None:
    seats.resize(acme, make.BY_OPERATOR, 4)
    idp.make("zoe")
    idp.post(person("yan"))

    refused = lines(olga, refused="1")

    assert len(refused) == 1
    assert "yan@acme.test No unassigned seats left in team Acme: 4 of 4 seats are in use." in refused[0]
    assert refused[0].endswith("403 just now")


@pytest.mark.parametrize(
    ("asked", "found"), [("ZOE", 1), ("/Users", 2), ("nobody", 0), ("zo\x00e", 1), ("%", 0), ("seat assigned", 2)]
)
def test_it_is_searched_by_person_and_path(acme: Team, olga: Client, idp: Idp, asked: str, found: int) -> None:
    idp.make("zoe")
    idp.make("yan")

    assert len(lines(olga, q=asked)) == found


def test_a_body_that_was_cut_off_is_shown_as_it_is(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("zoe", nickName="n" * 20_000))

    sent = reading.page(olga.get(LOG)).xpath("//pre")[0].text_content()

    assert '\n{"schemas"' in sent


def test_a_long_log_is_paged_and_each_line_stands_on_one_page(
    acme: Team, olga: Client, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "LOG_PAGE", 2)
    for name in ("zoe", "yan", "xia"):
        idp.make(name)

    first = olga.get(LOG)
    older = reading.page(first).xpath("//a[normalize-space()='Older']/@href")[0]
    second = reading.page(olga.get(older))

    assert [line.split()[2] for line in lines(olga)] == ["xia@acme.test", "yan@acme.test"]
    assert [each.text_content() for each in second.xpath("//*[@class='sg-log-who']")] == ["zoe@acme.test"]
    assert second.xpath("//a[normalize-space()='Older']") == []
    assert second.xpath("//*[@data-live]") == []


@pytest.mark.parametrize("before", ["x", "0", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_a_page_after_nothing_is_the_first(acme: Team, olga: Client, idp: Idp, before: str) -> None:
    idp.make("zoe")

    assert len(lines(olga, before=before)) == 1


# ── What changed, in words ───────────────────────────────────────────────────────────────────────────────────────────
def opened(browser: Client, **asked: str) -> str:
    """All words of the newest line, opened."""
    return " ".join(reading.page(browser.get(LOG, asked)).xpath("//details[.//code]")[0].text_content().split())


def test_a_line_says_what_changed_before_and_after(acme: Team, olga: Client, idp: Idp) -> None:
    path = idp.make("zoe", title="Clerk")
    idp.put(path, {**person("zoe", title="Lead"), "name": {"givenName": "Zoë", "familyName": "Test"}})

    words = opened(olga)

    assert "name.givenName Zoe → Zoë" in words
    assert "title Clerk → Lead" in words
    assert "userName" not in words.partition("Request")[0]


def test_a_line_says_what_came_of_the_seat(acme: Team, olga: Client, idp: Idp) -> None:
    path = idp.make("zoe")
    taken = opened(olga)
    idp.active(path, False)
    freed = opened(olga)
    idp.active(path, True)
    idp.delete(path)

    assert "Seat taken: 4 of 10 in use." in taken
    assert "active true → false" in freed
    assert "Seat freed: 3 of 10 in use." in freed
    assert "Seat freed: 3 of 10 in use." in opened(olga)


def test_adopting_somebody_takes_no_seat(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("mia"))

    words = opened(olga)

    assert "userName mia@acme.test → mia" in words
    assert "Seat taken" not in words


def test_a_group_says_who_came_and_who_went(acme: Team, olga: Client, idp: Idp) -> None:
    zoe = idp.make("zoe").rpartition("/")[2]
    group = idp.send("POST", "/Groups", {"displayName": "Sales", "members": [{"value": zoe}]}).body["id"]
    came = opened(olga)
    idp.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{zoe}"]'})

    assert "members Zoe Test" in came
    assert "members Zoe Test → empty" in opened(olga)
    assert "JumpCloud: group_update_provision" in opened(olga)


def test_our_event_stands_beside_jumpclouds(acme: Team, olga: Client, idp: Idp) -> None:
    idp.active(idp.make("zoe"), False)

    words = opened(olga)

    assert "Deactivate somebody · JumpCloud: user_deprovision" in words
    assert "In the journal member.unassigned" in words


@pytest.mark.parametrize(
    ("call", "means"),
    [
        (lambda idp: idp.post(person("late")), "Every seat of the team is in use"),
        (lambda idp: idp.post(person("dora") | {"emails": []}), "Somebody of the team has this userName"),
        (lambda idp: idp.get("/Users/1"), "The person or group that the identity provider remembers"),
        (lambda idp: idp.get("/Users?filter=x"), "looked for somebody in words we could not read"),
        (lambda idp: idp.send("POST", "/Users", b"x", Content_Type="text/plain"), "The request was no JSON."),
        (lambda idp: idp.post({"userName": 7}), "We could read the request, but not what it asks for."),
        (lambda idp: idp.get("/Me"), "We do not serve this part of SCIM."),
        (lambda idp: idp.send("PATCH", "/Users"), "This address does not take this kind of request."),
    ],
)
def test_a_refusal_is_explained(acme: Team, olga: Client, idp: Idp, call: Any, means: str) -> None:
    idp.make("dora")
    seats.resize(acme, make.BY_OPERATOR, 4)

    call(idp)

    assert means in opened(olga)
    assert "At your identity provider" in opened(olga)


def test_every_explanation_is_a_refusals_own() -> None:
    named = {cls.__name__ for cls in _below(Refusal)} | {cls.__name__ for cls in http.CODES}
    codes = {"".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_") for name in named}
    scim_types = {"uniqueness", "invalidFilter"}

    assert set(explain.BY_CODE) <= codes | scim_types


def _below(cls: type) -> set[type]:
    return {cls}.union(*map(_below, cls.__subclasses__()))


# ── Curl ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_line_is_a_curl_command_without_the_token(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("zoe", nickName="it's $(reboot) `x`"), If_Match='"; reboot; $SCIM_TOKEN')

    page = olga.get(LOG)
    curl = reading.page(page).xpath("//input[starts-with(@value, 'curl ')]/@value")[0]
    said = shlex.split(curl)

    assert said[:5] == ["curl", "-H", "Authorization: Bearer $SCIM_TOKEN", "-X", "POST"]
    assert said[5] == "http://localhost:8000/scim/v2/Users"
    assert json.loads(said[-1])["nickName"] == "it's $(reboot) `x`"
    assert 'If-Match: "; reboot; $SCIM_TOKEN' in said
    # To a shell only the one token is more than text.
    assert curl.count('"Authorization: Bearer $SCIM_TOKEN"') == 1
    assert idp.token not in page.content.decode()


# ── Filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_it_is_filtered_by_result_kind_token_and_time(acme: Team, olga: Client, idp: Idp) -> None:
    path = idp.make("zoe")
    idp.delete(path)
    idp.get("/Users/1")
    hint = tokens.live(acme)[0].hint

    found = {
        asked: len(lines(olga, **dict([asked])))
        for asked in (
            ("result", "ok"), ("result", "refused"), ("verb", "create"), ("verb", "read"), ("token", hint),
            ("token", "sgs_none"), ("hours", "1"), ("verb", "nonsense"), ("hours", "x"),
        )
    }  # fmt: skip

    assert list(found.values()) == [2, 1, 1, 1, 3, 0, 3, 3, 3]


def test_what_is_older_than_asked_for_is_left_out(acme: Team, olga: Client, idp: Idp) -> None:
    idp.make("zoe")
    Exchange.every_team.update(at=timezone.now() - timedelta(hours=2))

    assert (len(lines(olga, hours="1")), len(lines(olga, hours="24"))) == (0, 1)


# ── Live ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_asks_for_what_is_new_under_the_same_filters(acme: Team, olga: Client, idp: Idp) -> None:
    idp.make("zoe")
    asks = reading.page(olga.get(LOG, {"verb": "delete"})).xpath("//*[@data-live]/@hx-get")[0]

    idp.delete(idp.make("yan"))
    new = olga.get(asks).content.decode()

    assert ("Yan Test" in new, "zoe@acme.test" in new) == (True, False)
    assert "DELETE" in new and "POST" not in new


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_utc_has_no_name_for_asks_for_nothing(acme: Team, olga: Client, idp: Idp, since: str) -> None:
    idp.make("zoe")

    answer = olga.get(f"{LOG}new/", {"since": since})

    assert (answer.status_code, answer.content.strip()) == (200, b"")


def test_what_is_new_is_only_items_and_nothing_where_nothing_is(acme: Team, olga: Client, idp: Idp) -> None:
    nothing = olga.get(f"{LOG}new/", {"since": "nonsense"})
    idp.make("zoe")
    new = olga.get(f"{LOG}new/", {"since": (timezone.now() - timedelta(minutes=1)).isoformat()}).content.decode()

    assert nothing.content.strip() == b""
    assert new.strip().startswith('<li id="x')
    assert "<html" not in new


def test_htmx_may_neither_evaluate_nor_write_styles_nor_ask_elsewhere(acme: Team, olga: Client) -> None:
    config = json.loads(reading.page(olga.get(LOG)).xpath("//meta[@name='htmx-config']/@content")[0])

    assert (config["allowEval"], config["includeIndicatorStyles"], config["selfRequestsOnly"]) == (False, False, True)


# ── Exports ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_log_is_taken_away_as_json_lines(acme: Team, olga: Client, idp: Idp) -> None:
    idp.active(idp.make("zoe"), False)

    answer = olga.get(f"{LOG}export.jsonl")
    told = [json.loads(line) for line in answer.getvalue().splitlines()]

    assert answer["Content-Disposition"] == 'attachment; filename="provisioning-acme.jsonl"'
    assert [row["verb"] for row in told] == ["deactivate", "create"]
    assert told[0]["changes"] == [["active", "true", "false"]]


def test_no_cell_of_the_table_is_a_formula(acme: Team, olga: Client, idp: Idp) -> None:
    idp.post(person("=cmd|' /C calc'!A0", emails=[{"value": "+1@x.test"}]), User_Agent="@SUM(1)")

    table = list(csv.DictReader(io.StringIO(olga.get(f"{LOG}export.csv").getvalue().decode())))

    assert (table[0]["agent"], table[0]["subject"]) == ("'@SUM(1)", "'+1@x.test")
    assert [cell for cell in table[0].values() if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []


def test_an_export_holds_what_the_page_was_asked_for(acme: Team, olga: Client, idp: Idp) -> None:
    idp.make("zoe")
    idp.get("/Users/1")

    link = reading.page(olga.get(LOG, {"result": "refused"})).xpath("//a[normalize-space()='JSONL']/@href")[0]

    assert [json.loads(line)["status"] for line in olga.get(link).getvalue().splitlines()] == [404]


def test_another_team_sees_nothing_live_nor_exported(acme: Team, globex: Team, browser: Client, idp: Idp) -> None:
    idp.make("zoe")
    make.sign_in(browser, "greg@globex.test")
    since = {"since": (timezone.now() - timedelta(minutes=1)).isoformat()}

    seen = [browser.get(f"{LOG}{part}", since).getvalue() for part in ("new/", "export.csv", "export.jsonl")]

    assert [part for part in seen if b"zoe" in part] == []


# ── Bounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_team_keeps_its_newest_rows(acme: Team, idp: Idp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_ROWS", 3)
    monkeypatch.setattr(exchange, "TRIM_EVERY", 5)
    exchange._written.clear()

    for n in range(10):
        idp.make(f"p{n}", active=False)

    assert list(Exchange.every_team.order_by("at").values_list("subject", flat=True)) == [
        f"p{n}@acme.test" for n in (7, 8, 9)
    ]


def test_a_client_that_is_refused_without_end_leaves_a_sample(
    acme: Team, idp: Idp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "refusals", Throttle(rate=0.01, burst=3))

    for _ in range(10):
        idp.get("/Users/1")

    assert Exchange.every_team.count() == 3
