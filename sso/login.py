"""A sign-in from beginning to end: whom do we send to the IdP, and whom do we let in when a message comes back."""

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from portal.door import safe_path
from portal.teams import access
from portal.teams.actor import Actor, Door
from portal.teams.errors import Missing
from portal.teams.models import Member, Team
from sso import attributes, identity, memory, saml
from sso import connection as connections
from sso.denied import UnaskedRefused
from sso.errors import NotGenuine
from sso.memory import Claims
from sso.models import AuthnRequest, IdpInitiated, LoginTicket, Purpose, SsoConnection

FRESH = timedelta(minutes=5)


def connection_of(slug: str, *, live: bool = True) -> SsoConnection:
    """Return the connection of an open team, or Missing; `live` asks for SSO to be on."""
    team = Team.every_team.filter(slug=slug, closed_at=None).first()
    if team is None or (live and not team.sso_on):
        raise Missing
    return connections.of(team)


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
        relay_state=request.pk[1:17],
        force_authn=purpose is Purpose.AGAIN,
    )


# ── Back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Received:
    """What the ACS does next: fetch the ticket at the finish page, or convert (no ticket)."""

    ticket: str
    name_id: str


def receive(connection: SsoConnection, saml_response: str, relay_state: str) -> Received:
    """Judge a message and keep what it proves; nothing of the team is changed before the browser comes back.

    Raises NotGenuine for what is not believed, and a Refusal for what is genuine and still not wanted.
    """
    assertion = saml.read(connections.trust(connection), saml_response, timezone.now())
    if assertion.in_response_to is None:
        if connection.idp_initiated == IdpInitiated.CONVERTED:
            return Received("", assertion.name_id)
        if connection.idp_initiated == IdpInitiated.REFUSED:
            raise UnaskedRefused
    request = memory.admit(connection, assertion)
    wanted = request.next if request else safe_path(relay_state[:80])
    return Received(memory.issue_ticket(connection, assertion, request, wanted), assertion.name_id)


@dataclass(frozen=True)
class Finish:
    """A redeemed ticket: who came back, and from which request."""

    connection: SsoConnection
    request: AuthnRequest | None
    person: attributes.Person
    claims: Claims
    wanted: str


def redeem(connection: SsoConnection, ticket: LoginTicket, binding: str) -> Finish:
    """Use up a ticket in the browser that began the sign-in; an unsolicited one has no such browser."""
    claims = memory.redeem(ticket)
    if ticket.request is not None and memory.digest(binding) != ticket.request.binding_hash:
        raise NotGenuine("other_browser")
    if claims.issuer != connection.idp_entity_id:
        raise NotGenuine("wrong_issuer", found=claims.issuer, expected=connection.idp_entity_id)
    person = attributes.read(claims.name_id, claims.attributes)
    return Finish(connection, ticket.request, person, claims, ticket.next)


def sign_in(http: HttpRequest, finish: Finish) -> Member:
    """Let the person in: known, linked or added on a free seat; this browser is then a session of that member."""
    team = finish.connection.team
    identity.check_person(team, finish.person)
    by = Actor(Door.SSO, finish.person.email)
    subject = identity.settle(finish.connection, finish.person, by)
    access.enter_by_sso(
        http,
        subject.member,
        connection_id=finish.connection.pk,
        name_id=finish.person.name_id,
        session_index=finish.claims.session_index,
        until=memory.moment(finish.claims.session_ends),
        full_role=identity.full_role(subject),
    )
    return subject.member


def sign_in_again(http: HttpRequest, finish: Finish, entered: access.Reach) -> Member:
    """Take a fresh round trip of the same Subject as re-authentication (spec rule 12)."""
    entry, request = entered.entry, finish.request
    same = entry is not None and request is not None and entry.member_id == request.member_id
    if not same or entry is None or entry.name_id != finish.person.name_id:
        raise NotGenuine("other_subject")
    instant = memory.moment(finish.claims.authn_instant)
    if instant is None or timezone.now() - instant > FRESH:
        raise NotGenuine("not_fresh")
    access.mark_sudo(http)
    return entry.member


def try_out(finish: Finish) -> Member:
    """Resolve a test sign-in to a member, changing nothing; a refusal says what would stop them."""
    connection = finish.connection
    identity.check_person(connection.team, finish.person)
    subject = identity.known(connection, finish.person)
    member = subject.member if subject else identity.match(connection, finish.person)
    tester = finish.request.member if finish.request else None
    if member is None or tester is None or member.pk != tester.pk:
        raise NotGenuine("other_subject")
    identity.check_open(member)
    return member
