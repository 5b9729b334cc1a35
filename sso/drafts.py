"""What the holder of a setup link proposes of the connection, and the tests of it (spec rule 24).

A draft's trust judges only the answers to its own test requests. Such an answer is judged where it arrives: it makes
no ticket, so there is nothing that could become a session or a member.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.teams import domains, setup
from portal.teams.actor import Role
from portal.teams.acts import Act, act
from portal.teams.errors import NotReady, Refusal
from portal.teams.models import Draft, Scope, SetupLink, Team
from portal.teams.registry import Difference, Proposal
from sso import attempts, attributes, checks, evidence, identity, memory, metadata, saml
from sso import connection as connections
from sso.errors import NotGenuine, require
from sso.guard import decode
from sso.models import AuthnRequest, Purpose, SignatureExpected, SignInAttempt, SsoConnection

# Enough of a look to find which request is answered; what is proven is read from the signed assertion.
ANSWERS = re.compile(rb"""InResponseTo\s*=\s*["'](r[0-9a-f]{32})["']""")
MOST_NAMED = 10


@act
def save(act: Act, /, link_id: UUID, pems: Sequence[str], **values: Any) -> Draft:
    """Save what a link's holder gives, in place of their former draft."""
    # A test's request belongs to the team's connection; an empty one trusts nobody.
    SsoConnection.every_team.get_or_create(team=act.team)
    data = {"values": values, "certificates": list(pems)}
    return setup.draft(act.team, act.by, link_id, Scope.SSO, data)


def proposed(draft: Draft) -> SsoConnection:
    """Return the team's connection as the draft would have it; it is never saved."""
    connection = connections.of(draft.team)
    for name, value in draft.data["values"].items():
        setattr(connection, name, value)
    return connection


def trust(draft: Draft) -> saml.Trust:
    """Return what the answers to this draft's tests are judged by."""
    return replace(connections.trust(proposed(draft)), idp_certificates=tuple(draft.data["certificates"]))


def is_alive(draft: Draft) -> bool:
    """Say whether this draft may still be tested."""
    return draft.is_open and draft.link.is_live and draft.team.may_use(draft.kind)


# ── Testing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def begin(draft: Draft, binding: str) -> str:
    """Remember a test of this draft; returns the identity provider's URL to go to."""
    if not is_alive(draft):
        raise NotReady(_("This draft was replaced or decided on. Give the values again to test them."))
    connection = connections.of(draft.team)
    request = memory.remember_request(connection, binding, "", Purpose.DRAFT, None, draft=draft)
    return saml.authn_request(trust(draft), request_id=request.pk, at=timezone.now(), relay_state=request.pk)


def asked(connection: SsoConnection, saml_response: str) -> list[AuthnRequest]:
    """Return the requests that a message says it answers; its word is not believed before it is proven."""
    try:
        said = {found.decode() for found in ANSWERS.findall(decode(saml_response))[:MOST_NAMED]}
    except NotGenuine:
        return []
    return memory.requests(connection, said)


def tested_by(requests: Sequence[AuthnRequest]) -> tuple[AuthnRequest, Draft] | None:
    """Return the first of these requests that is a draft's test, and its draft."""
    for request in requests:
        if request.draft_id is not None:
            return request, Draft.every_team.select_related("link__team", "team").get(pk=request.draft_id)
    return None


def judge(http: HttpRequest, connection: SsoConnection, test: AuthnRequest, draft: Draft, saml_response: str) -> None:
    """Judge the answer to a draft's test by that draft's trust, and write down what came of it."""
    try:
        assertion = _proven(connection, test, draft, saml_response)
    except NotGenuine as reason:
        attempts.record_unproven(
            connection, http, reason.code, reason.detail, message=saml_response, purpose=Purpose.DRAFT, draft=draft
        )
        return
    would_be, said = proposed(draft), evidence.of(saml_response, timezone.now())
    found = checks.found_in(would_be, assertion.name_id, assertion.attributes)
    person = attributes.read(assertion.name_id, assertion.attributes, checks.names_of(would_be))
    line = domains.line(connection.team)
    judged = checks.of_message(said) + checks.of_person(would_be, person, line, found)
    result, detail = "ok", ""
    try:
        identity.check_person(connection.team, line, person)
        subject = identity.known(would_be, person)
        member = subject.member if subject else identity.match(would_be, person)
        if member is not None:
            identity.check_open(member)
    except Refusal as refusal:
        result, detail = refusal.code, str(refusal)
        judged = checks.mark(judged, result, detail)
    attempts.record(
        connection, http, result, detail, who=person.email or person.name_id, purpose=Purpose.DRAFT, draft=draft,
        said=said, judged=judged,
    )  # fmt: skip


def _proven(connection: SsoConnection, test: AuthnRequest, draft: Draft, saml_response: str) -> saml.Assertion:
    require(is_alive(draft), "request_unknown")
    assertion = saml.read(trust(draft), saml_response, timezone.now())
    require(assertion.in_response_to == test.pk, "in_response_to_mismatch")
    with memory.admitting(connection, assertion, [test], draft):
        return assertion


def listens(connection: SsoConnection) -> bool:
    """Say whether a message can be for us: by the connection, or by a draft of one."""
    open_drafts = Draft.every_team.filter(team=connection.team, kind=Scope.SSO, confirmed_at=None, ended_at=None)
    return connections.is_complete(connection) or open_drafts.exists()


def last_test(draft: Draft) -> SignInAttempt | None:
    """Return the newest test of a draft, whatever came of it."""
    return SignInAttempt.every_team.filter(draft=draft).order_by("-at").first()


def tested(draft: Draft) -> SignInAttempt | None:
    """Return the newest test of a draft that passed."""
    return SignInAttempt.every_team.filter(draft=draft, result="ok").order_by("-at").first()


# ── Confirming ───────────────────────────────────────────────────────────────────────────────────────────────────────
def title(team: Team) -> str:
    """Name what confirming does."""
    return _("Change the single sign-on connection") if team.sso_on else _("Connect and turn single sign-on on")


def differences(draft: Draft) -> list[Difference]:
    """Say what a draft would change of the connection as it is now."""
    connection, labels = connections.of(draft.team), _labels()
    found = [
        Difference(labels.get(name, name), _word(getattr(connection, name)), _word(value))
        for name, value in draft.data["values"].items()
        if getattr(connection, name) != value
    ]
    before = "\n".join(row.fingerprint for row in connections.certificates(connection))
    after = "\n".join(metadata.describe_certificate(pem).fingerprint for pem in draft.data["certificates"])
    if sorted(before.split()) != sorted(after.split()):
        found.append(Difference(_("Certificates (SHA-256)"), before, after))
    if not draft.team.sso_on:
        found.append(Difference(_("Single sign-on"), _("Off"), _("On")))
    return found


def _labels() -> dict[str, str]:
    return {
        "sp_entity_id": _("SP entity ID"),
        "idp_entity_id": _("Issuer"),
        "idp_sso_url": _("Single sign-on URL"),
        "idp_slo_url": _("Single logout URL"),
        "signature_expected": _("Signature expected on"),
        "sign_requests": _("We sign our requests"),
    }


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(SignatureExpected(value).label) if value in SignatureExpected.values else str(value)


def warnings(draft: Draft) -> list[str]:
    """Say what to know before confirming."""
    found = [] if tested(draft) else [_("Nobody has tested these values yet.")]
    if draft.team.sso_on:
        found.append(_("Single sign-on is on: every sign-in from now on is judged by these values."))
    connection = connections.of(draft.team)
    named = {metadata.describe_certificate(pem).fingerprint for pem in draft.data["certificates"]}
    if connection.metadata_url and any(row.fingerprint not in named for row in connections.certificates(connection)):
        found.append(_("The metadata address is no longer read, for it would bring the certificate back."))
    return found


def apply(act: Act, draft: Draft) -> None:
    """Make the draft the connection, and turn single sign-on on; the confirming owner's act."""
    if act.team.sso_enforced and tested(draft) is None:
        raise NotReady(_("Single sign-on is enforced: a draft must have passed its test before it is confirmed."))
    connections.configure(act.team, act.by, pems=draft.data["certificates"], **draft.data["values"])
    if not act.team.sso_on:
        connections.turn_on(act.team, act.by)


PROPOSAL = Proposal(title, Role.OWNER, differences, warnings, apply)


def of(link: SetupLink) -> Draft | None:
    """Return the newest draft of a link."""
    return setup.latest(link, Scope.SSO)
