"""A sign-in from beginning to end: whom do we send to the IdP, and whom do we let in when a message comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.door import safe_path
from portal.teams import access, domains
from portal.teams.actor import Actor, Door
from portal.teams.domains import Line
from portal.teams.models import Member
from portal.teams.models.team import SLUG
from sso import again, attributes, checks, evidence, identity, memory, saml
from sso import connection as connections
from sso.denied import ConnectionChanged, UnaskedRefused
from sso.errors import NotGenuine, require
from sso.memory import Claims
from sso.models import AuthnRequest, IdpInitiated, LoginTicket, Purpose, SsoConnection

# SAML core 8.3.7 gives a persistent NameID 256 characters; PostgreSQL can't index one much longer.
LONGEST_NAME_ID, LONGEST_RELAY_STATE = 256, 80


def connection_of(slug: str) -> SsoConnection | None:
    """Return the connection of an open team, whatever its state; None where there is no such team."""
    try:
        # PostgreSQL can't even be asked for a slug that holds a NUL.
        SLUG(slug)
    except ValidationError:
        return None
    return connections.of_slug(slug)


# ── Away ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def begin(
    connection: SsoConnection, binding: str, wanted: str, purpose: Purpose = Purpose.SIGN_IN,
    member: Member | None = None,
) -> str:  # fmt: skip
    """Remember a request for this browser and return the identity provider's URL to go to."""
    request = memory.remember_request(connection, binding, wanted, purpose, member)
    return saml.authn_request(
        connections.trust(connection),
        request_id=request.pk,
        at=timezone.now(),
        # Opaque, and nothing we need back: where to go afterwards is kept here.
        relay_state=request.pk,
        # A test shows whether it is obeyed.
        force_authn=purpose in (Purpose.AGAIN, Purpose.TEST),
    )


# ── Back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def receive(connection: SsoConnection, saml_response: str, relay_state: str, named: Sequence[AuthnRequest] = ()) -> str:
    """Judge a message and keep what it proves; nothing of the team is changed before the browser comes back.

    `named`: the requests that it says it answers. Returns the ticket that fetches it at the finish page, or "" where
    the message is to be converted. Raises NotGenuine for what is not believed, and Denied for what is genuine and still
    not wanted.
    """
    now = timezone.now()
    assertion = saml.read(connections.trust(connection), saml_response, now)
    require(len(assertion.name_id) <= LONGEST_NAME_ID, "value_too_long", found=assertion.name_id)
    if assertion.in_response_to is None:
        _require_on(connection, None)
        if connection.idp_initiated == IdpInitiated.CONVERTED:
            return ""
    told = _told(connection, assertion, saml_response, now)
    with memory.admitting(connection, assertion, named) as request:
        is_wanted = _is_on(connection, request) and (request or connection.idp_initiated == IdpInitiated.ACCEPTED)
        wanted = request.next if request else _path(relay_state)
        ticket = memory.issue_ticket(connection, assertion, request, wanted, told) if is_wanted else ""
    # What is genuine and not wanted was used up all the same.
    _require_on(connection, request)
    if not ticket:
        raise UnaskedRefused(assertion.name_id)
    return ticket


def _told(connection: SsoConnection, assertion: saml.Assertion, saml_response: str, at: datetime) -> dict[str, Any]:
    """Return what the sign-in log will say of a genuine message: what it says, and whose certificate vouched for it."""
    said = evidence.of(saml_response, at)
    said |= {"name_id": assertion.name_id, "name_id_format": assertion.name_id_format.rpartition(":")[2]}
    said["attributes"] = {
        name[: evidence.LONGEST]: [value[: evidence.LONGEST] for value in values[: evidence.MOST_VALUES]]
        for name, values in list(assertion.attributes.items())[: evidence.MOST_ATTRIBUTES]
    }
    for row in connections.certificates(connection):
        if row.fingerprint.replace(":", "").lower() == assertion.certificate_fingerprint:
            said["certificate"] = f"{row.subject} · {row.not_before:%Y-%m-%d} – {row.not_after:%Y-%m-%d}"
            said["fingerprint"] = row.fingerprint
    return said


def _is_on(connection: SsoConnection, request: AuthnRequest | None) -> bool:
    return connection.team.sso_on or (request is not None and request.purpose == Purpose.TEST)


def _require_on(connection: SsoConnection, request: AuthnRequest | None) -> None:
    """A draft's trust judges only the answers to its own tests (spec rule 24)."""
    require(_is_on(connection, request), "not_on")


def _path(relay_state: str) -> str:
    # SAML bindings 3.5.3: at most 80 bytes. A longer one is no RelayState; cut short it would lead elsewhere.
    return safe_path(relay_state) if len(relay_state.encode()) <= LONGEST_RELAY_STATE else "/"


@dataclass(frozen=True)
class Finish:
    """A redeemed ticket: who came back, and from which request."""

    connection: SsoConnection
    request: AuthnRequest | None
    person: attributes.Person
    claims: Claims
    wanted: str
    evidence: dict[str, Any]
    # Which addresses the team's sign-ins may assert.
    line: Line


def redeem(connection: SsoConnection, ticket: LoginTicket, binding: str) -> Finish:
    """Use up a ticket in the browser that began the sign-in; an unsolicited one has no such browser."""
    claims = memory.redeem(ticket)
    require(ticket.request is None or memory.began_here(ticket.request, binding), "other_browser")
    _require_on(connection, ticket.request)
    if claims.trust_version != connection.trust_version:
        raise ConnectionChanged(claims.name_id)
    person = attributes.read(claims.name_id, claims.attributes, checks.names_of(connection))
    line = domains.line(connection.team)
    return Finish(connection, ticket.request, person, claims, ticket.next, ticket.evidence, line)


def judged(finish: Finish, code: str = "", detail: str = "", member: Member | None = None) -> list[dict[str, str]]:
    """List every check of a genuine message and of whom it names, as it stands now; `member`: whom it just opened."""
    found = checks.found_in(finish.connection, finish.claims.name_id, finish.claims.attributes)
    rows = checks.of_message(finish.evidence)
    rows += checks.of_person(finish.connection, finish.person, finish.line, found, member)
    return checks.mark(rows, code, detail) if code else rows


def sign_in(http: HttpRequest, finish: Finish) -> Member:
    """Let the person in: known, linked or added on a free seat; this browser is then a session of that member."""
    team = finish.connection.team
    identity.check_person(team, finish.line, finish.person)
    by = Actor(Door.SSO, finish.person.email)
    subject = identity.settle(finish.connection, finish.person, by)
    identity.note_format(subject, finish.claims.name_id_format)
    # A part of its own: who is refused after all leaves no last sign-in, and holds nobody while the journal is written.
    with transaction.atomic():
        at = access.hold(subject.member)
        identity.check_still(subject)
    access.enter_by_sso(
        http,
        subject.member,
        at,
        connection_id=finish.connection.pk,
        name_id=finish.person.name_id,
        session_index=finish.claims.session_index,
        until=memory.moment(finish.claims.session_ends),
        full_role=identity.full_role(subject),
        proved_now=_proved_now(finish),
    )
    return subject.member


def _proved_now(finish: Finish) -> bool:
    """Say whether a sign-in counts as re-authentication too: asked for by us, fresh, and no strict form is demanded."""
    return (
        finish.request is not None
        and not finish.connection.strict_again
        and again.is_fresh(memory.moment(finish.claims.authn_instant))
    )


def sign_in_again(http: HttpRequest, finish: Finish, entered: access.Reach) -> Member:
    """Take a fresh round trip of the same Subject as re-authentication (spec rule 12)."""
    entry, request = entered.entry, finish.request
    subject = identity.known(finish.connection, finish.person)
    if entry is None or request is None or subject is None or entry.name_id != subject.name_id:
        raise NotGenuine("other_subject")
    require(entry.member_id == request.member_id == subject.member_id, "other_subject")
    if not again.is_fresh(memory.moment(finish.claims.authn_instant)):
        require(not finish.connection.strict_again, "not_fresh")
        again.record_lenient(entry.member)
        messages.warning(http, _("Your identity provider did not ask you to sign in again; the activity says so."))
    access.mark_sudo(http)
    return entry.member


def try_out(finish: Finish) -> Member:
    """Resolve a test sign-in to a member, changing nothing; a refusal says what would stop them."""
    connection = finish.connection
    identity.check_person(connection.team, finish.line, finish.person)
    subject, request = identity.known(connection, finish.person), finish.request
    member = subject.member if subject else identity.match(connection, finish.person)
    if request is None or member is None or member.pk != request.member_id:
        raise NotGenuine("other_subject")
    identity.check_open(member)
    again.note_test(connection, finish.claims, request)
    return member
