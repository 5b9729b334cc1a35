"""A machine that calls by plain http where the portal is reached by https: its token is not even looked at."""

from typing import Any

import pytest
from django.test import Client

from portal.api.models import ApiKey
from portal.teams.models import Event, Member, Team
from scim import switch
from scim.models import ScimToken
from tests import make
from tests.api import product
from tests.scim.idp import Idp, person

OURS = "https://seats.example.com"
TOLD = f"Call {OURS} by https. What was sent could be read on its way: replace the token."


@pytest.fixture
def by_https(settings: Any) -> None:
    """The portal is reached by https alone, behind a proxy that is trusted."""
    settings.BASE_URL, settings.HTTPS, settings.TRUSTED_PROXIES = OURS, True, ["10.9.9.9"]


@pytest.fixture
def idp(acme: Team) -> Idp:
    """The identity provider of Acme."""
    make.sso_on(acme)
    return Idp(switch.turn_on(acme, make.as_owner(acme)))


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [("GET", "/Users", None), ("POST", "/Users", person("zoe")), ("POST", "/Bulk", {}), ("GET", "/nowhere", None)],
)
def test_scim_refuses_it_in_words_and_does_nothing(by_https: None, idp: Idp, verb: str, path: str, body: Any) -> None:
    before = Member.every_team.count(), Event.every_team.count()

    answer = idp.send(verb, path, body)

    assert (answer.status, answer.detail) == (403, TOLD)
    assert (Member.every_team.count(), Event.every_team.count()) == before
    assert ScimToken.every_team.get().last_used_at is None


@pytest.mark.parametrize(("verb", "path"), [("GET", "/members"), ("POST", "/members"), ("GET", "/nowhere")])
def test_the_api_refuses_it_in_words_and_does_nothing(by_https: None, acme: Team, verb: str, path: str) -> None:
    answer = product.of(acme).send(verb, path, {"email": "zoe@acme.test"} if verb == "POST" else None)

    assert (answer.problem, answer.body["detail"]) == ((403, "https_required"), TOLD)
    assert not Member.every_team.filter(email="zoe@acme.test").exists()
    assert ApiKey.every_team.get().last_used_at is None


def test_a_wrong_token_in_the_clear_is_answered_like_a_good_one(by_https: None, idp: Idp) -> None:
    good, wrong = idp.get("/Users"), Idp("sgs_guessed").get("/Users")

    assert (good.status, good.raw) == (wrong.status, wrong.raw)


@pytest.mark.parametrize(("address", "status"), [("10.9.9.9", 200), ("203.0.113.9", 403)])
def test_a_trusted_proxy_alone_says_that_it_was_https(by_https: None, idp: Idp, address: str, status: int) -> None:
    idp.address = address

    assert idp.get("/Users", X_Forwarded_Proto="https").status == status


def test_an_operation_of_a_bulk_request_came_as_the_request_did(by_https: None, idp: Idp) -> None:
    idp.address = "10.9.9.9"
    create = {"method": "POST", "path": "/Users", "bulkId": "one", "data": person("zoe")}
    asked = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [create]}

    answer = idp.send("POST", "/Bulk", asked, X_Forwarded_Proto="https")

    assert answer.body["Operations"][0]["status"] == "201"


@pytest.mark.parametrize("token", ["a-token-for-metrics-only", "wrong"])
def test_the_numbers_refuse_it_in_words_whatever_token_came(
    by_https: None, db: None, settings: Any, token: str
) -> None:
    settings.METRICS_TOKEN = "a-token-for-metrics-only"
    sent = {"Authorization": f"Bearer {token}"}

    answer = Client().get("/metrics", headers=sent)

    assert (answer.status_code, answer.content.decode()) == (403, f"{TOLD}\n")
    assert Client().get("/metrics", headers=sent, secure=True).status_code == (401 if token == "wrong" else 200)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/v1/openapi.json"])
def test_what_carries_no_token_is_answered(by_https: None, db: None, path: str) -> None:
    assert Client().get(path).status_code == 200
