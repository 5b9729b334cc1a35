"""Single logout in both directions: obeyed where it is signed, meant for us and new, and refused for its own reason."""

import base64
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from django.test import Client
from lxml import etree

from portal.demo.idp import PracticeIdp
from portal.demo.logging_out import by_redirect, logout_request, logout_response, read_logout
from portal.teams.models import Entry, Team
from sso import connection, keys, logout, redirect, saml
from sso.errors import SENTENCES, NotGenuine
from sso.models import Purpose, SignInAttempt
from tests import make
from tests.pages import reading
from tests.pages.test_every_page import check
from tests.sso import attacks as a
from tests.sso.attacks import adds, drops, says, sets
from tests.sso.sign_ins import is_in
from tests.sso.test_encryption import pair

SLO = "https://seatgate.example/sso/acme/slo"
IDP_SLO = "https://idp.example/acme/slo"
SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
ENCRYPTED_ID = (
    "<saml:EncryptedID><xenc:EncryptedData><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue>"
    "</xenc:CipherData></xenc:EncryptedData></saml:EncryptedID>"
)
BASE_ID = '<saml:BaseID xsi:type="saml:Odd"/>'
NOT_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Responder"


def trust(**changes: Any) -> saml.Trust:
    """Acme's trust, for logout."""
    return a.trust(**{"slo_url": SLO, "idp_slo_url": IDP_SLO, "sp_keys": (pair("current")[0],), **changes})


# ── Judged ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def request(by: PracticeIdp | None = None, **said: Any) -> str:
    """The query of a good logout request, but for what `said` changes."""
    sent = {name: said.pop(name) for name in ("algorithm", "lowercase", "relay_state") if name in said}
    good = {"slo_url": SLO, "name_id": a.MIA, "session_index": "i-1", "at": a.NOW}
    idp = by or a.idp()
    return urlsplit(by_redirect(idp, SLO, logout_request(idp, **{**good, **said}), **sent)).query


def answer(**said: Any) -> str:
    """The query of a good logout response, but for what `said` changes."""
    good = {"slo_url": SLO, "in_response_to": "r1", "at": a.NOW}
    return urlsplit(by_redirect(a.idp(), SLO, logout_response(a.idp(), **{**good, **said}))).query


def resigned(xml: bytes, *, deflate: bool = True, name: str = "SAMLRequest") -> str:
    """A query that carries any bytes, well signed."""
    packed = zlib.compress(xml, wbits=-15) if deflate else xml
    query = urlencode({name: base64.b64encode(packed), "SigAlg": redirect.RSA_SHA256})
    signature = a.idp().key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]
    return f"{query}&{urlencode({'Signature': base64.b64encode(signature)})}"


def without(name: str) -> str:
    """A query that lacks a parameter."""
    return "&".join(part for part in request(relay_state="x").split("&") if not part.startswith(name))


def element(**said: Any) -> Any:
    """A logout request as an element."""
    return logout_request(a.idp(), **{"slo_url": SLO, "name_id": a.MIA, "at": a.NOW, **said})


@dataclass(frozen=True)
class Attack:
    """One logout message that must be refused, and with which code."""

    name: str
    code: str
    make: Callable[[], str]
    by: tuple[tuple[str, Any], ...] = ()


# fmt: off
# ruff: noqa: E501  # one attack, one line
ATTACKS = [
    # The query.
    Attack("nothing", "query_ambiguous", lambda: ""),
    Attack("request and response at once", "query_ambiguous", lambda: request() + "&" + answer()),
    Attack("request twice", "query_ambiguous", lambda: request() + "&" + request().split("&")[0]),
    Attack("RelayState twice", "query_ambiguous", lambda: request(relay_state="a") + "&RelayState=b"),
    Attack("SigAlg twice", "query_ambiguous", lambda: request() + "&SigAlg=x"),
    Attack("Signature twice", "query_ambiguous", lambda: request() + "&Signature=x"),
    Attack("second request in another spelling", "query_ambiguous", lambda: request() + "&samlrequest=x"),
    Attack("second request with an escaped name", "query_ambiguous", lambda: request() + "&SAML%52equest=x"),
    Attack("endless query", "too_large", lambda: request() + "&x=" + "y" * 70_000),
    Attack("another encoding", "not_deflated", lambda: request() + "&SAMLEncoding=urn:none"),
    # The signature.
    Attack("unsigned", "logout_not_signed", lambda: request().split("&SigAlg")[0]),
    Attack("no Signature", "logout_not_signed", lambda: without("Signature")),
    Attack("no SigAlg", "logout_not_signed", lambda: without("SigAlg")),
    Attack("empty Signature", "logout_not_signed", lambda: without("Signature") + "&Signature="),
    Attack("Signature that is no base64", "not_base64", lambda: without("Signature") + "&Signature=%25"),
    Attack("another key", "signature_invalid", lambda: request(a.rogue())),
    Attack("RelayState altered", "signature_invalid", lambda: request(relay_state="a").replace("RelayState=a", "RelayState=b")),
    Attack("RelayState dropped", "signature_invalid", lambda: without("RelayState")),
    Attack("RelayState added", "signature_invalid", lambda: request() + "&RelayState=x"),
    Attack("a sign-in's signature moved here", "signature_invalid", lambda: request().split("&Signature")[0] + "&" + answer().rsplit("&", 1)[1]),
    Attack("response passed off as a request", "signature_invalid", lambda: answer().replace("SAMLResponse=", "SAMLRequest=")),
    Attack("algorithm swapped", "signature_invalid", lambda: request().replace("rsa-sha256", "rsa-sha512")),
    Attack("elliptic algorithm for an RSA key", "signature_invalid", lambda: request().replace("rsa-sha256", "ecdsa-sha256")),
    Attack("MD5", "algorithm_not_allowed", lambda: request().replace("rsa-sha256", "rsa-md5")),
    Attack("HMAC", "algorithm_not_allowed", lambda: request().replace("rsa-sha256", "hmac-sha256")),
    Attack("no algorithm we know", "algorithm_not_allowed", lambda: without("SigAlg").replace("&Signature", "&SigAlg=none&Signature")),
    Attack("SHA-1", "sha1_not_allowed", lambda: request(algorithm=SHA1)),
    Attack("no certificate", "no_certificate", request, (("idp_certificates", ()),)),
    Attack("signed inside as well", "signature_misplaced", lambda: resigned(etree.tostring(a.idp().sign(element())))),
    # The bytes.
    Attack("not base64", "not_base64", lambda: request().replace("SAMLRequest=", "SAMLRequest=%25")),
    Attack("not deflated", "not_deflated", lambda: resigned(etree.tostring(element()), deflate=False)),
    Attack("something after the end", "not_deflated", lambda: resigned(zlib.compress(b"<a/>", wbits=-15) + b"xx", deflate=False)),
    Attack("cut short", "not_deflated", lambda: resigned(zlib.compress(etree.tostring(element()), wbits=-15)[:-9], deflate=False)),
    Attack("deflate bomb", "too_large", lambda: resigned(b"<a>" + b" " * 20_000_000)),
    Attack("not XML", "not_xml", lambda: resigned(b"hello")),
    Attack("DTD", "doctype", lambda: resigned(b"<!DOCTYPE r>" + etree.tostring(element()))),
    Attack("entity bomb", "doctype", lambda: resigned(a.BOMB + etree.tostring(element()))),
    Attack("comment in the NameID", "comment", lambda: resigned(etree.tostring(element()).replace(b"mia@", b"mia@<!--x-->"))),
    Attack("very many elements", "too_many_elements", lambda: resigned(b"<r>" + b"<a/>" * 6_000 + b"</r>")),
    # The message.
    Attack("a sign-in's response", "not_a_logout", lambda: resigned(base64.b64decode(a.respond()), name="SAMLResponse")),
    Attack("response under the request's name", "not_a_logout", lambda: resigned(etree.tostring(logout_response(a.idp(), slo_url=SLO, in_response_to="r1", at=a.NOW)))),
    Attack("off the schema", "schema_invalid", lambda: request(mutate=lambda r: r.set("Role", "admin"))),
    Attack("SAML 1.1", "wrong_version", lambda: request(mutate=lambda r: r.set("Version", "1.1"))),
    Attack("no issuer", "wrong_issuer", lambda: request(mutate=drops("saml:Issuer"))),
    Attack("another issuer", "wrong_issuer", lambda: request(issuer="https://evil.example")),
    Attack("no destination", "destination_missing", lambda: request(mutate=lambda r: r.attrib.pop("Destination"))),
    Attack("another destination", "wrong_destination", lambda: request(destination="https://other.example/slo")),
    Attack("destination that starts right", "wrong_destination", lambda: request(destination=SLO + "/2")),
    Attack("another team's destination", "wrong_destination", lambda: request(destination=SLO.replace("acme", "globex"))),
    Attack("issued long ago", "issue_instant_old", lambda: request(at=a.NOW - timedelta(seconds=901))),
    Attack("issued tomorrow", "issue_instant_future", lambda: request(at=a.NOW + timedelta(seconds=301))),
    Attack("expired this moment", "logout_expired", lambda: request(not_on_or_after=a.NOW)),
    Attack("a time that is none", "bad_time", lambda: request(mutate=lambda r: r.set("NotOnOrAfter", "9999-12-31T23:59:59-14:00"))),
    Attack("nobody's NameID", "name_id_empty", lambda: request(name_id=" ")),
    Attack("endless NameID", "value_too_long", lambda: request(name_id="x" * 1_025)),
    Attack("NameID of another", "wrong_name_qualifier", lambda: request(mutate=sets("saml:NameID", SPNameQualifier="https://other.example"))),
    Attack("encrypted NameID", "encrypted_name_id", lambda: request(mutate=a.swaps("saml:NameID", ENCRYPTED_ID))),
    Attack("a BaseID instead", "schema_invalid", lambda: request(mutate=a.swaps("saml:NameID", BASE_ID))),
    Attack("very many sessions", "value_too_long", lambda: request(session_index=[str(n) for n in range(1, 102)])),
    Attack("endless SessionIndex", "value_too_long", lambda: request(session_index="x" * 257)),
    Attack("endless ID", "value_too_long", lambda: request(mutate=lambda r: r.set("ID", "x" * 257))),
    Attack("answers nothing", "logout_unasked", lambda: answer(mutate=lambda r: r.attrib.pop("InResponseTo"))),
]
# fmt: on


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_by_logout_is_refused_for_its_own_reason(attack: Attack) -> None:
    query = attack.make()

    with pytest.raises(NotGenuine) as refusal:
        logout.from_query(trust(**dict(attack.by)), query, a.NOW)

    assert refusal.value.code == attack.code


def test_every_reason_logout_gives_has_an_attack() -> None:
    source = "".join(Path(module.__file__).read_text() for module in (redirect, logout))
    codes = {each.code for each in ATTACKS}

    missing = {code for code in SENTENCES if f'"{code}"' in source} - codes

    assert missing == set()


@pytest.mark.parametrize(
    "said",
    [{}, {"lowercase": True}, {"relay_state": "a b+c/ü%"}, {"lowercase": True, "relay_state": "a/b+ü"},
     {"algorithm": SHA512}, {"session_index": ["i-1", "i-2"]}, {"not_on_or_after": a.NOW + timedelta(seconds=1)},
     {"at": a.NOW + timedelta(seconds=30)}, {"at": a.NOW - timedelta(seconds=30)}],
)  # fmt: skip
def test_a_good_logout_request_is_believed(said: dict[str, Any]) -> None:
    read = logout.from_query(trust(), request(**said), a.NOW)

    assert (read.kind, read.name_id, read.relay_state) == ("request", a.MIA, said.get("relay_state", ""))
    assert read.session_indexes == tuple(said.get("session_index", ["i-1"]))


def test_a_query_that_names_its_encoding_is_believed() -> None:
    query = f"{request()}&SAMLEncoding={quote(redirect.DEFLATE, safe='')}"

    assert logout.from_query(trust(), query, a.NOW).name_id == a.MIA


def test_old_adfs_is_believed_where_the_connection_allows_sha1() -> None:
    assert logout.from_query(trust(allow_sha1=True), request(algorithm=SHA1), a.NOW).name_id == a.MIA


def test_an_elliptic_curve_key_is_believed() -> None:
    idp = PracticeIdp.make(a.IDP, a.SSO, key=ec.generate_private_key(ec.SECP256R1()))

    read = logout.from_query(trust(idp_certificates=(idp.certificate_pem,)), request(idp), a.NOW)

    assert read.name_id == a.MIA


def test_during_a_roll_over_either_certificate_is_believed() -> None:
    both = (a.rogue().certificate_pem, a.idp().certificate_pem)

    assert logout.from_query(trust(idp_certificates=both), request(), a.NOW).name_id == a.MIA


@pytest.mark.parametrize(("status", "succeeded"), [({}, True), ({"status": NOT_SUCCESS}, False)])
def test_an_answer_is_read(status: dict[str, str], succeeded: bool) -> None:
    read = logout.from_query(trust(), answer(**status), a.NOW)

    assert (read.kind, read.in_response_to, read.succeeded) == ("response", "r1", succeeded)


# ── Over HTTP: the identity provider says it ─────────────────────────────────────────────────────────────────────────
@cache
def with_slo(slug: str) -> PracticeIdp:
    """The team's identity provider, which takes logout too."""
    former = make.idp_of(slug)
    return PracticeIdp(former.entity_id, former.sso_url, former.key, former.certificate, f"https://idp.test/{slug}/slo")


def connect(team: Team) -> PracticeIdp:
    """Connect the team to an identity provider that takes logout."""
    make.connect_idp(team)
    idp = with_slo(team.slug)
    connection.configure_from_metadata(team, make.as_owner(team), idp.metadata())
    return idp


def slo_url(team: Team) -> str:
    """The team's single logout address."""
    return connection.url(team, "slo")


def told(
    team: Team, idp: PracticeIdp, name_id: str, client: Client | None = None, relay_state: str = "", **said: Any
) -> Any:
    """Have the identity provider tell the team of a logout, in any browser."""
    message = logout_request(idp, slo_url=slo_url(team), name_id=name_id, **said)
    return (client or Client()).get(local(by_redirect(idp, slo_url(team), message, relay_state=relay_state)))


def local(url: str) -> str:
    """The path and query of one of our addresses."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def signed_in(team: Team, idp: PracticeIdp, email: str, session_index: str, **said: Any) -> Client:
    """A browser that came from the identity provider."""
    client = Client()
    make.sso_sign_in(client, team, idp, email, session_index=session_index, **said)
    assert is_in(client)
    return client


def logouts(team: Team) -> list[str]:
    """What the sign-in log says of logouts."""
    rows = SignInAttempt.every_team.filter(team=team, purpose=Purpose.LOGOUT).order_by("at")
    return list(rows.values_list("result", flat=True))


def test_a_logout_ends_the_sessions_it_names_without_their_cookies(acme: Team) -> None:
    idp = connect(acme)
    first, second = (signed_in(acme, idp, "mia@acme.test", index) for index in ("i-1", "i-2"))
    other = signed_in(acme, idp, "adam@acme.test", "i-3")

    told(acme, idp, "mia@acme.test", session_index="i-1")

    assert [is_in(each) for each in (first, second, other)] == [False, True, True]
    ended = Entry.every_team.exclude(ended_at=None)
    assert [(entry.session_index, entry.ended_why) for entry in ended] == [("i-1", "single_logout")]


def test_a_logout_without_a_session_ends_all_of_that_person(acme: Team) -> None:
    idp = connect(acme)
    browsers = [signed_in(acme, idp, "mia@acme.test", index) for index in ("i-1", "i-2")]
    other = signed_in(acme, idp, "adam@acme.test", "i-3")

    told(acme, idp, "mia@acme.test")

    assert [is_in(each) for each in (*browsers, other)] == [False, False, True]


def test_a_logout_is_answered_signed_and_with_its_relay_state(acme: Team) -> None:
    idp = connect(acme)
    signed_in(acme, idp, "mia@acme.test", "i-1")

    back = told(acme, idp, "mia@acme.test", relay_state="x/ü+y")["Location"]

    said = read_logout(dict(parse_qsl(urlsplit(back).query)))
    assert back.startswith(idp.slo_url + "?")
    assert (said.kind, said.status.rpartition(":")[2], said.relay_state) == ("LogoutResponse", "Success", "x/ü+y")
    assert said.issuer == connection.of(acme).sp_entity_id
    verify_ours(acme, back)


def verify_ours(team: Team, url: str) -> None:
    """Verify what we signed by our certificate, as an identity provider does."""
    query, _, signature = urlsplit(url).query.partition("&Signature=")
    key = x509.load_pem_x509_certificate(keys.published(connection.of(team))[0].encode()).public_key()
    raw = base64.b64decode(dict(parse_qsl(f"s={signature}"))["s"])
    key.verify(raw, query.encode(), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]


def test_an_unsigned_logout_is_400_and_signs_nobody_out(acme: Team) -> None:
    idp = connect(acme)
    browser = signed_in(acme, idp, "mia@acme.test", "i-1")
    message = logout_request(idp, slo_url=slo_url(acme), name_id="mia@acme.test")
    url = local(by_redirect(idp, slo_url(acme), message)).split("&SigAlg")[0]

    shown = browser.get(url)

    assert (shown.status_code, logouts(acme), is_in(browser)) == (400, ["logout_not_signed"], True)
    assert "not signed" not in reading.words(shown)


def test_a_logout_works_once(acme: Team) -> None:
    idp = connect(acme)
    message = logout_request(idp, slo_url=slo_url(acme), name_id="mia@acme.test")
    url = local(by_redirect(idp, slo_url(acme), message))
    Client().get(url)
    browser = signed_in(acme, idp, "mia@acme.test", "i-1")

    again = Client().get(url)

    assert (again.status_code, logouts(acme), is_in(browser)) == (400, ["ok", "replayed"], True)


def test_one_team_s_identity_provider_signs_nobody_of_another_out(acme: Team, globex: Team) -> None:
    idp, other = connect(acme), connect(globex)
    browser = signed_in(acme, idp, "mia@acme.test", "i-1")

    told(acme, other, "mia@acme.test")
    told(globex, other, "mia@acme.test")

    assert (logouts(acme), is_in(browser)) == (["signature_invalid"], True)


def test_a_code_session_is_none_of_the_identity_provider_s(acme: Team, browser: Client) -> None:
    idp = connect(acme)
    make.sign_in(browser, "mia@acme.test")

    told(acme, idp, "mia@acme.test")

    assert is_in(browser)


def test_a_logout_by_post_needs_its_own_signature(acme: Team) -> None:
    idp = connect(acme)
    first, second = (signed_in(acme, idp, "mia@acme.test", index) for index in ("i-1", "i-2"))

    def post(index: str, *, sign: bool) -> int:
        message = logout_request(idp, slo_url=slo_url(acme), name_id="mia@acme.test", session_index=index)
        packed = base64.b64encode(etree.tostring(idp.sign(message) if sign else message))
        body = urlencode({"SAMLRequest": packed.decode()})
        return int(Client().post(f"/sso/{acme.slug}/slo", body, "application/x-www-form-urlencoded").status_code)

    assert (post("i-1", sign=True), post("i-2", sign=False)) == (302, 400)
    assert (is_in(first), is_in(second)) == (False, True)
    assert logouts(acme) == ["ok", "logout_not_signed"]


POSTED = {
    "altered": ("signature_invalid", says("saml:NameID", "adam@acme.test")),
    "wrapped": ("duplicate_id", lambda r: r.append(etree.fromstring(etree.tostring(r)))),
    "signature moved": ("signature_misplaced", lambda r: r.find("saml:NameID", a.NS).append(r.find("ds:Signature", a.NS))),
    "XSLT": ("transform_not_allowed", adds("ds:Signature//ds:Transforms", a.XSLT, 0)),
    "other reference": ("reference_not_parent", sets("ds:Signature//ds:Reference", URI="#x")),
}  # fmt: skip


@pytest.mark.parametrize("name", POSTED)
def test_a_posted_logout_that_was_changed_is_refused(name: str) -> None:
    code, change = POSTED[name]
    message = a.idp().sign(element())
    change(message)
    packed = base64.b64encode(etree.tostring(message)).decode()

    with pytest.raises(NotGenuine) as refusal:
        logout.from_form(trust(), "SAMLRequest", packed, "", a.NOW)

    assert refusal.value.code == code


def test_a_posted_logout_signed_by_another_key_is_refused() -> None:
    packed = base64.b64encode(etree.tostring(a.rogue().sign(element()))).decode()

    with pytest.raises(NotGenuine) as refusal:
        logout.from_form(trust(), "SAMLRequest", packed, "", a.NOW)

    assert refusal.value.code == "signature_invalid"


def test_a_good_posted_logout_is_believed() -> None:
    packed = base64.b64encode(etree.tostring(a.idp().sign(element(session_index="i-9")))).decode()

    read = logout.from_form(trust(), "SAMLRequest", packed, "x", a.NOW)

    assert (read.name_id, read.session_indexes, read.relay_state) == (a.MIA, ("i-9",), "x")


@pytest.mark.parametrize(
    "form",
    [{"x": "1"}, {"SAMLRequest": "x", "SAMLResponse": "x"}, {"SAMLRequest": ["x", "y"]}, {"RelayState": "x"},
     {"SAMLRequest": "x", "RelayState": ["x", "y"]}],
)  # fmt: skip
def test_a_malformed_post_is_400(acme: Team, form: dict[str, Any]) -> None:
    connect(acme)

    shown = Client().post(f"/sso/{acme.slug}/slo", urlencode(form, doseq=True), "application/x-www-form-urlencoded")

    assert (shown.status_code, logouts(acme)) == (400, ["post_malformed"])


def test_logout_is_404_while_single_sign_on_is_off(acme: Team) -> None:
    idp = make.draft_idp(acme)

    assert told(acme, idp, "mia@acme.test").status_code == 404


# ── Over HTTP: we say it ─────────────────────────────────────────────────────────────────────────────────────────────
def leave(client: Client) -> Any:
    """Sign out in the portal."""
    return client.post("/sign-out/")


def onward(shown: Any) -> str:
    """Where the page after signing out leads."""
    return str(reading.page(shown).xpath("//main//a/@href")[0])


def test_signing_out_goes_on_to_the_identity_provider_and_comes_back(acme: Team) -> None:
    idp = connect(acme)
    browser = signed_in(acme, idp, "mia@acme.test", "i-7")

    there = onward(leave(browser))
    asked = read_logout(dict(parse_qsl(urlsplit(there).query)))
    reply = logout_response(idp, slo_url=slo_url(acme), in_response_to=asked.id)
    shown = browser.get(local(by_redirect(idp, slo_url(acme), reply, relay_state=asked.relay_state)), follow=True)

    assert there.startswith(idp.slo_url + "?")
    assert (asked.kind, asked.name_id, asked.session_index) == ("LogoutRequest", "mia@acme.test", "i-7")
    assert "here and at your identity provider" in reading.words(shown)
    assert (is_in(browser), logouts(acme)) == (False, ["ok"])
    verify_ours(acme, there)


def test_our_request_names_the_person_as_the_identity_provider_did(acme: Team) -> None:
    """SAML core 3.3.4: the same NameID, its format included."""
    persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    idp = connect(acme)
    browser = signed_in(acme, idp, "mia@acme.test", "i-7", name_id_format=persistent)

    there = dict(parse_qsl(urlsplit(onward(leave(browser))).query))
    message = zlib.decompress(base64.b64decode(there["SAMLRequest"]), -15).decode()

    assert f'Format="{persistent}"' in message


def test_an_identity_provider_that_could_not_is_named(acme: Team) -> None:
    idp = connect(acme)
    browser = signed_in(acme, idp, "mia@acme.test", "i-7")
    asked = read_logout(dict(parse_qsl(urlsplit(onward(leave(browser))).query)))

    reply = logout_response(idp, slo_url=slo_url(acme), in_response_to=asked.id, status=NOT_SUCCESS)
    shown = browser.get(local(by_redirect(idp, slo_url(acme), reply)), follow=True)

    assert "did not sign you out everywhere" in reading.words(shown)
    assert logouts(acme) == ["logout_partial"]


def test_an_answer_nobody_asked_for_or_a_second_one_is_refused(acme: Team) -> None:
    idp = connect(acme)
    browser = signed_in(acme, idp, "mia@acme.test", "i-7")
    asked = read_logout(dict(parse_qsl(urlsplit(onward(leave(browser))).query)))
    stranger = logout_response(idp, slo_url=slo_url(acme), in_response_to="r" + "0" * 32)

    statuses = [
        Client().get(local(by_redirect(idp, slo_url(acme), reply))).status_code
        for reply in (stranger, *(logout_response(idp, slo_url=slo_url(acme), in_response_to=asked.id) for _ in "12"))
    ]

    assert (statuses, logouts(acme)) == ([400, 302, 400], ["logout_unasked", "ok", "logout_unasked"])


def test_a_logout_s_request_is_not_answered_by_a_sign_in(acme: Team) -> None:
    idp = connect(acme)
    browser = signed_in(acme, idp, "mia@acme.test", "i-7")
    asked = read_logout(dict(parse_qsl(urlsplit(onward(leave(browser))).query)))

    answered = make.post_acs(acme, idp.respond(
        acs_url=connection.url(acme, "acs"), audience=asked.issuer, name_id="mia@acme.test", in_response_to=asked.id,
    ))  # fmt: skip

    assert answered.status_code == 403


def test_the_pages_of_logout_keep_the_rules(acme: Team) -> None:
    browser = signed_in(acme, connect(acme), "mia@acme.test", "i-1")

    check(Client().get(f"/sso/{acme.slug}/slo"))
    check(leave(browser))


@pytest.mark.parametrize("by", ["code", "sso without logout"])
def test_signing_out_goes_nowhere_else_without_single_logout(acme: Team, browser: Client, by: str) -> None:
    if by == "code":
        connect(acme)
        make.sign_in(browser, "mia@acme.test")
    else:
        browser = signed_in(acme, make.connect_idp(acme), "mia@acme.test", "i-1")

    left = leave(browser)

    assert (left.status_code, left["Location"], is_in(browser)) == (302, "/sign-in/", False)


def test_our_metadata_names_the_logout_address_once_we_can_sign(acme: Team) -> None:
    make.connect_idp(acme)
    path = ".//{urn:oasis:names:tc:SAML:2.0:metadata}SingleLogoutService"
    before = etree.fromstring(Client().get(f"/sso/{acme.slug}/metadata").content).findall(path)

    connect(acme)
    services = etree.fromstring(Client().get(f"/sso/{acme.slug}/metadata").content).findall(path)

    assert before == []
    assert {each.get("Location") for each in services} == {slo_url(acme)}
