"""The practice IdP's site over HTTP: whatever is posted, it answers in a sentence and speaks to this machine only."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from portal.demo.idp import PracticeIdp
from portal.outbound.webhooks import messages
from tests import servers
from tests.browser.conftest import await_port, beside
from tests.demo.application import Application, obliging, serving

PAGES = ("", "groups", "application", "single-sign-on", "webhooks", "log")


@dataclass
class Site:
    """The site at work, seen by one browser."""

    url: str
    file: Path
    browser: urllib.request.OpenerDirector

    def get(self, path: str) -> tuple[int, str, Any]:
        """Read a page: status, text, headers."""
        return self._open(urllib.request.Request(f"{self.url}/{path}"))

    def post(self, path: str, *, headers: dict[str, str] | None = None, **form: str) -> tuple[int, str, Any]:
        """Press a button, and read the page it leads to."""
        data = urllib.parse.urlencode(form).encode()
        return self._open(urllib.request.Request(f"{self.url}/{path}", data, headers or {}))

    def _open(self, request: urllib.request.Request) -> tuple[int, str, Any]:
        try:
            with self.browser.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), error.headers

    def connect(self, application: Application) -> None:
        """Forget everything and connect an application for provisioning."""
        self.file.unlink(missing_ok=True)
        self.post("application/connect", scim_url=application.url, scim_token="sgs_0123456789")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, as the demo starts it."""
    port, file = servers.free_port(), tmp_path_factory.mktemp("site") / "practice.json"
    url = f"http://127.0.0.1:{port}"
    env = {"SEATGATE_DEMO": "1", "PRACTICE_IDP_URL": url, "PRACTICE_IDP_STATE": str(file)}
    with beside(["manage.py", "practice_idp", "--port", str(port)], servers.environment("sqlite://:memory:", **env)):
        await_port(port)
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        yield Site(url, file, urllib.request.build_opener(urllib.request.ProxyHandler({}), jar))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_drawn_under_a_strict_policy(site: Site, path: str) -> None:
    status, text, headers = site.get(path)

    policy = headers["Content-Security-Policy"]
    assert (status, "Not a real identity provider." in text) == (200, True)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_form_may_lead_to_this_machine_alone(site: Site) -> None:
    policy = site.get("")[2]["Content-Security-Policy"]

    places = next(part for part in policy.split("; ") if part.startswith("form-action")).split()[1:]
    assert {place.split("//")[-1] for place in places} == {"'self'", "localhost:*", "127.0.0.1:*"}


def test_a_button_pressed_on_another_site_does_nothing(site: Site) -> None:
    status, text, _ = site.post("application/dialect", dialect="okta", headers={"Origin": "http://evil.example"})

    assert (status, "pressed on another site" in text) == (403, True)
    assert "Speaks like <b>JumpCloud</b>" in site.get("")[1]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"metadata_url": "nonsense"}, "talks to this machine only"),
        ({"metadata_url": "http://192.0.2.1/metadata"}, "talks to this machine only"),
        ({"metadata_url": "http://localhost:99999/"}, "talks to this machine only"),
        ({"metadata_url": "http://127.0.0.1:9/metadata"}, "Nobody answers at http://127.0.0.1:9/metadata."),
        ({"scim_url": "https://scim.example/v2"}, "talks to this machine only"),
        ({"scim_url": "http://localhost:9/scim?aadOptscim062020"}, "Leave out what follows the ?."),
        ({"scim_token": "two words"}, "has neither spaces nor accents"),
        ({"scim_token": "a\r\nHost: b"}, "has neither spaces nor accents"),
    ],
)
def test_a_wrong_connection_is_refused_in_a_sentence(site: Site, form: dict[str, str], words: str) -> None:
    status, text, _ = site.post("application/connect", **form)

    assert (status, words in text) == (200, True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((404, "text/html", "<h1>No</h1>"), "The metadata URL answered 404."),
        ((200, "text/html", "<p>Hello"), "no SAML metadata"),
        ((200, "text/xml", "<a/>"), "no metadata of a service provider"),
        ((200, "text/xml", ""), "no SAML metadata"),
        ((302, "http://192.0.2.1/", ""), "The metadata URL answered 302."),
        ((200, "text/xml", PracticeIdp.make("urn:x", "http://localhost/").metadata().decode()), "no metadata of a"),
    ],
)
def test_a_url_without_metadata_is_refused_in_a_sentence(site: Site, answer: Any, words: str) -> None:
    with serving(lambda method, path: answer) as application:
        status, text, _ = site.post("application/connect", metadata_url=f"{application.url}/metadata")

    assert (status, words in text) == (200, True)


def test_saving_says_at_once_that_the_token_is_wrong(site: Site) -> None:
    refusal = json.dumps({"detail": "The token is not known."})
    with serving(lambda method, path: (401, "application/scim+json", refusal)) as application:
        text = site.post("application/connect", scim_url=application.url, scim_token="sgs_wrong")[1]

    assert "Saved. The application refused the token (401): The token is not known." in text


def test_another_application_gets_everybody_anew(site: Site, application: Application) -> None:
    site.connect(application)
    site.post("push/3")
    with serving() as another:
        site.post("application/connect", scim_url=another.url)
        text = site.get("")[1]

    assert "15 people are not at the application yet." in text


def test_a_button_tells_how_it_ended_and_shows_both_messages(site: Site, application: Application) -> None:
    site.connect(application)

    text = site.post("push/3")[1]

    assert "Pushed: Otto Brandt, Nora Quinn, Malik Aziz." in text
    assert "POST /Users" in text
    assert "HTTP 201" in text


def test_where_groups_are_not_served_the_buttons_say_so(site: Site) -> None:
    def users_only(method: str, path: str) -> Any:
        listed = json.dumps({"Resources": [{"name": "User"}]})
        return (200, "application/scim+json", listed) if path == "/ResourceTypes" else obliging(method, path)

    with serving(users_only) as application:
        site.connect(application)
        text = site.get("groups")[1]

    assert "Groups are not served by this application." in text
    assert text.count('disabled aria-describedby="why-no-groups"') == 4


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("person/push", {}, "There is nobody by that name."),
        ("person/deactivate", {"user_name": "\0"}, "There is nobody by that name."),
        ("person/deactivate", {"user_name": "ada@northwind.test"}, "Push Ada Okafor first."),
        ("person/delete", {"user_name": "ada@northwind.test"}, "Push Ada Okafor first."),
        ("person/rename", {"user_name": "ada@northwind.test"}, "Give a family name of at most 100 characters."),
        ("person/rename", {"family_name": "x" * 101}, "Give a family name of at most 100 characters."),
        ("groups/push", {"group": "Nobody"}, "There is no group by that name."),
        ("groups/join", {"group": "Sales", "user_name": "?"}, "There is nobody by that name."),
        ("groups/detach", {"group": "Sales"}, "Push Sales first."),
        ("application/dialect", {"dialect": "klingon"}, "Choose one of the dialects."),
        ("single-sign-on/expired", {"user_name": "?"}, "There is nobody by that name."),
        ("single-sign-on/expired", {"user_name": "ada@northwind.test"}, "Connect the application first"),
        ("single-sign-on/encrypted", {"user_name": "ada@northwind.test"}, "Connect the application first"),
        ("single-sign-on/sign-out", {"user_name": "?"}, "There is nobody by that name."),
        ("single-sign-on/sign-out", {"user_name": "ada@northwind.test"}, "Connect the application first"),
        ("single-sign-on/replay", {}, "Sign somebody in first, then replay it."),
    ],
)
def test_a_button_pressed_out_of_turn_says_what_to_do(
    site: Site, application: Application, path: str, form: dict[str, str], words: str
) -> None:
    site.connect(application)

    status, text, _ = site.post(path, **form)

    assert (status, words in text) == (200, True)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("sso", "This is no request for a sign-in."),
        ("sso?SAMLRequest=nonsense", "This is no request for a sign-in."),
        ("sso?SAMLRequest=%FF%00", "This is no request for a sign-in."),
        ("slo", "This is no logout message."),
        ("slo?SAMLResponse=nonsense", "This is no logout message."),
    ],
)
def test_a_request_nobody_can_read_is_refused_in_a_sentence(site: Site, path: str, words: str) -> None:
    status, text, _ = site.get(path)

    assert (status, words in text) == (400, True)


@pytest.mark.parametrize("acs_url", ["https://elsewhere.example/acs", "javascript:alert(1)", ""])
def test_nobody_is_signed_in_anywhere_but_on_this_machine(site: Site, acs_url: str) -> None:
    site.file.unlink(missing_ok=True)

    status, text, _ = site.post("answer", user_name="ada@northwind.test", acs_url=acs_url)

    assert (status, "Connect an application on this machine first." in text) == (400, True)


def test_control_characters_in_a_forged_form_are_refused(site: Site) -> None:
    form = {"user_name": "ada@northwind.test", "acs_url": "http://localhost/acs", "audience": "a\0b"}

    status, text, _ = site.post("answer", **form)

    assert (status, "This is no request for a sign-in." in text) == (400, True)


def test_the_log_can_be_cleared(site: Site, application: Application) -> None:
    site.connect(application)
    site.post("push/1")
    assert "Push Otto Brandt" in site.get("log")[1]

    text = site.post("log/clear")[1]

    assert "The log is empty now." in text
    assert "Push Otto Brandt" not in text


def test_webhooks_are_verified_by_the_secret_that_was_pasted(site: Site) -> None:
    secret = messages.new_secret()
    body = json.dumps({"type": "member.added", "data": {"id": "evt_1"}})

    def send(by: str) -> int:
        headers = messages.headers("evt_1", datetime.now(UTC), body, [by])
        return site._open(urllib.request.Request(f"{site.url}/webhooks/in", body.encode(), headers))[0]

    site.file.unlink(missing_ok=True)
    early = send(secret)
    wrong = site.post("webhooks/secret", secret="whsec_short")[1]
    site.post("webhooks/secret", secret=secret)
    answers = [early, send(secret), send(messages.new_secret())]
    page = site.get("webhooks")[1]

    assert answers == [401, 204, 401]
    assert "A signing secret begins with whsec_." in wrong
    assert (page.count("Verified</span>"), page.count("Refused</span>")) == (1, 2)
    assert secret not in page


# ── The directory's own API ──────────────────────────────────────────────────────────────────────────────────────────
def directory_get(site: Site, path: str, key: str) -> tuple[int, Any]:
    """Call the API with a key; status and what came."""
    status, text, _headers = site._open(urllib.request.Request(f"{site.url}/api/{path}", headers={"x-api-key": key}))
    return status, json.loads(text)


def test_the_directory_gives_its_people_to_whoever_has_the_key(site: Site) -> None:
    site.file.unlink(missing_ok=True)
    key = "jca_practice_key_of_this_machine"

    status, groups = directory_get(site, "v2/usergroups?limit=100", key)
    _status, people = directory_get(site, f"v2/usergroups/{groups[0]['id']}/membership?limit=100", key)
    _status, users = directory_get(site, "systemusers?limit=100&fields=email+suspended", key)

    assert (status, [each["name"] for each in groups]) == (200, ["Engineering", "Sales"])
    assert (len(people), users["totalCount"]) == (4, 15)
    assert users["results"][0].keys() == {"_id", "id", "email", "suspended"}
    assert directory_get(site, "v2/usergroups", "another")[0] == 401


def test_another_key_ends_the_former_one(site: Site) -> None:
    site.file.unlink(missing_ok=True)

    status, text, _headers = site.post("application/api-key")

    assert status == 200 and "There is another API key now." in text
    assert directory_get(site, "v2/usergroups", "jca_practice_key_of_this_machine")[0] == 401
    assert directory_get(site, "v2/usergroups", json.loads(site.file.read_text())["api_key"])[0] == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [("v2/usergroups?limit=101", 400), ("v2/usergroups?limit=x", 400), ("v2/usergroups?skip=-1", 400),
     ("v2/usergroups/unknown/membership", 404), ("systemusers/unknown", 404), ("nothing", 404)],
)  # fmt: skip
def test_what_the_directory_does_not_have_is_no_page_of_it(site: Site, path: str, status: int) -> None:
    site.file.unlink(missing_ok=True)

    assert directory_get(site, path, "jca_practice_key_of_this_machine")[0] == status
