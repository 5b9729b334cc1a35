"""What the SAML core believes, and what it must not though it is well built: forged, stale, or meant for others."""

import base64
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from onelogin.saml2.errors import OneLogin_Saml2_ValidationError

from portal.demo.idp import PracticeIdp, read_request
from sso import guard, reading, saml
from sso.errors import SENTENCES, NotGenuine
from tests.sso import attacks as a
from tests.sso.attacks import (
    Attack,
    adds,
    altered,
    doubles,
    drops,
    later,
    root_sets,
    says,
    sets,
    signed,
    swaps,
    unsets,
)

# fmt: off
ATTACKS = [
    Attack("only the response signed", "signature_missing", lambda: a.respond(sign="response")),
    Attack("only the assertion signed", "signature_missing", a.respond, a.IN_RESPONSE),
    # Signed by somebody else, or changed on the way.
    Attack("another key", "signature_invalid", lambda: a.respond(a.rogue())),
    Attack("another key, good certificate", "signature_invalid",
           lambda: a.respond(a.rogue(), tamper=a.good_certificate_embedded)),
    Attack("altered NameID", "signature_invalid", altered(says(a.NAME_ID, "olga@acme.example"))),
    Attack("altered attribute", "signature_invalid", altered(says(a.VALUE, "x"))),
    Attack("altered audience", "signature_invalid", altered(says(a.CONDITIONS + "//saml:Audience", "x"))),
    Attack("altered digest", "signature_invalid", altered(says(a.REFERENCE + "/ds:DigestValue", "AAAA"))),
    Attack("canonicalization that fails", "signature_invalid", a.void_canonicalization),
    Attack("empty signature value", "signature_invalid", altered(says(a.SIGNATURE + "/ds:SignatureValue", ""))),
    Attack("altered response", "signature_invalid", altered(root_sets(Consent="x"), sign="response"), a.IN_RESPONSE),
    Attack("one of two signatures bad", "signature_invalid", altered(root_sets(InResponseTo="x"), sign="both")),
    Attack("no certificate", "no_certificate", a.respond, (("idp_certificates", ()),)),
    Attack("connection unusable", "unreadable", a.respond, (("acs_url", "nowhere"),)),
    Attack("off the schema", "schema_invalid", signed(sets(a.NAME_ID, Role="admin"))),
    # Not for us, or not now.
    Attack("SAML 1.1", "wrong_version", signed(sets(a.ASSERTION, Version="1.1"))),
    Attack("another issuer", "wrong_issuer", lambda: a.respond(issuer="https://evil.example")),
    Attack("issuer with a slash", "wrong_issuer", lambda: a.respond(issuer=a.IDP + "/")),
    Attack("another issuer on the envelope", "wrong_issuer", altered(says("saml:Issuer", "https://evil.example"))),
    Attack("another destination", "wrong_destination", lambda: a.respond(destination="https://evil.example/acs")),
    Attack("destination that starts right", "wrong_destination", lambda: a.respond(destination=a.ACS + "/2")),
    Attack("empty destination", "wrong_destination", lambda: a.respond(destination="")),
    Attack("signed response, no destination", "destination_missing",
           signed(lambda root: root.attrib.pop("Destination"), sign="response"), a.IN_RESPONSE),
    Attack("issued long ago", "issue_instant_old", signed(sets(a.ASSERTION, IssueInstant=later(seconds=-901)))),
    Attack("envelope issued long ago", "issue_instant_old", altered(root_sets(IssueInstant=later(hours=-2)))),
    Attack("issued tomorrow", "issue_instant_future", signed(sets(a.ASSERTION, IssueInstant=later(seconds=301)))),
    Attack("no Conditions", "conditions_missing", signed(drops(a.CONDITIONS))),
    Attack("unknown Condition", "unknown_condition",
           signed(adds(a.CONDITIONS, '<saml:Condition xsi:type="saml:OneTimeUseType"/>'))),
    Attack("not yet valid", "not_yet_valid", signed(sets(a.CONDITIONS, NotBefore=later(seconds=301)))),
    Attack("expired", "expired", signed(sets(a.CONDITIONS, NotOnOrAfter=later(seconds=-300)))),
    Attack("no audience", "audience_missing", signed(drops(a.CONDITIONS + "/saml:AudienceRestriction"))),
    Attack("another audience", "wrong_audience", lambda: a.respond(audience="https://other.example")),
    Attack("audience that starts right", "wrong_audience", lambda: a.respond(audience=a.SP + "/2")),
    Attack("one audience restriction of two", "wrong_audience", signed(adds(a.CONDITIONS, a.AUDIENCE))),
    Attack("holder of key", "no_bearer_confirmation",
           signed(sets(a.CONFIRMATION, Method=a.HOLDER))),
    Attack("bearer without data", "no_bearer_confirmation", signed(swaps(a.CONFIRMATION, a.EMPTY))),
    Attack("two bearers", "several_bearer_confirmations", signed(doubles(a.CONFIRMATION))),
    Attack("NotBefore in the confirmation", "confirmation_not_before", signed(sets(a.DATA, NotBefore=later(hours=-1)))),
    Attack("no end in the confirmation", "confirmation_without_end", signed(unsets(a.DATA, "NotOnOrAfter"))),
    Attack("confirmation expired", "confirmation_expired", signed(sets(a.DATA, NotOnOrAfter=later()))),
    Attack("no recipient", "recipient_missing", signed(unsets(a.DATA, "Recipient"))),
    Attack("recipient cut short", "wrong_recipient", lambda: a.respond(recipient=a.ACS[:-1])),
    Attack("recipient that starts right", "wrong_recipient", lambda: a.respond(recipient=a.ACS + "/2")),
    Attack("recipient that holds ours", "wrong_recipient", lambda: a.respond(recipient=f"https://evil.example/?u={a.ACS}")),
    Attack("recipient in capitals", "wrong_recipient", lambda: a.respond(recipient=a.ACS.upper())),
    Attack("answers only on the envelope", "in_response_to_mismatch", altered(root_sets(InResponseTo="r1"))),
    Attack("answers only in the assertion", "in_response_to_mismatch", signed(sets(a.DATA, InResponseTo="r1"))),
    Attack("answers two requests", "in_response_to_mismatch",
           altered(root_sets(InResponseTo="r2"), in_response_to="r1")),
    Attack("nobody signed in", "authn_statement_missing", signed(drops(a.AUTHN))),
    Attack("two sign-ins", "several_authn_statements", signed(doubles(a.AUTHN))),
    Attack("session over", "session_expired", lambda: a.respond(session_not_on_or_after=a.NOW)),
    Attack("time beyond the calendar", "bad_time",
           signed(sets(a.AUTHN, SessionNotOnOrAfter="9999-12-31T23:59:59-14:00"))),
    # About nobody.
    Attack("endless NameID", "value_too_long", signed(says(a.NAME_ID, a.LONG * 4))),
    Attack("endless SessionIndex", "value_too_long", signed(sets(a.AUTHN, SessionIndex=a.LONG))),
    Attack("encrypted NameID", "encrypted_name_id", signed(swaps(a.NAME_ID, a.ENCRYPTED_ID))),
    Attack("no NameID", "name_id_missing", signed(drops(a.NAME_ID))),
    Attack("empty NameID", "name_id_empty", lambda: a.respond(name_id=" ")),
    Attack("transient NameID", "transient_name_id", lambda: a.respond(name_id_format=saml.TRANSIENT)),
    Attack("NameID for another", "wrong_name_qualifier", signed(sets(a.NAME_ID, SPNameQualifier="https://other.example"))),
    Attack("encrypted attribute", "encrypted_attribute",
           signed(adds(a.ATTRIBUTES, a.ENCRYPTED_ATTRIBUTE))),
    Attack("attribute twice", "repeated_attribute", signed(doubles(a.ATTRIBUTES + "/saml:Attribute"))),
]
# fmt: on


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_its_own_reason(attack: Attack) -> None:
    message = attack.make()

    with pytest.raises(NotGenuine) as refusal:
        saml.read(a.trust(**dict(attack.by)), message, a.NOW)

    assert refusal.value.code == attack.code
    assert refusal.value.detail.startswith(str(SENTENCES[attack.code]))


def test_every_reason_the_core_gives_has_an_attack() -> None:
    source = Path(saml.__file__).read_text() + Path(reading.__file__).read_text()

    # What concerns an encrypted one has its attacks in test_encryption.
    assert {code for code in SENTENCES if f'"{code}"' in source} - {"assertion_not_encrypted"} <= {
        each.code for each in ATTACKS
    }


@pytest.mark.parametrize(
    ("sign", "expected"),
    [("assertion", "assertion"), ("both", "assertion"), ("response", "response"), ("both", "response"),
     ("assertion", "either"), ("response", "either"), ("both", "either")],
)  # fmt: skip
def test_a_response_signed_where_expected_is_believed(sign: Any, expected: str) -> None:
    said = saml.read(a.trust(signature_expected=expected), a.respond(sign=sign), a.NOW)

    assert (said.name_id, said.issuer, said.in_response_to) == (a.MIA, a.IDP, None)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha384", "rsa-sha512"])
def test_every_allowed_algorithm_is_verified(algorithm: str, digest: str) -> None:
    message = a.respond(signature_algorithm=algorithm, digest_algorithm=digest)

    assert saml.read(a.trust(), message, a.NOW).name_id == a.MIA


def test_an_elliptic_curve_signature_is_verified() -> None:
    idp = PracticeIdp.make(a.IDP, a.SSO, key=ec.generate_private_key(ec.SECP256R1()))
    message = a.respond(idp, signature_algorithm="ecdsa-sha256")

    said = saml.read(a.trust(idp_certificates=(idp.certificate_pem,)), message, a.NOW)

    assert said.name_id == a.MIA


def test_sha1_is_verified_where_the_connection_allows_it() -> None:
    message = a.respond(signature_algorithm="rsa-sha1", digest_algorithm="sha1")

    assert saml.read(a.trust(allow_sha1=True), message, a.NOW).name_id == a.MIA


def test_the_library_refuses_sha1_on_its_own_if_the_guard_ever_let_it_through() -> None:
    xml = base64.b64decode(a.respond(signature_algorithm="rsa-sha1", digest_algorithm="sha1"))

    with pytest.raises(OneLogin_Saml2_ValidationError, match="Deprecated signature algorithm"):
        saml._verified(a.trust(), xml)


def test_an_address_whose_host_is_one_word_is_as_good_as_any() -> None:
    acs_url = "https://seatgate/sso/acme/acs"

    said = saml.read(a.trust(acs_url=acs_url), a.respond(acs_url=acs_url), a.NOW)

    assert said.name_id == a.MIA


def test_a_new_thread_reads_by_a_schema_of_its_own() -> None:
    with ThreadPoolExecutor(max_workers=1) as thread:
        believed = thread.submit(saml.read, a.trust(), a.respond(), a.NOW).result()
        schema = thread.submit(lambda: saml._schemas.protocol).result()

    assert believed.name_id == a.MIA
    assert schema is not saml._schemas.protocol


def test_during_a_rollover_either_certificate_verifies_and_is_named() -> None:
    both = (a.rogue().certificate_pem, a.idp().certificate_pem)

    said = saml.read(a.trust(idp_certificates=both), a.respond(), a.NOW)

    assert bytes.fromhex(said.certificate_fingerprint) == a.idp().certificate.fingerprint(SHA256())


@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_clock_thirty_seconds_off_does_no_harm(seconds: int) -> None:
    message = a.respond(at=a.NOW + timedelta(seconds=seconds))

    assert saml.read(a.trust(), message, a.NOW).name_id == a.MIA


@pytest.mark.parametrize(
    "change",
    [
        sets(a.ASSERTION, IssueInstant=later(seconds=-900)),
        root_sets(IssueInstant=later(seconds=-900)),
        sets(a.ASSERTION, IssueInstant=later(seconds=300)),
        root_sets(IssueInstant=later(seconds=300)),
        sets(a.CONDITIONS, NotBefore=later(seconds=300)),
        sets(a.CONDITIONS, NotOnOrAfter=later(seconds=-299)),
        sets(a.DATA, NotOnOrAfter=later(seconds=1)),
        sets(a.AUTHN, SessionNotOnOrAfter=later(seconds=1)),
    ],
)
def test_at_the_edge_of_its_time_a_response_is_still_believed(change: a.Change) -> None:
    assert saml.read(a.trust(), signed(change)(), a.NOW).name_id == a.MIA


def test_the_machines_clock_is_not_asked() -> None:
    year_2001 = a.NOW.replace(year=2001)

    assert saml.read(a.trust(), a.respond(at=year_2001), year_2001).name_id == a.MIA


def test_what_was_said_is_read() -> None:
    end = a.NOW + timedelta(hours=8)
    message = a.respond(
        in_response_to="r1", session_index="s1", session_not_on_or_after=end, authn_instant=a.NOW - timedelta(hours=1)
    )

    said = saml.read(a.trust(), message, a.NOW)

    response = etree.fromstring(base64.b64decode(message))
    assert (said.response_id, said.id) == (response.get("ID"), response.find(a.ASSERTION, a.NS).get("ID"))
    assert (said.in_response_to, said.session_index, said.name_id_format) == ("r1", "s1", saml.EMAIL)
    assert (said.session_not_on_or_after, said.authn_instant) == (end, a.NOW - timedelta(hours=1))
    assert said.not_on_or_after == a.NOW + timedelta(minutes=5)


def test_the_end_is_never_later_than_the_message_could_be_accepted() -> None:
    said = saml.read(a.trust(), a.respond(lifetime=timedelta(days=3000)), a.NOW)

    assert said.not_on_or_after == a.NOW + timedelta(minutes=15)


def test_a_time_with_fractions_or_another_zone_is_read_as_utc() -> None:
    message = signed(sets(a.AUTHN, AuthnInstant="2026-03-02T10:29:00.1234567+01:00"))()

    said = saml.read(a.trust(), message, a.NOW)

    assert said.authn_instant == a.NOW.replace(minute=29, microsecond=123456, tzinfo=UTC)


def test_attributes_keep_all_their_values_and_lose_the_empty_ones() -> None:
    message = a.respond(attributes={"groups": ["Sales", "", " Ops "], "email": a.MIA})

    said = saml.read(a.trust(), message, a.NOW)

    assert said.attributes == {"groups": ("Sales", "Ops"), "email": (a.MIA,)}


def test_an_attribute_goes_by_its_friendly_name_too_unless_another_bears_it() -> None:
    attribute = a.ATTRIBUTES + "/saml:Attribute"
    message = signed(sets(attribute, Name="urn:oid:1", FriendlyName="mail"),
                     adds(a.ATTRIBUTES, '<saml:Attribute Name="sn" FriendlyName="urn:oid:1"/>'))()  # fmt: skip

    said = saml.read(a.trust(), message, a.NOW)

    assert said.attributes == {"urn:oid:1": (a.MIA,), "mail": (a.MIA,), "sn": ()}


def test_a_repeated_attribute_is_joined_where_the_connection_allows_it() -> None:
    message = signed(doubles(a.ATTRIBUTES + "/saml:Attribute"))()

    said = saml.read(a.trust(repeat_attributes=True), message, a.NOW)

    assert said.attributes["email"] == (a.MIA, a.MIA)


def test_an_element_within_an_attribute_value_is_read_as_its_text() -> None:
    message = signed(adds(a.ATTRIBUTES + "/saml:Attribute/saml:AttributeValue", "<saml:NameID>!</saml:NameID>"))()

    assert saml.read(a.trust(), message, a.NOW).attributes["email"] == (a.MIA + "!",)


def test_conditions_that_ask_nothing_of_us_are_let_through() -> None:
    message = signed(
        adds(a.CONDITIONS, "<saml:OneTimeUse/>"), adds(a.CONDITIONS, '<saml:ProxyRestriction Count="0"/>')
    )()

    assert saml.read(a.trust(), message, a.NOW).name_id == a.MIA


def test_line_breaks_in_base64_and_white_space_in_xml_are_let_through() -> None:
    xml = base64.b64decode(a.respond(mutate=etree.indent))

    assert saml.read(a.trust(), base64.encodebytes(xml).decode(), a.NOW).name_id == a.MIA


@pytest.mark.parametrize("prefixes", ["", "xs", "xs xsi"])
@pytest.mark.parametrize("tail", ["", "\n"])
def test_the_prefixes_a_signature_names_and_a_line_break_behind_it_were_signed_too(prefixes: str, tail: str) -> None:
    """Okta and others name `xs`, which nothing but the value of an attribute uses."""
    assert saml.read(a.trust(), a.signed_by_xmlsec(prefixes, tail), a.NOW).name_id == a.MIA


def test_what_is_read_was_digested_again() -> None:
    response = etree.fromstring(base64.b64decode(a.respond()))
    assertion = response.find(a.ASSERTION, a.NS)
    assertion.find("saml:Subject/saml:NameID", a.NS).text = "olga@acme.example"

    with pytest.raises(NotGenuine, match="signature_invalid"):
        guard.as_signed(assertion)


def test_a_refusal_tells_what_was_found_and_expected_on_one_short_line() -> None:
    with pytest.raises(NotGenuine) as refusal:
        saml.read(a.trust(), a.respond(issuer="evil\n" + "x" * 5000), a.NOW)

    assert "evil�xxx" in refusal.value.detail and f"Expected: “{a.IDP}”" in refusal.value.detail
    assert len(refusal.value.detail) < 400


@pytest.mark.parametrize(
    ("make", "sides"),
    [
        (signed(sets(a.ASSERTION, Version="1.1")), "Found: “1.1”. Expected: “2.0”."),
        (
            lambda: a.respond(destination="https://evil.example/acs"),
            f"Found: “https://evil.example/acs”. Expected: “{a.ACS}”.",
        ),
        (lambda: a.respond(audience="https://other.example"), f"Found: “https://other.example”. Expected: “{a.SP}”."),
        (
            lambda: a.respond(recipient="https://evil.example/acs"),
            f"Found: “https://evil.example/acs”. Expected: “{a.ACS}”.",
        ),
        (
            signed(sets(a.NAME_ID, SPNameQualifier="https://other.example")),
            f"Found: “https://other.example”. Expected: “{a.SP}”.",
        ),
        (altered(root_sets(InResponseTo="r1")), "Found: “”. Expected: “r1”."),
        (signed(sets(a.DATA, InResponseTo="r1")), "Found: “r1”. Expected: “”."),
        (signed(doubles(a.CONFIRMATION)), "Found: “2”. Expected: “1”."),
        (signed(doubles(a.AUTHN)), "Found: “2”. Expected: “1”."),
        (signed(unsets(a.DATA, "Recipient")), f"Expected: “{a.ACS}”."),
        (signed(drops(a.CONDITIONS + "/saml:AudienceRestriction")), f"Expected: “{a.SP}”."),
        (signed(sets(a.DATA, NotBefore="2026-03-02T09:00:00Z")), "Found: “2026-03-02T09:00:00Z”."),
        (signed(doubles(a.ATTRIBUTES + "/saml:Attribute")), "Found: “email”."),
    ],
)
def test_a_refusal_tells_what_was_found_and_what_was_expected(make: Callable[[], str], sides: str) -> None:
    with pytest.raises(NotGenuine) as refusal:
        saml.read(a.trust(), make(), a.NOW)

    assert refusal.value.detail == f"{SENTENCES[refusal.value.code]} {sides}"


def test_the_idp_can_read_our_request() -> None:
    url = saml.authn_request(a.trust(), request_id="r1", at=a.NOW, relay_state="t&o=k", force_authn=True)

    asked = read_request(dict(parse_qsl(urlsplit(url).query)))

    assert url.startswith(a.SSO + "?")
    assert (asked.id, asked.issuer, asked.acs_url) == ("r1", a.SP, a.ACS)
    assert (asked.relay_state, asked.force_authn) == ("t&o=k", True)


def test_a_request_to_an_address_with_a_query_keeps_it() -> None:
    url = saml.authn_request(a.trust(idp_sso_url=a.SSO + "?app=7"), request_id="r1", at=a.NOW, relay_state="t")

    assert parse_qs(urlsplit(url).query)["app"] == ["7"]


@pytest.mark.parametrize("subject", [a.MIA, "</saml:NameID><x>&", None, "\x00mia", "\ud800"])
def test_a_request_is_valid_saml_whatever_name_was_typed(subject: str | None) -> None:
    url = saml.authn_request(a.trust(), request_id=saml.new_request_id(), at=a.NOW, relay_state="t", subject=subject)

    packed = base64.b64decode(parse_qs(urlsplit(url).query)["SAMLRequest"][0])
    request = etree.fromstring(zlib.decompress(packed, wbits=-15))
    assert saml._schemas.protocol.validate(request)
    assert request.findtext(".//saml:NameID", namespaces=a.NS) == (
        subject if subject and subject.isprintable() else None
    )
