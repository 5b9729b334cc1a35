"""Builders as plain functions: the cast, and what stands around it. Everything is made through the acts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import StringIO
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.test import Client
from django.utils import timezone

from portal.demo.idp import AuthnRequestInfo, PracticeIdp, read_request
from portal.teams import access, codes, founding, groups, owners, policy, roster
from portal.teams.actor import Actor, Door, Role, operator
from portal.teams.models import Group, Letter, Member, Team, User
from portal.teams.sessions import SessionStore
from sso import connection

BY_OPERATOR = operator()


def acme(seats: int = 10) -> Team:
    """Team Acme: owner Olga, admin Adam, member Mia."""
    team = founding.create(
        BY_OPERATOR, "acme", "Acme", bought=seats, owner="olga@acme.test", plan="enterprise", sso=True, scim=True
    )
    member(team, "adam@acme.test", role=Role.ADMIN, given_name="Adam")
    member(team, "mia@acme.test", given_name="Mia", family_name="Lund")
    return team


def globex() -> Team:
    """Team Globex with its owner Greg."""
    return founding.create(
        BY_OPERATOR, "globex", "Globex", bought=5, owner="greg@globex.test", plan="enterprise", sso=True, scim=True
    )


def member(team: Team, email: str, *, role: Role = Role.MEMBER, **profile: Any) -> Member:
    """Add a member as an owner would by hand."""
    made = roster.add(team, as_owner(team), {"user_name": email, "email": email, **profile})
    return made if role is Role.MEMBER else owners.set_role(team, as_owner(team), made.pk, role)


def second_owner(team: Team) -> Member:
    """Make Adam an owner beside Olga."""
    return owners.set_role(team, as_owner(team), who(team, "adam").pk, Role.OWNER)


def provisioned(team: Team, email: str, **profile: Any) -> Member:
    """Add a member as the team's directory would; SCIM must be on."""
    return roster.provision(team, scim(team), {"user_name": email, "email": email, **profile})[0]


def group(team: Team, name: str, *people: Member, gives: Role = Role.MEMBER) -> Group:
    """Push a group with these people as the team's directory would, turning SCIM on where it is off."""
    if not fresh(team).scim_on:
        scim_on(team)
    made = groups.create(team, scim(team), {"display_name": name}, [each.pk for each in people]).group
    return made if gives is Role.MEMBER else groups.set_role(team, as_owner(team), made.pk, gives)


def who(team: Team, name: str) -> Member:
    """Find one of the cast by the first part of their address."""
    return Member.every_team.select_related("team").get(team=team, email__startswith=f"{name}@")


def by(member: Member, door: Door = Door.DASHBOARD) -> Actor:
    """Act as this member, from the dashboard unless another door is named."""
    return Actor(door, member.label, id=str(member.pk), role=member.rank, member_id=member.pk)


# What acts through each door counts as (spec, "Roles and acts").
COUNTS_AS = {
    Door.DASHBOARD: Role.ADMIN,
    Door.CSV: Role.ADMIN,
    Door.API: Role.ADMIN,
    Door.COMMAND: Role.OWNER,
    Door.OPERATOR: Role.OWNER,
    Door.SCIM: Role.ADMIN,
    Door.IMPORT: Role.ADMIN,
    Door.SSO: Role.MEMBER,
}


def through(door: Door) -> Actor:
    """Act through a door, as what that door counts as, and as no member."""
    return Actor(door, f"the {door.value} door", id=door.value, role=COUNTS_AS[door])


def as_owner(team: Team) -> Actor:
    """Act as the team's first owner."""
    return by(Member.every_team.filter(team=team, role=Role.OWNER).order_by("created_at")[0])


def scim(team: Team) -> Actor:
    """Act as the team's SCIM token."""
    return Actor(Door.SCIM, "SCIM token", id="token", role=Role.ADMIN)


def sso(team: Team) -> Actor:
    """Act as somebody who arrives by single sign-on."""
    return Actor(Door.SSO, "single sign-on", role=Role.MEMBER)


def sso_on(team: Team) -> Team:
    """Turn single sign-on on."""
    policy.turn_sso_on(team, as_owner(team))
    team.refresh_from_db()
    return team


def enforced(team: Team) -> Team:
    """Turn single sign-on on and enforce it."""
    sso_on(team)
    policy.enforce(team, as_owner(team))
    team.refresh_from_db()
    return team


def scim_on(team: Team) -> Team:
    """Turn single sign-on and SCIM on."""
    sso_on(team)
    policy.turn_scim_on(team, as_owner(team))
    team.refresh_from_db()
    return team


def role(team: Team, someone: Member, name: str) -> Member:
    """Change a member's role as the first owner."""
    return owners.set_role(team, as_owner(team), someone.pk, Role(name))


def suspend(team: Team, someone: Member) -> Member:
    """Suspend a member as the first owner."""
    return owners.suspend(team, as_owner(team), someone.pk)


def sign_out(team: Team, someone: Member) -> int:
    """Sign a member out everywhere as the first owner."""
    return owners.sign_out(team, as_owner(team), someone.pk)


def fresh(team: Team) -> Team:
    """Return the team as it lies in the database now."""
    return Team.every_team.get(pk=team.pk)


@contextmanager
def undone() -> Iterator[None]:
    """Undo at the end whatever is done inside, so that the next try meets the same state."""
    with transaction.atomic():
        point = transaction.savepoint()
        yield
        transaction.savepoint_rollback(point)


def code_for(email: str) -> str:
    """Read the newest code mailed to this address; empty where the mail holds none."""
    letter = Letter.objects.filter(kind="code", to=email).order_by("made_at", "id").last()
    return str(json.loads(letter.words)["code"]) if letter else ""


def sign_in(client: Client, email: str, team: str = "") -> Client:
    """Sign a browser in by e-mail code, as its person would; with several teams, into the one of this slug."""
    client.post("/sign-in/", {"who": email, "by_code": "1"})
    client.post("/sign-in/code/", {"code": code_for(email)})
    if team:
        chosen = Member.every_team.get(team__slug=team, sign_in_email=email)
        client.post("/teams/", {"member": str(chosen.pk)})
    else:
        client.get("/teams/")
    return client


def vendor_operator(email: str = "otto@vendor.test") -> User:
    """Name an operator, as the command does."""
    user = codes.user_of(email)
    user.is_operator = True
    user.save()
    return user


def at_operator_pages(client: Client, email: str = "otto@vendor.test") -> Client:
    """Sign an operator in who has a second factor and proved it in this session."""
    user = vendor_operator(email)
    sign_in(client, email)
    TOTP.activate(user, generate_totp_secret())
    session = client.session
    session[access.SECOND_AT] = timezone.now().isoformat()
    session.save()
    return client


def manage(*words: str) -> dict[str, Any]:
    """Run a command, and return what it prints."""
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def press(client: Client, path: str, team: Team, **fields: Any) -> Any:
    """Send a form of a page that was drawn for this team."""
    return client.post(path, {"team": str(team.pk), **fields})


def enter_by_sso(
    client: Client, member: Member, *, full_role: bool = True, connection_id: UUID | None = None
) -> Client:  # fmt: skip
    """Give a browser the session that finishing a single sign-on as this member makes."""
    request = HttpRequest()
    request.session, request.user = SessionStore(), AnonymousUser()
    access.enter_by_sso(
        request, member, access.hold(member), connection_id=connection_id or uuid4(), name_id=member.email,
        session_index="", until=None, full_role=full_role, proved_now=True,
    )  # fmt: skip
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return client


# ── Single sign-on, as the identity provider and the browser play it ─────────────────────────────────────────────────
@cache
def idp_of(slug: str) -> PracticeIdp:
    """Make an identity provider with a key of its own, once for all tests."""
    return PracticeIdp.make(f"https://idp.test/{slug}", f"https://idp.test/{slug}/sso")


def draft_idp(team: Team) -> PracticeIdp:
    """Save the team's identity provider, and leave single sign-on off."""
    idp = idp_of(team.slug)
    connection.configure_from_metadata(team, as_owner(team), idp.metadata())
    return idp


def connect_idp(team: Team, idp_initiated: str = "converted") -> PracticeIdp:
    """Connect the team to an identity provider of its own, and turn single sign-on on."""
    idp = draft_idp(team)
    connection.set_idp_initiated(team, as_owner(team), idp_initiated)
    connection.turn_on(team, as_owner(team))
    team.refresh_from_db()
    return idp


def connect_idp_anew(team: Team) -> PracticeIdp:
    """Replace the team's identity provider by one of the same name with another key."""
    former, key = idp_of(team.slug), idp_of(f"{team.slug}-anew")
    idp = PracticeIdp(former.entity_id, former.sso_url, key.key, key.certificate)
    connection.configure_from_metadata(team, as_owner(team), idp.metadata())
    return idp


def asked(away: Any) -> AuthnRequestInfo:
    """Read what the identity provider is asked where an answer leads away to it."""
    return read_request(QueryDict(urlsplit(away["Location"]).query).dict())


def ask_idp(client: Client, team: Team, **query: str) -> AuthnRequestInfo:
    """Follow the team's sign-on link; returns what its identity provider is asked."""
    return asked(client.get(f"/sso/{team.slug}/login", query))


def unasked(team: Team) -> AuthnRequestInfo:
    """What an identity provider that nobody asked says it answers: a tile was clicked."""
    return AuthnRequestInfo("", connection.url(team, "metadata"), connection.url(team, "acs"), "", False)


def answer(idp: PracticeIdp, request: AuthnRequestInfo, email: str, **said: Any) -> str:
    """The identity provider's good response to a request, but for what `said` changes."""
    good = {
        "acs_url": request.acs_url, "audience": request.issuer, "in_response_to": request.id or None,
        "name_id": email, "attributes": {"email": email},
    }  # fmt: skip
    return idp.respond(**{**good, **said})


def post_acs(team: Team, saml_response: str, **fields: str) -> Any:
    """Post to a team's ACS as a browser does from the identity provider's page: no Lax cookie comes along."""
    body = urlencode({"SAMLResponse": saml_response, **fields})
    return Client().post(f"/sso/{team.slug}/acs", body, "application/x-www-form-urlencoded")


def follow(client: Client, arrived: Any) -> Any:
    """Go on to the finish page in this browser, if the ACS leads there."""
    return client.get(arrived["Location"]) if arrived.status_code == 303 else arrived


def sso_sign_in(client: Client, team: Team, idp: PracticeIdp, email: str, next: str = "/", **said: Any) -> Any:
    """Sign a browser in by single sign-on, there and back; returns the last answer."""
    request = ask_idp(client, team, next=next)
    return follow(client, post_acs(team, answer(idp, request, email, **said)))
