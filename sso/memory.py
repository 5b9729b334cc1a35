"""What is remembered between a request and its answer: requests sent, assertions seen, tickets. Each works once."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from portal.teams.compiled import Select, Update
from portal.teams.models import Draft, Member
from portal.teams.rows import insert
from sso import saml
from sso.errors import NotGenuine, require
from sso.models import AuthnRequest, LoginTicket, Purpose, SeenAssertion, SsoConnection

REQUEST_MINUTES, TICKET_SECONDS = 10, 60
# Replays are remembered for the assertion's life and the skew, however long a life the IdP claims (R11).
SKEW, LONGEST = timedelta(minutes=10), timedelta(hours=1)


@dataclass(frozen=True)
class Claims:
    """What a genuine message says of a person, as it waits in a ticket."""

    # What was trusted when the message was judged.
    trust_version: int
    name_id: str
    session_index: str
    session_ends: str
    authn_instant: str
    attributes: dict[str, list[str]]
    name_id_format: str = ""
    # By the identity provider's clock.
    issued_at: str = ""

    @classmethod
    def of(cls, assertion: saml.Assertion, trust_version: int) -> "Claims":
        """Keep of an assertion what signing in needs."""
        ends, instant = assertion.session_not_on_or_after, assertion.authn_instant
        return cls(
            trust_version,
            assertion.name_id,
            assertion.session_index or "",
            ends.isoformat() if ends else "",
            instant.isoformat() if instant else "",
            {name: list(values) for name, values in assertion.attributes.items()},
            assertion.name_id_format,
            assertion.issued_at.isoformat(),
        )


def digest(secret: str) -> str:
    """Return what is stored of a one-time secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def remember_request(
    connection: SsoConnection, binding: str, wanted: str, purpose: Purpose, member: Member | None,
    *, draft: Draft | None = None,
) -> AuthnRequest:  # fmt: skip
    """Remember a request, for the browser that holds this binding."""
    now = timezone.now()
    request = AuthnRequest(
        id=saml.new_request_id(),
        connection=connection,
        binding_hash=digest(binding),
        purpose=purpose,
        member=member,
        draft=draft,
        trust_version=connection.trust_version,
        next=wanted[:2048],
        created_at=now,
        expires_at=now + timedelta(minutes=REQUEST_MINUTES),
    )
    insert(request)
    return request


def requests(connection: SsoConnection, ids: Iterable[str]) -> list[AuthnRequest]:
    """Return this connection's requests for a sign-in with these ids, whatever became of them; changes nothing."""
    return [row for request_id in ids for row in _REQUEST(request_id, connection.pk)]


def _asked(key: str, connection: UUID) -> "QuerySet[AuthnRequest]":
    return AuthnRequest.objects.filter(pk=key, connection=connection).exclude(purpose=Purpose.LOGOUT)


_REQUEST = Select(_asked, str, UUID)


@contextmanager
def admitting(
    connection: SsoConnection, assertion: saml.Assertion, named: Sequence[AuthnRequest] = (), draft: Draft | None = None
) -> Iterator[AuthnRequest | None]:
    """Use up the request an assertion answers, and the assertion itself; with what is written inside, all or nothing.

    What the connection's trust proved answers none of a draft's tests, and the other way round (spec rule 24).

    `named`: requests that were read already. Gives the request, None for an unsolicited assertion; NotGenuine where
    either was used before.
    """
    with _first_sight():
        request = _expected(connection, assertion.in_response_to, named, draft) if assertion.in_response_to else None
        _remember(connection, assertion.id, assertion.not_on_or_after)
        yield request


def admit_logout(connection: SsoConnection, message_id: str, until: datetime, answers: str = "") -> None:
    """Use up a logout message, and the request of ours that it answers; NotGenuine where either was used before."""
    with _first_sight():
        if answers:
            now = timezone.now()
            ours = AuthnRequest.objects.filter(pk=answers, connection_id=connection.pk, purpose=Purpose.LOGOUT)
            if not ours.filter(used_at=None, expires_at__gt=now).update(used_at=now):
                raise NotGenuine("logout_unasked")
        # Apart from the assertions' ids, and no longer than their column.
        _remember(connection, f"logout:{digest(message_id)}", until)


def _expected(
    connection: SsoConnection, request_id: str, named: Sequence[AuthnRequest], draft: Draft | None
) -> AuthnRequest:
    mine = [row for row in named or requests(connection, [request_id]) if row.pk == request_id]
    require(mine and mine[0].draft_id == (draft and draft.pk), "request_unknown")
    if not _USE_UP(request_id, connection.pk, timezone.now()):
        is_used = requests(connection, [request_id])[0].used_at is not None
        raise NotGenuine("request_used" if is_used else "request_unknown")
    return mine[0]


def _answering(request_id: str, connection: UUID, at: datetime) -> Any:
    return _asked(request_id, connection).filter(used_at=None, expires_at__gt=at), {"used_at": at}


_USE_UP = Update(_answering, str, UUID, datetime)


@contextmanager
def _first_sight() -> Iterator[None]:
    """Write all or nothing; a message that was remembered before is no news."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise NotGenuine("replayed") from None


def _remember(connection: SsoConnection, message_id: str, end: datetime) -> None:
    until = min(end, timezone.now() + LONGEST) + SKEW
    insert(SeenAssertion(connection=connection, assertion_id=message_id, expires_at=until))


def issue_ticket(
    connection: SsoConnection, assertion: saml.Assertion, request: AuthnRequest | None, wanted: str,
    evidence: dict[str, Any],
) -> str:  # fmt: skip
    """Keep what was proven for one minute; returns the ticket that fetches it."""
    ticket = secrets.token_urlsafe(32)
    row = LoginTicket(
        digest=digest(ticket),
        connection=connection,
        request=request,
        claims=asdict(Claims.of(assertion, connection.trust_version)),
        evidence=evidence,
        next=wanted,
        expires_at=timezone.now() + timedelta(seconds=TICKET_SECONDS),
    )
    insert(row)
    return ticket


def peek(connection: SsoConnection, ticket: str) -> LoginTicket:
    """Return a live ticket without using it up."""
    row: LoginTicket | None = _LIVE.first(digest(ticket), connection.pk, timezone.now())
    if row is None:
        raise NotGenuine("ticket_ended")
    return row


def _live(key: str, connection: UUID, at: datetime) -> Any:
    mine = LoginTicket.objects.filter(digest=key, connection=connection, used_at=None, expires_at__gt=at)
    return mine.select_related("request")


_LIVE = Select(_live, str, UUID, datetime)


def began_here(request: AuthnRequest, binding: str) -> bool:
    """Say whether the browser that holds this binding began this request."""
    return constant_time_compare(digest(binding), request.binding_hash)


def redeem(ticket: LoginTicket) -> Claims:
    """Use a ticket up: the first caller gets the claims."""
    if not _REDEEM(ticket.pk, timezone.now()):
        raise NotGenuine("ticket_ended")
    return Claims(**ticket.claims)


def _redeeming(key: int, at: datetime) -> Any:
    return LoginTicket.objects.filter(pk=key, used_at=None, expires_at__gt=at), {"used_at": at}


_REDEEM = Update(_redeeming, int, datetime)


def forget_old() -> None:
    """Delete what can no longer matter."""
    now = timezone.now()
    for model in (LoginTicket, SeenAssertion, AuthnRequest):
        model.objects.filter(expires_at__lt=now - timedelta(hours=1)).delete()


def moment(text: str) -> datetime | None:
    """Read back a time that a ticket kept."""
    return datetime.fromisoformat(text) if text else None
